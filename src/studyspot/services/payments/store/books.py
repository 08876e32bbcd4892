"""SQL of what the ledger tells: dues, the cash book, totals, closed days."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.books import (
    AccountTotal,
    CashLine,
    DayClose,
    Due,
    SessionShare,
    Transaction,
    UpiCredit,
)
from studyspot.services.payments.store.payments import NUMBER

_CLOSE = """id, library_id, day, expected, counted, explanation, upi_missing, upi_unknown, sessions,
    account_id, closed_at"""


async def list_transactions(
    tx: Connection, student_id: UUID, *, offset: int, limit: int
) -> tuple[list[Transaction], int | None]:
    return await tx.page(
        Transaction,
        f"""
        SELECT t.id, t.kind, t.day, t.library_id, t.note, {NUMBER} AS number,
            coalesce(p.reference, t.reference) AS reference, e.receivable_paise, e.advance_paise,
            e.deposit_paise, t.account_id, t.reverses, EXISTS (
                SELECT FROM payments.transactions WHERE reverses = t.id
            ) AS is_reversed, t.created_at, t.total
        FROM (
            SELECT *, count(*) OVER () AS total FROM payments.transactions
            WHERE student_id = $1 ORDER BY id DESC OFFSET $2 LIMIT $3
        ) t
        LEFT JOIN payments.payments p ON p.transaction_id = t.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (WHERE account = 'receivable'), 0)::bigint AS receivable_paise,
                coalesce(-sum(amount) FILTER (WHERE account = 'advances'), 0)::bigint AS advance_paise,
                coalesce(-sum(amount) FILTER (WHERE account = 'deposits'), 0)::bigint AS deposit_paise
            FROM payments.entries WHERE transaction_id = t.id
        ) e
        ORDER BY t.id DESC
        """,
        student_id,
        offset,
        limit,
    )


async def count_transactions(tx: Connection, student_id: UUID) -> int:
    return int(await tx.value("SELECT count(*) FROM payments.transactions WHERE student_id = $1", student_id))


async def list_dues(
    tx: Connection, library_id: UUID | None, *, today: date, offset: int, limit: int
) -> tuple[list[Due], int | None]:
    return await tx.page(
        Due,
        """
        SELECT c.student_id, p.name AS student_name, c.open, c.upcoming, c.days_0_to_7, c.days_8_to_15,
            c.days_16_to_30, c.days_over_30, c.oldest_due_on, c.total
        FROM (
            SELECT student_id, sum(open)::bigint AS open,
                coalesce(sum(open) FILTER (WHERE due_on > $2), 0)::bigint AS upcoming,
                coalesce(sum(open) FILTER (WHERE $2 - due_on BETWEEN 0 AND 7), 0)::bigint AS days_0_to_7,
                coalesce(sum(open) FILTER (WHERE $2 - due_on BETWEEN 8 AND 15), 0)::bigint AS days_8_to_15,
                coalesce(sum(open) FILTER (WHERE $2 - due_on BETWEEN 16 AND 30), 0)::bigint AS days_16_to_30,
                coalesce(sum(open) FILTER (WHERE $2 - due_on > 30), 0)::bigint AS days_over_30,
                min(due_on) AS oldest_due_on, count(*) OVER () AS total
            FROM payments.charges WHERE open > 0 AND ($1::uuid IS NULL OR library_id = $1)
            GROUP BY student_id ORDER BY min(due_on), student_id OFFSET $3 LIMIT $4
        ) c
        JOIN students.published_students p ON p.id = c.student_id ORDER BY c.oldest_due_on, c.student_id
        """,
        library_id,
        today,
        offset,
        limit,
    )


async def count_dues(tx: Connection, library_id: UUID | None) -> int:
    return int(
        await tx.value(
            """
            SELECT count(DISTINCT student_id) FROM payments.charges
            WHERE open > 0 AND ($1::uuid IS NULL OR library_id = $1)
            """,
            library_id,
        )
    )


async def list_cash_lines(tx: Connection, library_id: UUID, *, since: date, until: date) -> list[CashLine]:
    """A reversal takes back what came in, or went out. Between the drawer and the bank cash does both."""
    return await tx.all(
        CashLine,
        """
        SELECT t.day, CASE e.account WHEN 'cheques' THEN 'cheque' WHEN 'bank' THEN 'bank_transfer'
                ELSE e.account END AS method,
            coalesce(sum(e.amount) FILTER (
                WHERE k.kind NOT IN ('refund', 'settlement', 'difference', 'transfer')
                    OR k.kind = 'transfer' AND e.amount > 0
            ), 0)::bigint AS received,
            coalesce(-sum(e.amount) FILTER (
                WHERE k.kind IN ('refund', 'settlement') OR k.kind = 'transfer' AND e.amount < 0
            ), 0)::bigint AS paid_out,
            coalesce(sum(e.amount) FILTER (WHERE k.kind = 'difference'), 0)::bigint AS difference
        FROM payments.transactions t
        JOIN payments.transactions k ON k.id = coalesce(t.reverses, t.id)
        JOIN payments.entries e ON e.transaction_id = t.id
        WHERE t.library_id = $1 AND t.day BETWEEN $2 AND $3
            AND e.account IN ('cash', 'upi', 'cheques', 'bank')
        GROUP BY t.day, e.account ORDER BY t.day, e.account
        """,
        library_id,
        since,
        until,
    )


async def expected_cash(tx: Connection, library_id: UUID, *, until: date) -> int:
    """What the books say is in the drawer at the end of that day."""
    return int(
        await tx.value(
            """
            SELECT coalesce(sum(e.amount), 0) FROM payments.transactions t
            JOIN payments.entries e ON e.transaction_id = t.id
            WHERE t.library_id = $1 AND t.day <= $2 AND e.account = 'cash'
            """,
            library_id,
            until,
        )
    )


async def list_totals(
    tx: Connection, library_id: UUID | None, *, since: date | None, until: date | None
) -> list[AccountTotal]:
    return await tx.all(
        AccountTotal,
        """
        SELECT a.name AS account, a.kind, (CASE WHEN a.kind IN ('asset', 'expense') THEN 1 ELSE -1 END
            * sum(e.amount))::bigint AS amount
        FROM payments.transactions t
        JOIN payments.entries e ON e.transaction_id = t.id
        JOIN payments.accounts a ON a.name = e.account
        WHERE ($1::uuid IS NULL OR t.library_id = $1) AND ($2::date IS NULL OR t.day >= $2)
            AND ($3::date IS NULL OR t.day <= $3)
        GROUP BY a.name, a.kind ORDER BY a.kind, a.name
        """,
        library_id,
        since,
        until,
    )


async def last_compared_day(tx: Connection, library_id: UUID) -> date | None:
    """Until when the UPI payments were compared with the bank's."""
    day: date | None = await tx.value(
        "SELECT max(day) FROM payments.day_closes WHERE library_id = $1 AND upi_missing IS NOT NULL",
        library_id,
    )
    return day


async def list_upi(tx: Connection, library_id: UUID, *, since: date | None, until: date) -> list[UpiCredit]:
    """UPI payments of the days after `since`, without those that were reversed."""
    return await tx.all(
        UpiCredit,
        """
        SELECT p.reference, p.amount FROM payments.payments p
        JOIN payments.transactions t ON t.id = p.transaction_id
        WHERE p.library_id = $1 AND p.method = 'upi' AND p.reversed_by IS NULL
            AND ($2::date IS NULL OR t.day > $2) AND t.day <= $3
        ORDER BY p.number
        """,
        library_id,
        since,
        until,
    )


async def list_day_closes(
    tx: Connection, library_id: UUID, *, offset: int, limit: int
) -> tuple[list[DayClose], int | None]:
    return await tx.page(
        DayClose,
        f"""
        SELECT {_CLOSE}, count(*) OVER () AS total FROM payments.day_closes
        WHERE library_id = $1 ORDER BY day DESC OFFSET $2 LIMIT $3
        """,
        library_id,
        offset,
        limit,
    )


async def count_day_closes(tx: Connection, library_id: UUID) -> int:
    return int(await tx.value("SELECT count(*) FROM payments.day_closes WHERE library_id = $1", library_id))


async def find_day_close(tx: Connection, close_id: UUID) -> DayClose | None:
    return await tx.one(DayClose, f"SELECT {_CLOSE} FROM payments.day_closes WHERE id = $1", close_id)


async def insert_day_close(
    tx: Connection,
    close_id: UUID,
    *,
    library_id: UUID,
    day: date,
    expected: int,
    counted: int,
    explanation: str | None,
    upi_missing: Sequence[UpiCredit] | None,
    upi_unknown: Sequence[UpiCredit] | None,
    sessions: Sequence[SessionShare],
    account_id: UUID | None,
    closed_at: datetime,
) -> None:
    await tx.run(
        """
        INSERT INTO payments.day_closes
            (id, library_id, day, expected, counted, explanation, upi_missing, upi_unknown, sessions,
            account_id, closed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9::jsonb, $10, $11)
        """,
        close_id,
        library_id,
        day,
        expected,
        counted,
        explanation,
        None if upi_missing is None else as_json(list(upi_missing)),
        None if upi_unknown is None else as_json(list(upi_unknown)),
        as_json(list(sessions)),
        account_id,
        closed_at,
    )
