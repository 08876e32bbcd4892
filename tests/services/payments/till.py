"""The books of a library, as the tests of payments write and read them."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec
from tests.people import Person
from tests.services.answers import made
from tests.services.bookings.hall import Hall, today

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.services.payments.contract import Charge, NewBill

RUPEE = 100
DAY = timedelta(days=1)
_numbers = count(1)


class Till:
    def __init__(self, hall: Hall) -> None:
        self.hall = hall

    @property
    def owner(self) -> Person:
        return self.hall.owner

    async def fine(self, student: dict[str, Any], rupees: int, **fields: Any) -> dict[str, Any]:
        body = {"library_id": self.hall.id, "student_id": student["id"], "kind": "fine", "label": "Late book"}
        charge: dict[str, Any] = await made(
            self.owner, "/payments/charges", body | {"amount": rupees * RUPEE} | fields
        )
        return charge

    async def try_to_pay(
        self,
        student: dict[str, Any],
        rupees: float,
        method: str = "cash",
        *,
        key: str | None = None,
        **fields: Any,
    ) -> httpx2.Response:
        body = {
            "library_id": self.hall.id,
            "student_id": student["id"],
            "method": method,
            "amount": round(rupees * RUPEE),
        }
        if method != "cash":
            body["reference"] = f"REF{next(_numbers)}"
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.owner.post("/payments", body | fields, headers=headers)

    async def pay(
        self, student: dict[str, Any], rupees: float, method: str = "cash", **fields: Any
    ) -> dict[str, Any]:
        answer = await self.try_to_pay(student, rupees, method, **fields)
        assert answer.status_code == 201, answer.text
        payment: dict[str, Any] = answer.json()["data"]
        return payment

    async def statement(self, student: dict[str, Any]) -> dict[str, float]:
        """In rupees: what is open, overdue, ahead, kept."""
        answer = await self.owner.get(f"/payments/students/{student['id']}")
        assert answer.status_code == 200, answer.text
        found = answer.json()["data"]
        return {name: found[name] / RUPEE for name in ("open", "overdue", "advance", "deposit")}

    async def totals(self) -> dict[str, float]:
        """In rupees, what is not nothing."""
        found = (await self.owner.get("/payments/totals")).json()["data"]
        return {one["account"]: one["amount"] / RUPEE for one in found if one["amount"]}

    async def bill(
        self,
        platform: Platform,
        student: dict[str, Any],
        *lines: tuple[str, int],
        membership_id: Any = None,
        credit: int = 0,
        tax: int = 0,
        bill_id: Any = None,
        due_in: int = 0,
        opening: dict[str, int] | None = None,
        day: date | None = None,
    ) -> list[Charge]:
        """As another room posts it: kinds and rupees."""
        charges = [
            {
                "kind": kind,
                "label": kind.title(),
                "amount": rupees * RUPEE,
                "tax": tax * RUPEE if kind == "fee" else 0,
                "due_on": today() + due_in * DAY,
            }
            for kind, rupees in lines
        ]
        bill = {
            "id": bill_id or uuid4(),
            "library_id": self.hall.id,
            "student_id": student["id"],
            "membership_id": membership_id,
            "day": day or today(),
            "charges": charges,
            "credits": [{"label": "Days not used", "amount": credit * RUPEE}] if credit else [],
            "opening": opening and {name: rupees * RUPEE for name, rupees in opening.items()},
        }
        caller = system(tenant_id=TenantId(UUID(self.owner.tenant_id)))
        return await platform.payments.post_bill(caller, bill=msgspec.convert(bill, NewBill))
