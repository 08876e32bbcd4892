"""The end of the day: what was counted against the books, explained, and closed for good."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.people import People
from tests.services.answers import code_of, faults_of
from tests.services.bookings.hall import at, today
from tests.services.payments.till import DAY, RUPEE, Till


async def close(till: Till, rupees: float, **fields: Any) -> Any:
    body = {"library_id": till.hall.id, "day": str(today()), "counted": round(rupees * RUPEE)} | fields
    return await till.owner.post("/payments/day-closes", body)


async def test_what_is_missing_and_what_nobody_knows_is_named(till: Till):
    student = await till.hall.enrol()
    await till.pay(student, 1500)
    await till.pay(student, 300, "upi", reference="U1")
    await till.pay(student, 200, "upi", reference="U2")
    seen = [{"reference": "U1", "amount": 300 * RUPEE}, {"reference": "U9", "amount": 250 * RUPEE}]

    refused = await close(till, 1000, upi_seen=seen)

    assert code_of(refused) == (409, "NOT_EXPLAINED")
    told = [(one["code"], one["message"]) for one in refused.json()["error"]["details"]]
    assert told == [
        ("cash_differs", "The books say ₹1,500.00: ₹500.00 missing."),
        ("upi_missing", "U2 over ₹200.00 is in the books and was not seen."),
        ("upi_unknown", "U9 over ₹250.00 was seen and is not in the books."),
    ]
    closed = (await close(till, 1000, upi_seen=seen, explanation="Taken for tea; the bank is late")).json()[
        "data"
    ]
    assert (closed["expected"], closed["counted"]) == (1500 * RUPEE, 1000 * RUPEE)
    assert [one["reference"] for one in closed["upi_missing"] + closed["upi_unknown"]] == ["U2", "U9"]
    assert closed["account_id"] == till.owner.account_id
    assert (await till.totals())["cash_difference"] == 500
    listed = await till.owner.get("/payments/day-closes", params={"library_id": till.hall.id})
    assert listed.json()["data"] == [closed]


async def test_a_upi_reference_is_one_however_it_is_typed(till: Till):
    await till.pay(await till.hall.enrol(), 300, "upi", reference="axis12ab")

    answer = await close(till, 0, upi_seen=[{"reference": "AXIS12ab", "amount": 300 * RUPEE}])

    assert answer.status_code == 201, answer.text


async def test_what_nobody_compared_is_said_and_compared_the_next_time(till: Till):
    student = await till.hall.enrol()
    for days_ago, reference in ((3, "U1"), (2, "U2"), (1, "U3"), (0, "U4")):
        await till.pay(student, 100, "upi", reference=reference, day=str(today() - days_ago * DAY))

    def seen(*references: str) -> list[dict[str, Any]]:
        return [{"reference": one, "amount": 100 * RUPEE} for one in references]

    first = await close(till, 0, day=str(today() - 3 * DAY), upi_seen=seen("U1"))
    assert (first.json()["data"]["upi_missing"], first.json()["data"]["upi_unknown"]) == ([], [])
    for days_ago in (2, 1):
        blind = (await close(till, 0, day=str(today() - days_ago * DAY))).json()["data"]
        assert (blind["upi_missing"], blind["upi_unknown"], blind["explanation"]) == (None, None, None)
    refused = await close(till, 0, upi_seen=seen("U2", "U4"))
    assert [one["message"] for one in refused.json()["error"]["details"]] == [
        "U3 over ₹100.00 is in the books and was not seen."
    ]
    assert (await close(till, 0, upi_seen=seen("U2", "U3", "U4"))).status_code == 201
    listed = await till.owner.get("/payments/day-closes", params={"library_id": till.hall.id})
    assert [one["upi_missing"] for one in listed.json()["data"]] == [[], None, None, []]


async def test_staff_do_not_write_off_the_drawer(till: Till, people: People):
    await till.pay(await till.hall.enrol(), 5000)
    staff = await people.member(till.owner, "staff")
    body = {"library_id": till.hall.id, "day": str(today()), "explanation": "It is gone"}

    refused = await staff.post("/payments/day-closes", body | {"counted": 0})
    assert code_of(refused) == (403, "APPROVAL_NEEDED")
    assert (await staff.post("/payments/day-closes", body | {"counted": 4900 * RUPEE})).status_code == 201


async def test_a_closed_day_is_closed_and_business_goes_on_the_next(till: Till):
    student = await till.hall.enrol()
    await till.pay(student, 100)
    assert (await close(till, 100)).status_code == 201

    for day in (today(), today() - DAY):
        assert code_of(await till.try_to_pay(student, 5, day=str(day))) == (409, "DAY_CLOSED")
        assert code_of(await close(till, 100, day=str(day))) == (409, "DAY_CLOSED")
    late = await till.pay(student, 50)
    assert late["day"] == str(today() + DAY)
    receipt = (await till.owner.get(f"/payments/{late['id']}/receipt")).json()["data"]
    assert receipt["day"] == str(today() + DAY)
    tomorrow = await close(till, 150, day=str(today() + DAY))
    assert faults_of(tomorrow) == {("day", "too_late")}
    async with at(till.hall, "20:00"):
        assert (await close(till, 150)).status_code == 201


async def test_the_cash_book_goes_on_from_day_to_day(till: Till):
    student = await till.hall.enrol()
    await till.pay(student, 100)
    await till.pay(student, 40, "upi")
    await close(till, 90, explanation="Ten are gone")
    async with at(till.hall, "12:00"):
        payment = await till.pay(student, 30)
        await till.pay(student, 7, "cheque")
        await till.owner.post(f"/payments/{payment['id']}/reverse", {"reason": "Wrong"})
        refund = {
            "library_id": till.hall.id,
            "student_id": student["id"],
            "source": "advance",
            "method": "cash",
        }
        await till.owner.post("/payments/refunds", refund | {"amount": 20 * RUPEE, "reason": "Change"})
        first, last = today() - DAY, today()
        params = {"library_id": till.hall.id, "since": str(last), "until": str(last)}
        book = (await till.owner.get("/payments/cash-book", params=params)).json()["data"]
        assert (book["opening"], book["closing"]) == (90 * RUPEE, 70 * RUPEE)
        assert [(one["method"], one["received"], one["paid_out"]) for one in book["lines"]] == [
            ("cash", 0, 20 * RUPEE),
            ("cheque", 7 * RUPEE, 0),
        ]
        both = (await till.owner.get("/payments/cash-book", params=params | {"since": str(first)})).json()[
            "data"
        ]
        assert (both["opening"], len(both["lines"])) == (0, 4)
        far = params | {"since": str(last - timedelta(days=400))}
        assert faults_of(await till.owner.get("/payments/cash-book", params=far)) == {
            ("until", "wrong_order")
        }


async def test_what_is_written_while_the_day_is_closed_is_in_it_or_after_it(till: Till):
    students = [await till.hall.enrol() for _ in range(8)]

    answers = await asyncio.gather(
        *(till.try_to_pay(one, 10) for one in students),
        close(till, 0, explanation="Counted in a hurry"),
        *(till.try_to_pay(one, 10) for one in students),
    )

    paid = [one.json()["data"] for one in answers if "number" in one.json()["data"]]
    closed = answers[8].json()["data"]
    assert len(paid) == 16
    in_it = [one for one in paid if one["day"] == closed["day"]]
    assert closed["expected"] == len(in_it) * 10 * RUPEE
