"""SQL of shifts and their times."""

from datetime import date
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.libraries.contract.shifts import Shift
from studyspot.services.libraries.store.branches import IN_A_LIBRARY

_SHIFT = """id, library_id, name,
    (SELECT jsonb_agg(jsonb_build_object('id', id, 'starts', to_char(starts, 'HH24:MI'),
            'ends', to_char(ends, 'HH24:MI'), 'valid_from', valid_from) ORDER BY valid_from, id)
        FROM libraries.shift_times WHERE shift_id = shifts.id) AS times,
    version, created_at, updated_at"""


async def list_shifts(
    tx: Connection, library_id: UUID, *, offset: int, limit: int
) -> tuple[list[Shift], int | None]:
    """In the order in which they were made."""
    return await tx.page(
        Shift,
        f"""
        SELECT {_SHIFT}, count(*) OVER () AS total FROM libraries.shifts
        WHERE library_id = $1 AND deleted_at IS NULL ORDER BY created_at, id OFFSET $2 LIMIT $3
        """,
        library_id,
        offset,
        limit,
    )


async def count_shifts(tx: Connection, library_id: UUID) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM libraries.shifts WHERE library_id = $1 AND deleted_at IS NULL", library_id
        )
    )


async def find_shift(tx: Connection, shift_id: UUID, *, for_update: bool = False) -> Shift | None:
    return await tx.one(
        Shift,
        f"""
        SELECT {_SHIFT} FROM libraries.shifts WHERE id = $1 AND deleted_at IS NULL AND {IN_A_LIBRARY}
        {"FOR UPDATE" if for_update else ""}
        """,
        shift_id,
    )


async def insert_shift(tx: Connection, shift_id: UUID, library_id: UUID, name: str) -> None:
    await tx.run(
        "INSERT INTO libraries.shifts (id, library_id, name) VALUES ($1, $2, $3)", shift_id, library_id, name
    )


async def insert_times(
    tx: Connection, times_id: UUID, shift_id: UUID, *, starts: str, ends: str, valid_from: date
) -> None:
    await tx.run(
        """
        INSERT INTO libraries.shift_times (id, shift_id, starts, ends, valid_from)
        VALUES ($1, $2, $3::text::time, $4::text::time, $5)
        """,
        times_id,
        shift_id,
        starts,
        ends,
        valid_from,
    )


async def rename_shift(tx: Connection, shift_id: UUID, name: str) -> None:
    """Raises its version, also when only its times changed."""
    await tx.run(
        "UPDATE libraries.shifts SET name = $2, version = version + 1, updated_at = now() WHERE id = $1",
        shift_id,
        name,
    )


async def delete_shift(tx: Connection, shift_id: UUID) -> None:
    await tx.run(
        "UPDATE libraries.shifts SET deleted_at = now(), version = version + 1 WHERE id = $1", shift_id
    )
