# Made from _async/payments.py by studyspot.client._generate.
"""What students owe and pay, and what the books tell.

What moves money is sent under a key, a new one unless it is given: asked again, it is not done again.
"""

import builtins
from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid4

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.page import Page
from studyspot.client.models.payments import (
    AccountTotal,
    CashBook,
    Charge,
    Credit,
    DayClose,
    DepositUse,
    Due,
    Method,
    NewCharge,
    NewDayClose,
    NewPayment,
    NewRefund,
    Payment,
    Reversal,
    Statement,
    Transaction,
    Waiver,
)
from studyspot.client.request import Param, Request


class Payments(Group):
    def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        method: Method | None = None,
        since: date | None = None,
        until: date | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Payment]:
        """What came in last comes first; `since` and `until` are days of the books."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "student_id": student_id,
            "method": method,
            "since": since,
            "until": until,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/payments", Page[Payment], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        method: Method | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[Payment]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                student_id=student_id,
                method=method,
                since=since,
                until=until,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    def get(self, payment_id: UUID) -> Payment:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/payments/{payment_id}", Payment))

    def take(self, payment: NewPayment, *, key: str | None = None) -> Payment:
        """:raises Refused: when it does not fit together. :raises Conflict: for more than is open, a UPI
        reference that is there already, or a closed day. :raises Forbidden: for a day that is over.
        """
        return self._send(Request("POST", "/payments", Payment, body=payment, key=key or str(uuid4())))

    def reverse(self, payment_id: UUID, *, reason: str) -> Payment:
        """What it paid is open again. :raises NotFound: :raises Conflict: when it is reversed already."""
        body = Reversal(reason=reason)
        return self._send(Request("POST", f"/payments/{payment_id}/reverse", Payment, body=body))

    def refund(self, refund: NewRefund, *, key: str | None = None) -> Statement:
        """:raises Conflict: for more than is kept. :raises Forbidden: for more than the caller may alone."""
        return self._send(
            Request("POST", "/payments/refunds", Statement, body=refund, key=key or str(uuid4()))
        )

    def use_deposit(self, student_id: UUID, use: DepositUse, *, key: str | None = None) -> Statement:
        """Pays what is open out of the deposit; no money moves. :raises NotFound: :raises Conflict: for more
        than is kept, or than is open.
        """
        path = f"/payments/students/{student_id}/deposit-use"
        return self._send(Request("POST", path, Statement, body=use, key=key or str(uuid4())))

    def statement(self, student_id: UUID) -> Statement:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/payments/students/{student_id}", Statement))

    def transactions(self, student_id: UUID, *, page: int = 1, limit: int = 20) -> Page[Transaction]:
        """Why a student stands where they stand, the last one first. :raises NotFound:"""
        params: dict[str, Param] = {"page": page, "limit": limit}
        path = f"/payments/students/{student_id}/transactions"
        return self._send(Request("GET", path, Page[Transaction], params, bare=True))

    def iterate_transactions(self, student_id: UUID) -> Iterator[Transaction]:
        """All pages, one after the other."""
        return every(lambda page: self.transactions(student_id, page=page, limit=LIMIT_MAX))

    def cash_book(self, library_id: UUID, *, since: date, until: date) -> CashBook:
        """:raises NotFound:"""
        params: dict[str, Param] = {"library_id": library_id, "since": since, "until": until}
        return self._send(Request("GET", "/payments/cash-book", CashBook, params))

    def totals(
        self, *, library_id: UUID | None = None, since: date | None = None, until: date | None = None
    ) -> builtins.list[AccountTotal]:
        """What each account of the ledger came to."""
        params: dict[str, Param] = {"library_id": library_id, "since": since, "until": until}
        return self._send(Request("GET", "/payments/totals", builtins.list[AccountTotal], params))


class Dues(Group):
    def list(self, *, library_id: UUID | None = None, page: int = 1, limit: int = 20) -> Page[Due]:
        """Who owes, whoever has owed longest first. :raises NotFound:"""
        params: dict[str, Param] = {"library_id": library_id, "page": page, "limit": limit}
        return self._send(Request("GET", "/payments/dues", Page[Due], params, bare=True))

    def iterate(self, *, library_id: UUID | None = None) -> Iterator[Due]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id=library_id, page=page, limit=LIMIT_MAX))


class DayCloses(Group):
    def list(self, library_id: UUID, *, page: int = 1, limit: int = 20) -> Page[DayClose]:
        """The last day first. :raises NotFound:"""
        params: dict[str, Param] = {"library_id": library_id, "page": page, "limit": limit}
        return self._send(Request("GET", "/payments/day-closes", Page[DayClose], params, bare=True))

    def iterate(self, library_id: UUID) -> Iterator[DayClose]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, page=page, limit=LIMIT_MAX))

    def create(self, close: NewDayClose) -> DayClose:
        """:raises Conflict: for a difference that is not explained, which `details` name, or a closed day."""
        return self._send(Request("POST", "/payments/day-closes", DayClose, body=close))


class Charges(Group):
    def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        membership_id: UUID | None = None,
        is_open: bool | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Charge]:
        """Those due last come first."""
        params: dict[str, Param] = {
            "library_id": library_id,
            "student_id": student_id,
            "membership_id": membership_id,
            "is_open": is_open,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/payments/charges", Page[Charge], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        membership_id: UUID | None = None,
        is_open: bool | None = None,
    ) -> Iterator[Charge]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                student_id=student_id,
                membership_id=membership_id,
                is_open=is_open,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    def get(self, charge_id: UUID) -> Charge:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/payments/charges/{charge_id}", Charge))

    def create(self, charge: NewCharge, *, key: str | None = None) -> Charge:
        """:raises NotFound: :raises Refused: for an unknown student."""
        return self._send(Request("POST", "/payments/charges", Charge, body=charge, key=key or str(uuid4())))

    def waive(self, charge_id: UUID, waiver: Waiver, *, key: str | None = None) -> Charge:
        """:raises NotFound: :raises Conflict: for more than is open. :raises Forbidden: for more than the
        caller may alone.
        """
        path = f"/payments/charges/{charge_id}/waive"
        return self._send(Request("POST", path, Charge, body=waiver, key=key or str(uuid4())))

    def credit(self, charge_id: UUID, credit: Credit, *, key: str | None = None) -> Charge:
        """Takes back what was charged by hand, with its tax. :raises NotFound: :raises Conflict: for a
        membership's, or for more than was billed. :raises Forbidden: for more than the caller may alone.
        """
        path = f"/payments/charges/{charge_id}/credit"
        return self._send(Request("POST", path, Charge, body=credit, key=key or str(uuid4())))
