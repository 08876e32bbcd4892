"""SQL of what memberships came to, until the payments room has it."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract import NewBill


class Bill(msgspec.Struct, frozen=True):
    """`is_draft`: nobody owes it yet."""

    bill: NewBill
    is_draft: bool
    posted_at: datetime | None


async def insert_bill(tx: Connection, bill: NewBill) -> None:
    await tx.run(
        "INSERT INTO bookings.bills (id, membership_id, bill) VALUES ($1, $2, $3::jsonb)",
        bill.id,
        bill.membership_id,
        as_json(bill),
    )


async def find_bill(tx: Connection, bill_id: UUID) -> Bill | None:
    return await tx.one(
        Bill,
        """
        SELECT b.bill, m.status = 'draft' AS is_draft, b.posted_at
        FROM bookings.bills b JOIN bookings.memberships m ON m.id = b.membership_id WHERE b.id = $1
        """,
        bill_id,
    )


async def find_bill_of_draft(tx: Connection, membership_id: UUID) -> UUID | None:
    bill_id: UUID | None = await tx.value(
        "SELECT id FROM bookings.bills WHERE membership_id = $1 AND posted_at IS NULL", membership_id
    )
    return bill_id


async def mark_posted(tx: Connection, bill_id: UUID) -> None:
    await tx.run("UPDATE bookings.bills SET posted_at = now() WHERE id = $1 AND posted_at IS NULL", bill_id)


async def delete_unposted(tx: Connection, membership_id: UUID) -> None:
    """Of a draft that nobody wants any more."""
    await tx.run("DELETE FROM bookings.bills WHERE membership_id = $1 AND posted_at IS NULL", membership_id)
