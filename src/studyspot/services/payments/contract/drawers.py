"""Who has the drawer, as it crosses the door: counted when it is opened and when it is handed over."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from studyspot.kernel.contract import Caller, repeatable
from studyspot.kernel.errors import Conflict
from studyspot.services.payments.contract.charges import Amount, Key, Note
from studyspot.services.payments.contract.payments import Reference

Cash = Annotated[int, Meta(ge=0, le=10**12, description="Whole paise; 100 are one rupee")]
Pocket = Literal["bank", "owner"]
"""Where cash goes that leaves the drawer and is spent for nothing."""


class DrawerNeeded(Conflict):
    """The library takes and pays cash only with a drawer that was counted: open a session first."""

    code = "DRAWER_NEEDED"


class DrawerOpen(Conflict):
    """A session of the drawer is still open."""

    code = "DRAWER_OPEN"


class DrawerClosed(Conflict):
    """The session is closed: what was counted stays."""

    code = "DRAWER_CLOSED"


class NotInDrawer(Conflict):
    """More cash than there is. The message tells how much there is."""

    code = "NOT_IN_DRAWER"


class Denomination(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So many notes or coins of one value, in paise."""

    value_paise: Literal[50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 200000]
    count: Annotated[int, Meta(ge=1, le=1_000_000)]


class NewDrawerSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The caller takes the drawer over, with so much in it."""

    library_id: UUID
    opening_paise: Cash


class DrawerCount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is in the drawer: the sum, or the notes and coins. A difference needs an `explanation`."""

    counted_paise: Cash | None = None
    denominations: Annotated[tuple[Denomination, ...], Meta(max_length=20)] | None = None
    explanation: Note | None = None


class DrawerSession(msgspec.Struct, frozen=True):
    """From one count of the drawer to the next. `expected_paise` is what was in it at first and all cash of
    the session since; `difference_paise` is what was found beyond that, or below nothing. `day` is the first
    day of the books that it is about. Who went home without counting has it `closed_by` somebody else.

    `opening_difference_paise` is how much more there was at first than the count before it, with what moved
    outside of sessions since, had left; below nothing, what was lost between the two. It is written nowhere
    else: the day close finds it. Null: nobody had counted, or another has taken that over.
    """

    id: UUID
    library_id: UUID
    account_id: UUID
    day: date
    opening_paise: int
    opening_difference_paise: int | None
    expected_paise: int
    counted_paise: int | None
    difference_paise: int | None
    denominations: tuple[Denomination, ...]
    explanation: str | None
    opened_at: datetime
    closed_by: UUID | None
    closed_at: datetime | None


class DrawerSessionPage(msgspec.Struct, frozen=True):
    items: list[DrawerSession]
    total: int


class DrawerSessionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` are days of the books."""

    library_id: UUID | None = None
    account_id: UUID | None = None
    is_open: bool | None = None
    since: date | None = None
    until: date | None = None


class DrawerMovement(msgspec.Struct, frozen=True):
    """Cash that came into a session, or went out: negative. What was taken back is a `reversal`, a bill that
    was paid a `settlement`; the `difference` is what was found when it was counted.
    """

    id: UUID
    kind: Literal["payment", "refund", "settlement", "reversal", "transfer", "difference"]
    amount_paise: int
    day: date
    student_id: UUID | None
    note: str | None
    account_id: UUID | None
    created_at: datetime


class DrawerMovementPage(msgspec.Struct, frozen=True):
    items: list[DrawerMovement]
    total: int


class NewCashTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Cash that goes `out` of the drawer to the bank or to the owner, or comes `in` from there. Who may
    approve may name another's session of the drawer; without one it is the caller's own, if one is open.
    `reference` is the number on the bank's slip.
    """

    library_id: UUID
    direction: Literal["in", "out"]
    pocket: Pocket
    amount_paise: Amount
    note: Note | None = None
    drawer_session_id: UUID | None = None
    reference: Reference | None = None


class CashTransfer(msgspec.Struct, frozen=True):
    """It is neither income nor spending."""

    id: UUID
    library_id: UUID
    drawer_session_id: UUID | None
    direction: Literal["in", "out"]
    pocket: Pocket
    amount_paise: int
    day: date
    note: str | None
    reference: str | None
    account_id: UUID | None
    created_at: datetime


class CashTransferPage(msgspec.Struct, frozen=True):
    items: list[CashTransfer]
    total: int


class Drawers(Protocol):
    """Who has the drawer of a library."""

    @repeatable
    async def list_drawer_sessions(
        self, caller: Caller, *, filter: DrawerSessionFilter, page: int, limit: int
    ) -> DrawerSessionPage:
        """The one opened last first."""
        ...

    @repeatable
    async def get_drawer_session(self, caller: Caller, *, session_id: UUID) -> DrawerSession:
        """:raises NotFound:"""
        ...

    @repeatable
    async def list_drawer_movements(
        self, caller: Caller, *, session_id: UUID, page: int, limit: int
    ) -> DrawerMovementPage:
        """The last one first; with what was in it at first they are what is expected. :raises NotFound:"""
        ...

    async def open_drawer(self, caller: Caller, *, session: NewDrawerSession) -> DrawerSession:
        """Told is what was missing in it at first. :raises NotFound: when the tenant has no such library.

        :raises DrawerOpen: when the caller has one there. :raises Forbidden: for what is no person.
        """
        ...

    async def close_drawer(self, caller: Caller, *, session_id: UUID, count: DrawerCount) -> DrawerSession:
        """What was counted beyond what is expected, or below, is written into the books.

        :raises NotFound: :raises DrawerClosed: when it is closed already. :raises NotExplained:
        :raises ApprovalNeeded: for another's drawer, or more than the caller may. :raises ValidationFailed:
        """
        ...

    @repeatable
    async def list_cash_transfers(
        self, caller: Caller, *, library_id: UUID | None = None, page: int, limit: int
    ) -> CashTransferPage:
        """The last one first."""
        ...

    async def move_cash(
        self, caller: Caller, *, transfer: NewCashTransfer, key: Key | None = None
    ) -> CashTransfer:
        """To the bank or the owner, or from there. :raises NotFound: when the tenant has no such library.

        :raises ApprovalNeeded: for what the owner takes out, and another's drawer. :raises KeyReused:
        :raises DrawerClosed: :raises NotInDrawer: for more than the session has, or without one the library.
        :raises ValidationFailed: for a session that is not the library's, or the slip of no bank.
        """
        ...
