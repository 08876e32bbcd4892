"""Who has the drawer, and cash that leaves it and is spent for nothing. All amounts are paise."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from studyspot.client.models.moment import Moment


class Denomination(msgspec.Struct, frozen=True, kw_only=True):
    """So many notes or coins of one value."""

    value_paise: Literal[50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 200000]
    count: int


class NewDrawerSession(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID
    opening_paise: int


class DrawerCount(msgspec.Struct, frozen=True, kw_only=True):
    """The sum, or the notes and coins; a difference needs an `explanation`."""

    counted_paise: int | None = None
    denominations: Sequence[Denomination] | None = None
    explanation: str | None = None


class DrawerSession(msgspec.Struct, frozen=True):
    """From one count of the drawer to the next. `opening_difference_paise` is what was there at first beyond
    what the count before it left, or below nothing.
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
    opened_at: Moment
    closed_by: UUID | None
    closed_at: Moment | None


class DrawerMovement(msgspec.Struct, frozen=True):
    """Cash that came into a session, or went out: negative."""

    id: UUID
    kind: Literal["payment", "refund", "settlement", "reversal", "transfer", "difference"]
    amount_paise: int
    day: date
    student_id: UUID | None
    note: str | None
    account_id: UUID | None
    created_at: Moment


class NewCashTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """Cash that goes `out` of the drawer to the bank or to the owner, or comes `in` from there.
    `reference` is the number on the bank's slip.
    """

    library_id: UUID
    direction: Literal["in", "out"]
    pocket: Literal["bank", "owner"]
    amount_paise: int
    note: str | None = None
    drawer_session_id: UUID | None = None
    reference: str | None = None


class CashTransfer(msgspec.Struct, frozen=True):
    id: UUID
    library_id: UUID
    drawer_session_id: UUID | None
    direction: Literal["in", "out"]
    pocket: Literal["bank", "owner"]
    amount_paise: int
    day: date
    note: str | None
    reference: str | None
    account_id: UUID | None
    created_at: Moment
