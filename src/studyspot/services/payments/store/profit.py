"""SQL of what a month came to: sums of entries, in the order in which they were written."""

from datetime import date
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection

_IN_THE_MONTH = "($1::uuid IS NULL OR t.library_id = $1) AND t.day BETWEEN $2 AND $3"


class Moved(msgspec.Struct, frozen=True):
    """What an account, or the charges of a kind, came to, in paise; `tax` is not in `amount`."""

    name: str
    amount: int
    tax: int


async def list_moved(tx: Connection, library_id: UUID | None, *, since: date, until: date) -> list[Moved]:
    """Of each account of income, expense or tax the sum of its entries: what was earned is negative."""
    return await tx.all(
        Moved,
        f"""
        SELECT a.name, sum(e.amount)::bigint AS amount, 0 AS tax
        FROM payments.transactions t
        JOIN payments.entries e ON e.transaction_id = t.id
        JOIN payments.accounts a ON a.name = e.account
        WHERE {_IN_THE_MONTH} AND (a.kind IN ('income', 'expense') OR a.name = 'tax')
        GROUP BY a.name
        """,
        library_id,
        since,
        until,
    )


async def list_received(tx: Connection, library_id: UUID | None, *, since: date, until: date) -> list[Moved]:
    """By the kind of the charge, the money that came to stand against charges: what the entries of a charge
    in a transaction are together. The tax within it is that of all that was paid until then, less that of
    all that was paid before, so that no paisa is lost however it is paid. What was paid in the old books
    before a charge was brought in is within the second, and came in there. A payment that is taken back, and
    was paid out before, is money gone until the charge for it is paid.
    """
    return await tx.all(
        Moved,
        f"""
        WITH touched AS (
            SELECT DISTINCT e.charge_id FROM payments.transactions t
            JOIN payments.entries e ON e.transaction_id = t.id
            WHERE {_IN_THE_MONTH} AND e.charge_id IS NOT NULL
        ), paid AS (
            SELECT e.charge_id, t.library_id, t.day, -sum(e.amount) AS part,
                bool_or(e.account = 'opening_balances') AS is_opening,
                sum(-sum(e.amount)) OVER (PARTITION BY e.charge_id ORDER BY t.day, t.id) AS until_then
            FROM touched
            JOIN payments.entries e USING (charge_id)
            JOIN payments.transactions t ON t.id = e.transaction_id
            WHERE t.day <= $3
            GROUP BY e.charge_id, t.id
        ), taxed AS (
            SELECT c.kind, t.part, div(2 * t.until_then * c.tax + c.amount, 2 * c.amount)
                - div(2 * (t.until_then - t.part) * c.tax + c.amount, 2 * c.amount) AS tax
            FROM paid t JOIN payments.charges c ON c.id = t.charge_id
            WHERE {_IN_THE_MONTH} AND c.kind <> 'deposit' AND NOT t.is_opening
        )
        SELECT kind AS name, sum(amount)::bigint AS amount, sum(tax)::bigint AS tax
        FROM (
            SELECT kind, part - tax AS amount, tax FROM taxed
            UNION ALL SELECT 'other', -e.amount, 0
            FROM payments.transactions t JOIN payments.entries e ON e.transaction_id = t.id
            WHERE {_IN_THE_MONTH} AND t.kind = 'reversal'
                AND e.account = 'other_income' AND e.charge_id IS NULL
        ) counted
        GROUP BY kind
        """,
        library_id,
        since,
        until,
    )


async def list_paid_out(tx: Connection, library_id: UUID | None, *, since: date, until: date) -> list[Moved]:
    """By category, what was paid for expenses, less what was taken back; and what the drawer was short of."""
    return await tx.all(
        Moved,
        f"""
        SELECT x.category AS name, sum(e.amount)::bigint AS amount, 0 AS tax
        FROM payments.transactions t
        JOIN payments.settlements s ON s.transaction_id = coalesce(t.reverses, t.id)
        JOIN payments.expenses x ON x.id = s.expense_id
        JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'payable'
        WHERE {_IN_THE_MONTH}
        GROUP BY x.category
        UNION ALL
        SELECT e.account, sum(e.amount)::bigint, 0
        FROM payments.transactions t
        JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'cash_difference'
        WHERE {_IN_THE_MONTH}
        GROUP BY e.account
        """,
        library_id,
        since,
        until,
    )
