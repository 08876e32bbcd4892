"""What is in a database, in a form that can be kept and compared: rows and a digest for each table."""

from collections.abc import Mapping

import msgspec

from studyspot.kernel.database import Connection

TABLES_AT_ONCE = 50
SAME_TEXT_EVERYWHERE = """
    SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
    SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL search_path = ''
"""


class TableDigest(msgspec.Struct, frozen=True):
    """`digest` is the sum of the hashes of all rows: their order does not count, each value does."""

    rows: int
    digest: str


async def tables_of(connection: Connection) -> list[str]:
    """The quoted names of all tables with rows of the tenant's, or of ours about it."""
    names: list[str] = await connection.column(
        """
        SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
            AND NOT EXISTS (
                SELECT FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
            )
        ORDER BY 1 LIMIT 100000
        """
    )
    return names


async def digest_tables(connection: Connection) -> dict[str, TableDigest]:
    """Of every table, inside a transaction, which is left with settings by which texts are the same on every
    server.
    """
    await connection.run_script(SAME_TEXT_EVERYWHERE)
    names = await tables_of(connection)
    found: list[_Row] = []
    for start in range(0, len(names), TABLES_AT_ONCE):
        found += await connection.all(
            _Row, " UNION ALL ".join(_digest(name) for name in names[start : start + TABLES_AT_ONCE])
        )
    return {row.name: TableDigest(row.rows, row.digest) for row in found}


def differing(one: Mapping[str, TableDigest], other: Mapping[str, TableDigest]) -> list[str]:
    """Names of the tables that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _digest(table: str) -> str:
    name = table.replace("'", "''")
    return (
        f"SELECT '{name}' AS name, count(*) AS rows,"
        ' coalesce(sum(hashtextextended("the row"::text, 0)::numeric), 0)::text AS digest'
        f' FROM ONLY {table} AS "the row"'
    )


class _Row(msgspec.Struct):
    name: str
    rows: int
    digest: str
