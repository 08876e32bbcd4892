"""SQL of papers, which are only added to."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract.papers import Paper, PaperFilter
from studyspot.services.payments.rules import Draft, Recipient, Registration

_PAPER = """p.id, p.kind, p.number, p.day, p.library_id, p.student_id, p.supplier, p.recipient,
    p.place_of_supply, p.lines, p.refers_to, p.note, p.taxable, p.cgst, p.sgst, p.igst, p.total, EXISTS (
        SELECT FROM payments.transactions WHERE reverses = p.transaction_id
    ) AS is_reversed, p.created_at, '' AS code, NULL::text AS verify_at"""
_MATCHES = """
    ($1::uuid IS NULL OR p.library_id = $1) AND ($2::uuid IS NULL OR p.student_id = $2)
    AND ($3::text IS NULL OR p.kind = $3)
    AND ($4::date IS NULL OR p.day >= $4) AND ($5::date IS NULL OR p.day <= $5)
"""


class _Billed(msgspec.Struct, frozen=True):
    charge_id: UUID
    number: str


async def find_registration(tx: Connection, library_id: UUID, day: date) -> Registration | None:
    return await tx.one(
        Registration,
        """
        SELECT status, legal_name, gstin, state_code, sac, tax_rate, series, place_of_supply
        FROM libraries.published_registrations WHERE library_id = $1 AND from_on <= $2
        ORDER BY from_on DESC LIMIT 1
        """,
        library_id,
        day,
    )


async def find_recipient(tx: Connection, student_id: UUID) -> Recipient:
    found = await tx.one(
        Recipient, "SELECT name, address, state FROM students.published_recipients WHERE id = $1", student_id
    )
    assert found is not None  # noqa: S101 - the ledger has entries of this student
    return found


async def next_number(tx: Connection, series: str) -> int:
    """Others who want one of the series wait until the commit: it is asked for last of all."""
    return int(
        await tx.value(
            """
            INSERT INTO payments.counters AS c (name, last) VALUES ($1, 1)
            ON CONFLICT (name) DO UPDATE SET last = c.last + 1 RETURNING last
            """,
            series,
        )
    )


async def insert_paper(
    tx: Connection,
    paper_id: UUID,
    draft: Draft,
    *,
    number: str,
    transaction_id: UUID,
    library_id: UUID,
    student_id: UUID,
    day: date,
) -> None:
    """A transaction has one of each kind."""
    lines = draft.lines
    await tx.run(
        """
        INSERT INTO payments.papers (id, kind, number, transaction_id, library_id, student_id, day, supplier,
            recipient, place_of_supply, lines, refers_to, note, taxable, cgst, sgst, igst, total)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11::jsonb, $12, $13, $14, $15, $16,
            $17, $18)
        """,
        paper_id,
        draft.kind,
        number,
        transaction_id,
        library_id,
        student_id,
        day,
        as_json(draft.supplier),
        as_json(draft.recipient),
        draft.place_of_supply,
        as_json(list(lines)),
        list(draft.refers_to),
        draft.note,
        sum(line.taxable for line in lines),
        sum(line.cgst for line in lines),
        sum(line.sgst for line in lines),
        sum(line.igst for line in lines),
        sum(line.amount for line in lines),
    )


async def list_papers(
    tx: Connection, wanted: PaperFilter, *, offset: int, limit: int
) -> tuple[list[Paper], int | None]:
    return await tx.page(
        Paper,
        f"""
        SELECT {_PAPER}, (SELECT count(*) FROM payments.papers p WHERE {_MATCHES}) AS total
        FROM payments.papers p WHERE {_MATCHES} ORDER BY p.day DESC, p.id DESC OFFSET $6 LIMIT $7
        """,
        *_values(wanted),
        offset,
        limit,
    )


async def count_papers(tx: Connection, wanted: PaperFilter) -> int:
    return int(await tx.value(f"SELECT count(*) FROM payments.papers p WHERE {_MATCHES}", *_values(wanted)))


def _values(wanted: PaperFilter) -> tuple[object, ...]:
    return wanted.library_id, wanted.student_id, wanted.kind, wanted.since, wanted.until


async def find_paper(tx: Connection, paper_id: UUID) -> Paper | None:
    return await tx.one(Paper, f"SELECT {_PAPER} FROM payments.papers p WHERE p.id = $1", paper_id)


async def find_paper_of(tx: Connection, transaction_id: UUID, kind: str) -> Paper | None:
    return await tx.one(
        Paper,
        f"SELECT {_PAPER} FROM payments.papers p WHERE p.transaction_id = $1 AND p.kind = $2",
        transaction_id,
        kind,
    )


async def forget_recipient(tx: Connection, student_id: UUID) -> None:
    """On receipts; what the law keeps stays."""
    await tx.run("SELECT payments.forget_recipient($1)", student_id)


async def numbers_of(tx: Connection, charge_ids: Collection[UUID]) -> dict[UUID, str]:
    """By charge, the number of the paper of its bill, if that has one."""
    found = await tx.all(
        _Billed,
        """
        SELECT c.id AS charge_id, p.number FROM payments.charges c
        JOIN payments.papers p ON p.transaction_id = c.transaction_id
        WHERE c.id = ANY ($1::uuid[]) AND p.kind IN ('tax_invoice', 'bill_of_supply')
        """,
        list(charge_ids),
    )
    return {one.charge_id: one.number for one in found}


async def advance_with_voucher(tx: Connection, student_id: UUID) -> int:
    """What a student paid ahead with a voucher, and was neither used since nor paid back with one."""
    return int(
        await tx.value(
            """
            SELECT greatest(0, (
                SELECT coalesce(sum(CASE kind WHEN 'receipt_voucher' THEN total ELSE -total END), 0)
                FROM payments.papers
                WHERE student_id = $1 AND kind IN ('receipt_voucher', 'refund_voucher')
            ) - (
                SELECT coalesce(sum(e.amount), 0) FROM payments.transactions t
                JOIN payments.entries e ON e.transaction_id = t.id AND e.account = 'advances'
                WHERE t.student_id = $1 AND t.kind = 'allocation'
            ))
            """,
            student_id,
        )
    )
