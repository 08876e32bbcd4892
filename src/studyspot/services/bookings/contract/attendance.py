"""What the bookings room's door promises about who is in."""

from datetime import date
from typing import Protocol
from uuid import UUID

from studyspot.kernel.contract import Caller, repeatable
from studyspot.kernel.values import ShortText
from studyspot.services.bookings.contract.presence import (
    DoorCode,
    Leave,
    LeaveFilter,
    LeavePage,
    PassScan,
    WallScan,
)
from studyspot.services.bookings.contract.visits import (
    DayHours,
    NewVisit,
    Visit,
    VisitFilter,
    VisitPage,
)


class Attendance(Protocol):
    """Who is in which library, and was: nobody twice, by constraints of the database."""

    async def check_in(self, caller: Caller, *, visit: NewVisit) -> Visit:
        """Who has a plan without a seat gets a chair that is nobody's, for as long as it is.

        :raises NotFound: when the tenant has no such library. :raises UnknownStudent:
        :raises StudentNotActive: :raises AlreadyIn: :raises HoursUsed: :raises LibraryClosed:
        :raises LibraryFull: when every chair is somebody's. :raises Overdue:
        """
        ...

    async def check_out(self, caller: Caller, *, student_id: UUID) -> Visit:
        """Frees a chair that is not their own. :raises NotIn:"""
        ...

    @repeatable
    async def get_wall_code(self, caller: Caller, *, library_id: UUID) -> DoorCode:
        """What the library's wall shows now, for students to read. :raises NotFound:"""
        ...

    @repeatable
    async def get_own_pass(self, caller: Caller) -> DoorCode:
        """What the desk reads of the signed-in student. :raises NotFound: for one who is none."""
        ...

    async def scan_wall(self, caller: Caller, *, scan: WallScan) -> Visit:
        """Of the signed-in student, for what is theirs there. :raises NotFound: for one who is none.

        :raises InvalidDoorCode: :raises DoorCodeExpired: :raises DoorCodeUsed: :raises NothingHere:
        :raises TooManyStrikes: Besides, what `check_in`, `check_out`, `start_leave` or `end_leave` raises.
        """
        ...

    async def scan_pass(self, caller: Caller, *, scan: PassScan) -> Visit:
        """What `scan_wall` raises."""
        ...

    async def start_leave(self, caller: Caller, *, student_id: UUID) -> Visit:
        """Keeps a seat for a while. Who is not back in time has left, and gets a strike.

        :raises NotIn: :raises NoLeave:
        """
        ...

    async def end_leave(self, caller: Caller, *, student_id: UUID) -> Visit:
        """:raises NotAway: also when the time is over."""
        ...

    @repeatable
    async def list_leaves(self, caller: Caller, *, filter: LeaveFilter, page: int, limit: int) -> LeavePage:
        """Who went out last comes first."""
        ...

    async def forgive_leave(self, caller: Caller, *, leave_id: UUID, reason: ShortText) -> Leave:
        """It is no strike any more. Safe to repeat. :raises NotFound:"""
        ...

    @repeatable
    async def list_own_visits(self, caller: Caller, *, page: int, limit: int) -> VisitPage:
        """Of the signed-in student, the last first. :raises NotFound: for one who is none."""
        ...

    @repeatable
    async def list_visits(self, caller: Caller, *, filter: VisitFilter, page: int, limit: int) -> VisitPage:
        """Who came last comes first."""
        ...

    @repeatable
    async def list_hours(
        self, caller: Caller, *, student_id: UUID, since: date, until: date
    ) -> list[DayHours]:
        """Of each day on which the student was in, from the one to the other.

        :raises NotFound: :raises ValidationFailed: for more than 366 days, or none.
        """
        ...
