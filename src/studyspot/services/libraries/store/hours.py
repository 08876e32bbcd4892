"""SQL of when libraries are open."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection


class WeekdayRow(msgspec.Struct, frozen=True):
    """`weekday` is that of ISO 8601; both times are missing when it is closed."""

    weekday: int
    opens: str | None
    closes: str | None


class HolidayRow(msgspec.Struct, frozen=True):
    day: date
    name: str
    opens: str | None
    closes: str | None


async def find_calendar_version(tx: Connection, library_id: UUID, *, for_update: bool = False) -> int | None:
    found = await tx.value(
        f"""
        SELECT calendar_version FROM libraries.libraries WHERE id = $1 AND deleted_at IS NULL
        {"FOR UPDATE" if for_update else ""}
        """,
        library_id,
    )
    return None if found is None else int(found)


async def list_opening_hours(tx: Connection, library_id: UUID) -> list[WeekdayRow]:
    return await tx.all(
        WeekdayRow,
        """
        SELECT weekday, to_char(opens, 'HH24:MI') AS opens, to_char(closes, 'HH24:MI') AS closes
        FROM libraries.opening_hours WHERE library_id = $1 ORDER BY weekday
        """,
        library_id,
    )


async def list_holidays(tx: Connection, library_id: UUID) -> list[HolidayRow]:
    return await tx.all(
        HolidayRow,
        """
        SELECT day, name, to_char(opens, 'HH24:MI') AS opens, to_char(closes, 'HH24:MI') AS closes
        FROM libraries.holidays WHERE library_id = $1 ORDER BY day
        """,
        library_id,
    )


async def replace_calendar(
    tx: Connection, library_id: UUID, days: Sequence[WeekdayRow], holidays: Sequence[HolidayRow]
) -> None:
    """All that stood there goes; the version rises."""
    await tx.run("DELETE FROM libraries.opening_hours WHERE library_id = $1", library_id)
    await tx.run("DELETE FROM libraries.holidays WHERE library_id = $1", library_id)
    await tx.run(
        """
        INSERT INTO libraries.opening_hours (library_id, weekday, opens, closes)
        SELECT $1, weekday, opens::time, closes::time
        FROM unnest($2::smallint[], $3::text[], $4::text[]) AS given (weekday, opens, closes)
        """,
        library_id,
        [one.weekday for one in days],
        [one.opens for one in days],
        [one.closes for one in days],
    )
    await tx.run(
        """
        INSERT INTO libraries.holidays (library_id, day, name, opens, closes)
        SELECT $1, day, name, opens::time, closes::time
        FROM unnest($2::date[], $3::text[], $4::text[], $5::text[]) AS given (day, name, opens, closes)
        """,
        library_id,
        [one.day for one in holidays],
        [one.name for one in holidays],
        [one.opens for one in holidays],
        [one.closes for one in holidays],
    )
    await tx.run(
        "UPDATE libraries.libraries SET calendar_version = calendar_version + 1 WHERE id = $1", library_id
    )
