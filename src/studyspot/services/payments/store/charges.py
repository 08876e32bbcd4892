"""SQL of charges."""

from collections.abc import Sequence
from uuid import UUID

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.charges import Charge, ChargeFilter, ChargeLine

_CHARGE = """c.id, c.library_id, c.student_id, p.name AS student_name, c.membership_id, c.kind, c.label,
    c.amount, c.tax, c.billed, c.billed - c.open - c.waived AS paid, c.waived, c.open, c.due_on,
    c.period_from, c.period_until, c.created_at"""
_CHARGES = "payments.charges c JOIN students.published_students p ON p.id = c.student_id"
_MATCHES = """
    ($1::uuid IS NULL OR c.library_id = $1) AND ($2::uuid IS NULL OR c.student_id = $2)
    AND ($3::uuid IS NULL OR c.membership_id = $3) AND ($4::boolean IS NULL OR (c.open > 0) = $4)
"""


async def list_charges(
    tx: Connection, wanted: ChargeFilter, *, offset: int, limit: int
) -> tuple[list[Charge], int | None]:
    return await tx.page(
        Charge,
        f"""
        SELECT {_CHARGE}, (SELECT count(*) FROM payments.charges c WHERE {_MATCHES}) AS total
        FROM {_CHARGES} WHERE {_MATCHES} ORDER BY c.due_on DESC, c.id DESC OFFSET $5 LIMIT $6
        """,
        *_values(wanted),
        offset,
        limit,
    )


async def count_charges(tx: Connection, wanted: ChargeFilter) -> int:
    return int(await tx.value(f"SELECT count(*) FROM payments.charges c WHERE {_MATCHES}", *_values(wanted)))


def _values(wanted: ChargeFilter) -> tuple[object, ...]:
    return wanted.library_id, wanted.student_id, wanted.membership_id, wanted.is_open


async def find_charge(tx: Connection, charge_id: UUID) -> Charge | None:
    return await tx.one(Charge, f"SELECT {_CHARGE} FROM {_CHARGES} WHERE c.id = $1", charge_id)


async def list_open(tx: Connection, student_id: UUID) -> list[Charge]:
    """What the student has to pay, what is due first first."""
    return await tx.all(
        Charge,
        f"SELECT {_CHARGE} FROM {_CHARGES} WHERE c.student_id = $1 AND c.open > 0 ORDER BY c.due_on, c.id",
        student_id,
    )


async def list_charges_of(
    tx: Connection,
    *,
    student_id: UUID | None = None,
    bill_id: UUID | None = None,
    membership_id: UUID | None = None,
    kind: str = "fee",
) -> list[Charge]:
    """Of a student, a bill, or the fees of one kind of a membership, what is due last first."""
    return await tx.all(
        Charge,
        f"""
        SELECT {_CHARGE} FROM {_CHARGES}
        WHERE ($1::uuid IS NULL OR c.student_id = $1) AND ($2::uuid IS NULL OR c.transaction_id = $2)
            AND ($3::uuid IS NULL OR (c.membership_id = $3 AND c.kind = $4))
            AND num_nonnulls($1, $2, $3) > 0
        ORDER BY c.due_on DESC, c.id DESC
        """,
        student_id,
        bill_id,
        membership_id,
        kind,
    )


async def insert_charges(
    tx: Connection,
    transaction_id: UUID,
    charges: Sequence[tuple[UUID, ChargeLine]],
    *,
    library_id: UUID,
    student_id: UUID,
    membership_id: UUID | None,
) -> None:
    """With nothing open yet: that is what the entries say."""
    await tx.run(
        """
        INSERT INTO payments.charges (id, transaction_id, library_id, student_id, membership_id, kind, label,
            amount, tax, due_on, period_from, period_until)
        SELECT c.id, $1, $2, $3, $4, l.kind, l.label, l.amount, l.tax, l.due_on, l.period_from, l.period_until
        FROM unnest($5::uuid[]) WITH ORDINALITY AS c (id, position)
        JOIN ROWS FROM (jsonb_to_recordset($6::jsonb) AS (kind text, label text, amount bigint, tax bigint,
            due_on date, period_from date, period_until date)) WITH ORDINALITY
            AS l (kind, label, amount, tax, due_on, period_from, period_until, position) USING (position)
        """,
        transaction_id,
        library_id,
        student_id,
        membership_id,
        [charge_id for charge_id, _ in charges],
        as_json([line for _, line in charges]),
    )
