"""The door of the payments room."""

from datetime import date
from typing import Protocol
from uuid import UUID

from studyspot.kernel.contract import Caller, repeatable
from studyspot.services.payments.contract.approvals import (
    AlreadyAnswered as AlreadyAnswered,
    Answer as Answer,
    Approval as Approval,
    ApprovalFilter as ApprovalFilter,
    ApprovalKind as ApprovalKind,
    ApprovalPage as ApprovalPage,
    Approvals as Approvals,
    ApprovalStatus as ApprovalStatus,
    AskedCredit as AskedCredit,
    AskedOutlay as AskedOutlay,
    AskedReversal as AskedReversal,
    AskedWaiver as AskedWaiver,
    NewApproval as NewApproval,
    NotApproved as NotApproved,
)
from studyspot.services.payments.contract.books import (
    AccountTotal as AccountTotal,
    CashBook as CashBook,
    DayClose as DayClose,
    DayClosePage as DayClosePage,
    Due as Due,
    DuePage as DuePage,
    NewDayClose as NewDayClose,
    SessionShare as SessionShare,
    Statement as Statement,
    Transaction as Transaction,
    TransactionPage as TransactionPage,
)
from studyspot.services.payments.contract.charges import (
    Charge as Charge,
    ChargeFilter as ChargeFilter,
    ChargeKind as ChargeKind,
    ChargeLine as ChargeLine,
    ChargePage as ChargePage,
    Credit as Credit,
    CreditLine as CreditLine,
    Key as Key,
    KeyReused as KeyReused,
    MoreThanOpen as MoreThanOpen,
    NewBill as NewBill,
    NewCharge as NewCharge,
    NotByHand as NotByHand,
    Note as Note,
    Opening as Opening,
    UsedSince as UsedSince,
    Waiver as Waiver,
    lock_of as lock_of,
)
from studyspot.services.payments.contract.drawers import (
    CashTransfer as CashTransfer,
    CashTransferPage as CashTransferPage,
    Denomination as Denomination,
    DrawerClosed as DrawerClosed,
    DrawerCount as DrawerCount,
    DrawerMovement as DrawerMovement,
    DrawerMovementPage as DrawerMovementPage,
    DrawerNeeded as DrawerNeeded,
    DrawerOpen as DrawerOpen,
    Drawers as Drawers,
    DrawerSession as DrawerSession,
    DrawerSessionFilter as DrawerSessionFilter,
    DrawerSessionPage as DrawerSessionPage,
    NewCashTransfer as NewCashTransfer,
    NewDrawerSession as NewDrawerSession,
    NotInDrawer as NotInDrawer,
)
from studyspot.services.payments.contract.expenses import (
    FILE_BYTES_MAX as FILE_BYTES_MAX,
    BillFile as BillFile,
    Expense as Expense,
    ExpenseCategory as ExpenseCategory,
    ExpenseFilter as ExpenseFilter,
    ExpensePage as ExpensePage,
    NewExpense as NewExpense,
    Outlay as Outlay,
)
from studyspot.services.payments.contract.papers import (
    Paper as Paper,
    PaperFilter as PaperFilter,
    PaperKind as PaperKind,
    PaperPage as PaperPage,
    VerifiedPaper as VerifiedPaper,
)
from studyspot.services.payments.contract.payments import (
    APPROVE as APPROVE,
    ApprovalNeeded as ApprovalNeeded,
    DepositUse as DepositUse,
    Method as Method,
    NewPayment as NewPayment,
    NewRefund as NewRefund,
    Payment as Payment,
    PaymentFilter as PaymentFilter,
    PaymentPage as PaymentPage,
    Reversal as Reversal,
)
from studyspot.services.payments.contract.profit import (
    Basis as Basis,
    Month as Month,
    ProfitAndLoss as ProfitAndLoss,
)


class Payments(Drawers, Approvals, Protocol):
    """The money of the caller's tenant: what students owe, what they paid, what is kept for them. Every
    transaction is in balance and stays as it was written, by constraints of the database. Cash that the
    caller takes or pays out is counted to their open session of the library's drawer; where the library asks
    for one, and there is none, every method that moves cash raises `DrawerNeeded`.
    """

    @repeatable
    async def post_bill(self, caller: Caller, *, bill: NewBill) -> list[Charge]:
        """What another room sold or took back. An advance of the student pays it at once. Safe to repeat.

        :raises NotFound: when the tenant has no such library. :raises UnknownStudent:
        :raises MoreThanOpen: when it takes back more than was billed.
        """
        ...

    @repeatable
    async def reverse_opening(self, caller: Caller, *, bill_id: UUID, reason: Note) -> None:
        """Takes a posted bill with an opening back, as if it had never been. Safe to repeat.

        :raises UsedSince: when the student paid, or was paid, since. :raises MoreThanOpen:
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

        :raises UnknownStudent: :raises KeyReused: :raises ValidationFailed: for a day more than a year away.
        """
        ...

    async def waive_charge(
        self, caller: Caller, *, charge_id: UUID, waiver: Waiver, key: Key | None = None
    ) -> Charge:
        """:raises NotFound: :raises MoreThanOpen: :raises ApprovalNeeded: :raises KeyReused:"""
        ...

    async def credit_charge(
        self, caller: Caller, *, charge_id: UUID, credit: Credit, key: Key | None = None
    ) -> Charge:
        """What becomes an advance pays what is open at once. :raises NotFound: :raises ApprovalNeeded:

        :raises NotByHand: for a membership's, or a deposit. :raises MoreThanOpen: :raises KeyReused:
        """
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
        """A cheque that came back, or one that was written wrongly: what it paid is open again, and paid from
        what the student has paid ahead otherwise, as far as that reaches.

        What was paid out of it meanwhile is charged to the student.

        :raises NotFound: :raises AlreadyReversed: :raises ApprovalNeeded:
        """
        ...

    async def refund(self, caller: Caller, *, refund: NewRefund, key: Key | None = None) -> Statement:
        """Pays out. :raises NotFound: when the tenant has no such library. :raises UnknownStudent:

        :raises MoreThanOpen: :raises KeyReused: :raises ValidationFailed: for a reference of cash.
        :raises ApprovalNeeded: also for a deposit, as far as the student owes as much.
        """
        ...

    async def use_deposit(
        self, caller: Caller, *, student_id: UUID, use: DepositUse, key: Key | None = None
    ) -> Statement:
        """Pays what a student owes out of their deposit: no money moves. :raises NotFound: :raises KeyReused:

        :raises ValidationFailed: for charges that are not theirs, or are a deposit.
        :raises MoreThanOpen: for more than is kept, or than is open.
        """
        ...

    @repeatable
    async def list_papers(self, caller: Caller, *, filter: PaperFilter, page: int, limit: int) -> PaperPage:
        """The last day first."""
        ...

    @repeatable
    async def get_paper(self, caller: Caller, *, paper_id: UUID) -> Paper:
        """:raises NotFound:"""
        ...

    @repeatable
    async def get_receipt(self, caller: Caller, *, payment_id: UUID) -> Paper:
        """:raises NotFound:"""
        ...

    @repeatable
    async def forget_recipient(self, caller: Caller, *, student_id: UUID) -> None:
        """Receipts name the student no more. Invoices, vouchers and notes do, as the law wants it."""
        ...

    @repeatable
    async def verify_paper(self, caller: Caller, *, code: str) -> VerifiedPaper:
        """Whoever asks. :raises NotFound: for a code that was not made here."""
        ...

    @repeatable
    async def get_statement(self, caller: Caller, *, student_id: UUID) -> Statement:
        """:raises NotFound:"""
        ...

    @repeatable
    async def list_transactions(
        self, caller: Caller, *, student_id: UUID, page: int, limit: int
    ) -> TransactionPage:
        """Of a student, the last one first. :raises NotFound:"""
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
        """Every account that moved between the days: its sum. :raises ValidationFailed: for a wrong order."""
        ...

    @repeatable
    async def list_day_closes(
        self, caller: Caller, *, library_id: UUID, page: int, limit: int
    ) -> DayClosePage:
        """The last day first. :raises NotFound:"""
        ...

    async def close_day(self, caller: Caller, *, close: NewDayClose) -> DayClose:
        """Nothing is written into this day any more, or before it. :raises NotFound: :raises NotExplained:

        :raises ApprovalNeeded: for a difference of more than the caller may give away alone, with the rest of
        what they gave away today. :raises DrawerOpen: naming each of that day.
        :raises DayClosed: when it is closed already. :raises ValidationFailed: for a day to come.
        """
        ...

    @repeatable
    async def list_expenses(
        self, caller: Caller, *, filter: ExpenseFilter, page: int, limit: int
    ) -> ExpensePage:
        """The last bill first."""
        ...

    @repeatable
    async def get_expense(self, caller: Caller, *, expense_id: UUID) -> Expense:
        """:raises NotFound:"""
        ...

    async def create_expense(self, caller: Caller, *, expense: NewExpense, key: Key | None = None) -> Expense:
        """:raises NotFound: when the tenant has no such library. :raises KeyReused: :raises DayClosed:

        :raises ValidationFailed: for a reference that is missing, a day to come, money before its bill.
        :raises ApprovalNeeded: for a day that is over, or money beyond what the caller may give away a day.
        """
        ...

    async def pay_expense(
        self, caller: Caller, *, expense_id: UUID, outlay: Outlay, key: Key | None = None
    ) -> Expense:
        """What was owed goes out. :raises NotFound: :raises AlreadyPaid: :raises AlreadyReversed:

        :raises ValidationFailed: :raises ApprovalNeeded: :raises DayClosed: :raises KeyReused:
        """
        ...

    async def reverse_expense(self, caller: Caller, *, expense_id: UUID, reversal: Reversal) -> Expense:
        """One that was written wrongly: nothing was owed, and what was paid is there again, from today on.

        :raises NotFound: :raises AlreadyReversed: :raises ApprovalNeeded: for more than the caller may alone.
        """
        ...

    async def attach_bill(self, caller: Caller, *, expense_id: UUID, content: bytes) -> Expense:
        """A photo of the bill, or a PDF; the one before stays and is shown no more.

        :raises NotFound: :raises UnreadableFile: :raises FileTooLarge: :raises TooManyFiles:
        """
        ...

    @repeatable
    async def get_bill_file(self, caller: Caller, *, expense_id: UUID) -> BillFile:
        """:raises NotFound: also when there is none."""
        ...

    @repeatable
    async def get_profit_and_loss(
        self, caller: Caller, *, library_id: UUID | None = None, month: Month, basis: Basis
    ) -> ProfitAndLoss:
        """Of one library, or of all. :raises NotFound: when the tenant has no such library."""
        ...
