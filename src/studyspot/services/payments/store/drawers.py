"""SQL of drawer sessions, and of cash that leaves the drawer and is spent for nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.books import SessionShare
from studyspot.services.payments.contract.drawers import (
    CashTransfer,
    Denomination,
    DrawerMovement,
    DrawerSession,
    DrawerSessionFilter,
)

_SESSION = """s.id, s.library_id, s.account_id, s.day, s.opening AS opening_paise,
    s.opening - s.opening_expected AS opening_difference_paise, coalesce(s.expected, s.opening + (
        SELECT coalesce(sum(e.amount), 0) FROM payments.transactions t
        JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'cash'
        WHERE t.drawer_session_id = s.id
    ))::bigint AS expected_paise, s.counted AS counted_paise, s.counted - s.expected AS difference_paise,
    s.denominations, s.explanation, s.opened_at, s.closed_by, s.closed_at"""
_MATCHES = """
    ($1::uuid IS NULL OR s.library_id = $1) AND ($2::uuid IS NULL OR s.account_id = $2)
    AND ($3::boolean IS NULL OR (s.closed_at IS NULL) = $3)
    AND ($4::date IS NULL OR s.day >= $4) AND ($5::date IS NULL OR s.day <= $5)
"""
_TRANSFER = """t.id, t.library_id, t.drawer_session_id,
    CASE WHEN c.amount > 0 THEN 'in' ELSE 'out' END AS direction, o.account AS pocket,
    abs(c.amount) AS amount_paise, t.day, t.note, t.reference, t.account_id, t.created_at"""
_TRANSFERS = """payments.transactions t
    JOIN payments.entries c ON c.transaction_id = t.id AND c.account = 'cash'
    JOIN payments.entries o ON o.transaction_id = t.id AND o.account <> 'cash'"""


async def list_sessions(
    tx: Connection, wanted: DrawerSessionFilter, *, offset: int, limit: int
) -> tuple[list[DrawerSession], int | None]:
    return await tx.page(
        DrawerSession,
        f"""
        SELECT {_SESSION}, (SELECT count(*) FROM payments.drawer_sessions s WHERE {_MATCHES}) AS total
        FROM payments.drawer_sessions s WHERE {_MATCHES}
        ORDER BY s.opened_at DESC, s.id DESC OFFSET $6 LIMIT $7
        """,
        *_values(wanted),
        offset,
        limit,
    )


async def count_sessions(tx: Connection, wanted: DrawerSessionFilter) -> int:
    return int(
        await tx.value(f"SELECT count(*) FROM payments.drawer_sessions s WHERE {_MATCHES}", *_values(wanted))
    )


def _values(wanted: DrawerSessionFilter) -> tuple[object, ...]:
    return wanted.library_id, wanted.account_id, wanted.is_open, wanted.since, wanted.until


async def find_session(tx: Connection, session_id: UUID) -> DrawerSession | None:
    return await tx.one(
        DrawerSession, f"SELECT {_SESSION} FROM payments.drawer_sessions s WHERE s.id = $1", session_id
    )


async def list_movements(
    tx: Connection, session_id: UUID, *, offset: int, limit: int
) -> tuple[list[DrawerMovement], int | None]:
    return await tx.page(
        DrawerMovement,
        """
        SELECT t.id, t.kind, e.amount AS amount_paise, t.day, t.student_id, t.note, t.account_id,
            t.created_at, (SELECT count(*) FROM payments.transactions WHERE drawer_session_id = $1) AS total
        FROM payments.transactions t
        JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'cash'
        WHERE t.drawer_session_id = $1 ORDER BY t.id DESC OFFSET $2 LIMIT $3
        """,
        session_id,
        offset,
        limit,
    )


async def count_movements(tx: Connection, session_id: UUID) -> int:
    return int(
        await tx.value("SELECT count(*) FROM payments.transactions WHERE drawer_session_id = $1", session_id)
    )


async def lock_session(tx: Connection, session_id: UUID) -> None:
    """What is being written into it is waited for, and nothing more is until the commit."""
    await tx.run("SELECT FROM payments.drawer_sessions WHERE id = $1 FOR UPDATE", session_id)


async def find_open_session(tx: Connection, library_id: UUID, account_id: UUID | None) -> UUID | None:
    """Of that person. It stays open until the commit."""
    session_id: UUID | None = await tx.value(
        """
        SELECT id FROM payments.drawer_sessions
        WHERE library_id = $1 AND account_id = $2 AND closed_at IS NULL FOR SHARE
        """,
        library_id,
        account_id,
    )
    return session_id


async def expected_opening(tx: Connection, library_id: UUID) -> int | None:
    """What the last count left in the drawer, with what moved outside of sessions since; nothing when there
    was none, or somebody has taken that over. The end of a day is a count, too, unless a session is of a
    later one: it has found what was missing, so that differences do not move anything.
    """
    expected: int | None = await tx.value(
        """
        WITH counts AS (
            SELECT counted, closed_at, day AS until FROM payments.day_closes c
            WHERE library_id = $1 AND NOT EXISTS (
                SELECT FROM payments.drawer_sessions WHERE library_id = $1 AND day > c.day
            )
            UNION ALL
            SELECT counted, closed_at, NULL FROM payments.drawer_sessions
            WHERE library_id = $1 AND closed_at IS NOT NULL
        ), before AS (SELECT * FROM counts ORDER BY closed_at DESC LIMIT 1)
        SELECT b.counted + (
            SELECT coalesce(sum(e.amount), 0)::bigint FROM payments.transactions t
            JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'cash'
            WHERE t.library_id = $1 AND t.drawer_session_id IS NULL AND t.kind <> 'difference'
                AND (t.day > b.until OR b.until IS NULL AND t.created_at > b.closed_at)
        )
        FROM before b WHERE NOT EXISTS (
            SELECT FROM payments.drawer_sessions WHERE library_id = $1 AND opened_at >= b.closed_at
        )
        """,
        library_id,
    )
    return expected


async def last_day_of_session(tx: Connection, session_id: UUID) -> date:
    """The last day of the books on which cash moved in it, or its first."""
    day: date = await tx.value(
        """
        SELECT greatest(s.day, (SELECT max(day) FROM payments.transactions WHERE drawer_session_id = s.id))
        FROM payments.drawer_sessions s WHERE s.id = $1
        """,
        session_id,
    )
    return day


async def list_open_sessions(tx: Connection, library_id: UUID, *, until: date) -> list[DrawerSession]:
    return await tx.all(
        DrawerSession,
        f"""
        SELECT {_SESSION} FROM payments.drawer_sessions s
        WHERE s.library_id = $1 AND s.day <= $2 AND s.closed_at IS NULL ORDER BY s.id
        """,
        library_id,
        until,
    )


async def list_session_shares(
    tx: Connection, library_id: UUID, *, since: date | None, until: date
) -> list[SessionShare]:
    """The cash of the days after `since` by the session it came in, and without one; what was moved outside
    of all sessions comes last.
    """
    return await tx.all(
        SessionShare,
        """
        SELECT s.id AS session_id, s.account_id, sum(m.amount)::bigint AS moved_paise
        FROM (
            SELECT t.drawer_session_id, e.amount FROM payments.transactions t
            JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'cash'
            WHERE t.library_id = $1 AND ($2::date IS NULL OR t.day > $2) AND t.day <= $3
            UNION ALL
            SELECT id, 0 FROM payments.drawer_sessions
            WHERE library_id = $1 AND ($2::date IS NULL OR day > $2) AND day <= $3
        ) m
        LEFT JOIN payments.drawer_sessions s ON s.id = m.drawer_session_id
        GROUP BY s.id, s.account_id ORDER BY s.id NULLS LAST
        """,
        library_id,
        since,
        until,
    )


async def insert_session(
    tx: Connection,
    session_id: UUID,
    *,
    library_id: UUID,
    account_id: UUID,
    day: date,
    opening: int,
    opening_expected: int | None,
    opened_at: datetime,
) -> None:
    await tx.run(
        """
        INSERT INTO payments.drawer_sessions
            (id, library_id, account_id, day, opening, opening_expected, opened_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        session_id,
        library_id,
        account_id,
        day,
        opening,
        opening_expected,
        opened_at,
    )


async def close_session(
    tx: Connection,
    session_id: UUID,
    *,
    expected: int,
    counted: int,
    denominations: Sequence[Denomination],
    explanation: str | None,
    closed_by: UUID | None,
    closed_at: datetime,
) -> None:
    await tx.run(
        """
        UPDATE payments.drawer_sessions SET expected = $2, counted = $3, denominations = $4::jsonb,
            explanation = $5, closed_by = $6, closed_at = $7
        WHERE id = $1
        """,
        session_id,
        expected,
        counted,
        as_json(denominations),
        explanation,
        closed_by,
        closed_at,
    )


async def list_transfers(
    tx: Connection, library_id: UUID | None, *, offset: int, limit: int
) -> tuple[list[CashTransfer], int | None]:
    return await tx.page(
        CashTransfer,
        f"""
        SELECT {_TRANSFER}, (
            SELECT count(*) FROM payments.transactions
            WHERE kind = 'transfer' AND ($1::uuid IS NULL OR library_id = $1)
        ) AS total
        FROM {_TRANSFERS} WHERE t.kind = 'transfer' AND ($1::uuid IS NULL OR t.library_id = $1)
        ORDER BY t.id DESC OFFSET $2 LIMIT $3
        """,
        library_id,
        offset,
        limit,
    )


async def count_transfers(tx: Connection, library_id: UUID | None) -> int:
    return int(
        await tx.value(
            """
            SELECT count(*) FROM payments.transactions
            WHERE kind = 'transfer' AND ($1::uuid IS NULL OR library_id = $1)
            """,
            library_id,
        )
    )


async def find_transfer(tx: Connection, transaction_id: UUID) -> CashTransfer | None:
    return await tx.one(CashTransfer, f"SELECT {_TRANSFER} FROM {_TRANSFERS} WHERE t.id = $1", transaction_id)
