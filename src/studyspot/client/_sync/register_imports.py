# Made from _async/register_imports.py by studyspot.client._generate.
"""Running registers of libraries: brought in, and taken back."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.page import Page
from studyspot.client.models.register_imports import RegisterImport, RegisterReport, UndoReport
from studyspot.client.request import Param, Request
from studyspot.client.uploads import File, Progress


class RegisterImports(Group):
    def create(
        self,
        file: File,
        *,
        library_id: UUID,
        as_of: date | None = None,
        dry_run: bool = False,
        columns: str | None = None,
        progress: Progress | None = None,
    ) -> RegisterReport:
        """Students with their memberships, dues, advances and deposits: CSV, XLSX, XLS or ODS. `columns` is a
        JSON object: headers that are not understood by themselves, with their fields. The same row again is
        skipped. `progress` is told the bytes sent and their total.

        :raises NotFound: when there is no such library. :raises Refused: when the file cannot be read.
        """
        params: dict[str, Param] = {
            "library_id": library_id,
            "as_of": as_of,
            "dry_run": dry_run,
            "columns": columns,
        }
        return self._send(
            Request("POST", "/memberships/import", RegisterReport, params, file=file, progress=progress)
        )

    def list(self, *, library_id: UUID | None = None, page: int = 1, limit: int = 20) -> Page[RegisterImport]:
        """Newest first."""
        params: dict[str, Param] = {"library_id": library_id, "page": page, "limit": limit}
        return self._send(Request("GET", "/memberships/imports", Page[RegisterImport], params, bare=True))

    def iterate(self, *, library_id: UUID | None = None) -> Iterator[RegisterImport]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id=library_id, page=page, limit=LIMIT_MAX))

    def undo(self, import_id: UUID) -> UndoReport:
        """Takes a register back, but for what somebody used since. Safe to repeat. :raises NotFound:"""
        return self._send(Request("POST", f"/memberships/imports/{import_id}/undo", UndoReport))
