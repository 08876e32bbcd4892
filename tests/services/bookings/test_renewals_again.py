"""What was offered as the next term, when the membership is not any more what it was offered for."""

from datetime import date
from uuid import uuid4

import pytest
from tests.services.answers import code_of, taxed
from tests.services.bookings.hall import Hall, at, today
from tests.services.bookings.test_memberships import DAY, do, history, holder, try_to
from tests.services.bookings.test_renewals import Month, month as month  # noqa: PLC0414 - a fixture

from studyspot.entrypoints.platform import Platform


@pytest.mark.parametrize("quantity", [1, 2])
async def test_who_has_cancelled_is_not_renewed(month: Month, quantity: int):
    async with at(month.hall, "07:00", days=month.days - 2):
        await month.run()
        cancelled = await do(month.hall, await month.read(), "cancel", reason="Leaves")
        charges = await month.charges()
        assert charges[1:] == [("fee", 0, 0)]

        answer = await try_to(month.hall, cancelled, "renew", quantity=quantity)

        assert code_of(answer) == (409, "MEMBERSHIP_OVER")
        assert (await month.read())["status"] == "cancelled"
        assert await month.charges() == charges
        assert await month.run() == {}


async def test_who_has_cancelled_what_is_paid_has_the_money_ahead(month: Month):
    async with at(month.hall, "07:00", days=month.days - 2):
        await month.run()
        await month.till.pay(month.student, 3000)
        await do(
            month.hall, await month.read(), "cancel", last_on=month.membership["ends_on"], reason="Leaves"
        )

        assert await month.run() == {}
        assert (await month.read())["status"] == "cancelled"
        assert (await month.till.statement(month.student))["advance"] == 3000


async def test_days_that_are_given_back_are_credited_to_their_own_bill_and_not_to_the_next_one(
    hall: Hall, platform: Platform
):
    month = Month(hall, platform)
    await taxed(hall.owner, hall.id)
    month.plan, month.shift = await hall.add_plan(), await hall.add_shift("06:00", "14:00")
    month.student = await hall.enrol()
    month.membership = await hall.sell(month.student, month.plan, "A1", month.shift)
    async with at(hall, "07:00", days=month.days - 2):
        await month.run()
        await do(hall, await month.read(), "cancel", reason="Leaves")

        papers = (await hall.owner.get("/payments/papers")).json()["data"]
    numbers = sorted(one["number"] for one in papers if one["kind"] == "bill_of_supply")
    credited = {one["total"]: one["refers_to"] for one in papers if one["kind"] == "credit_note"}
    assert credited == {300_000: numbers[1:], round(300_000 * 2 / (month.days + 1)): numbers[:1]}


@pytest.mark.parametrize("starts_in", [0, 1])
async def test_after_another_plan_that_one_is_renewed(month: Month, starts_in: int):
    """Also when it does not begin before tomorrow."""
    async with at(month.hall, "07:00", days=month.days - 2):
        await month.run()
        dear = await month.hall.add_plan("Dear", price=600_000)
        change = {
            "plan_id": dear["id"],
            "seat_id": month.hall.seats["A1"]["id"],
            "shift_ids": [month.shift["id"]],
            "from_on": str(date.fromisoformat(month.membership["ends_on"]) + (starts_in - 2) * DAY),
        }
        await do(month.hall, await month.read(), "change", **change)

        renewed = await do(month.hall, await month.read(), "renew")

        terms = (await history(month.hall, renewed))["terms"]
        assert (terms[-1]["plan_name"], terms[-1]["price"]) == ("Dear", 600_000)
        charges = await month.charges()
        assert (min(charges), max(charges)) == (("fee", 0, 0), ("fee", 6000, 6000))
        assert sum(one["price"] for one in terms) == sum(billed for _, billed, _ in charges) * 100


async def test_after_another_plan_that_one_is_offered(month: Month):
    async with at(month.hall, "07:00", days=month.days - 2):
        dear = await month.hall.add_plan("Dear", price=600_000)
        change = {
            "plan_id": dear["id"],
            "seat_id": month.hall.seats["A2"]["id"],
            "shift_ids": [month.shift["id"]],
            "from_on": month.membership["ends_on"],
        }
        await do(month.hall, await month.read(), "change", **change)

        assert await month.run() == {"offered": 1}
        assert (await month.charges())[-1] == ("fee", 6000, 6000)
        assert await month.run() == {}


@pytest.mark.parametrize("gone", ["stopped", "deleted"])
async def test_a_plan_that_is_not_sold_any_more_is_not_renewed(month: Month, gone: str):
    owner, path = month.hall.owner, f"/fee-plans/{month.plan['id']}"
    if gone == "deleted":
        assert (await owner.delete(path)).status_code == 204
    else:
        assert (await owner.put(path, {"version": 1, "is_active": False})).status_code == 200

    refused = await try_to(month.hall, month.membership, "renew")

    assert code_of(refused) == (409, "PLAN_INACTIVE")
    assert "Change the membership to another plan" in refused.json()["error"]["message"]
    nobody = await owner.post(f"/memberships/{uuid4()}/renew", {"version": 1})
    assert code_of(nobody) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("refused", ["version", "plan", "seat"])
async def test_a_renewal_that_is_refused_leaves_what_was_offered(month: Month, refused: str):
    """In grace, with a late fee."""
    async with at(month.hall, "07:00", days=month.days):
        await month.run()
        if refused == "seat":
            later = {"starts_on": str(six_days_after(month.membership))}
            await month.hall.sell(await month.hall.enrol(), month.plan, "A1", month.shift, **later)
    async with at(month.hall, "07:00", days=month.days + 2):
        await month.run()
        charges = await month.charges()
        assert charges[1:] == [("fee", 3000, 3000), ("late_fee", 50, 50)]
        membership = await month.read()
        if refused == "version":
            membership["version"] += 90
        if refused == "plan":
            stopped = {"version": 1, "is_active": False}
            answer = await month.hall.owner.put(f"/fee-plans/{month.plan['id']}", stopped)
            assert answer.status_code == 200, answer.text

        answer = await try_to(month.hall, membership, "renew", quantity=2)

        assert (
            code_of(answer)[1]
            == {
                "version": "VERSION_CONFLICT",
                "plan": "PLAN_INACTIVE",
                "seat": "SEAT_TAKEN",
            }[refused]
        )
        assert await month.charges() == charges
        if refused != "seat":
            await month.till.pay(month.student, 3050)
            assert await month.run() == {"renewed": 1}
            assert await holder(month.hall, "A1", six_days_after(membership), month.shift) == "Asha"


def six_days_after(membership: dict[str, str]) -> date:
    return date.fromisoformat(membership["ends_on"]) + 6 * DAY


async def sell_after_grace(month: Month) -> None:
    """To somebody else."""
    later = {"starts_on": str(six_days_after(month.membership))}
    await month.hall.sell(await month.hall.enrol("Ravi"), month.plan, "A1", month.shift, **later)


async def next_terms(month: Month) -> list[tuple[str, int]]:
    """What became of each, and what is still to be paid."""
    found = (await history(month.hall, month.membership))["next_terms"]
    return [(one["status"], one["open"]) for one in found]


async def test_who_has_paid_and_lost_the_seat_is_moved_in_grace_and_goes_on(month: Month):
    async with at(month.hall, "07:00", days=month.days - 3):
        await month.run()
        await sell_after_grace(month)
        assert await next_terms(month) == [("offered", 300_000)]
        await month.till.pay(month.student, 3000)
        assert await month.run() == {}
        assert await next_terms(month) == [("offered", 0)]
    async with at(month.hall, "07:00", days=month.days + 2):
        assert await month.run() == {}
        in_grace = await month.read()
        assert in_grace["status"] == "grace"

        moved = await do(month.hall, in_grace, "move", seat_id=month.hall.seats["A2"]["id"])

        assert await holder(month.hall, "A2", six_days_after(in_grace) - 2 * DAY, month.shift) == "Asha"
        assert moved["ends_on"] == in_grace["ends_on"]
        await month.run()
        assert await next_terms(month) == [("renewed", 0)]
        assert (await month.read())["status"] == "active"
        assert await holder(month.hall, "A2", six_days_after(in_grace), month.shift) == "Asha"
        assert await holder(month.hall, "A1", six_days_after(in_grace), month.shift) == "Ravi"


async def test_who_has_paid_and_finds_no_seat_has_the_money_ahead(month: Month):
    async with at(month.hall, "07:00", days=month.days - 3):
        await month.run()
        await sell_after_grace(month)
        await month.till.pay(month.student, 3000)
    async with at(month.hall, "07:00", days=month.days + 6):
        assert await month.run() == {"lapsed": 1}
        assert (await month.read())["status"] == "expired"
        assert await next_terms(month) == [("lapsed", 0)]
        assert (await month.till.statement(month.student))["advance"] == 3000
        await month.hall.sell(month.student, month.plan, "A2", month.shift)
        assert (await month.till.statement(month.student))["advance"] == 0


@pytest.mark.parametrize("later_by", ["extend", "pause"])
async def test_a_next_term_is_not_due_before_it_begins(month: Month, later_by: str):
    """Also where who has owed for long is refused at the door."""
    library = (await month.hall.owner.get(f"/libraries/{month.hall.id}")).json()["data"]
    strict = {"version": library["version"], "overdue_days_max": 3}
    assert (await month.hall.owner.put(f"/libraries/{month.hall.id}", strict)).status_code == 200
    async with at(month.hall, "07:00", days=month.days - 3):
        await month.run()
        what = {"days": 30, "reason": "Fire"}
        if later_by == "pause":
            rests = {
                "first_on": month.membership["ends_on"],
                "last_on": str(six_days_after(month.membership)),
            }
            what = {**rests, "reason": "Fire"}
        longer = await do(month.hall, await month.read(), later_by, **what)
        assert (await month.till.statement(month.student))["open"] == 0
    last = date.fromisoformat(longer["ends_on"])
    async with at(month.hall, "07:00", days=(last - today()).days - 3):
        assert await month.run() == {"offered": 1}
        assert await next_terms(month) == [("lapsed", 0), ("offered", 300_000)]
        assert (await month.till.statement(month.student))["overdue"] == 0
        entered = await month.hall.owner.post(
            "/attendance/check-in", {"library_id": month.hall.id, "student_id": month.student["id"]}
        )
        assert code_of(entered) == (201, "")


async def test_another_plan_has_its_own_days_of_grace_and_renews_if_it_is_said(month: Month):
    """The days of grace are as those of the plan; that it goes on is said, or stays."""
    hall = month.hall
    plan = await hall.add_plan("Patient", grace_days=9)
    change = {
        "plan_id": plan["id"],
        "seat_id": hall.seats["A1"]["id"],
        "shift_ids": [month.shift["id"]],
    }
    changed = await do(hall, month.membership, "change", **change)
    last = date.fromisoformat(changed["ends_on"])
    assert (changed["grace_days"], changed["renews"]) == (9, True)
    whose = [await holder(hall, "A1", last + days * DAY, month.shift) for days in (9, 10)]
    assert whose == ["Asha", None]
    async with at(hall, "07:00", days=month.days - 2):
        assert await month.run() == {"offered": 1}

        ends = await do(hall, await month.read(), "change", **change, renews=False)

        assert ends["renews"] is False
        assert await holder(hall, "A1", last + DAY, month.shift) is None
        assert await next_terms(month) == [("lapsed", 0)]
        assert await month.run() == {}
