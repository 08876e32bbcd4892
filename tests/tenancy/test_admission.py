"""Which servers may become cells."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studyspot.tenancy.admission import REHEARSAL, ServerFacts, UnfitServer, objection_to
from studyspot.tenancy.engine import Tenancy
from studyspot.tenancy.registry import Cell
from tests.servers import Server
from tests.tenancy.town import Town

FIT = ServerFacts(version=17, encoding="UTF8", system_identifier=1)
HOME = ServerFacts(version=17, encoding="UTF8", system_identifier=2)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (FIT, None),
        (ServerFacts(18, "UTF8", 1), None),
        (ServerFacts(16, "UTF8", 1), "the cell home 17"),
        (ServerFacts(14, "UTF8", 1), "15 is the oldest"),
        (ServerFacts(17, "SQL_ASCII", 1), "SQL_ASCII"),
        (ServerFacts(17, "UTF8", 2), "the server of the cell home"),
    ],
)
def test_a_server_must_be_new_enough_another_one_and_know_hindi(facts: ServerFacts, said: str | None):
    objection = objection_to(facts, {"home": HOME})

    assert objection is None if said is None else said in str(objection)


@pytest.fixture
async def tenancy(town: Town) -> AsyncIterator[Tenancy]:
    async with town.engine() as tenancy:
        yield tenancy


def _cell(server: Server, name: str = "annexe") -> Cell:
    return Cell(name, server.dsn("").replace("postgres@", ""), 100, 100, "open")


async def test_a_server_that_fits_is_made_ready_and_nothing_of_the_rehearsal_is_left(
    town: Town, tenancy: Tenancy, annexe_server: Server
):
    await town.add_cell(tenancy, annexe_server.dsn(""))
    for _ in range(2):
        await tenancy.admit_cell(_cell(annexe_server))

    async with town.owner("postgres", cell="annexe") as server:
        names = await server.column("SELECT datname::text FROM pg_database")
    assert "tpl_0110" in names
    assert REHEARSAL not in names


async def test_a_server_is_known_under_another_name(tenancy: Tenancy, town_server: Server):
    with pytest.raises(UnfitServer, match="the server of the cell home"):
        await tenancy.admit_cell(_cell(town_server, "second"))


async def test_the_encoding_is_that_of_new_databases(town: Town, tenancy: Tenancy, annexe_server: Server):
    await town.add_cell(tenancy, annexe_server.dsn(""))
    async with town.owner("postgres", cell="annexe") as server:
        await server.run("UPDATE pg_database SET encoding = 0 WHERE datname = 'template0'")
        try:
            with pytest.raises(UnfitServer, match="SQL_ASCII"):
                await tenancy.admit_cell(_cell(annexe_server))
        finally:
            await server.run(
                "UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8') WHERE datname = 'template0'"
            )


async def test_the_programs_must_fit_the_server(town: Town, annexe_server: Server, tmp_path: Path):
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump: error: server version mismatch' >&2; exit 1")
    (tmp_path / "pg_dump").chmod(0o755)
    (tmp_path / "pg_restore").write_text("#!/bin/sh\nexec cat >/dev/null")
    (tmp_path / "pg_restore").chmod(0o755)

    async with town.engine(programs=tmp_path) as tenancy:
        with pytest.raises(UnfitServer, match="server version mismatch"):
            await tenancy.admit_cell(_cell(annexe_server))
