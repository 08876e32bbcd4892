"""Who has a seat in the demo's libraries, what they paid, and who is in."""

import random
from datetime import timedelta

from studyspot.entrypoints.platform import Platform
from studyspot.kernel import clock
from studyspot.kernel.contract import Caller
from studyspot.services.bookings.contract import Membership, MembershipFilter, NewMembership, NewVisit
from studyspot.services.libraries.contract import Library, SeatFilter
from studyspot.services.payments.contract import NewPayment
from studyspot.services.students.contract import StudentFilter

MEMBERS = 30
IN_NOW = 8
PAID_IN_FULL, PAID_IN_PART = 0.75, 0.9
"""Shares of the members, the second with the first in it."""


async def enrol(platform: Platform, owner: Caller, library: Library) -> None:
    """Makes members, unless there are some."""
    bookings = platform.bookings
    known = await bookings.list_memberships(
        owner, filter=MembershipFilter(library_id=library.id), page=1, limit=1
    )
    if known.total:
        return
    chance = random.Random(library.name)  # noqa: S311 - demo data
    students = await platform.students.list_students(
        owner, filter=StudentFilter(library_id=library.id, status="active"), page=1, limit=100
    )
    seats = await platform.libraries.list_seats(
        owner, library_id=library.id, filter=SeatFilter(kind="seat"), page=1, limit=100
    )
    shifts = await platform.libraries.list_shifts(owner, library_id=library.id, page=1, limit=100)
    plans = await platform.libraries.list_plans(owner, library_id=library.id, page=1, limit=100)
    [plan] = [one for one in plans.items if one.kind == "reserved"]
    today = clock.today_in(library.time_zone)
    for number, (student, seat) in enumerate(
        zip(students.items[:MEMBERS], chance.sample(seats.items[:60], MEMBERS), strict=True)
    ):
        wanted = NewMembership(
            student_id=student.id,
            plan_id=plan.id,
            starts_on=today - timedelta(days=chance.randint(0, 27)),
            seat_id=seat.id,
            shift_ids=(chance.choice(shifts.items).id,),
        )
        membership = await bookings.create_membership(owner, membership=wanted)
        await _pay(platform, owner, membership, chance)
        if number < IN_NOW:
            visit = NewVisit(library_id=library.id, student_id=student.id)
            await bookings.check_in(owner, visit=visit)


async def _pay(platform: Platform, owner: Caller, membership: Membership, chance: random.Random) -> None:
    draw = chance.random()
    if draw > PAID_IN_PART:
        return
    statement = await platform.payments.get_statement(owner, student_id=membership.student_id)
    amount = statement.open if draw < PAID_IN_FULL else statement.open // 20_000 * 10_000
    is_cash = chance.random() < 0.5  # noqa: PLR2004
    payment = NewPayment(
        library_id=membership.library_id,
        student_id=membership.student_id,
        method="cash" if is_cash else "upi",
        reference=None if is_cash else f"{chance.randrange(10**11, 10**12)}",
        amount=amount,
        day=membership.starts_on,
    )
    await platform.payments.take_payment(owner, payment=payment)
