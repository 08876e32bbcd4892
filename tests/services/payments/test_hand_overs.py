"""Cash that is carried to the bank, and what is in the drawer when the next person takes it over."""

import asyncio
from typing import Any

import httpx2
import pytest
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import at, signed_in_again, today
from tests.services.payments.drawer import close_drawer, open_drawer, pay_as, session_of
from tests.services.payments.outlays import CASH, spend
from tests.services.payments.till import DAY, RUPEE, Till


async def carry(till: Till, who: Person, rupees: float, **fields: Any) -> httpx2.Response:
    body = {"library_id": till.hall.id, "direction": "out", "pocket": "bank"}
    return await who.post("/payments/cash-transfers", body | {"amount_paise": round(rupees * RUPEE)} | fields)


async def found_at_first(till: Till, who: Person, rupees: int) -> int | None:
    """Opens the drawer; in rupees, beyond what was left in it."""
    paise: int | None = (await open_drawer(till, who, rupees))["opening_difference_paise"]
    return None if paise is None else paise // RUPEE


async def hand_back(till: Till, who: Person, session: dict[str, Any], rupees: int, *taken: int) -> None:
    """After taking so much of a student."""
    student = await till.hall.enrol()
    for amount in taken:
        assert (await pay_as(till, who, student, amount)).status_code == 201
    closed = await close_drawer(session, who, rupees)
    assert closed.status_code == 200, closed.text


@pytest.fixture
async def mohan(till: Till, people: People) -> Person:
    return await people.member(till.owner, "staff")


@pytest.fixture
async def meera(till: Till, people: People) -> Person:
    return await people.member(till.owner, "staff")


async def test_no_more_leaves_a_drawer_than_is_in_it(till: Till, mohan: Person, meera: Person):
    student = await till.hall.enrol()
    session = await open_drawer(till, mohan, 100)
    await pay_as(till, mohan, student, 900)
    await pay_as(till, meera, student, 5000)

    refused = await carry(till, mohan, 1000.01)

    assert code_of(refused) == (409, "NOT_IN_DRAWER")
    assert refused.json()["error"]["message"] == "There is only ₹1,000.00 to take out."
    named = {"drawer_session_id": session["id"], "pocket": "owner"}
    assert code_of(await carry(till, till.owner, 1000.01, **named)) == (409, "NOT_IN_DRAWER")
    assert (await carry(till, mohan, 1000)).status_code == 201
    assert (await session_of(mohan, session))["expected_paise"] == 0
    assert (await carry(till, mohan, 10**7, direction="in")).status_code == 201


async def test_no_more_leaves_a_library_than_it_has(till: Till, mohan: Person):
    assert code_of(await carry(till, mohan, 10**7)) == (409, "NOT_IN_DRAWER")
    await till.pay(await till.hall.enrol(), 500)
    await till.pay(await till.hall.enrol(), 900, "upi")
    await spend(till, 200, paid=CASH)

    refused = await carry(till, till.owner, 301)

    assert refused.json()["error"]["message"] == "There is only ₹300.00 to take out."
    key = {"Idempotency-Key": "slip-1"}
    body = {"library_id": till.hall.id, "direction": "out", "pocket": "bank", "amount_paise": 300 * RUPEE}
    once, twice = [await mohan.post("/payments/cash-transfers", body, headers=key) for _ in range(2)]
    assert once.json()["data"] == twice.json()["data"]


@pytest.mark.parametrize("in_session", [True, False])
async def test_of_many_who_carry_it_away_at_once_none_carries_what_is_not_there(till: Till, in_session: bool):
    if in_session:
        await open_drawer(till, till.owner)
    students = [await till.hall.enrol() for _ in range(4)]
    for student in students:
        await till.pay(student, 100)
    refund = {"library_id": till.hall.id, "source": "advance", "method": "cash", "reason": "Moves"}
    back = [refund | {"student_id": one["id"], "amount": 50 * RUPEE} for one in students]

    answers = await asyncio.gather(
        *(carry(till, till.owner, 150) for _ in range(4)),
        *(till.owner.post("/payments/refunds", one) for one in back),
    )

    assert {code_of(one) for one in answers[:4]} == {(201, ""), (409, "NOT_IN_DRAWER")}
    carried = sum(one.status_code == 201 for one in answers[:4])
    # Two were carried away, or one after some was paid out; whoever counts knows what was there.
    assert carried in (1, 2)
    assert await till.totals() == {"cash": 400 - 200 - carried * 150, "bank": carried * 150, "advances": 200}


async def test_the_number_of_the_slip_stands_with_what_went_to_the_bank(till: Till):
    await till.pay(await till.hall.enrol(), 500)

    carried = (await carry(till, till.owner, 200, reference="SLIP 0042")).json()["data"]

    assert carried["reference"] == "SLIP 0042"
    params = {"library_id": till.hall.id}
    listed = (await till.owner.get("/payments/cash-transfers", params=params)).json()["data"]
    assert listed == [carried]
    assert (await carry(till, till.owner, 200)).json()["data"]["reference"] is None
    refused = await carry(till, till.owner, 1, pocket="owner", reference="SLIP 1")
    assert faults_of(refused) == {("reference", "not_allowed")}
    assert faults_of(await carry(till, till.owner, 1, reference="9" * 101)) == {("reference", "too_long")}


async def test_what_is_lost_between_two_counts_has_a_name(till: Till, mohan: Person, meera: Person):
    hers = await open_drawer(till, meera, 500)
    assert hers["opening_difference_paise"] is None
    await hand_back(till, meera, hers, 5500, 5000)
    await till.pay(await till.hall.enrol(), 300)
    await made(
        till.owner,
        "/payments/cash-transfers",
        {"library_id": till.hall.id, "direction": "out", "pocket": "bank", "amount_paise": 100 * RUPEE},
    )

    his = await open_drawer(till, mohan, 4700)

    assert (his["opening_difference_paise"], his["expected_paise"]) == (-1000 * RUPEE, 4700 * RUPEE)
    assert await session_of(meera, his) == his
    assert (await till.totals())["cash"] == 5200
    await hand_back(till, mohan, his, 4700)
    assert await found_at_first(till, meera, 4700) == 0


async def test_what_another_has_taken_over_is_not_missing_in_a_second_drawer(
    till: Till, mohan: Person, meera: Person
):
    await hand_back(till, meera, await open_drawer(till, meera), 900, 900)

    assert await found_at_first(till, mohan, 900) == 0
    assert await found_at_first(till, meera, 0) is None


async def test_of_two_who_open_at_once_one_takes_it_over(till: Till, mohan: Person, meera: Person):
    await hand_back(till, meera, await open_drawer(till, meera), 900, 900)

    told = await asyncio.gather(*(found_at_first(till, who, 900) for who in (mohan, meera)))

    assert sorted(told, key=str) == [0, None]


async def test_the_end_of_the_day_is_a_count_too(till: Till, mohan: Person):
    """The float was nobody's, and a hundred was gone in the evening."""
    session = await open_drawer(till, mohan, 500)
    await hand_back(till, mohan, session, 1400, 900)
    close = {"library_id": till.hall.id, "day": str(today()), "counted": 1300 * RUPEE}
    await made(till.owner, "/payments/day-closes", close | {"explanation": "The float is in it"})

    async with at(till.hall, "08:00"):
        mohan = await signed_in_again(mohan)
        morning = await open_drawer(till, mohan, 1300)
        assert (morning["day"], morning["opening_difference_paise"]) == (str(today()), 0)
        await hand_back(till, mohan, morning, 1500, 200)
        assert await found_at_first(till, mohan, 1450) == -50


async def test_a_day_that_is_closed_late_does_not_count_todays_drawer(
    till: Till, mohan: Person, meera: Person
):
    await hand_back(till, meera, await open_drawer(till, meera), 400, 400)

    async with at(till.hall, "08:00"):
        mohan, meera = [await signed_in_again(one) for one in (mohan, meera)]
        session = await open_drawer(till, mohan, 400)
        assert session["opening_difference_paise"] == 0
        close = {"library_id": till.hall.id, "day": str(today() - DAY), "counted": 400 * RUPEE}
        await made(till.owner, "/payments/day-closes", close)
        assert await found_at_first(till, meera, 0) is None
        await hand_back(till, mohan, session, 450, 50)
