"""The door of the bookings room."""

from datetime import date
from typing import Protocol
from uuid import UUID

from studyspot.kernel.contract import Caller, repeatable
from studyspot.kernel.values import ShortText
from studyspot.services.bookings.contract.absences import (
    Absence as Absence,
    NewAbsence as NewAbsence,
)
from studyspot.services.bookings.contract.attendance import Attendance
from studyspot.services.bookings.contract.bookings import (
    Booking as Booking,
    BookingChange as BookingChange,
    BookingFilter as BookingFilter,
    BookingPage as BookingPage,
    BookingStatus as BookingStatus,
    NewBooking as NewBooking,
    NotByTheHour as NotByTheHour,
)
from studyspot.services.bookings.contract.imports import (
    KeptStudent as KeptStudent,
    RegisterFault as RegisterFault,
    RegisterField as RegisterField,
    RegisterHeaders as RegisterHeaders,
    RegisterImport as RegisterImport,
    RegisterImportPage as RegisterImportPage,
    RegisterLine as RegisterLine,
    RegisterOptions as RegisterOptions,
    RegisterReport as RegisterReport,
    UndoneLine as UndoneLine,
    UndoReport as UndoReport,
)
from studyspot.services.bookings.contract.memberships import (
    Cancellation as Cancellation,
    ConsentNeeded as ConsentNeeded,
    Extension as Extension,
    Membership as Membership,
    MembershipFilter as MembershipFilter,
    MembershipHistory as MembershipHistory,
    MembershipPage as MembershipPage,
    MembershipStatus as MembershipStatus,
    NewMembership as NewMembership,
    NewPause as NewPause,
    NextTerm as NextTerm,
    NextTermStatus as NextTermStatus,
    OtherPrice as OtherPrice,
    PlanChange as PlanChange,
    PriceChanged as PriceChanged,
    Redemption as Redemption,
    Renewal as Renewal,
    RenewalCounts as RenewalCounts,
    SeatMove as SeatMove,
    SeatSwap as SeatSwap,
)
from studyspot.services.bookings.contract.presence import (
    DoorCode as DoorCode,
    Leave as Leave,
    LeaveFilter as LeaveFilter,
    LeavePage as LeavePage,
    PassScan as PassScan,
    ScanAction as ScanAction,
    WallScan as WallScan,
)
from studyspot.services.bookings.contract.seats import (
    MapSeat as MapSeat,
    NewOutage as NewOutage,
    Outage as Outage,
    OutagePage as OutagePage,
    Reason as Reason,
    SeatMap as SeatMap,
)
from studyspot.services.bookings.contract.visits import (
    DayHours as DayHours,
    NewVisit as NewVisit,
    Visit as Visit,
    VisitFilter as VisitFilter,
    VisitPage as VisitPage,
)
from studyspot.services.bookings.contract.waitlist import (
    NewWaiting as NewWaiting,
    Waiting as Waiting,
    WaitingFilter as WaitingFilter,
    WaitingPage as WaitingPage,
    WaitStatus as WaitStatus,
)
from studyspot.services.payments.contract import Key


class Bookings(Attendance, Protocol):
    """Who has which seat or locker of the caller's tenant when, and who is in. A seat has one person at a
    time, a student one seat, and nobody is in twice, by constraints of the database.
    """

    @repeatable
    async def list_bookings(
        self, caller: Caller, *, filter: BookingFilter, page: int, limit: int
    ) -> BookingPage:
        """Those that start last come first."""
        ...

    @repeatable
    async def get_booking(self, caller: Caller, *, booking_id: UUID) -> Booking:
        """:raises NotFound:"""
        ...

    async def create_booking(self, caller: Caller, *, booking: NewBooking, key: Key | None = None) -> Booking:
        """Safe to repeat under the same key. :raises KeyReused: when that was something else.

        :raises NotFound: when the tenant has no such library or plan. :raises NotByTheHour:
        :raises UnknownSeat: :raises UnknownStudent: Besides, what a quote of the plan raises.

        :raises ValidationFailed: for times that are over, too long or too far ahead. :raises LibraryClosed:
        :raises SeatTaken: :raises LibraryFull: :raises StudentElsewhere: :raises StudentNotActive:
        :raises SeatForWomen:
        """
        ...

    async def change_booking(self, caller: Caller, *, booking_id: UUID, change: BookingChange) -> Booking:
        """To another seat of the library, or another time. :raises NotFound: :raises VersionConflict:

        :raises WrongState: once it is over. :raises OtherPrice: for what was sold at another price.
        Besides, what `create_booking` raises.
        """
        ...

    async def confirm_booking(self, caller: Caller, *, booking_id: UUID) -> Booking:
        """Makes a hold a booking. Safe to repeat.

        :raises NotFound: :raises HoldExpired: :raises WrongState: once it is cancelled or over.
        """
        ...

    async def cancel_booking(
        self, caller: Caller, *, booking_id: UUID, reason: ShortText | None = None
    ) -> Booking:
        """Frees the seat from now on. Before it begins what it was sold for is credited, later nothing is.
        Safe to repeat.

        :raises NotFound: :raises WrongState: once it is over.
        """
        ...

    @repeatable
    async def list_memberships(
        self, caller: Caller, *, filter: MembershipFilter, page: int, limit: int
    ) -> MembershipPage:
        """Newest first."""
        ...

    @repeatable
    async def get_membership(self, caller: Caller, *, membership_id: UUID) -> Membership:
        """:raises NotFound:"""
        ...

    @repeatable
    async def get_membership_history(self, caller: Caller, *, membership_id: UUID) -> MembershipHistory:
        """:raises NotFound:"""
        ...

    async def create_membership(
        self, caller: Caller, *, membership: NewMembership, key: Key | None = None
    ) -> Membership:
        """:raises NotFound: when the tenant has no such plan. :raises PlanInactive: :raises NotForMembers:

        :raises UnknownStudent: :raises StudentNotActive: :raises UnknownSeat: :raises UnknownShift:
        :raises UnknownZone: :raises SeatTaken: :raises StudentElsewhere: :raises SeatForWomen:
        :raises ValidationFailed: when it starts more than a year from now, or is not sold so.
        :raises ConsentNeeded: unless it is a draft. :raises KeyReused: :raises PriceChanged:
        :raises LibraryClosed: while the library is not active. :raises LibraryFull: for an unreserved plan,
        when it has no seats at all. Besides, what a quote says of a coupon.
        """
        ...

    async def activate_membership(self, caller: Caller, *, membership_id: UUID) -> Membership:
        """Makes a draft a membership, also after it has run out if its seat is still free. Safe to repeat.

        :raises NotFound: :raises SeatTaken: :raises MembershipOver: once cancelled, or its days are over.
        :raises ConsentNeeded: :raises PriceChanged: :raises CouponUsedUp: when it ran out, and others have
        used its coupon since.
        """
        ...

    async def renew_membership(self, caller: Caller, *, membership_id: UUID, renewal: Renewal) -> Membership:
        """What was offered as the next term begins before it is paid.

        :raises NotFound: :raises VersionConflict: :raises MembershipOver: :raises SeatTaken: once it had
        expired. :raises PlanInactive: also when the plan is deleted. Besides, what `create_membership` raises
        for a coupon.
        """
        ...

    async def change_plan(self, caller: Caller, *, membership_id: UUID, change: PlanChange) -> Membership:
        """:raises NotFound: :raises VersionConflict: :raises MembershipOver: unless it is active or paused.

        :raises ValidationFailed: for a day that is over, or after the last one. Besides, what
        `create_membership` raises.
        """
        ...

    async def move_membership(self, caller: Caller, *, membership_id: UUID, move: SeatMove) -> Membership:
        """:raises NotFound: :raises VersionConflict: :raises MembershipOver: :raises UnknownSeat: also for a
        locker instead of a seat. :raises SeatTaken: :raises SeatForWomen: :raises OtherPrice: for a zone that
        costs more or less in their plan. In a plan that is deleted no zone does.
        """
        ...

    async def swap_memberships(
        self, caller: Caller, *, membership_id: UUID, swap: SeatSwap
    ) -> list[Membership]:
        """Both, the one that was named first. :raises NotFound: :raises VersionConflict:

        :raises MembershipOver: unless both are of one library and for seats, or both for lockers, and active
        or paused. :raises SeatForWomen: :raises OtherPrice: as for a move.
        :raises SeatTaken: when one is theirs for longer than the other has it, and then somebody else's.
        """
        ...

    async def pause_membership(self, caller: Caller, *, membership_id: UUID, pause: NewPause) -> Membership:
        """Frees the seat on these days, and adds as many at the end. :raises NotFound:

        :raises VersionConflict: :raises MembershipOver: unless it is active. :raises ValidationFailed:
        :raises SeatTaken: when the seat is somebody else's on the days that are added.
        """
        ...

    async def resume_membership(self, caller: Caller, *, membership_id: UUID) -> Membership:
        """Ends a pause today, or one to come before it begins: what was put off is brought forward.

        :raises NotFound: :raises MembershipOver: unless it rests, or is going to. :raises SeatTaken: when
        somebody has the seat meanwhile.
        """
        ...

    async def extend_membership(
        self, caller: Caller, *, membership_id: UUID, extension: Extension
    ) -> Membership:
        """:raises NotFound: :raises VersionConflict: :raises MembershipOver: once it is over.

        :raises SeatTaken: when the seat is somebody else's on those days. :raises ApprovalNeeded: when it
        comes to more than 7 free days in all, unless the caller has `payments:approve`.
        """
        ...

    async def cancel_membership(
        self, caller: Caller, *, membership_id: UUID, cancellation: Cancellation
    ) -> Membership:
        """Frees the seat after the last day that is used. :raises NotFound: :raises VersionConflict:

        :raises MembershipOver: once it is over. :raises ValidationFailed: for a last day that is over.
        """
        ...

    async def declare_absence(
        self, caller: Caller, *, membership_id: UUID, absence: NewAbsence
    ) -> list[Absence]:
        """Leaves hours to others while the membership goes on. :raises NotFound: :raises MembershipOver:

        :raises ValidationFailed: for days that are over, or too many. :raises NothingToRelease:
        """
        ...

    async def withdraw_absence(self, caller: Caller, *, absence_id: UUID) -> None:
        """What is left of the hours is theirs again. :raises NotFound: also when it is over.

        :raises SeatTaken: when somebody has them. :raises MembershipOver: when the membership is cancelled.
        """
        ...

    async def declare_own_absence(self, caller: Caller, *, absence: NewAbsence) -> list[Absence]:
        """Of all that the signed-in student has. :raises NotFound: for one who is none.

        Besides, what `declare_absence` raises.
        """
        ...

    async def import_register(
        self, caller: Caller, *, content: bytes, options: RegisterOptions
    ) -> RegisterReport:
        """Brings a library's running register in: students, what they have, what they owe, what is kept for
        them. Each row whole or not at all, and once: the same row again is skipped.

        :raises NotFound: when the tenant has no such library. :raises UnreadableRegister: when it is none.
        :raises RegisterTooLong: :raises ValidationFailed: for a day to come, or one that is years away.
        """
        ...

    @repeatable
    async def list_imports(
        self, caller: Caller, *, library_id: UUID | None = None, page: int, limit: int
    ) -> RegisterImportPage:
        """Newest first."""
        ...

    async def undo_import(self, caller: Caller, *, import_id: UUID) -> UndoReport:
        """Takes a register back: what nobody used since. Safe to repeat. :raises NotFound:"""
        ...

    async def plan_renewals(self, caller: Caller) -> None:
        """Of every tenant that is served: a job for each."""
        ...

    async def run_renewals(self, caller: Caller) -> RenewalCounts:
        """Bills the next term of memberships that end soon, begins those that are paid, charges a late fee
        once in grace, and gives up what is not paid, or has no seat, after it. Hands over bills that the
        payments room has not got yet. Safe to repeat.
        """
        ...

    @repeatable
    async def post_bills(
        self, caller: Caller, *, membership_id: UUID | None = None, booking_id: UUID | None = None
    ) -> None:
        """Hands what a membership or a booking came to to the payments room, unless that has it. Safe to
        repeat.
        """
        ...

    @repeatable
    async def list_waitlist(
        self, caller: Caller, *, filter: WaitingFilter, page: int, limit: int
    ) -> WaitingPage:
        """Who came first comes first."""
        ...

    @repeatable
    async def get_waiting(self, caller: Caller, *, waiting_id: UUID) -> Waiting:
        """:raises NotFound:"""
        ...

    async def join_waitlist(self, caller: Caller, *, waiting: NewWaiting) -> Waiting:
        """:raises NotFound: when the tenant has no such plan. :raises NotForMembers: :raises WaitsAlready:

        :raises UnknownStudent: :raises StudentNotActive: Besides, what a quote of the plan raises.
        """
        ...

    async def accept_offer(self, caller: Caller, *, waiting_id: UUID) -> Membership:
        """Safe to repeat. :raises NotFound: :raises NothingOffered: once its time is over.

        :raises ConsentNeeded:
        """
        ...

    async def leave_waitlist(self, caller: Caller, *, waiting_id: UUID) -> Waiting:
        """Safe to repeat. :raises NotFound:"""
        ...

    async def offer_seats(self, caller: Caller, *, library_id: UUID) -> int:
        """Offers what is free to who waits, for the library's `hold_minutes`; how many offers were made."""
        ...

    @repeatable
    async def get_seat_map(
        self, caller: Caller, *, library_id: UUID, day: date | None = None, shift_id: UUID | None = None
    ) -> SeatMap:
        """For a shift on a day, a whole day, or without either this very moment. A shift without a day is
        today's.

        :raises NotFound: when the tenant has no such library, or that no such shift, or none on that day; one
        that is deleted is there while a member has it.
        :raises ValidationFailed: for a day that is years away.
        """
        ...

    @repeatable
    async def list_outages(self, caller: Caller, *, library_id: UUID, page: int, limit: int) -> OutagePage:
        """Those that start last come first. :raises NotFound:"""
        ...

    async def create_outage(self, caller: Caller, *, outage: NewOutage) -> Outage:
        """:raises UnknownSeat: :raises SeatTaken: while it is booked: `details` name the bookings.

        :raises ValidationFailed: when it ends before it starts, is over, or is years away.
        """
        ...

    async def end_outage(self, caller: Caller, *, outage_id: UUID) -> None:
        """The seat can be had from now on. Safe to repeat. :raises NotFound:"""
        ...
