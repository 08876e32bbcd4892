"""SQL of what a library spends. What is written stays."""

from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.expenses import (
    FILES_MAX,
    BillFile,
    Expense,
    ExpenseFilter,
    NewExpense,
    Outlay,
)

_EXPENSE = """x.id, x.library_id, x.category, x.amount AS amount_paise, t.day AS billed_on, x.payee, t.note,
    p.day AS paid_on, s.method, s.reference, r.id IS NOT NULL AS is_reversed, r.note AS reversal_reason, (
        SELECT f.media_type FROM payments.expense_files f
        WHERE f.expense_id = x.id ORDER BY f.position DESC LIMIT 1
    ) AS file_type, t.account_id, t.created_at"""
_EXPENSES = """payments.expenses x
    JOIN payments.transactions t ON t.id = x.transaction_id
    LEFT JOIN payments.settlements s ON s.expense_id = x.id
    LEFT JOIN payments.transactions p ON p.id = s.transaction_id
    LEFT JOIN payments.transactions r ON r.reverses = x.transaction_id"""
_MATCHES = """
    ($1::uuid IS NULL OR x.library_id = $1) AND ($2::text IS NULL OR x.category = $2)
    AND ($3::boolean IS NULL OR (r.id IS NULL AND (s.expense_id IS NOT NULL) = $3))
    AND ($4::date IS NULL OR t.day >= $4) AND ($5::date IS NULL OR t.day <= $5)
"""


class Posted(msgspec.Struct, frozen=True):
    """The transactions of an expense."""

    transaction_id: UUID
    settlement_id: UUID | None


async def list_expenses(
    tx: Connection, wanted: ExpenseFilter, *, offset: int, limit: int
) -> tuple[list[Expense], int | None]:
    return await tx.page(
        Expense,
        f"""
        SELECT {_EXPENSE}, (SELECT count(*) FROM {_EXPENSES} WHERE {_MATCHES}) AS total
        FROM {_EXPENSES} WHERE {_MATCHES} ORDER BY t.day DESC, x.id DESC OFFSET $6 LIMIT $7
        """,
        *_values(wanted),
        offset,
        limit,
    )


async def count_expenses(tx: Connection, wanted: ExpenseFilter) -> int:
    return int(await tx.value(f"SELECT count(*) FROM {_EXPENSES} WHERE {_MATCHES}", *_values(wanted)))


def _values(wanted: ExpenseFilter) -> tuple[object, ...]:
    return wanted.library_id, wanted.category, wanted.is_paid, wanted.since, wanted.until


async def find_expense(tx: Connection, expense_id: UUID) -> Expense | None:
    return await tx.one(Expense, f"SELECT {_EXPENSE} FROM {_EXPENSES} WHERE x.id = $1", expense_id)


async def find_expense_of(tx: Connection, transaction_id: UUID) -> Expense | None:
    return await tx.one(
        Expense, f"SELECT {_EXPENSE} FROM {_EXPENSES} WHERE x.transaction_id = $1", transaction_id
    )


async def find_transactions_of(tx: Connection, expense_id: UUID) -> Posted | None:
    return await tx.one(
        Posted,
        """
        SELECT x.transaction_id, s.transaction_id AS settlement_id FROM payments.expenses x
        LEFT JOIN payments.settlements s ON s.expense_id = x.id WHERE x.id = $1
        """,
        expense_id,
    )


async def insert_expense(tx: Connection, expense_id: UUID, transaction_id: UUID, expense: NewExpense) -> None:
    await tx.run(
        """
        INSERT INTO payments.expenses (id, transaction_id, library_id, category, amount, payee)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        expense_id,
        transaction_id,
        expense.library_id,
        expense.category,
        expense.amount_paise,
        expense.payee,
    )


async def insert_settlement(tx: Connection, expense_id: UUID, transaction_id: UUID, outlay: Outlay) -> None:
    await tx.run(
        """
        INSERT INTO payments.settlements (expense_id, transaction_id, method, reference)
        VALUES ($1, $2, $3, $4)
        """,
        expense_id,
        transaction_id,
        outlay.method,
        outlay.reference,
    )


async def insert_file(tx: Connection, expense_id: UUID, file: BillFile, *, account_id: UUID | None) -> bool:
    """Whether there was room for one more."""
    return bool(
        await tx.run(
            """
            INSERT INTO payments.expense_files (expense_id, position, media_type, content, account_id)
            SELECT $1, count(*) + 1, $2, $3, $4 FROM payments.expense_files WHERE expense_id = $1
            HAVING count(*) < $5
            """,
            expense_id,
            file.media_type,
            file.content,
            account_id,
            FILES_MAX,
        )
    )


async def find_file(tx: Connection, expense_id: UUID) -> BillFile | None:
    return await tx.one(
        BillFile,
        """
        SELECT media_type, content FROM payments.expense_files
        WHERE expense_id = $1 ORDER BY position DESC LIMIT 1
        """,
        expense_id,
    )
