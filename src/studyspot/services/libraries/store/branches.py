"""SQL of branches."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.libraries.contract.branches import Library, LibraryFilter, NewLibrary

COLUMNS = """id, name, status, address, city, state, pincode, phone, email, latitude, longitude, capacity,
    to_char(opening_time, 'HH24:MI') AS opening_time, to_char(closing_time, 'HH24:MI') AS closing_time,
    time_zone, facilities, overdue_days_max, leave_minutes_max, strikes_max, no_show_minutes,
    needs_drawer_session, hold_minutes, version, created_at, updated_at"""


class Money(msgspec.Struct, frozen=True):
    """What students owe to a library, and what is in its drawer, in paise."""

    owed: int
    cash: int


IN_A_LIBRARY = "EXISTS (SELECT FROM libraries.libraries WHERE id = library_id AND deleted_at IS NULL)"
"""SQL: of a row with a `library_id`, that its library was not deleted."""


def _folded(text: str) -> str:
    """SQL: without case and Latin accents."""
    return rf"lower(regexp_replace(normalize({text}, NFD), '[\u0300-\u036f]', '', 'g'))"


_MATCHES = f"""
    deleted_at IS NULL
    AND ($1::text IS NULL OR status = $1)
    AND ($2::text IS NULL OR {_folded("city")} = {_folded("$2")})
    AND ($3::text IS NULL OR strpos({_folded("name")}, {_folded("$3")}) > 0)
"""


async def list_libraries(
    tx: Connection, wanted: LibraryFilter, *, offset: int, limit: int
) -> tuple[list[Library], int | None]:
    return await tx.page(
        Library,
        f"""
        SELECT {COLUMNS}, (SELECT count(*) FROM libraries.libraries WHERE {_MATCHES}) AS total
        FROM libraries.libraries WHERE {_MATCHES} ORDER BY created_at DESC, id DESC OFFSET $4 LIMIT $5
        """,
        wanted.status,
        wanted.city,
        wanted.search,
        offset,
        limit,
    )


async def count_libraries(tx: Connection, wanted: LibraryFilter) -> int:
    return int(
        await tx.value(
            f"SELECT count(*) FROM libraries.libraries WHERE {_MATCHES}",
            wanted.status,
            wanted.city,
            wanted.search,
        )
    )


async def find_library(tx: Connection, library_id: UUID, *, for_update: bool = False) -> Library | None:
    return await tx.one(
        Library,
        f"""
        SELECT {COLUMNS} FROM libraries.libraries WHERE id = $1 AND deleted_at IS NULL
        {"FOR UPDATE" if for_update else ""}
        """,
        library_id,
    )


async def lock_libraries(tx: Connection) -> None:
    """One creation at a time, so that counting against the plan's limit is true until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('libraries.libraries', 0))")


async def insert_library(tx: Connection, library_id: UUID, new: NewLibrary) -> Library:
    created = await tx.one(
        Library,
        f"""
        INSERT INTO libraries.libraries (id, name, status, address, city, state, pincode, phone, email,
            latitude, longitude, capacity, opening_time, closing_time, time_zone, facilities,
            overdue_days_max, leave_minutes_max, strikes_max, no_show_minutes, needs_drawer_session,
            hold_minutes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::time, $14::text::time,
            $15, $16, $17, $18, $19, $20, $21, $22)
        RETURNING {COLUMNS}
        """,
        library_id,
        new.name,
        new.status,
        new.address,
        new.city,
        new.state,
        new.pincode,
        new.phone,
        new.email,
        new.latitude,
        new.longitude,
        new.capacity,
        new.opening_time,
        new.closing_time,
        new.time_zone,
        list(new.facilities),
        new.overdue_days_max,
        new.leave_minutes_max,
        new.strikes_max,
        new.no_show_minutes,
        new.needs_drawer_session,
        new.hold_minutes,
    )
    assert created is not None  # noqa: S101 - INSERT … RETURNING gives its row
    return created


async def update_library(tx: Connection, library: Library) -> Library | None:
    """Writes all fields of `library` over the row and raises its version."""
    return await tx.one(
        Library,
        f"""
        UPDATE libraries.libraries
        SET name = $2, status = $3, address = $4, city = $5, state = $6, pincode = $7, phone = $8, email = $9,
            latitude = $10, longitude = $11, capacity = $12,
            opening_time = $13::text::time, closing_time = $14::text::time,
            time_zone = $15, facilities = $16, overdue_days_max = $17, leave_minutes_max = $18,
            strikes_max = $19, no_show_minutes = $20, needs_drawer_session = $21,
            hold_minutes = $22,
            version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING {COLUMNS}
        """,
        library.id,
        library.name,
        library.status,
        library.address,
        library.city,
        library.state,
        library.pincode,
        library.phone,
        library.email,
        library.latitude,
        library.longitude,
        library.capacity,
        library.opening_time,
        library.closing_time,
        library.time_zone,
        list(library.facilities),
        library.overdue_days_max,
        library.leave_minutes_max,
        library.strikes_max,
        library.no_show_minutes,
        library.needs_drawer_session,
        library.hold_minutes,
    )


async def count_students(tx: Connection, library_id: UUID) -> int:
    """From the view that the students room publishes for this."""
    found = await tx.value(
        "SELECT students FROM students.published_students_by_library WHERE library_id = $1", library_id
    )
    return int(found or 0)


async def count_taken(
    tx: Connection, now: datetime, *, library_id: UUID | None = None, seat_id: UUID | None = None
) -> int:
    """Of a library's seats, or of one, the times that are taken from now on; from the view that the bookings
    room publishes for this.
    """
    return int(
        await tx.value(
            """
            SELECT count(*) FROM bookings.published_taken
            WHERE ($1::uuid IS NULL OR library_id = $1) AND ($2::uuid IS NULL OR seat_id = $2)
                AND until > $3 AND (held_until IS NULL OR held_until > $3)
            """,
            library_id,
            seat_id,
            now,
        )
    )


async def count_members(tx: Connection, now: datetime, library_id: UUID) -> int:
    """Those whose memberships go on; from the view that the bookings room publishes for this."""
    return int(
        await tx.value(
            """
            SELECT count(*) FROM bookings.published_members m
            JOIN libraries.libraries l ON l.id = m.library_id
            WHERE l.id = $1 AND m.ends_on >= ($2::timestamptz AT TIME ZONE l.time_zone)::date
            """,
            library_id,
            now,
        )
    )


async def find_money(tx: Connection, library_id: UUID) -> Money:
    """From the views that the payments room publishes for this."""
    found = await tx.one(
        Money,
        """
        SELECT (
            SELECT coalesce(sum(open), 0)::bigint FROM payments.published_dues WHERE library_id = $1
        ) AS owed, (
            SELECT coalesce(sum(amount), 0)::bigint FROM payments.published_cash WHERE library_id = $1
        ) AS cash
        """,
        library_id,
    )
    assert found is not None  # noqa: S101 - it has one row
    return found


async def delete_library(tx: Connection, library_id: UUID) -> None:
    await tx.run(
        "UPDATE libraries.libraries SET deleted_at = now(), version = version + 1 WHERE id = $1", library_id
    )
