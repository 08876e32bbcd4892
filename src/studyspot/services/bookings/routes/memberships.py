"""HTTP for memberships."""

from datetime import date
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, IdempotencyKey, Limit, Page
from studyspot.services.bookings.contract import (
    Absence,
    Cancellation,
    Extension,
    Membership,
    MembershipFilter,
    MembershipHistory,
    MembershipStatus,
    NewAbsence,
    NewMembership,
    NewPause,
    PlanChange,
    Renewal,
    SeatMove,
    SeatSwap,
)
from studyspot.services.bookings.routes.door import Door


@get("/", opt=permit("bookings:read"))
async def list_memberships(
    caller: Asker,
    bookings: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    status: FromQuery[MembershipStatus | None] = None,
    ends_since: FromQuery[date | None] = None,
    ends_until: FromQuery[date | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Membership]:
    """Newest first; `ends_since` and `ends_until` find those whose last day is between them."""
    wanted = MembershipFilter(
        library_id=library_id,
        student_id=student_id,
        status=status,
        ends_since=ends_since,
        ends_until=ends_until,
    )
    found = await bookings.list_memberships(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{membership_id:uuid}", opt=permit("bookings:read"))
async def get_membership(caller: Asker, bookings: Door, membership_id: FromPath[UUID]) -> Success[Membership]:
    return Success(await bookings.get_membership(caller, membership_id=membership_id))


@get("/{membership_id:uuid}/history", opt=permit("bookings:read"))
async def get_membership_history(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID]
) -> Success[MembershipHistory]:
    """Every stretch of its days with its plan, seat and price, and every pause."""
    return Success(await bookings.get_membership_history(caller, membership_id=membership_id))


@post("/", opt=permit("bookings:create"))
async def create_membership(
    caller: Asker, bookings: Door, data: JSONBody[NewMembership], idempotency_key: IdempotencyKey = None
) -> Success[Membership]:
    """Sells a plan to a student. A seat that is taken on one of the days is refused with free ones."""
    return Success(await bookings.create_membership(caller, membership=data, key=idempotency_key))


@post("/{membership_id:uuid}/activate", opt=permit("bookings:update"), status_code=200)
async def activate_membership(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID]
) -> Success[Membership]:
    """Makes a draft a membership."""
    return Success(await bookings.activate_membership(caller, membership_id=membership_id))


@post("/{membership_id:uuid}/renew", opt=permit("bookings:update"), status_code=200)
async def renew_membership(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[Renewal]
) -> Success[Membership]:
    """More periods of the same plan at today's price."""
    return Success(await bookings.renew_membership(caller, membership_id=membership_id, renewal=data))


@post("/{membership_id:uuid}/change", opt=permit("bookings:update"), status_code=200)
async def change_plan(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[PlanChange]
) -> Success[Membership]:
    """Another plan, other shifts, another seat or library, for the days that are left, prorated."""
    return Success(await bookings.change_plan(caller, membership_id=membership_id, change=data))


@post("/{membership_id:uuid}/move", opt=permit("bookings:update"), status_code=200)
async def move_membership(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[SeatMove]
) -> Success[Membership]:
    """Another seat from now on, which costs the same."""
    return Success(await bookings.move_membership(caller, membership_id=membership_id, move=data))


@post("/{membership_id:uuid}/swap", opt=permit("bookings:update"), status_code=200)
async def swap_memberships(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[SeatSwap]
) -> Success[list[Membership]]:
    """Exchanges the seats of two memberships."""
    return Success(await bookings.swap_memberships(caller, membership_id=membership_id, swap=data))


@post("/{membership_id:uuid}/pause", opt=permit("bookings:update"), status_code=200)
async def pause_membership(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[NewPause]
) -> Success[Membership]:
    """Frees the seat on these days; the membership lasts so much longer."""
    return Success(await bookings.pause_membership(caller, membership_id=membership_id, pause=data))


@post("/{membership_id:uuid}/resume", opt=permit("bookings:update"), status_code=200)
async def resume_membership(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID]
) -> Success[Membership]:
    """Ends a pause today, or one to come before it begins."""
    return Success(await bookings.resume_membership(caller, membership_id=membership_id))


@post("/{membership_id:uuid}/extend", opt=permit("bookings:update"), status_code=200)
async def extend_membership(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[Extension]
) -> Success[Membership]:
    """Adds days that cost nothing."""
    return Success(await bookings.extend_membership(caller, membership_id=membership_id, extension=data))


@post("/{membership_id:uuid}/cancel", opt=permit("bookings:update"), status_code=200)
async def cancel_membership(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[Cancellation]
) -> Success[Membership]:
    """Frees the seat after the last day that is used, and gives back the days after it."""
    return Success(await bookings.cancel_membership(caller, membership_id=membership_id, cancellation=data))


@post("/{membership_id:uuid}/absences", opt=permit("bookings:update"))
async def declare_absence(
    caller: Asker, bookings: Door, membership_id: FromPath[UUID], data: JSONBody[NewAbsence]
) -> Success[list[Absence]]:
    """Leaves the hours of some days to others."""
    return Success(await bookings.declare_absence(caller, membership_id=membership_id, absence=data))


@delete("/absences/{absence_id:uuid}", opt=permit("bookings:update"))
async def withdraw_absence(caller: Asker, bookings: Door, absence_id: FromPath[UUID]) -> None:
    """What is left of the hours is theirs again."""
    await bookings.withdraw_absence(caller, absence_id=absence_id)


HANDLERS = [
    list_memberships,
    get_membership,
    get_membership_history,
    create_membership,
    activate_membership,
    renew_membership,
    change_plan,
    move_membership,
    swap_memberships,
    pause_membership,
    resume_membership,
    extend_membership,
    cancel_membership,
    declare_absence,
    withdraw_absence,
]
