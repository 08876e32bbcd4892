"""SQL of what memberships and bookings came to, until the payments room has it."""

from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.payments.contract import NewBill


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


async def list_unposted(tx: Connection, membership_id: UUID) -> list[Bill]:
    """In the order in which they were written. A draft's nobody owes."""
    return await tx.all(
        Bill,
        """
        SELECT b.bill FROM bookings.bills b
        JOIN bookings.memberships m ON m.id = b.membership_id AND m.status <> 'draft'
        WHERE b.membership_id = $1 AND b.posted_at IS NULL ORDER BY b.id
        """,
        membership_id,
    )


async def list_unposted_of_booking(tx: Connection, booking_id: UUID) -> list[Bill]:
    """The same; a hold's nobody owes."""
    return await tx.all(
        Bill,
        """
        SELECT b.bill FROM bookings.bills b
        JOIN bookings.bookings k ON k.id = b.booking_id AND k.status IN ('confirmed', 'cancelled')
        WHERE b.booking_id = $1 AND b.posted_at IS NULL ORDER BY b.id
        """,
        booking_id,
    )


async def list_unposted_memberships(tx: Connection) -> list[UUID]:
    """That came to something which is not posted. Who waits longest comes first."""
    return await tx.column(
        """
        SELECT b.membership_id FROM bookings.bills b
        JOIN bookings.memberships m ON m.id = b.membership_id AND m.status <> 'draft'
        WHERE b.posted_at IS NULL GROUP BY b.membership_id ORDER BY min(b.created_at) LIMIT 10000
        """
    )


async def list_unposted_bookings(tx: Connection) -> list[UUID]:
    """The same, of bookings."""
    return await tx.column(
        """
        SELECT b.booking_id FROM bookings.bills b
        JOIN bookings.bookings k ON k.id = b.booking_id AND k.status IN ('confirmed', 'cancelled')
        WHERE b.posted_at IS NULL GROUP BY b.booking_id ORDER BY min(b.created_at) LIMIT 10000
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


async def delete_unposted(tx: Connection, membership_id: UUID) -> None:
    """Of a draft that nobody wants any more."""
    await tx.run("DELETE FROM bookings.bills WHERE membership_id = $1 AND posted_at IS NULL", membership_id)


async def delete_bill_of_hold(tx: Connection, booking_id: UUID) -> None:
    """The same."""
    await tx.run("DELETE FROM bookings.bills WHERE booking_id = $1 AND posted_at IS NULL", booking_id)
