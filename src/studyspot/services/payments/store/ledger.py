"""SQL of transactions and their entries, which are only added to.

Locks are taken in one order, by everybody: the student's or the library's spending, an approval, the day
(`keep_open`, or `lock_library` for who counts), the giver, a drawer session. Each is kept until the commit.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.charges import lock_of
from studyspot.services.payments.rules import Entry


class Posted(msgspec.Struct, frozen=True):
    """A transaction that was found by its key."""

    id: UUID
    fingerprint: bytes | None


class OpeningBill(msgspec.Struct, frozen=True):
    """A bill of what was brought along from old books."""

    id: UUID
    library_id: UUID
    student_id: UUID
    membership_id: UUID | None


class _Entry(msgspec.Struct, frozen=True):
    account: str
    amount: int
    charge_id: UUID | None
    student_id: UUID | None


class Holding(msgspec.Struct, frozen=True):
    """What is kept for a student, in paise."""

    advance: int
    deposit: int


class Student(msgspec.Struct, frozen=True):
    name: str
    is_there: bool


async def lock_student(tx: Connection, student_id: UUID) -> None:
    """Nobody else writes about this student until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", lock_of(student_id))


async def lock_spending(tx: Connection, library_id: UUID) -> None:
    """Nobody else writes about what the library spends until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"payments.spending {library_id}")


async def lock_library(tx: Connection, library_id: UUID) -> None:
    """Nobody else writes in the library's books until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"payments.day {library_id}")


async def keep_open(tx: Connection, library_id: UUID) -> None:
    """Nobody closes a day of the library until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", f"payments.day {library_id}")


async def find_student(tx: Connection, student_id: UUID) -> Student | None:
    return await tx.one(
        Student, "SELECT name, is_there FROM students.published_students WHERE id = $1", student_id
    )


async def last_closed_day(tx: Connection, library_id: UUID) -> date | None:
    day: date | None = await tx.value(
        "SELECT max(day) FROM payments.day_closes WHERE library_id = $1", library_id
    )
    return day


async def find_posted(tx: Connection, key: str) -> Posted | None:
    return await tx.one(Posted, "SELECT id, fingerprint FROM payments.transactions WHERE key = $1", key)


async def find_holding(tx: Connection, student_id: UUID) -> Holding:
    held = await tx.one(
        Holding, "SELECT advance, deposit FROM payments.holdings WHERE student_id = $1", student_id
    )
    return held or Holding(0, 0)


async def lock_giver(tx: Connection, account_id: UUID | None) -> None:
    """Nobody else gives away in this person's name, in any library, until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"payments.giver {account_id}")


async def given_away(tx: Connection, account_id: UUID | None, *, day: date, time_zone: str) -> int:
    """What this person waived, credited, paid out, spent, took back and found wrong in a drawer, in whatever
    library, written on that day of the clock in that time zone; in paise, without what was approved. Until
    the commit they do no more of it. An expense that was owed and is taken back gives nothing away.
    """
    await lock_giver(tx, account_id)
    return int(
        await tx.value(
            """
            SELECT coalesce(sum(abs(e.amount)), 0) FROM payments.transactions t
            JOIN payments.entries e ON e.transaction_id = t.id AND CASE t.kind
                WHEN 'waiver' THEN e.account = 'receivable'
                WHEN 'credit' THEN e.account IN ('receivable', 'advances')
                ELSE e.account IN ('cash', 'upi', 'cheques', 'bank')
            END
            WHERE t.account_id = $1
                AND t.created_at >= $2::date::timestamp AT TIME ZONE $3
                AND t.created_at < ($2::date + 1)::timestamp AT TIME ZONE $3
                AND t.kind IN ('waiver', 'credit', 'refund', 'reversal', 'difference', 'settlement')
                AND NOT EXISTS (SELECT FROM payments.approvals WHERE transaction_id = t.id)
                AND NOT EXISTS (
                    SELECT FROM payments.settlements s JOIN payments.expenses x ON x.id = s.expense_id
                    JOIN payments.approvals a ON a.transaction_id = x.transaction_id
                    WHERE s.transaction_id = t.id AND a.asked #>> '{expense,paid}' IS NOT NULL
                )
            """,
            account_id,
            day,
            time_zone,
        )
    )


async def insert_transaction(
    tx: Connection,
    transaction_id: UUID,
    kind: str,
    *,
    library_id: UUID,
    student_id: UUID | None = None,
    membership_id: UUID | None = None,
    day: date,
    note: str | None = None,
    reverses: UUID | None = None,
    key: str | None = None,
    fingerprint: bytes | None = None,
    account_id: UUID | None = None,
    drawer_session_id: UUID | None = None,
    reference: str | None = None,
    created_at: datetime | None = None,
) -> None:
    """Written now, unless another moment is told."""
    await tx.run(
        """
        INSERT INTO payments.transactions (id, kind, library_id, student_id, membership_id, day, note,
            reverses, key, fingerprint, account_id, drawer_session_id, reference, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce($14, now()))
        """,
        transaction_id,
        kind,
        library_id,
        student_id,
        membership_id,
        day,
        note,
        reverses,
        key,
        fingerprint,
        account_id,
        drawer_session_id,
        reference,
        created_at,
    )


async def insert_entries(tx: Connection, transaction_id: UUID, entries: Sequence[Entry]) -> None:
    await tx.run(
        """
        INSERT INTO payments.entries (transaction_id, position, account, amount, charge_id, student_id)
        SELECT $1, position, account, amount, charge_id, student_id
        FROM unnest($2::text[], $3::bigint[], $4::uuid[], $5::uuid[]) WITH ORDINALITY
            AS e (account, amount, charge_id, student_id, position)
        """,
        transaction_id,
        [entry.account for entry in entries],
        [entry.amount for entry in entries],
        [entry.charge_id for entry in entries],
        [entry.student_id for entry in entries],
    )


async def list_entries(tx: Connection, transaction_id: UUID) -> list[Entry]:
    found = await tx.all(
        _Entry,
        """
        SELECT account, amount, charge_id, student_id FROM payments.entries
        WHERE transaction_id = $1 ORDER BY position
        """,
        transaction_id,
    )
    return [Entry(*msgspec.structs.astuple(one)) for one in found]


async def find_opening(tx: Connection, key: str) -> OpeningBill | None:
    return await tx.one(
        OpeningBill,
        """
        SELECT id, library_id, student_id, membership_id FROM payments.transactions t
        WHERE key = $1 AND kind = 'bill' AND EXISTS (
            SELECT FROM payments.entries WHERE transaction_id = t.id AND account = 'opening_balances'
        )
        """,
        key,
    )


async def is_reversed(tx: Connection, transaction_id: UUID) -> bool:
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT FROM payments.transactions WHERE reverses = $1)", transaction_id
        )
    )


async def is_used_since(tx: Connection, transaction_id: UUID) -> bool:
    """Whether money of the student came or went since, and not back again. Bills, and what an advance paid of
    them, are neither.
    """
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
                SELECT FROM payments.transactions t
                JOIN payments.transactions this ON this.id = $1 AND this.student_id = t.student_id
                WHERE t.id > $1 AND t.kind NOT IN ('bill', 'allocation', 'reversal')
                    AND NOT EXISTS (SELECT FROM payments.transactions WHERE reverses = t.id)
            )
            """,
            transaction_id,
        )
    )


async def insert_opposite(tx: Connection, transaction_id: UUID, *, of: UUID) -> None:
    """Every entry of the other transaction, the other way round and the last one first."""
    await tx.run(
        """
        INSERT INTO payments.entries (transaction_id, position, account, amount, charge_id, student_id)
        SELECT $1, position, account, -amount, charge_id, student_id FROM payments.entries
        WHERE transaction_id = $2 ORDER BY position DESC
        """,
        transaction_id,
        of,
    )
