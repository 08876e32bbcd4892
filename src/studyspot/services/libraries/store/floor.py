"""SQL of zones, seats and lockers."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.services.libraries.contract.floor import NewZone, Seat, SeatFilter, Zone
from studyspot.services.libraries.store.branches import IN_A_LIBRARY

_ZONE = """id, library_id, name, is_air_conditioned, is_silent, is_for_women,
    (SELECT count(*) FROM libraries.seats
        WHERE zone_id = zones.id AND kind = 'seat' AND deleted_at IS NULL)::int AS seats,
    (SELECT count(*) FROM libraries.seats
        WHERE zone_id = zones.id AND kind = 'locker' AND deleted_at IS NULL)::int AS lockers,
    version, created_at, updated_at"""
_SEAT = """id, library_id, zone_id, kind, code, features, grid_row AS row, grid_column AS column, version,
    created_at, updated_at"""


class SeatRow(msgspec.Struct, frozen=True):
    """A seat to be. `code_order` is what it is sorted by."""

    id: UUID
    code: str
    code_order: str
    row: int | None
    column: int | None


async def list_zones(
    tx: Connection, library_id: UUID, *, offset: int, limit: int
) -> tuple[list[Zone], int | None]:
    return await tx.page(
        Zone,
        f"""
        SELECT {_ZONE}, count(*) OVER () AS total FROM libraries.zones
        WHERE library_id = $1 AND deleted_at IS NULL ORDER BY lower(name), id OFFSET $2 LIMIT $3
        """,
        library_id,
        offset,
        limit,
    )


async def count_zones(tx: Connection, library_id: UUID) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM libraries.zones WHERE library_id = $1 AND deleted_at IS NULL", library_id
        )
    )


async def find_zone(tx: Connection, zone_id: UUID, *, for_update: bool = False) -> Zone | None:
    return await tx.one(
        Zone,
        f"""
        SELECT {_ZONE} FROM libraries.zones WHERE id = $1 AND deleted_at IS NULL AND {IN_A_LIBRARY}
        {"FOR UPDATE" if for_update else ""}
        """,
        zone_id,
    )


async def insert_zone(tx: Connection, zone_id: UUID, library_id: UUID, new: NewZone) -> None:
    await tx.run(
        """
        INSERT INTO libraries.zones (id, library_id, name, is_air_conditioned, is_silent, is_for_women)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        zone_id,
        library_id,
        new.name,
        new.is_air_conditioned,
        new.is_silent,
        new.is_for_women,
    )


async def update_zone(tx: Connection, zone: Zone) -> None:
    """Writes what may change of `zone` over the row and raises its version."""
    await tx.run(
        """
        UPDATE libraries.zones SET name = $2, is_air_conditioned = $3, is_silent = $4, is_for_women = $5,
            version = version + 1, updated_at = now()
        WHERE id = $1
        """,
        zone.id,
        zone.name,
        zone.is_air_conditioned,
        zone.is_silent,
        zone.is_for_women,
    )


async def delete_zone(tx: Connection, zone_id: UUID) -> None:
    await tx.run(
        "UPDATE libraries.zones SET deleted_at = now(), version = version + 1 WHERE id = $1", zone_id
    )


_SEAT_MATCHES = """
    library_id = $1 AND deleted_at IS NULL
    AND ($2::uuid IS NULL OR zone_id = $2) AND ($3::text IS NULL OR kind = $3)
"""


async def list_seats(
    tx: Connection, library_id: UUID, wanted: SeatFilter, *, offset: int, limit: int
) -> tuple[list[Seat], int | None]:
    return await tx.page(
        Seat,
        f"""
        SELECT {_SEAT}, (SELECT count(*) FROM libraries.seats WHERE {_SEAT_MATCHES}) AS total
        FROM libraries.seats WHERE {_SEAT_MATCHES} ORDER BY code_order, id OFFSET $4 LIMIT $5
        """,
        library_id,
        wanted.zone_id,
        wanted.kind,
        offset,
        limit,
    )


async def count_seats(tx: Connection, library_id: UUID, wanted: SeatFilter) -> int:
    return int(
        await tx.value(
            f"SELECT count(*) FROM libraries.seats WHERE {_SEAT_MATCHES}",
            library_id,
            wanted.zone_id,
            wanted.kind,
        )
    )


async def find_last_grid_row(tx: Connection, library_id: UUID) -> int:
    """0 when nothing stands on the map."""
    found = await tx.value(
        "SELECT max(grid_row) FROM libraries.seats WHERE library_id = $1 AND deleted_at IS NULL", library_id
    )
    return int(found or 0)


async def find_taken_codes(tx: Connection, library_id: UUID, kind: str, codes: Sequence[str]) -> list[str]:
    return await tx.column(
        """
        SELECT code FROM libraries.seats
        WHERE library_id = $1 AND kind = $2 AND code = ANY($3::text[]) AND deleted_at IS NULL
        ORDER BY code_order
        """,
        library_id,
        kind,
        list(codes),
    )


async def insert_seats(
    tx: Connection, zone: Zone, kind: str, features: Sequence[str], seats: Sequence[SeatRow]
) -> list[Seat]:
    """In the order in which they were given."""
    return await tx.all(
        Seat,
        f"""
        WITH inserted AS (
            INSERT INTO libraries.seats
                (id, library_id, zone_id, kind, features, code, code_order, grid_row, grid_column)
            SELECT given.id, $1, $2, $3, $4::text[], given.code, given.code_order, given.grid_row,
                given.grid_column
            FROM unnest($5::uuid[], $6::text[], $7::text[], $8::smallint[], $9::smallint[])
                AS given (id, code, code_order, grid_row, grid_column)
            RETURNING *
        )
        SELECT {_SEAT} FROM inserted ORDER BY id
        """,
        zone.library_id,
        zone.id,
        kind,
        list(features),
        [one.id for one in seats],
        [one.code for one in seats],
        [one.code_order for one in seats],
        [one.row for one in seats],
        [one.column for one in seats],
    )


async def find_seat(tx: Connection, seat_id: UUID, *, for_update: bool = False) -> Seat | None:
    return await tx.one(
        Seat,
        f"""
        SELECT {_SEAT} FROM libraries.seats WHERE id = $1 AND deleted_at IS NULL AND {IN_A_LIBRARY}
        {"FOR UPDATE" if for_update else ""}
        """,
        seat_id,
    )


async def update_seat(tx: Connection, seat: Seat, *, code_order: str) -> Seat | None:
    """Writes what may change of `seat` over the row and raises its version."""
    return await tx.one(
        Seat,
        f"""
        UPDATE libraries.seats SET zone_id = $2, code = $3, code_order = $4, features = $5,
            grid_row = $6, grid_column = $7, version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING {_SEAT}
        """,
        seat.id,
        seat.zone_id,
        seat.code,
        code_order,
        list(seat.features),
        seat.row,
        seat.column,
    )


async def delete_seat(tx: Connection, seat_id: UUID) -> None:
    await tx.run(
        "UPDATE libraries.seats SET deleted_at = now(), version = version + 1 WHERE id = $1", seat_id
    )
