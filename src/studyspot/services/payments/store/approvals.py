"""SQL of what needed a second person. $1 is now: who is not answered or carried out in time is expired."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.approvals import Approval, ApprovalFilter, ApprovalKind, NewApproval

_STATUS = """CASE WHEN a.status IN ('asked', 'approved') AND a.expires_at <= $1 THEN 'expired'
    ELSE a.status END"""
_APPROVAL = f"""a.id, a.library_id, a.student_id, a.kind, a.amount AS amount_paise, a.asked,
    {_STATUS} AS status, a.asked_by, a.asked_at, a.expires_at, a.answered_by, a.answered_at, a.answer,
    a.used_by, a.used_at, coalesce(
        (SELECT p.id FROM payments.payments p WHERE p.transaction_id = a.transaction_id),
        (SELECT x.id FROM payments.expenses x WHERE x.transaction_id = a.transaction_id),
        (SELECT s.expense_id FROM payments.settlements s WHERE s.transaction_id = a.transaction_id)
    ) AS result_id"""
_MATCHES = f"""
    ($2::uuid IS NULL OR a.library_id = $2) AND ($3::text IS NULL OR a.kind = $3)
    AND ($4::text IS NULL OR {_STATUS} = $4) AND ($5::uuid IS NULL OR a.asked_by = $5)
"""


class KeyedApproval(msgspec.Struct, frozen=True):
    """One that was found by its key."""

    id: UUID
    fingerprint: bytes


async def list_approvals(
    tx: Connection, wanted: ApprovalFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Approval], int | None]:
    return await tx.page(
        Approval,
        f"""
        SELECT {_APPROVAL}, (SELECT count(*) FROM payments.approvals a WHERE {_MATCHES}) AS total
        FROM payments.approvals a WHERE {_MATCHES} ORDER BY a.asked_at DESC, a.id DESC OFFSET $6 LIMIT $7
        """,
        now,
        *_values(wanted),
        offset,
        limit,
    )


async def count_approvals(tx: Connection, wanted: ApprovalFilter, *, now: datetime) -> int:
    return int(
        await tx.value(f"SELECT count(*) FROM payments.approvals a WHERE {_MATCHES}", now, *_values(wanted))
    )


def _values(wanted: ApprovalFilter) -> tuple[object, ...]:
    return wanted.library_id, wanted.kind, wanted.status, wanted.asked_by


async def find_approval(
    tx: Connection, approval_id: UUID, *, now: datetime, for_update: bool = False
) -> Approval | None:
    return await tx.one(
        Approval,
        f"""
        SELECT {_APPROVAL} FROM payments.approvals a WHERE a.id = $2 {"FOR UPDATE" if for_update else ""}
        """,
        now,
        approval_id,
    )


async def find_keyed_approval(tx: Connection, key: str) -> KeyedApproval | None:
    return await tx.one(KeyedApproval, "SELECT id, fingerprint FROM payments.approvals WHERE key = $1", key)


async def insert_approval(
    tx: Connection,
    approval_id: UUID,
    kind: ApprovalKind,
    asked: NewApproval,
    *,
    library_id: UUID,
    student_id: UUID | None,
    amount: int,
    key: str | None,
    fingerprint: bytes,
    asked_by: UUID,
    asked_at: datetime,
    expires_at: datetime,
) -> None:
    await tx.run(
        """
        INSERT INTO payments.approvals (id, kind, asked, library_id, student_id, amount, key, fingerprint,
            asked_by, asked_at, expires_at)
        VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        approval_id,
        kind,
        as_json(asked),
        library_id,
        student_id,
        amount,
        key,
        fingerprint,
        asked_by,
        asked_at,
        expires_at,
    )


async def answer_approval(
    tx: Connection,
    approval_id: UUID,
    *,
    status: str,
    answered_by: UUID | None,
    answered_at: datetime,
    answer: str,
) -> None:
    await tx.run(
        """
        UPDATE payments.approvals SET status = $2, answered_by = $3, answered_at = $4, answer = $5
        WHERE id = $1
        """,
        approval_id,
        status,
        answered_by,
        answered_at,
        answer,
    )


async def use_approval(
    tx: Connection, approval_id: UUID, transaction_id: UUID, *, used_by: UUID | None, used_at: datetime
) -> None:
    await tx.run(
        """
        UPDATE payments.approvals SET status = 'used', used_by = $3, used_at = $4, transaction_id = $2
        WHERE id = $1
        """,
        approval_id,
        transaction_id,
        used_by,
        used_at,
    )
