"""SQL of registers that are brought in: who and what is there already, and what came of each row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.bookings.contract.imports import RegisterImport
from studyspot.services.bookings.rules import Place
from studyspot.services.bookings.rules.register import KnownSeat


class KnownStudent(msgspec.Struct, frozen=True):
    id: UUID
    gender: str | None
    status: str


class Held(msgspec.Struct, frozen=True):
    """A membership that a student has; it is theirs until the last day of grace."""

    student_id: UUID
    starts_on: date
    ends_on: date
    until: date


class Taken(msgspec.Struct, frozen=True):
    """What is first in the way of a row. Nobody's name: it is out of service."""

    line: int
    student_name: str | None
    until: datetime
    ends_on: date | None


class BroughtIn(msgspec.Struct, frozen=True):
    """A row that was brought in before."""

    fingerprint: bytes
    membership_id: UUID


class Imported(msgspec.Struct, frozen=True):
    line: int
    membership_id: UUID
    bill_id: UUID
    is_undone: bool


class Import(msgspec.Struct, frozen=True):
    id: UUID
    library_id: UUID
    created_students: tuple[UUID, ...]


async def list_seats_of(tx: Connection, library_id: UUID) -> list[KnownSeat]:
    return await tx.all(
        KnownSeat,
        """
        SELECT id, zone_id, code, is_for_women FROM libraries.published_seats
        WHERE library_id = $1 AND is_there AND kind = 'seat' ORDER BY code_order, id
        """,
        library_id,
    )


async def list_students(tx: Connection, student_ids: Collection[UUID]) -> list[KnownStudent]:
    return await tx.all(
        KnownStudent,
        "SELECT id, gender, status FROM students.published_students WHERE id = ANY ($1::uuid[])",
        list(student_ids),
    )


async def list_held(tx: Connection, student_ids: Collection[UUID]) -> list[Held]:
    """What was sold to them, in any library of the business."""
    return await tx.all(
        Held,
        """
        SELECT student_id, starts_on, ends_on,
            ends_on + CASE WHEN renews THEN grace_days ELSE 0 END AS until
        FROM bookings.memberships WHERE student_id = ANY ($1::uuid[]) AND status = 'sold'
        ORDER BY starts_on, id
        """,
        list(student_ids),
    )


async def list_brought_in(tx: Connection, fingerprints: Collection[bytes]) -> list[BroughtIn]:
    return await tx.all(
        BroughtIn,
        """
        SELECT fingerprint, membership_id FROM bookings.imported
        WHERE fingerprint = ANY ($1::bytea[]) AND undone_at IS NULL
        """,
        list(fingerprints),
    )


async def list_in_the_way_of(
    tx: Connection, claims: Mapping[int, Sequence[Place]], *, now: datetime
) -> list[Taken]:
    """For each line whose seat is taken at one of its times, what is first in its way."""
    wanted = [(line, place) for line, places in claims.items() for place in places]
    return await tx.all(
        Taken,
        """
        SELECT DISTINCT ON (w.line) w.line, p.name AS student_name, upper(o.during) AS until, m.ends_on
        FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
            AS w (line, seat_id, starts_at, ends_at)
        JOIN bookings.occupancy o ON o.seat_id = w.seat_id AND o.during && tstzrange(w.starts_at, w.ends_at)
            AND (o.held_until IS NULL OR o.held_until > $5)
        LEFT JOIN bookings.memberships m ON m.id = o.membership_id
        LEFT JOIN students.published_students p ON p.id = o.student_id
        ORDER BY w.line, lower(o.during)
        """,
        [line for line, _ in wanted],
        [place.seat_id for _, place in wanted],
        [place.starts_at for _, place in wanted],
        [place.ends_at for _, place in wanted],
        now,
    )


async def insert_import(
    tx: Connection,
    import_id: UUID,
    *,
    library_id: UUID,
    as_of: date,
    created_students: Sequence[UUID],
    account_id: UUID | None,
) -> None:
    await tx.run(
        """
        INSERT INTO bookings.imports (id, library_id, as_of, created_students, account_id)
        VALUES ($1, $2, $3, $4, $5)
        """,
        import_id,
        library_id,
        as_of,
        list(created_students),
        account_id,
    )


async def insert_imported(
    tx: Connection, import_id: UUID, line: int, *, membership_id: UUID, bill_id: UUID, fingerprint: bytes
) -> None:
    """:raises ConstraintViolated: `imported_once`, when the same row was brought in already."""
    await tx.run(
        """
        INSERT INTO bookings.imported (import_id, line, membership_id, bill_id, fingerprint)
        VALUES ($1, $2, $3, $4, $5)
        """,
        import_id,
        line,
        membership_id,
        bill_id,
        fingerprint,
    )


async def find_import(tx: Connection, import_id: UUID) -> Import | None:
    return await tx.one(
        Import, "SELECT id, library_id, created_students FROM bookings.imports WHERE id = $1", import_id
    )


async def list_imported(tx: Connection, import_id: UUID) -> list[Imported]:
    return await tx.all(
        Imported,
        """
        SELECT line, membership_id, bill_id, undone_at IS NOT NULL AS is_undone FROM bookings.imported
        WHERE import_id = $1 ORDER BY line
        """,
        import_id,
    )


async def mark_undone(tx: Connection, membership_id: UUID) -> None:
    await tx.run("UPDATE bookings.imported SET undone_at = now() WHERE membership_id = $1", membership_id)


async def list_imports(
    tx: Connection, library_id: UUID | None, *, offset: int, limit: int
) -> tuple[list[RegisterImport], int | None]:
    return await tx.page(
        RegisterImport,
        """
        SELECT i.id, i.library_id, i.as_of, count(m.line) AS memberships, count(m.undone_at) AS undone,
            i.account_id, i.created_at, (
                SELECT count(*) FROM bookings.imports WHERE $1::uuid IS NULL OR library_id = $1
            ) AS total
        FROM bookings.imports i LEFT JOIN bookings.imported m ON m.import_id = i.id
        WHERE $1::uuid IS NULL OR i.library_id = $1
        GROUP BY i.id ORDER BY i.created_at DESC, i.id DESC OFFSET $2 LIMIT $3
        """,
        library_id,
        offset,
        limit,
    )


async def count_imports(tx: Connection, library_id: UUID | None) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM bookings.imports WHERE $1::uuid IS NULL OR library_id = $1", library_id
        )
    )
