"""SQL of bookings, each with its place in time."""

from datetime import datetime
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.kernel.ids import new_id
from studyspot.services.bookings.contract.bookings import Booking, BookingFilter
from studyspot.services.bookings.store.memberships import Sold
from studyspot.services.bookings.store.occupancy import free_from

_BOOKINGS = """bookings.bookings b
    JOIN libraries.published_seats s ON s.id = b.seat_id
    JOIN students.published_students p ON p.id = b.student_id"""


def _status(now: str) -> str:
    """SQL: a hold has run out when its time is over, though nobody has noted it yet."""
    return f"CASE WHEN b.status = 'held' AND b.held_until <= {now} THEN 'expired' ELSE b.status END"


def _booking(now: str) -> str:
    return f"""b.id, b.library_id, b.seat_id, s.code AS seat_code, b.student_id, p.name AS student_name,
        b.starts_at, b.ends_at, {_status(now)} AS status, b.held_until, b.cancel_reason, b.plan_id,
        b.price, b.tax, b.version, b.created_at, b.updated_at"""


_MATCHES = f"""
    ($1::uuid IS NULL OR b.library_id = $1) AND ($2::uuid IS NULL OR b.student_id = $2)
    AND ($3::text IS NULL OR {_status("$6")} = $3)
    AND ($4::date IS NULL OR b.ends_at > $4::timestamp AT TIME ZONE s.time_zone)
    AND ($5::date IS NULL OR b.starts_at < ($5::date + 1)::timestamp AT TIME ZONE s.time_zone)
"""


async def list_bookings(
    tx: Connection, wanted: BookingFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Booking], int | None]:
    return await tx.page(
        Booking,
        f"""
        SELECT {_booking("$6")}, (SELECT count(*) FROM {_BOOKINGS} WHERE {_MATCHES}) AS total
        FROM {_BOOKINGS} WHERE {_MATCHES} ORDER BY b.starts_at DESC, b.id DESC OFFSET $7 LIMIT $8
        """,
        *_values(wanted, now),
        offset,
        limit,
    )


async def count_bookings(tx: Connection, wanted: BookingFilter, *, now: datetime) -> int:
    return int(await tx.value(f"SELECT count(*) FROM {_BOOKINGS} WHERE {_MATCHES}", *_values(wanted, now)))


def _values(wanted: BookingFilter, now: datetime) -> tuple[object, ...]:
    return wanted.library_id, wanted.student_id, wanted.status, wanted.since, wanted.until, now


async def find_booking(
    tx: Connection, booking_id: UUID, *, now: datetime, for_update: bool = False
) -> Booking | None:
    return await tx.one(
        Booking,
        f"""
        SELECT {_booking("$2")} FROM {_BOOKINGS} WHERE b.id = $1 {"FOR UPDATE OF b" if for_update else ""}
        """,
        booking_id,
        now,
    )


async def find_booked(tx: Connection, key: str) -> Sold | None:
    return await tx.one(Sold, "SELECT id, fingerprint FROM bookings.bookings WHERE key = $1", key)


async def insert_booking(
    tx: Connection,
    booking_id: UUID,
    *,
    library_id: UUID,
    seat_id: UUID,
    student_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    held_until: datetime | None,
    plan_id: UUID | None = None,
    price: int = 0,
    tax: int = 0,
    key: str | None = None,
    fingerprint: bytes | None = None,
) -> None:
    """The booking, and its place in time."""
    await tx.run(
        """
        INSERT INTO bookings.bookings
            (id, library_id, seat_id, student_id, starts_at, ends_at, status, held_until, plan_id, price, tax,
            key, fingerprint)
        VALUES ($1, $2, $3, $4, $5, $6,
            CASE WHEN $7::timestamptz IS NULL THEN 'confirmed' ELSE 'held' END, $7, $8, $9, $10, $11, $12)
        """,
        booking_id,
        library_id,
        seat_id,
        student_id,
        starts_at,
        ends_at,
        held_until,
        plan_id,
        price,
        tax,
        key,
        fingerprint,
    )
    await _occupy(tx, booking_id)


async def _occupy(tx: Connection, booking_id: UUID, *, since: datetime | None = None) -> None:
    """The place in time that is told by the booking, or what is left of it."""
    await tx.run(
        f"""
        INSERT INTO bookings.occupancy
            (id, library_id, seat_id, kind, during, student_id, booking_id, held_until)
        SELECT $2, b.library_id, b.seat_id, s.kind, tstzrange(greatest(b.starts_at, $3), b.ends_at),
            b.student_id, b.id, b.held_until
        FROM {_BOOKINGS} WHERE b.id = $1
        """,
        booking_id,
        new_id(),
        since,
    )


async def move_booking(
    tx: Connection, booking_id: UUID, *, seat_id: UUID, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    """What is over by now stays taken where it was."""
    await tx.run(
        """
        UPDATE bookings.bookings SET seat_id = $2, starts_at = $3, ends_at = $4, version = version + 1,
            updated_at = now()
        WHERE id = $1
        """,
        booking_id,
        seat_id,
        starts_at,
        ends_at,
    )
    await free_from(tx, now, bookings=[booking_id])
    await _occupy(tx, booking_id, since=now)


async def confirm_booking(tx: Connection, booking_id: UUID) -> None:
    await tx.run(
        """
        UPDATE bookings.bookings SET status = 'confirmed', held_until = NULL, version = version + 1,
            updated_at = now()
        WHERE id = $1
        """,
        booking_id,
    )
    await tx.run("UPDATE bookings.occupancy SET held_until = NULL WHERE booking_id = $1", booking_id)


async def cancel_booking(tx: Connection, booking_id: UUID, *, reason: str | None, now: datetime) -> None:
    """What is over by now stays taken."""
    await tx.run(
        """
        UPDATE bookings.bookings SET status = 'cancelled', held_until = NULL, cancel_reason = $2,
            version = version + 1, updated_at = now()
        WHERE id = $1
        """,
        booking_id,
        reason,
    )
    await free_from(tx, now, bookings=[booking_id])
