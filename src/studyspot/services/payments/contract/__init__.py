"""The door of the payments room."""

from datetime import date
from typing import Protocol
from uuid import UUID

from studyspot.kernel.contract import Caller, repeatable
from studyspot.services.payments.contract.books import (
    AccountTotal as AccountTotal,
    CashBook as CashBook,
    DayClose as DayClose,
    DayClosePage as DayClosePage,
    Due as Due,
    DuePage as DuePage,
    NewDayClose as NewDayClose,
    Statement as Statement,
)
from studyspot.services.payments.contract.charges import (
    Charge as Charge,
    ChargeFilter as ChargeFilter,
    ChargeKind as ChargeKind,
    ChargeLine as ChargeLine,
    ChargePage as ChargePage,
    CreditLine as CreditLine,
    Key as Key,
    KeyReused as KeyReused,
    NewBill as NewBill,
    NewCharge as NewCharge,
    Waiver as Waiver,
)
from studyspot.services.payments.contract.payments import (
    Method as Method,
    NewPayment as NewPayment,
    NewRefund as NewRefund,
    Payment as Payment,
    PaymentFilter as PaymentFilter,
    PaymentPage as PaymentPage,
    Reversal as Reversal,
)


class Payments(Protocol):
    """The money of the caller's tenant: what students owe, what they paid, what is kept for them. Every
    transaction is in balance and stays as it was written, by constraints of the database.
    """

    @repeatable
    async def post_bill(self, caller: Caller, *, bill: NewBill) -> list[Charge]:
        """What another room sold or took back. An advance of the student pays it at once. Safe to repeat.

        :raises NotFound: when the tenant has no such library. :raises UnknownStudent:
        :raises MoreThanOpen: when it takes back more than was billed.
        """
        ...

    @repeatable
    async def list_charges(
        self, caller: Caller, *, filter: ChargeFilter, page: int, limit: int
    ) -> ChargePage:
        """Those due last come first."""
        ...

    @repeatable
    async def get_charge(self, caller: Caller, *, charge_id: UUID) -> Charge:
        """:raises NotFound:"""
        ...

    async def create_charge(self, caller: Caller, *, charge: NewCharge, key: Key | None = None) -> Charge:
        """Due today unless a day is given. :raises NotFound: when the tenant has no such library.

        :raises UnknownStudent: :raises KeyReused:
        """
        ...

    async def waive_charge(
        self, caller: Caller, *, charge_id: UUID, waiver: Waiver, key: Key | None = None
    ) -> Charge:
        """:raises NotFound: :raises MoreThanOpen: :raises ApprovalNeeded: :raises KeyReused:"""
        ...

    @repeatable
    async def list_payments(
        self, caller: Caller, *, filter: PaymentFilter, page: int, limit: int
    ) -> PaymentPage:
        """What came in last comes first."""
        ...

    @repeatable
    async def get_payment(self, caller: Caller, *, payment_id: UUID) -> Payment:
        """:raises NotFound:"""
        ...

    async def take_payment(self, caller: Caller, *, payment: NewPayment, key: Key | None = None) -> Payment:
        """:raises NotFound: when the tenant has no such library. :raises UnknownStudent: :raises KeyReused:

        :raises ValidationFailed: for a reference that is missing, a day to come, charges that are not theirs.
        :raises MoreThanOpen: when a charge gets more than is open. :raises ReferenceKnown:
        :raises ApprovalNeeded: for a day that is over. :raises DayClosed:
        """
        ...

    async def reverse_payment(self, caller: Caller, *, payment_id: UUID, reversal: Reversal) -> Payment:
        """A cheque that came back, or one that was written wrongly: what it paid is open again.

        :raises NotFound: :raises AlreadyReversed: :raises ApprovalNeeded:
        :raises MoreThanOpen: when its advance was paid out meanwhile.
        """
        ...

    async def refund(self, caller: Caller, *, refund: NewRefund, key: Key | None = None) -> Statement:
        """Pays out. :raises NotFound: when the tenant has no such library. :raises UnknownStudent:

        :raises MoreThanOpen: :raises ApprovalNeeded: :raises KeyReused:
        """
        ...

    @repeatable
    async def get_statement(self, caller: Caller, *, student_id: UUID) -> Statement:
        """:raises NotFound:"""
        ...

    @repeatable
    async def list_dues(
        self, caller: Caller, *, library_id: UUID | None = None, page: int, limit: int
    ) -> DuePage:
        """Who owes, whoever has owed longest first."""
        ...

    @repeatable
    async def get_cash_book(self, caller: Caller, *, library_id: UUID, since: date, until: date) -> CashBook:
        """:raises NotFound: :raises ValidationFailed: for more than 366 days, or none."""
        ...

    @repeatable
    async def list_totals(
        self,
        caller: Caller,
        *,
        library_id: UUID | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> list[AccountTotal]:
        """Every account that moved between the days: its sum."""
        ...

    @repeatable
    async def list_day_closes(
        self, caller: Caller, *, library_id: UUID, page: int, limit: int
    ) -> DayClosePage:
        """The last day first. :raises NotFound:"""
        ...

    async def close_day(self, caller: Caller, *, close: NewDayClose) -> DayClose:
        """Nothing is written into this day any more, or before it. :raises NotFound: :raises NotExplained:

        :raises DayClosed: when it is closed already. :raises ValidationFailed: for a day to come.
        """
        ...
