"""Whether a server may become a cell: what would fail later, with libraries on it, is refused now."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from studyspot.kernel.database import connect
from studyspot.kernel.errors import Refusal, Unavailable
from studyspot.kernel.quoting import quote_identifier
from studyspot.kernel.snapshots import snapshot
from studyspot.tenancy.care.programs import ProgramFailed, Programs
from studyspot.tenancy.registry import Cell
from studyspot.tenancy.servers import Credentials, owner_dsn

OLDEST_VERSION = 15
REHEARSAL = "studyspot_rehearsal"


class UnfitServer(Refusal):
    """No library may live there; the message says why."""


class ServerFacts(msgspec.Struct, frozen=True):
    version: int
    encoding: str
    system_identifier: int


async def check_fit(cell: Cell, others: Sequence[Cell], credentials: Credentials, programs: Programs) -> None:
    """Others that do not answer are not compared with.

    :raises UnfitServer: :raises Unavailable: when the server itself does not answer.
    """
    facts = await _facts(cell, credentials)
    found = await asyncio.gather(*(_facts(one, credentials) for one in others), return_exceptions=True)
    known = {one.name: its for one, its in zip(others, found, strict=True) if isinstance(its, ServerFacts)}
    if problems := [
        its for its in found if isinstance(its, BaseException) and not isinstance(its, Unavailable)
    ]:
        raise problems[0]
    if (objection := objection_to(facts, known)) is not None:
        raise UnfitServer(objection)
    await _rehearse(cell, credentials, programs)


def objection_to(facts: ServerFacts, others: Mapping[str, ServerFacts]) -> str | None:
    """Not older than the newest of the others: a library moves and is restored by a dump, which an older
    server does not read. So new versions come in by new cells, and old ones are emptied.
    """
    if facts.version < OLDEST_VERSION:
        return f"It is PostgreSQL {facts.version}; {OLDEST_VERSION} is the oldest that works."
    if facts.encoding != "UTF8":
        return f"Its databases are {facts.encoding}, in which names in Hindi cannot be kept: it must be UTF8."
    for name, other in others.items():
        if other.system_identifier == facts.system_identifier:
            return f"It is the server of the cell {name}, under another address."
        if other.version > facts.version:
            return (
                f"It is PostgreSQL {facts.version} and the cell {name} {other.version}: no library could move"
                " there from a newer one."
            )
    return None


async def _facts(cell: Cell, credentials: Credentials) -> ServerFacts:
    server = await connect(owner_dsn(cell.url, credentials, "postgres"))
    try:
        facts = await server.one(
            ServerFacts,
            """
            SELECT current_setting('server_version_num')::integer / 10000 AS version,
                pg_encoding_to_char(encoding)::text AS encoding, system_identifier
            FROM pg_database, pg_control_system() WHERE datname = 'template0'
            """,
        )
    finally:
        await server.close()
    if facts is None:
        raise UnfitServer("It has no template0, of which new databases are made.")
    return facts


async def _rehearse(cell: Cell, credentials: Credentials, programs: Programs) -> None:
    """An empty database is dumped and restored: the programs and the server must fit each other."""
    dsn, name = owner_dsn(cell.url, credentials, REHEARSAL), quote_identifier(REHEARSAL)
    server = await connect(owner_dsn(cell.url, credentials, "postgres"))
    try:
        await server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.run(f"CREATE DATABASE {name} TEMPLATE template0")
        inside = await connect(dsn)
        try:
            async with snapshot(inside) as moment, programs.dump(dsn, snapshot=moment) as pieces:
                await programs.restore(dsn, pieces)
        except ProgramFailed as problem:
            raise UnfitServer(
                f"Its databases cannot be backed up and restored: {problem.message}. STUDYSPOT_POSTGRES_BIN"
                " names the folder of the programs."
            ) from None
        finally:
            await inside.close()
            await server.run(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()
