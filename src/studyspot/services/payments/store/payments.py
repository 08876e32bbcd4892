"""SQL of payments."""

from datetime import datetime
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.payments import Payment, PaymentFilter

NUMBER = "'RC-' || lpad(p.number::text, greatest(6, length(p.number::text)), '0')"
"""As it is told of a payment p."""
_PAYMENT = f"""p.id, {NUMBER} AS number, p.library_id, p.student_id, s.name AS student_name, p.method,
    p.reference, p.amount, t.day, t.note, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('charge_id', c.id, 'label', c.label, 'amount', -e.amount)
            ORDER BY e.position), '[]')
        FROM payments.entries e JOIN payments.charges c ON c.id = e.charge_id
        WHERE e.transaction_id = t.id AND e.account = 'receivable'
    ) AS allocations, (
        SELECT coalesce(-sum(e.amount), 0)::bigint FROM payments.entries e
        WHERE e.transaction_id = t.id AND e.account = 'advances'
    ) AS advance, p.reversed_by IS NOT NULL AS is_reversed, p.received_at"""
_PAYMENTS = """payments.payments p
    JOIN payments.transactions t ON t.id = p.transaction_id
    JOIN students.published_students s ON s.id = p.student_id"""
_MATCHES = """
    ($1::uuid IS NULL OR p.library_id = $1) AND ($2::uuid IS NULL OR p.student_id = $2)
    AND ($3::text IS NULL OR p.method = $3)
    AND ($4::date IS NULL OR t.day >= $4) AND ($5::date IS NULL OR t.day <= $5)
"""


async def list_payments(
    tx: Connection, wanted: PaymentFilter, *, offset: int, limit: int
) -> tuple[list[Payment], int | None]:
    return await tx.page(
        Payment,
        f"""
        SELECT {_PAYMENT}, (SELECT count(*) FROM {_PAYMENTS} WHERE {_MATCHES}) AS total
        FROM {_PAYMENTS} WHERE {_MATCHES} ORDER BY p.received_at DESC, p.id DESC OFFSET $6 LIMIT $7
        """,
        *_values(wanted),
        offset,
        limit,
    )


async def count_payments(tx: Connection, wanted: PaymentFilter) -> int:
    return int(await tx.value(f"SELECT count(*) FROM {_PAYMENTS} WHERE {_MATCHES}", *_values(wanted)))


def _values(wanted: PaymentFilter) -> tuple[object, ...]:
    return wanted.library_id, wanted.student_id, wanted.method, wanted.since, wanted.until


async def find_payment(tx: Connection, payment_id: UUID) -> Payment | None:
    return await tx.one(Payment, f"SELECT {_PAYMENT} FROM {_PAYMENTS} WHERE p.id = $1", payment_id)


async def find_payment_of(tx: Connection, transaction_id: UUID) -> Payment | None:
    return await tx.one(
        Payment, f"SELECT {_PAYMENT} FROM {_PAYMENTS} WHERE p.transaction_id = $1", transaction_id
    )


async def insert_payment(
    tx: Connection,
    payment_id: UUID,
    transaction_id: UUID,
    *,
    library_id: UUID,
    student_id: UUID,
    method: str,
    reference: str | None,
    amount: int,
    received_at: datetime,
) -> None:
    """With the next number, for which others wait until the commit: it is asked for last of all."""
    await tx.run(
        """
        WITH next AS (UPDATE payments.counters SET last = last + 1 WHERE name = 'payment' RETURNING last)
        INSERT INTO payments.payments (id, number, transaction_id, library_id, student_id, method, reference,
            amount, received_at)
        SELECT $1, last, $2, $3, $4, $5, $6, $7, $8 FROM next
        """,
        payment_id,
        transaction_id,
        library_id,
        student_id,
        method,
        reference,
        amount,
        received_at,
    )


async def find_transaction_of(tx: Connection, payment_id: UUID) -> UUID:
    transaction_id: UUID = await tx.value(
        "SELECT transaction_id FROM payments.payments WHERE id = $1", payment_id
    )
    return transaction_id


async def mark_reversed(tx: Connection, payment_id: UUID, reversal_id: UUID) -> None:
    await tx.run("UPDATE payments.payments SET reversed_by = $2 WHERE id = $1", payment_id, reversal_id)
