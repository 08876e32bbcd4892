"""SQL of what memberships and bookings came to, until the payments room has it."""

from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract import NewBill

_OWED = """bookings.bills b
    LEFT JOIN bookings.memberships m ON m.id = b.membership_id
    LEFT JOIN bookings.bookings k ON k.id = b.booking_id
    WHERE b.posted_at IS NULL AND (m.status <> 'draft' OR k.status IN ('confirmed', 'cancelled'))"""
"""SQL: what is not posted yet. What is only a draft, or held, nobody owes."""


class Bill(msgspec.Struct, frozen=True):
    bill: NewBill


async def insert_bill(tx: Connection, bill: NewBill, *, booking_id: UUID | None = None) -> None:
    await tx.run(
        "INSERT INTO bookings.bills (id, membership_id, bill, booking_id) VALUES ($1, $2, $3::jsonb, $4)",
        bill.id,
        bill.membership_id,
        as_json(bill),
        booking_id,
    )


async def list_unposted(tx: Connection, sold_id: UUID) -> list[Bill]:
    """Of a membership or a booking, in the order in which they were written."""
    return await tx.all(
        Bill,
        f"SELECT b.bill FROM {_OWED} AND (b.membership_id = $1 OR b.booking_id = $1) ORDER BY b.id",
        sold_id,
    )


async def list_sold_and_unposted(tx: Connection) -> list[UUID]:
    """Memberships and bookings. Who waits longest comes first."""
    return await tx.column(
        f"""
        SELECT coalesce(b.membership_id, b.booking_id) AS sold_id FROM {_OWED}
        GROUP BY sold_id ORDER BY min(b.created_at) LIMIT 10000
        """
    )


async def find_bill_of_draft(tx: Connection, membership_id: UUID) -> NewBill | None:
    """None when it costs nothing."""
    found = await tx.one(
        Bill, "SELECT bill FROM bookings.bills WHERE membership_id = $1 AND posted_at IS NULL", membership_id
    )
    return None if found is None else found.bill


async def update_bill(tx: Connection, bill: NewBill) -> None:
    """Before anybody has seen it."""
    await tx.run(
        "UPDATE bookings.bills SET bill = $2::jsonb WHERE id = $1 AND posted_at IS NULL",
        bill.id,
        as_json(bill),
    )


async def mark_posted(tx: Connection, bill_id: UUID) -> None:
    await tx.run("UPDATE bookings.bills SET posted_at = now() WHERE id = $1 AND posted_at IS NULL", bill_id)


async def delete_unposted(tx: Connection, sold_id: UUID) -> None:
    """Of a draft, or a hold, that nobody wants any more."""
    await tx.run(
        "DELETE FROM bookings.bills WHERE (membership_id = $1 OR booking_id = $1) AND posted_at IS NULL",
        sold_id,
    )
