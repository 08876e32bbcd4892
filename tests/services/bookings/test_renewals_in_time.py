"""Who pays in time keeps the seat and owes no late fee, though no run has seen the payment yet."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.services.answers import code_of, made
from tests.services.bookings.hall import Hall, at, today
from tests.services.bookings.test_memberships import DAY, try_to
from tests.services.bookings.test_renewals import Month
from tests.services.payments.till import Till
from tests.services.students.test_erased_meanwhile import held

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId


@pytest.fixture(params=[0, 5])
async def month(hall: Hall, platform: Platform, request: pytest.FixtureRequest) -> Month:
    """Asha's, with so many days of grace; what was billed as the next one is not paid yet."""
    month = await Month.begun(hall, platform, grace_days=request.param)
    async with at(hall, "07:00", days=month.days - 3):
        assert await month.run() == {"offered": 1}
    return month


def last_kept(month: Month) -> int:
    """The days from today to the last one on which the seat is kept."""
    return month.days + int(month.membership["grace_days"])


async def taken_by_sale(month: Month) -> Any:
    day = today() + DAY
    return await month.hall.try_to_sell(
        await month.hall.enrol(), month.plan, "A1", month.shift, starts_on=str(day)
    )


async def taken_by_booking(month: Month) -> Any:
    day, student = today() + DAY, await month.hall.enrol()
    body = {
        "library_id": month.hall.id,
        "student_id": student["id"],
        "seat_id": month.hall.seats["A1"]["id"],
        "starts_at": f"{day}T07:00:00+05:30",
        "ends_at": f"{day}T09:00:00+05:30",
    }
    return await month.hall.owner.post("/bookings", body)


async def taken_by_move(month: Month) -> Any:
    other = await month.hall.sell(
        await month.hall.enrol(), month.plan, "A2", month.shift, starts_on=str(today() + DAY)
    )
    return await try_to(month.hall, other, "move", seat_id=month.hall.seats["A1"]["id"])


async def taken_by_change(month: Month) -> Any:
    other = await month.hall.sell(await month.hall.enrol(), month.plan, "A2", month.shift)
    change = {"plan_id": month.plan["id"], "seat_id": month.hall.seats["A1"]["id"]}
    shifts = {"shift_ids": [month.shift["id"]], "from_on": str(today() + DAY)}
    return await try_to(month.hall, other, "change", **change, **shifts)


@pytest.mark.parametrize("taken", [taken_by_sale, taken_by_booking, taken_by_move, taken_by_change])
async def test_who_has_paid_for_the_seat_comes_before_who_takes_it(month: Month, taken: Any):
    async with at(month.hall, "15:00", days=last_kept(month)):
        await month.till.pay(month.student, 3000)
        refused = await taken(month)

        assert code_of(refused) == (409, "SEAT_TAKEN")
        renewed = await month.read()
        assert (renewed["seat_code"], renewed["ends_on"] > month.membership["ends_on"]) == ("A1", True)


async def test_who_has_paid_for_the_seat_comes_before_who_waits_for_it(month: Month, platform: Platform):
    caller = system(tenant_id=TenantId(UUID(month.hall.owner.tenant_id)))
    async with at(month.hall, "07:00", days=month.days - 2):
        longer = await month.hall.add_plan("Quarterly", period="quarterly")
        for seat in ("A2", "A3"):
            await month.hall.sell(await month.hall.enrol(seat), longer, seat, month.shift)
    async with at(month.hall, "15:00", days=last_kept(month)):
        await month.till.pay(month.student, 3000)
        ravi = await month.hall.enrol("Ravi")
        waiting = {"plan_id": month.plan["id"], "shift_ids": [month.shift["id"]], "starts_on": str(today())}
        await made(month.hall.owner, "/waitlist", waiting | {"student_id": ravi["id"]})
        assert await platform.bookings.offer_seats(caller, library_id=UUID(month.hall.id)) == 0
        assert (await month.read())["ends_on"] > month.membership["ends_on"]


async def test_who_was_billed_a_moment_ago_is_not_late_yet(hall: Hall, platform: Platform):
    month = await Month.begun(hall, platform)
    async with at(hall, "07:07", days=month.days + 1):  # nothing ran before
        assert await month.run() == {"offered": 1}
        assert await month.run() == {}
    async with at(hall, "07:07", days=month.days + 2):
        assert await month.run() == {}
    async with at(hall, "07:07", days=month.days + 3):
        assert await month.run() == {"late": 1}


async def test_who_pays_while_the_run_goes_on_is_not_late(hall: Hall, platform: Platform):
    month = await Month.begun(hall, platform)
    async with at(hall, "07:00", days=month.days - 1):
        await month.run()
    async with at(hall, "07:00", days=month.days + 2):
        async with held(platform, hall.owner, "bookings.memberships", month.membership["id"]):
            run = asyncio.ensure_future(month.run())
            await asyncio.sleep(0.3)
            await Till(hall).pay(month.student, 3000)
        assert await run == {}
        assert await month.run() == {"renewed": 1}
        assert [kind for kind, *_ in await month.charges()] == ["fee", "fee"]
