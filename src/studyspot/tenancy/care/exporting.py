"""A tenant's data as a bundle that a person can open: a ZIP of a CSV for each table, and a page about them.

Left out is what is only ours: which migrations were applied, whose database it is; tables and columns whose
comment begins with "Internal", and columns that are computed from others.
"""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection
from studyspot.kernel.ids import TenantId
from studyspot.kernel.quoting import quote_identifier
from studyspot.kernel.snapshots import ROWS_AT_ONCE, batches, snapshot
from studyspot.kernel.spreadsheets import write_csv
from studyspot.tenancy.care.digests import SAME_TEXT_EVERYWHERE
from studyspot.tenancy.care.drafts import whole_file
from studyspot.tenancy.care.progress import Step, Tell, tell_nobody
from studyspot.tenancy.care.records import Home
from studyspot.tenancy.care.workshop import Workshop

OURS = ("migrations", "tenancy", "jobs")
NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"})
LARGE_ROWS_AT_ONCE = 10
"""Of those that hold images: some megabytes each."""
README = """\
{name}
{rule}

What is in this library's own database, as it was on {at:%Y-%m-%d at %H:%M} UTC.

Not in it is what StudySpot keeps elsewhere: accounts and passwords of those who sign in, who of them works
here, and the contract with StudySpot. Left out, too, is what can be computed from the rest.

Each file is a table, what was deleted included: UTF-8 text, values separated by commas, the first line
names the columns. LibreOffice, Excel and Google Sheets open it. Times are UTC, amounts whole paise. A text
that a spreadsheet might take for a formula has an apostrophe in front.

{files}
"""


class Table(msgspec.Struct, frozen=True):
    schema: str
    name: str
    purpose: str | None
    columns: list[str]
    types: list[str]


class Exported(msgspec.Struct, frozen=True):
    path: str
    rows: dict[str, int]
    """By the name of the file."""


class Exports:
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def export(
        self,
        caller: Caller,
        tenant_id: TenantId,
        path: Path,
        *,
        replace: bool = False,
        tell: Tell = tell_nobody,
    ) -> Exported:
        """Writes the bundle, all of it of one moment.

        :raises Conflict, CannotWrite: see `whole_file`.
        """
        async with self._workshop.hold(tenant_id) as held:
            home = held.home
            with whole_file(path, replace=replace) as file:
                async with (
                    self._workshop.inside(home.url, home.database) as connection,
                    snapshot(connection),
                ):
                    await connection.run_script(SAME_TEXT_EVERYWHERE)
                    rows = await _write(connection, home, file, tell)
            async with held.desk.transaction() as tx:
                await audit.record(
                    tx,
                    caller,
                    "tenants:export",
                    entity="tenant",
                    entity_id=tenant_id,
                    after={"rows": sum(rows.values())},
                )
        return Exported(str(path), rows)


async def _write(connection: Connection, home: Home, file: IO[bytes], tell: Tell) -> dict[str, int]:
    rows: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        explained, at = [], clock.now()
        for table in await _tables(connection):
            name = f"{table.schema}/{table.name}.csv"
            tell(Step(f"writing {name}"))
            with bundle.open(_entry(name, at), "w", force_zip64=True) as entry:
                rows[name] = await _write_table(connection, table, entry)
            explained.append(_explained(table, name, rows[name]))
        bundle.writestr(
            _entry("README.txt", at),
            README.format(name=home.name, rule="=" * len(home.name), at=at, files="\n\n".join(explained)),
        )
    return rows


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    """With today's date, which is 1980 otherwise."""
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


async def _write_table(connection: Connection, table: Table, entry: IO[bytes]) -> int:
    """Rows go from the server to the file a thousand at a time, packed in a thread."""
    count = 0
    columns = ", ".join(_selected(table))
    header: list[str] | None = table.columns
    source = f"{quote_identifier(table.schema)}.{quote_identifier(table.name)}"
    at_once = LARGE_ROWS_AT_ONCE if "bytea" in table.types else ROWS_AT_ONCE
    rows = batches(connection, f"SELECT {columns} FROM {source}", rows_at_once=at_once)
    async for some in _once_at_least(rows):
        count += len(some)
        for piece in write_csv(header, some):
            await asyncio.to_thread(entry.write, piece)
        header = None
    return count


async def _once_at_least(
    found: AsyncIterator[list[tuple[Any, ...]]],
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """An empty table has its header, too."""
    yield []
    async for some in found:
        yield some


def _selected(table: Table) -> list[str]:
    """Numbers as numbers, so that a minus sign is no formula; everything else as text."""
    return [
        quote_identifier(column) if kind in NUMBERS else f"{quote_identifier(column)}::text"
        for column, kind in zip(table.columns, table.types, strict=True)
    ]


def _explained(table: Table, name: str, rows: int) -> str:
    purpose = table.purpose or f"{table.name.replace('_', ' ')} ({table.schema})"
    return f"{name}: {rows} rows\n  {purpose}\n  Columns: {', '.join(table.columns)}"


async def _tables(connection: Connection) -> list[Table]:
    return await connection.all(
        Table,
        """
        SELECT n.nspname::text AS schema, c.relname::text AS name,
            obj_description(c.oid, 'pg_class') AS purpose,
            array_agg(a.attname::text ORDER BY a.attnum) AS columns,
            array_agg(y.typname::text ORDER BY a.attnum) AS types
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = '' AND coalesce(col_description(c.oid, a.attnum), '') !~ '^Internal'
        JOIN pg_type y ON y.oid = a.atttypid
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname <> ALL($1)
            AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
            AND coalesce(obj_description(c.oid, 'pg_class'), '') !~ '^Internal'
        GROUP BY c.oid, n.nspname, c.relname ORDER BY 1, 2 LIMIT 10000
        """,
        list(OURS),
    )
