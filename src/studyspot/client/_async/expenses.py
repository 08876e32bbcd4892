"""What a library spends, and what a month came to.

What moves money is sent under a key, a new one unless it is given: asked again, it is not done again.
"""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from types import NoneType
from uuid import UUID, uuid4

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.expenses import (
    Basis,
    Expense,
    ExpenseCategory,
    NewExpense,
    Outlay,
    ProfitAndLoss,
)
from studyspot.client.models.page import Page
from studyspot.client.models.payments import Reversal
from studyspot.client.request import Param, Request
from studyspot.client.uploads import File, Progress


class AsyncExpenses(AsyncGroup):
    async def list(
        self,
        *,
        library_id: UUID | None = None,
        category: ExpenseCategory | None = None,
        is_paid: bool | None = None,
        since: date | None = None,
        until: date | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Expense]:
        """The last bill first; `is_paid=False` finds what is owed."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "category": category,
            "is_paid": is_paid,
            "since": since,
            "until": until,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/payments/expenses", Page[Expense], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        category: ExpenseCategory | None = None,
        is_paid: bool | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> AsyncIterator[Expense]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                category=category,
                is_paid=is_paid,
                since=since,
                until=until,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    async def get(self, expense_id: UUID) -> Expense:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/payments/expenses/{expense_id}", Expense))

    async def create(self, expense: NewExpense, *, key: str | None = None) -> Expense:
        """:raises NotFound: :raises Conflict: for a closed day. :raises Forbidden: for a day that is over."""
        return await self._send(
            Request("POST", "/payments/expenses", Expense, body=expense, key=key or str(uuid4()))
        )

    async def pay(self, expense_id: UUID, outlay: Outlay, *, key: str | None = None) -> Expense:
        """:raises NotFound: :raises Conflict: when it is paid or reversed already, or the day is closed."""
        path = f"/payments/expenses/{expense_id}/pay"
        return await self._send(Request("POST", path, Expense, body=outlay, key=key or str(uuid4())))

    async def reverse(self, expense_id: UUID, *, reason: str) -> Expense:
        """Takes it back, and what was paid for it. :raises NotFound: :raises Conflict:"""
        body = Reversal(reason=reason)
        return await self._send(
            Request("POST", f"/payments/expenses/{expense_id}/reverse", Expense, body=body)
        )

    async def attach(self, expense_id: UUID, file: File, *, progress: Progress | None = None) -> Expense:
        """A photo of the bill, or a PDF, of up to 5 MiB. :raises NotFound: :raises Refused: :raises Conflict:
        when it has five.
        """
        path = f"/payments/expenses/{expense_id}/attachment"
        return await self._send(Request("POST", path, Expense, file=file, progress=progress))

    async def download(self, expense_id: UUID, to: Path) -> int:
        """The photo of the bill into the file `to`; the bytes written. :raises NotFound:"""
        request = self._addressed(Request("GET", f"/payments/expenses/{expense_id}/attachment", NoneType))
        return await self._session.download(request, to)

    async def profit_and_loss(
        self, *, month: str, basis: Basis, library_id: UUID | None = None
    ) -> ProfitAndLoss:
        """What a month, such as 2026-04, came to. :raises NotFound:"""
        params: dict[str, Param] = {"month": month, "basis": basis, "library_id": library_id}
        return await self._send(Request("GET", "/payments/profit-and-loss", ProfitAndLoss, params))
