"""SQL of what memberships came to, until the payments room has it."""

from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract import NewBill


class Bill(msgspec.Struct, frozen=True):
    bill: NewBill


async def insert_bill(tx: Connection, bill: NewBill) -> None:
    await tx.run(
        "INSERT INTO bookings.bills (id, membership_id, bill) VALUES ($1, $2, $3::jsonb)",
        bill.id,
        bill.membership_id,
        as_json(bill),
    )


async def list_unposted(tx: Connection, bill_id: UUID) -> list[Bill]:
    """This one, and those of the same membership that were written before it. A draft's nobody owes."""
    return await tx.all(
        Bill,
        """
        SELECT b.bill FROM bookings.bills this
        JOIN bookings.memberships m ON m.id = this.membership_id AND m.status <> 'draft'
        JOIN bookings.bills b ON b.membership_id = m.id AND b.id <= this.id AND b.posted_at IS NULL
        WHERE this.id = $1 ORDER BY b.id
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
