"""Commands on the database of one data folder, at the same time and without a platform that runs."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.entrypoints.running import clean_environment, run

COMMAND = """
import asyncio, sys
from pathlib import Path
from studyspot.entrypoints.local import embedded_database
from studyspot.kernel.database import connect
from studyspot.kernel.settings import Settings
from studyspot.tenancy.servers import owner_dsn, split_credentials

async def ask(settings):
    url, credentials = split_credentials(settings.database_url.get_secret_value(), app_password=None)
    connection = await connect(owner_dsn(url, credentials, "postgres"))
    return await connection.value("SELECT 1")

settings = Settings(data=Path(sys.argv[1]))
with embedded_database(settings, lambda said: print(said, flush=True), may_join=True) as complete:
    for line in sys.stdin:
        print("answers", asyncio.run(ask(complete)), flush=True)
"""


class Using:
    """A command that asks the database whenever it is told to, and ends when it is told no more."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._told, self._said = self._process.stdin, self._process.stdout

    def ask(self) -> None:
        self._told.write("\n")
        self._told.flush()
        self.says("answers 1")

    def says(self, what: str) -> None:
        assert any(what in line for line in iter(self._said.readline, ""))

    def let_end(self) -> None:
        self._told.close()

    def ended(self) -> int:
        code = self._process.wait(30)
        self._said.close()
        return code


Start = Callable[[], Using]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def start() -> Using:
            using = Using(tmp_path / "data")
            stack.callback(using.ended)
            stack.callback(using.let_end)
            return using

        yield start


def test_whoever_started_the_database_stops_it_after_the_last_has_gone(start: Start):
    first = start()
    first.ask()
    second = start()
    second.ask()
    first.let_end()
    first.says("waiting for its end")
    time.sleep(0.5)
    second.ask()
    second.let_end()

    assert (second.ended(), first.ended()) == (0, 0)
    third = start()
    third.ask()
    third.let_end()
    assert third.ended() == 0


def test_a_key_that_is_none_is_a_sentence(tmp_path: Path):
    (tmp_path / "cluster").mkdir()
    for content in (b"\xff\xfe", b"no key"):
        (tmp_path / "secret_key").write_bytes(content)
        for command in (("health",), ("tenants", "list")):
            ended = run(*command, data=str(tmp_path))

            assert ended.returncode == 2
            assert "STUDYSPOT_DATA: " in ended.stderr
            assert "Traceback" not in ended.stderr
