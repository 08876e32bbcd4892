"""The door of the libraries room."""

from typing import Protocol
from uuid import UUID

from studyspot.kernel.audit import TrailCheck
from studyspot.kernel.contract import Caller, repeatable
from studyspot.services.libraries.contract.branches import (
    Library as Library,
    LibraryChange as LibraryChange,
    LibraryFilter as LibraryFilter,
    LibraryPage as LibraryPage,
    NewLibrary as NewLibrary,
)
from studyspot.services.libraries.contract.coupons import (
    Coupon as Coupon,
    CouponChange as CouponChange,
    CouponCode as CouponCode,
    CouponFilter as CouponFilter,
    CouponNotForThis as CouponNotForThis,
    CouponPage as CouponPage,
    CouponUsedUp as CouponUsedUp,
    NewCoupon as NewCoupon,
    check_uses as check_uses,
)
from studyspot.services.libraries.contract.floor import (
    NewSeats as NewSeats,
    NewZone as NewZone,
    Seat as Seat,
    SeatChange as SeatChange,
    SeatFilter as SeatFilter,
    SeatPage as SeatPage,
    Zone as Zone,
    ZoneChange as ZoneChange,
    ZonePage as ZonePage,
)
from studyspot.services.libraries.contract.hours import (
    Calendar as Calendar,
    CalendarChange as CalendarChange,
    Holiday as Holiday,
    OpenHours as OpenHours,
    WeekHours as WeekHours,
)
from studyspot.services.libraries.contract.plans import (
    PLANS_MAX as PLANS_MAX,
    FeePlan as FeePlan,
    FeePlanChange as FeePlanChange,
    FeePlanPage as FeePlanPage,
    NewFeePlan as NewFeePlan,
    PlanInactive as PlanInactive,
    PlanKind as PlanKind,
    PlanPeriod as PlanPeriod,
    Quantity as Quantity,
    Quote as Quote,
    QuoteRequest as QuoteRequest,
)
from studyspot.services.libraries.contract.shifts import (
    SHIFTS_MAX as SHIFTS_MAX,
    NewShift as NewShift,
    Shift as Shift,
    ShiftChange as ShiftChange,
    ShiftPage as ShiftPage,
    ShiftTimes as ShiftTimes,
)
from studyspot.services.libraries.contract.tax import (
    NewTaxRegistration as NewTaxRegistration,
    TaxRate as TaxRate,
    TaxRegistration as TaxRegistration,
)
from studyspot.services.libraries.contract.trail import (
    TrailFilter as TrailFilter,
    TrailPage as TrailPage,
)


class Libraries(Protocol):
    """The branches of the caller's tenant: their hours, what stands in them, how their day is divided."""

    @repeatable
    async def list_libraries(
        self, caller: Caller, *, filter: LibraryFilter, page: int, limit: int
    ) -> LibraryPage:
        """Newest first."""
        ...

    @repeatable
    async def get_library(self, caller: Caller, *, library_id: UUID) -> Library:
        """:raises NotFound: when the tenant has no such library."""
        ...

    async def create_library(self, caller: Caller, *, library: NewLibrary) -> Library:
        """:raises LimitExceeded: when the plan allows no more. :raises LibraryNameTaken:"""
        ...

    async def change_library(self, caller: Caller, *, library_id: UUID, change: LibraryChange) -> Library:
        """:raises NotFound: :raises VersionConflict: when it was changed since it was read.

        :raises LibraryNameTaken:
        """
        ...

    async def delete_library(self, caller: Caller, *, library_id: UUID) -> None:
        """Hides it. :raises NotFound:

        :raises LibraryInUse: while students belong to it, have booked its seats or owe it money, or there is
        cash in it.
        """
        ...

    @repeatable
    async def count_libraries(self, caller: Caller) -> int:
        """How many libraries the tenant has."""
        ...

    @repeatable
    async def get_calendar(self, caller: Caller, *, library_id: UUID) -> Calendar:
        """When the library is open. :raises NotFound:"""
        ...

    async def set_calendar(self, caller: Caller, *, library_id: UUID, change: CalendarChange) -> Calendar:
        """:raises NotFound: :raises VersionConflict:

        :raises ValidationFailed: when two holidays are on the same day.
        """
        ...

    @repeatable
    async def list_zones(self, caller: Caller, *, library_id: UUID, page: int, limit: int) -> ZonePage:
        """By name. :raises NotFound: when the tenant has no such library."""
        ...

    @repeatable
    async def get_zone(self, caller: Caller, *, zone_id: UUID) -> Zone:
        """:raises NotFound:"""
        ...

    async def create_zone(self, caller: Caller, *, library_id: UUID, zone: NewZone) -> Zone:
        """:raises NotFound: :raises ZoneNameTaken: :raises LimitExceeded: beyond 200 in a library."""
        ...

    async def change_zone(self, caller: Caller, *, zone_id: UUID, change: ZoneChange) -> Zone:
        """:raises NotFound: :raises VersionConflict: :raises ZoneNameTaken:"""
        ...

    async def delete_zone(self, caller: Caller, *, zone_id: UUID) -> None:
        """:raises NotFound: :raises ZoneInUse: while seats or lockers stand there."""
        ...

    @repeatable
    async def list_seats(
        self, caller: Caller, *, library_id: UUID, filter: SeatFilter, page: int, limit: int
    ) -> SeatPage:
        """In the order of their codes, numbers by their value. :raises NotFound:"""
        ...

    @repeatable
    async def get_seat(self, caller: Caller, *, seat_id: UUID) -> Seat:
        """:raises NotFound:"""
        ...

    async def create_seats(self, caller: Caller, *, library_id: UUID, seats: NewSeats) -> list[Seat]:
        """All of them or none. :raises NotFound: :raises UnknownZone: :raises SeatCodeTaken: naming them.

        :raises ValidationFailed: when neither or both of rows and codes are given, or a code twice.
        :raises LimitExceeded: beyond 10,000 in a library.
        """
        ...

    async def change_seat(self, caller: Caller, *, seat_id: UUID, change: SeatChange) -> Seat:
        """:raises NotFound: :raises VersionConflict: :raises SeatCodeTaken:

        :raises UnknownZone: when the zone is another library's.
        """
        ...

    async def delete_seat(self, caller: Caller, *, seat_id: UUID) -> None:
        """Hides it; its code may be given again. :raises NotFound: :raises SeatInUse: while it is booked."""
        ...

    @repeatable
    async def list_shifts(self, caller: Caller, *, library_id: UUID, page: int, limit: int) -> ShiftPage:
        """In the order in which they were made. :raises NotFound:"""
        ...

    @repeatable
    async def get_shift(self, caller: Caller, *, shift_id: UUID) -> Shift:
        """:raises NotFound:"""
        ...

    async def create_shift(self, caller: Caller, *, library_id: UUID, shift: NewShift) -> Shift:
        """:raises NotFound: :raises ShiftNameTaken: :raises LimitExceeded: beyond 100 in a library."""
        ...

    async def change_shift(self, caller: Caller, *, shift_id: UUID, change: ShiftChange) -> Shift:
        """:raises NotFound: :raises VersionConflict: :raises ShiftNameTaken: :raises TimesInThePast:"""
        ...

    async def delete_shift(self, caller: Caller, *, shift_id: UUID) -> None:
        """It is not sold any more; what was sold stays. :raises NotFound:"""
        ...

    @repeatable
    async def list_plans(
        self, caller: Caller, *, library_id: UUID, is_active: bool | None = None, page: int, limit: int
    ) -> FeePlanPage:
        """The popular ones first, then by name. :raises NotFound:"""
        ...

    @repeatable
    async def get_plan(self, caller: Caller, *, plan_id: UUID) -> FeePlan:
        """:raises NotFound:"""
        ...

    async def create_plan(self, caller: Caller, *, plan: NewFeePlan) -> FeePlan:
        """:raises NotFound: when the tenant has no such library. :raises PlanNameTaken: :raises UnknownShift:

        :raises UnknownZone: :raises LimitExceeded: beyond 200 in a library.
        :raises ValidationFailed: when its parts contradict each other.
        """
        ...

    async def change_plan(self, caller: Caller, *, plan_id: UUID, change: FeePlanChange) -> FeePlan:
        """What was sold keeps its price. :raises NotFound: :raises VersionConflict: :raises PlanNameTaken:

        :raises UnknownShift: :raises UnknownZone: :raises ValidationFailed:
        """
        ...

    async def delete_plan(self, caller: Caller, *, plan_id: UUID) -> None:
        """It is not sold any more. :raises NotFound:"""
        ...

    @repeatable
    async def quote_plan(self, caller: Caller, *, plan_id: UUID, request: QuoteRequest) -> Quote:
        """What it would cost today. :raises NotFound: :raises PlanInactive: :raises UnknownShift:

        :raises UnknownZone: :raises ValidationFailed: when it is not sold so. :raises UnknownStudent:
        :raises InsufficientPermissions: about another student than oneself. :raises UnknownCoupon:
        :raises CouponNotValid: :raises CouponNotForThis: :raises CouponUsedUp:
        """
        ...

    @repeatable
    async def list_coupons(
        self, caller: Caller, *, filter: CouponFilter, page: int, limit: int
    ) -> CouponPage:
        """Newest first."""
        ...

    @repeatable
    async def get_coupon(self, caller: Caller, *, coupon_id: UUID) -> Coupon:
        """:raises NotFound:"""
        ...

    async def create_coupon(self, caller: Caller, *, coupon: NewCoupon) -> Coupon:
        """:raises CouponCodeTaken: :raises UnknownPlan: :raises UnknownLibrary: :raises ValidationFailed:"""
        ...

    async def change_coupon(self, caller: Caller, *, coupon_id: UUID, change: CouponChange) -> Coupon:
        """What was sold keeps its price. :raises NotFound: :raises VersionConflict:

        :raises CouponCodeTaken: :raises UnknownPlan: :raises UnknownLibrary: :raises ValidationFailed:
        """
        ...

    async def delete_coupon(self, caller: Caller, *, coupon_id: UUID) -> None:
        """Nobody can use it any more. :raises NotFound:"""
        ...

    @repeatable
    async def list_tax_registrations(self, caller: Caller, *, library_id: UUID) -> list[TaxRegistration]:
        """The latest first. :raises NotFound:"""
        ...

    async def add_tax_registration(
        self, caller: Caller, *, library_id: UUID, registration: NewTaxRegistration
    ) -> TaxRegistration:
        """What is written from that day on follows it. :raises NotFound: :raises RegistrationKnown:

        :raises ValidationFailed: with every fault. :raises LimitExceeded:
        """
        ...

    async def remove_tax_registration(self, caller: Caller, *, registration_id: UUID) -> None:
        """:raises NotFound: :raises RegistrationKept: once it counts."""
        ...

    @repeatable
    async def list_trail(self, caller: Caller, *, filter: TrailFilter, page: int, limit: int) -> TrailPage:
        """Who changed what in the business, the last first."""
        ...

    @repeatable
    async def verify_trail(
        self, caller: Caller, *, after: int, noted: tuple[int, str] | None = None
    ) -> TrailCheck:
        """Walks along the chain of the trail behind that link, `kernel.audit.LINKS_MAX` links at once."""
        ...
