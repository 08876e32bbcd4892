# Made from _async/students.py by studyspot.client._generate.
"""The register of students."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Literal
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.page import Page
from studyspot.client.models.students import (
    BulkImportBody,
    ImportMode,
    ImportOptions,
    ImportReport,
    NewStudent,
    OnDuplicate,
    Student,
    StudentChange,
    StudentProfile,
    StudentStatus,
    StudentSummary,
)
from studyspot.client.models.tenants import SuspendBody
from studyspot.client.request import Request
from studyspot.client.uploads import File, Progress


class Students(Group):
    def list(
        self,
        *,
        status: StudentStatus | None = None,
        library_id: UUID | None = None,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Student]:
        """Newest first. `search` finds any part of a name (Latin or Devanagari), code, phone or e-mail."""
        params = {
            "status": status,
            "library_id": library_id,
            "search": search,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/students", Page[Student], params, bare=True))

    def iterate(
        self,
        *,
        status: StudentStatus | None = None,
        library_id: UUID | None = None,
        search: str | None = None,
    ) -> Iterator[Student]:
        """All pages, one after the other. Who is added meanwhile moves the others, so one may come twice."""
        return every(
            lambda page: self.list(
                status=status, library_id=library_id, search=search, page=page, limit=LIMIT_MAX
            )
        )

    def get(self, student_id: UUID) -> Student:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/students/{student_id}", Student))

    def create(self, student: NewStudent) -> Student:
        """:raises Conflict: when phone or e-mail are taken. :raises Refused: beyond the plan."""
        return self._send(Request("POST", "/students", Student, body=student))

    def change(self, student_id: UUID, change: StudentChange) -> Student:
        """:raises NotFound: :raises Conflict: when it has another version, or phone or e-mail are taken."""
        return self._send(Request("PUT", f"/students/{student_id}", Student, body=change))

    def delete(self, student_id: UUID) -> None:
        """:raises NotFound: :raises Conflict: while they have a seat."""
        self._send(Request("DELETE", f"/students/{student_id}", NoneType))

    def suspend(self, student_id: UUID, *, reason: str) -> Student:
        """Also shuts them out of their own sign-in. :raises Conflict: when suspended already."""
        body = SuspendBody(reason=reason)
        return self._send(Request("POST", f"/students/{student_id}/suspend", Student, body=body))

    def reactivate(self, student_id: UUID) -> Student:
        """:raises Conflict: when active already."""
        return self._send(Request("POST", f"/students/{student_id}/reactivate", Student))

    def profile(self, student_id: UUID) -> StudentProfile:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/students/{student_id}/profile", StudentProfile))

    def open_account(self, student_id: UUID) -> None:
        """Lets the student sign in with the phone number of the record. Safe to repeat.

        :raises Conflict: while suspended, or when the number is somebody else's here.
        """
        self._send(Request("POST", f"/students/{student_id}/account", NoneType))

    def close_account(self, student_id: UUID) -> None:
        """Takes the sign-in away; the record stays. Safe to repeat. :raises NotFound:"""
        self._send(Request("DELETE", f"/students/{student_id}/account", NoneType))

    def summary(self) -> StudentSummary:
        """How many there are, by status, and how many joined this month."""
        return self._send(Request("GET", "/students/analytics", StudentSummary))

    def import_file(
        self,
        file: File,
        *,
        dry_run: bool = False,
        mode: ImportMode = "best_effort",
        on_duplicate: OnDuplicate = "update",
        library_id: UUID | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        """A register as CSV, XLSX, XLS or ODS. `progress` is told the bytes sent and their total.

        :raises Refused: when it cannot be read, or no row of it can be taken; nothing was written.
        """
        params = {
            "dry_run": dry_run,
            "mode": mode,
            "on_duplicate": on_duplicate,
            "library_id": library_id,
        }
        return self._send(
            Request("POST", "/students/import", ImportReport, params, file=file, progress=progress)
        )

    def import_rows(
        self,
        students: Sequence[Mapping[str, Any]],
        options: ImportOptions = ImportOptions(),  # noqa: B008 - cannot be changed
    ) -> ImportReport:
        """Each row has the fields of a `NewStudent`, and may name its `library` instead of `library_id`.

        :raises Refused: when no row can be taken; nothing was written.
        """
        body = BulkImportBody(students=students, options=options)
        return self._send(Request("POST", "/students/bulk-import", ImportReport, body=body))

    def export(
        self,
        to: Path,
        *,
        format: Literal["csv", "xlsx"] = "csv",
        status: StudentStatus | None = None,
        library_id: UUID | None = None,
        search: str | None = None,
    ) -> int:
        """All students that match, oldest first, into the file `to`, which appears when it is complete.

        The bytes written.
        """
        params = {"format": format, "status": status, "library_id": library_id, "search": search}
        request = self._addressed(Request("GET", "/students/export", NoneType, params))
        return self._session.download(request, to)
