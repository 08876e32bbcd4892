# Made from _async/attendance.py by studyspot.client._generate.
"""Who is in and who was."""

import builtins
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.attendance import (
    DayHours,
    DoorCode,
    ForgiveBody,
    Leave,
    NewVisit,
    PassScan,
    ScanAction,
    StudentBody,
    Visit,
    WallScan,
)
from studyspot.client.models.memberships import Absence, NewAbsence
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class Attendance(Group):
    def check_in(self, *, library_id: UUID, student_id: UUID) -> Visit:
        """:raises NotFound: :raises Refused: for an unknown student. :raises Conflict: when in already."""
        body = NewVisit(library_id=library_id, student_id=student_id)
        return self._send(Request("POST", "/attendance/check-in", Visit, body=body))

    def check_out(self, student_id: UUID) -> Visit:
        """:raises Conflict: when not in."""
        body = StudentBody(student_id=student_id)
        return self._send(Request("POST", "/attendance/check-out", Visit, body=body))

    def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        day: date | None = None,
        is_in: bool | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Visit]:
        """With `is_in` those who are in now, or those who have left."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "student_id": student_id,
            "day": day,
            "is_in": is_in,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/attendance", Page[Visit], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        day: date | None = None,
        is_in: bool | None = None,
    ) -> Iterator[Visit]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                student_id=student_id,
                day=day,
                is_in=is_in,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    def hours(self, student_id: UUID, *, since: date, until: date) -> builtins.list[DayHours]:
        """Of each day on which the student was in. :raises NotFound:"""
        params: dict[str, Param] = {"since": since, "until": until}
        path = f"/attendance/students/{student_id}/hours"
        return self._send(Request("GET", path, builtins.list[DayHours], params))

    def start_leave(self, student_id: UUID) -> Visit:
        """Keeps the seat for a while. :raises Conflict: when not in, or out already."""
        return self._send(Request("POST", "/attendance/leave", Visit, body=StudentBody(student_id)))

    def end_leave(self, student_id: UUID) -> Visit:
        """:raises Conflict: when not out, or for too long."""
        return self._send(Request("POST", "/attendance/back", Visit, body=StudentBody(student_id)))

    def wall_code(self, library_id: UUID) -> DoorCode:
        """What a screen in the library shows now. :raises NotFound:"""
        return self._send(Request("GET", "/attendance/wall-code", DoorCode, {"library_id": library_id}))

    def scan(self, *, library_id: UUID, code: str, action: ScanAction | None = None) -> Visit:
        """What was read of a student's own code. Unless it is said what for, they come in, or back, or go.

        :raises Refused: for a code that is not valid. :raises Conflict: for one that has counted already,
            and for who may not come in.
        """
        body = PassScan(library_id=library_id, code=code, action=action)
        return self._send(Request("POST", "/attendance/scan", Visit, body=body))


class Leaves(Group):
    def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        is_strike: bool | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Leave]:
        """With `is_strike` late returns that were not forgiven, or all others."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "student_id": student_id,
            "is_strike": is_strike,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/attendance/leaves", Page[Leave], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        is_strike: bool | None = None,
    ) -> Iterator[Leave]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id, student_id=student_id, is_strike=is_strike, page=page, limit=LIMIT_MAX
            )
        )

    def forgive(self, leave_id: UUID, *, reason: str) -> Leave:
        """:raises NotFound:"""
        body = ForgiveBody(reason)
        return self._send(Request("POST", f"/attendance/leaves/{leave_id}/forgive", Leave, body=body))


class OwnAttendance(Group):
    """Of the signed-in student. All calls raise `NotFound` for somebody who is none here."""

    def list(self, *, page: int = 1, limit: int = 20) -> Page[Visit]:
        params: dict[str, Param] = {"page": page, "limit": limit}
        return self._send(Request("GET", "/attendance/me", Page[Visit], params, bare=True))

    def iterate(self) -> Iterator[Visit]:
        """All pages, one after the other."""
        return every(lambda page: self.list(page=page, limit=LIMIT_MAX))

    def show_pass(self) -> DoorCode:
        """What the desk reads; for a minute, and once."""
        return self._send(Request("GET", "/attendance/me/pass", DoorCode))

    def scan(self, code: str, action: ScanAction | None = None) -> Visit:
        """What was read of the library's wall. :raises Refused: and :raises Conflict: as at the desk."""
        body = WallScan(code=code, action=action)
        return self._send(Request("POST", "/attendance/me/scan", Visit, body=body))

    def declare_absence(self, absence: NewAbsence) -> builtins.list[Absence]:
        """Leaves hours to others. :raises Conflict: when there are none."""
        return self._send(Request("POST", "/attendance/me/absences", builtins.list[Absence], body=absence))
