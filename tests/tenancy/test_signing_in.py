"""How we sign in to a server that asks for a password, and what is said when it does not let us in."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from studyspot.kernel.database import AccessRefused, Database, connect
from studyspot.tenancy.servers import owner_dsn, split_credentials
from tests.entrypoints.running import run
from tests.servers import Server

PASSWORD = "p/a@s:s%20#ö"


@pytest.fixture
def strict_url(annexe_server: Server) -> Iterator[str]:
    """Of a server that asks the role `strict` for a password."""
    with psycopg.connect(annexe_server.dsn("postgres"), autocommit=True) as server:
        server.execute(f"CREATE ROLE strict SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
        (hba,) = server.execute("SHOW hba_file").fetchone()
        before = Path(hba).read_text()
        Path(hba).write_text(f"local all strict scram-sha-256\n{before}")
        server.execute("SELECT pg_reload_conf()")
        yield annexe_server.dsn("").replace("postgres@", f"strict:{quote(PASSWORD, safe='')}@")
        Path(hba).write_text(before)
        server.execute("SELECT pg_reload_conf()")
        server.execute("DROP ROLE strict")


async def test_a_password_may_have_any_character(strict_url: str):
    url, credentials = split_credentials(strict_url, app_password=None)

    connection = await connect(owner_dsn(url, credentials, "postgres"))

    assert await connection.value("SELECT current_user::text") == "strict"
    await connection.close()


async def test_a_wrong_one_is_told_apart_but_users_are_told_nothing(strict_url: str):
    url, credentials = split_credentials(strict_url.replace("p%2F", "q", 1), app_password=None)
    dsn = owner_dsn(url, credentials, "postgres")

    async def first_used() -> None:
        database = Database(dsn, connections_min=0)
        await database.open()
        async with database.connection():
            pass

    for signing_in in (connect(dsn), Database(dsn).open(), first_used()):
        with pytest.raises(AccessRefused) as refused:
            await signing_in
        assert refused.value.message == "The database does not answer. Try again shortly."


async def test_a_role_that_there_is_none_of_is_no_missing_database(strict_url: str):
    url, credentials = split_credentials(strict_url.replace("strict", "nobody"), app_password=None)
    dsn = owner_dsn(url, credentials, "postgres")

    for signing_in in (connect(dsn), Database(dsn).open()):
        with pytest.raises(AccessRefused):
            await signing_in


def test_the_operator_is_told(strict_url: str, tmp_path: Path):
    ended = run("migrate", database_url=strict_url.replace("p%2F", "q", 1), data=str(tmp_path))

    said = " ".join(ended.stderr.split())
    assert ended.returncode == 2
    assert 'password authentication failed for user "strict"' in said
    assert "STUDYSPOT_DATABASE_URL" in said
    assert PASSWORD[3:] not in said
