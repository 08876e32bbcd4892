"""A drawer of cash, as the tests of payments open and count it."""

from typing import Any

import httpx2
from tests.people import Person
from tests.services.bookings.hall import today
from tests.services.payments.till import RUPEE, Till


async def try_to_open(till: Till, who: Person, rupees: int = 0, **fields: Any) -> httpx2.Response:
    body = {"library_id": till.hall.id, "opening_paise": rupees * RUPEE} | fields
    return await who.post("/payments/drawer-sessions", body)


async def open_drawer(till: Till, who: Person, rupees: int = 0) -> dict[str, Any]:
    answer = await try_to_open(till, who, rupees)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()["data"]
    return session


async def close_drawer(
    session: dict[str, Any], who: Person, rupees: int | None = None, **fields: Any
) -> httpx2.Response:
    body = fields if rupees is None else {"counted_paise": rupees * RUPEE} | fields
    return await who.post(f"/payments/drawer-sessions/{session['id']}/close", body)


async def close_day(till: Till, rupees: int, **fields: Any) -> httpx2.Response:
    body = {"library_id": till.hall.id, "day": str(today()), "counted": rupees * RUPEE} | fields
    return await till.owner.post("/payments/day-closes", body)


async def pay_as(
    till: Till, who: Person, student: dict[str, Any], rupees: int, **fields: Any
) -> httpx2.Response:
    body = {
        "library_id": till.hall.id,
        "student_id": student["id"],
        "method": "cash",
        "amount": rupees * RUPEE,
    }
    return await who.post("/payments", body | fields)


async def session_of(who: Person, session: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await who.get(f"/payments/drawer-sessions/{session['id']}")).json()["data"]
    return found
