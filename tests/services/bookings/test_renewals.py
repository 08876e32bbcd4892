"""The next month is billed ahead, begins when it is paid, and is given up when it is not, however often and
however late somebody looks.
"""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from tests.services.answers import code_of, taxed
from tests.services.bookings.hall import Hall, at, today
from tests.services.bookings.test_memberships import DAY, do, history, holder, read, try_to
from tests.services.payments.till import Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId


class Month:
    """Asha has A1 for a month, with five days of grace, and has paid for it."""

    def __init__(self, hall: Hall, platform: Platform) -> None:
        self.hall, self.till, self.platform = hall, Till(hall), platform
        self.student: dict[str, Any] = {}
        self.plan: dict[str, Any] = {}
        self.shift: dict[str, Any] = {}
        self.membership: dict[str, Any] = {}

    @classmethod
    async def begun(cls, hall: Hall, platform: Platform, **plan: Any) -> "Month":
        month = cls(hall, platform)
        month.plan = await hall.add_plan(late_fee=5_000, **plan)
        month.shift = await hall.add_shift("06:00", "14:00")
        month.student = await hall.enrol("Asha")
        month.membership = await hall.sell(month.student, month.plan, "A1", month.shift)
        await month.till.pay(month.student, 3000)
        return month

    @property
    def days(self) -> int:
        """From today until the last one."""
        return (date.fromisoformat(self.membership["ends_on"]) - today()).days

    async def run(self) -> dict[str, int]:
        caller = system(tenant_id=TenantId(UUID(self.hall.owner.tenant_id)))
        counts = await self.platform.bookings.run_renewals(caller)
        return {name: getattr(counts, name) for name in counts.__struct_fields__ if getattr(counts, name)}

    async def read(self) -> dict[str, Any]:
        return await read(self.hall, self.membership)

    async def charges(self) -> list[tuple[str, float, float]]:
        params = {"membership_id": self.membership["id"]}
        found = (await self.hall.owner.get("/payments/charges", params=params)).json()["data"]
        return [(one["kind"], one["billed"] / 100, one["open"] / 100) for one in reversed(found)]


@pytest.fixture
async def month(hall: Hall, platform: Platform) -> Month:
    return await Month.begun(hall, platform)


async def test_the_next_month_is_billed_ahead_and_begins_when_it_is_paid(month: Month):
    assert await month.run() == {}
    async with at(month.hall, "07:00", days=month.days - 5):
        assert await month.run() == {"offered": 1}
        assert await month.run() == {}
        assert (await month.charges())[1:] == [("fee", 3000, 3000)]
        assert (await month.read())["ends_on"] == month.membership["ends_on"]
        await month.till.pay(month.student, 1000)
        assert await month.run() == {}
        await month.till.pay(month.student, 2000)
        assert await month.run() == {"renewed": 1}
        renewed = await month.read()
        last = date.fromisoformat(month.membership["ends_on"])
        assert date.fromisoformat(renewed["ends_on"]) > last + 27 * DAY
        assert await holder(month.hall, "A1", last + 20 * DAY, month.shift) == "Asha"
        assert await month.run() == {}
        assert sum(one["price"] for one in (await history(month.hall, renewed))["terms"]) == 600_000


async def test_who_pays_late_pays_a_fee_once_and_keeps_the_seat(month: Month):
    async with at(month.hall, "07:00", days=month.days):
        assert await month.run() == {"offered": 1}
    async with at(month.hall, "07:00", days=month.days + 2):
        assert (await month.read())["status"] == "grace"
        assert await month.run() == {"late": 1}
        assert await month.run() == {}
        assert (await month.charges())[1:] == [("fee", 3000, 3000), ("late_fee", 50, 50)]
        await month.till.pay(month.student, 3050)
        assert await month.run() == {"renewed": 1}
        renewed = await month.read()
        assert (renewed["status"], renewed["seat_code"]) == ("active", "A1")


async def test_who_does_not_pay_loses_the_seat_and_owes_nothing(month: Month):
    async with at(month.hall, "07:00", days=month.days - 1):
        await month.run()
        await month.till.pay(month.student, 500)
    async with at(month.hall, "07:00", days=month.days + 3):
        await month.run()
    async with at(month.hall, "07:00", days=month.days + 6):
        assert (await month.read())["status"] == "expired"
        assert await month.run() == {"lapsed": 1}
        assert await month.run() == {}
        assert (await month.charges())[1:] == [("fee", 0, 0), ("late_fee", 0, 0)]
        assert (await month.till.statement(month.student))["advance"] == 500
        await month.hall.sell(await month.hall.enrol(), month.plan, "A1", month.shift)


async def test_a_late_fee_is_taxed_as_what_it_is_late_with(month: Month):
    await taxed(month.hall.owner, month.hall.id)
    plan = await month.hall.add_plan("Taxed", late_fee=11_800, tax_rate=1_800)
    meera = await month.hall.enrol("Meera")
    late = await month.hall.sell(meera, plan, "A2", month.shift)
    await month.till.pay(meera, 3000)
    params = {"membership_id": late["id"]}
    async with at(month.hall, "07:00", days=month.days):
        await month.run()
    async with at(month.hall, "07:00", days=month.days + 2):
        await month.run()
        charges = (await month.hall.owner.get("/payments/charges", params=params)).json()["data"]
        assert [(one["amount"], one["tax"]) for one in charges if one["kind"] == "late_fee"] == [
            (11_800, 1_800)
        ]
    async with at(month.hall, "07:00", days=month.days + 6):
        await month.run()
        papers = (await month.hall.owner.get("/payments/papers", params={"kind": "credit_note"})).json()
        (note,) = [one for one in papers["data"] if one["recipient"]["name"] == "Meera"]
        assert (note["total"], note["cgst"] + note["sgst"]) == (311_800, 45_763 + 1_800)


async def test_after_weeks_without_a_run_one_run_does_what_is_due(month: Month):
    async with at(month.hall, "07:00", days=month.days - 1):
        assert await month.run() == {"offered": 1}
        await month.till.pay(month.student, 3000)
    async with at(month.hall, "07:00", days=month.days + 12):
        assert await month.run() == {"renewed": 1}
        assert (await month.read())["status"] == "active"
    async with at(month.hall, "07:00"):
        late = await month.hall.sell(await month.hall.enrol(), month.plan, "A2", month.shift)
    async with at(month.hall, "07:00", days=month.days + 20):
        assert "offered" not in await month.run()
        assert (await read(month.hall, late))["status"] == "expired"


async def test_staff_renew_before_it_is_paid_at_the_price_that_was_offered(month: Month):
    async with at(month.hall, "07:00", days=month.days - 2):
        await month.run()
        await month.hall.owner.put(f"/fee-plans/{month.plan['id']}", {"version": 1, "price": 500_000})
        renewed = await do(month.hall, await month.read(), "renew")

        assert (await month.charges())[1:] == [("fee", 3000, 3000)]
        assert [one["price"] for one in (await history(month.hall, renewed))["terms"]] == [300_000, 300_000]
        assert await month.run() == {}
        assert code_of(await try_to(month.hall, month.membership, "renew")) == (409, "VERSION_CONFLICT")


async def test_another_quantity_is_sold_anew(month: Month):
    async with at(month.hall, "07:00", days=month.days - 2):
        await month.run()
        await do(month.hall, await month.read(), "renew", quantity=3)

        assert sorted(await month.charges()) == [("fee", 0, 0), ("fee", 3000, 0), ("fee", 9000, 9000)]


async def test_who_leaves_or_changes_is_not_charged_for_what_was_offered(month: Month):
    async with at(month.hall, "07:00", days=month.days - 2):
        await month.run()
        other = await month.hall.add_plan("Other", price=600_000)
        change = {
            "plan_id": other["id"],
            "seat_id": month.hall.seats["A1"]["id"],
            "shift_ids": [month.shift["id"]],
        }
        changed = await do(month.hall, await month.read(), "change", **change)
        assert await month.run() == {"offered": 1}
        assert (await month.charges())[-1] == ("fee", 6000, 6000)
        await do(month.hall, changed, "cancel", reason="Leaves")
        await month.run()
        assert (await month.till.statement(month.student))["open"] == 0


async def test_days_that_were_added_come_first(month: Month):
    async with at(month.hall, "07:00", days=month.days - 2):
        await month.run()
        await month.till.pay(month.student, 3000)
        longer = await do(month.hall, await month.read(), "extend", days=4, reason="No light")
        assert await month.run() == {"renewed": 1}
        terms = (await history(month.hall, longer))["terms"]
        assert date.fromisoformat(terms[2]["starts_on"]) == date.fromisoformat(terms[1]["ends_on"]) + DAY


async def test_day_passes_and_those_who_do_not_renew_are_left_alone(hall: Hall, platform: Platform):
    month = Month(hall, platform)
    shift = await hall.add_shift("06:00", "14:00")
    daily = await hall.add_plan("Day", period="daily")
    passed = await hall.sell(await hall.enrol(), daily, "A1", shift)
    assert passed["renews"] is False
    monthly = await hall.add_plan()
    await hall.sell(await hall.enrol(), monthly, "A2", shift, renews=False, starts_on=str(today() + DAY))

    async with at(hall, "07:00", days=30):
        assert await month.run() == {}


async def test_every_business_has_its_turn(month: Month):
    async with at(month.hall, "07:00", days=month.days - 1):
        await month.platform.bookings.plan_renewals(system())
        async with month.platform.control.connection() as control:  # the suite has more than a thousand
            await control.run(
                """
                UPDATE jobs.procrastinate_jobs SET priority = 1
                WHERE task_name = 'bookings.run_renewals' AND status = 'todo' AND args ->> 'tenant_id' = $1
                """,
                month.hall.owner.tenant_id,
            )

        charges = await month.charges()
        async with asyncio.timeout(60):
            while len(charges) == 1:
                await asyncio.sleep(0.1)
                charges = await month.charges()
        assert charges[1:] == [("fee", 3000, 3000)]
