"""What a library spends, as the tests of payments write it."""

from datetime import date
from typing import Any

import httpx2
from tests.services.payments.till import RUPEE, Till

JPEG = b"\xff\xd8\xff\xe0 a photo of a bill"
CASH = {"method": "cash"}


async def try_to_spend(
    till: Till, rupees: int, category: str = "rent", *, key: str | None = None, **fields: Any
) -> httpx2.Response:
    """Owed, unless `paid` says how it was paid."""
    body = {"library_id": till.hall.id, "category": category, "amount_paise": rupees * RUPEE}
    headers = {} if key is None else {"Idempotency-Key": key}
    return await till.owner.post("/payments/expenses", body | fields, headers=headers)


async def spend(till: Till, rupees: int, category: str = "rent", **fields: Any) -> dict[str, Any]:
    answer = await try_to_spend(till, rupees, category, **fields)
    assert answer.status_code == 201, answer.text
    expense: dict[str, Any] = answer.json()["data"]
    return expense


async def act(till: Till, expense: dict[str, Any], deed: str, **body: Any) -> httpx2.Response:
    return await till.owner.post(f"/payments/expenses/{expense['id']}/{deed}", body)


async def result(till: Till, month: str | date, basis: str = "accrual") -> dict[str, Any]:
    """What the month came to: its lines by kind, in rupees, and `profit` and `tax`."""
    params = {"library_id": till.hall.id, "month": str(month)[:7], "basis": basis}
    answer = await till.owner.get("/payments/profit-and-loss", params=params)
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    lines = {one["kind"]: one["amount_paise"] / RUPEE for one in found["income"]}
    lines |= {f"-{one['kind']}": one["amount_paise"] / RUPEE for one in found["spending"]}
    return lines | {"profit": found["profit_paise"] / RUPEE, "tax": found["tax_paise"] / RUPEE}
