"""The commands besides `up`, each as a process of its own on the database of the tests."""

import asyncio
import json
import signal
import subprocess
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from tests.entrypoints.running import COMMAND, clean_environment, run, run_aside, run_at_terminal
from tests.people import People, Person
from tests.servers import running_server

from studyspot.entrypoints.platform import CONTROL_DATABASE, Platform, database_server
from studyspot.entrypoints.setup import migrate_everything
from studyspot.kernel.database import connect
from studyspot.kernel.ids import TenantId
from studyspot.kernel.settings import Settings
from studyspot.tenancy.servers import owner_dsn, split_credentials

Command = Callable[..., Awaitable[Any]]
NOBODY = "01900000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def environment(platform: Platform, settings: Settings) -> dict[str, str]:
    """Settings by which a command works on the database of the tests."""
    assert settings.database_url is not None
    assert settings.secret_key is not None
    return {
        "data": str(settings.data),
        "database_url": settings.database_url.get_secret_value(),
        "secret_key": settings.secret_key.get_secret_value(),
        "log_level": "error",
        **({"postgres_bin": str(settings.postgres_bin)} if settings.postgres_bin else {}),
    }


@pytest.fixture(scope="module")
def command(environment: dict[str, str]) -> Command:
    """`await command("tenants", "list")`: its answer as JSON, or what it says when it refuses."""

    async def command(*arguments: str, exit_code: int = 0) -> Any:
        ended = await run_aside(*arguments, **environment)
        assert ended.returncode == exit_code, ended.stderr
        if exit_code not in {0, 3}:
            return " ".join(ended.stderr.split())
        return json.loads(ended.stdout) if ended.stdout else None

    return command


async def test_everybody_stands_at_the_head(command: Command, people: People, settings: Settings):
    await people.owner("free")
    await migrate_everything(settings)

    status = await command("migrate", "--status", "--json")

    assert status["behind"] == []
    assert list(status["by_revision"]) == [str(status["head"])]
    report = await command("migrate", "--json")
    assert report == {"head": status["head"], "moved": 0, "failed": [], "cells_behind": []}


async def test_a_business_is_made_suspended_and_opened_again(command: Command):
    email = f"cli{time.time_ns()}@example.in"

    made = await command("tenants", "create", "--name", "By hand", "--email", email, "--plan", "starter")
    listed = await command("tenants", "list", "--search", email, "--json")
    suspended = await command("tenants", "suspend", made["id"], "--reason", "has not paid for three months")
    shown = await command("tenants", "show", made["id"])
    of_the_suspended = await command("tenants", "list", "--status", "suspended", "--json")
    opened = await command("tenants", "reactivate", made["id"])

    assert (made["name"], made["subscription_plan"], made["email"]) == ("By hand", "starter", email)
    assert [one["id"] for one in listed] == [made["id"]]
    assert shown == suspended
    assert (suspended["status"], suspended["suspension_reason"]) == (
        "suspended",
        "has not paid for three months",
    )
    assert made["id"] in {one["id"] for one in of_the_suspended}
    assert opened["status"] == "active"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tenants", "show", NOBODY), "There is no such"),
        (("tenants", "create", "--name", "x", "--email", "nobody"), "email: Give an e-mail address"),
        (("tenants", "list", "--status", "gone"), "Invalid value"),
        (
            ("tenants", "suspend", NOBODY, "--reason", "rent"),
            "reason: Give at least 10 characters.",
        ),
        (("tenants", "backup"), "Name one business, or use --all"),
        (("tenants", "restore", NOBODY), "There is no library account"),
        (("tenants", "drop", NOBODY), "There is no such library account"),
        (("cells", "close", "nowhere"), "There is no cell nowhere"),
        (("cells", "add", "Ü", "--url", "postgresql://owner:secret@host"), "without credentials"),
        (("cells", "add", "far", "--url", "postgresql://host:port"), "without credentials"),
        (("cells", "add", "far", "--url", "postgresql://host?password=x"), "Leave passwords out"),
        (("admin", "create", "--password", "x"), "No such option"),
    ],
)
async def test_a_refusal_is_a_sentence(command: Command, arguments: tuple[str, ...], said: str):
    told = await command(*arguments, exit_code=2)

    assert said in told
    assert "Traceback" not in told


async def test_a_business_is_backed_up_written_to_and_restored(command: Command, people: People):
    owner = await people.owner()
    await owner.post("/libraries", {"name": "Before"})
    tenant = owner.tenant_id

    taken = await command("tenants", "backup", tenant, "--json")
    await owner.post("/libraries", {"name": "After"})
    restored = await command("tenants", "restore", tenant, "--json")

    assert restored == taken == (await command("tenants", "backups", tenant, "--json"))[0]
    libraries = (await owner.get("/libraries")).json()["data"]
    assert [one["name"] for one in libraries] == ["Before"]


async def test_at_a_terminal_restore_asks(command: Command, people: People, environment: dict[str, str]):
    owner = await people.owner()
    taken = await command("tenants", "backup", owner.tenant_id, "--json")

    declined, said = await asyncio.to_thread(
        run_at_terminal, "tenants", "restore", owner.tenant_id, typed="n\n", **environment
    )
    agreed, _ = await asyncio.to_thread(
        run_at_terminal, "tenants", "restore", owner.tenant_id, "--yes", typed="", **environment
    )

    assert (declined, "Nothing was changed" in said, "newest backup" in said) == (2, True, True)
    assert agreed == 0
    assert await command("tenants", "backups", owner.tenant_id, "--json") == [taken]


def _end(*arguments: str, when: str, programs: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Starts a command and sends it SIGTERM as soon as a child of that name runs for it."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=clean_environment(**{**environment, "postgres_bin": str(programs)}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while when not in {child.name() for child in psutil.Process(process.pid).children(recursive=True)}:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    return process.returncode, said


async def test_a_move_that_is_told_to_end_lets_writes_in_again_first(
    command: Command, people: People, environment: dict[str, str], annexe: str, tmp_path: Path
):
    owner = await people.owner()
    await command("cells", "add", "annexe", "--url", annexe)
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).write_text("#!/bin/sh\nexec sleep 60\n")
        (tmp_path / name).chmod(0o755)
    arguments = ("tenants", "move", owner.tenant_id, "--to", "annexe")

    code, said = await asyncio.to_thread(
        _end, *arguments, when="sleep", programs=tmp_path, environment=environment
    )

    assert (code, "Traceback" in said) == (143, False)
    assert (await owner.post("/libraries", {"name": "Goes on"})).status_code == 201


async def test_what_cannot_be_written_is_a_sentence(
    people: People, environment: dict[str, str], tmp_path: Path
):
    owner = await people.owner()
    (tmp_path / "file").write_text("no folder")
    place = {"backups_url": f"file://{tmp_path}/file/x"}

    for arguments, exit_code, said in (
        (("backup", owner.tenant_id), 2, "The store of backups does not answer, or refuses"),
        (("export", owner.tenant_id, "--to", "/proc/x.zip"), 2, "/proc/x.zip cannot be written: "),
    ):
        ended = await run_aside("tenants", *arguments, **{**environment, **place})

        assert (ended.returncode, "Traceback" in ended.stderr) == (exit_code, False)
        assert said in " ".join(ended.stderr.split())


async def test_backups_of_nobody_are_not_an_empty_list(command: Command):
    assert "There is no such library account" in await command("tenants", "backups", NOBODY, exit_code=2)


async def test_a_business_is_exported(command: Command, people: People, tmp_path: Path):
    owner = await people.owner()

    exported = await command(
        "tenants", "export", owner.tenant_id, "--to", str(tmp_path / "all.zip"), "--json"
    )

    assert exported["rows"].keys() >= {"students/students.csv", "libraries/libraries.csv"}
    assert "students/totals.csv" not in exported["rows"]
    with zipfile.ZipFile(exported["path"]) as bundle:
        assert b"search_text" not in bundle.read("students/students.csv")
        assert b"The libraries of this business" in bundle.read("README.txt")


async def test_a_trail_that_was_changed_behind_our_back_is_named(
    command: Command, people: People, platform: Platform, settings: Settings
):
    owner = await people.owner("free")
    await owner.post("/libraries", {"name": "Hall"})
    said = await command("tenants", "verify", owner.tenant_id, "--json")
    assert [one["faults"] for one in said.values()] == [[]]

    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        name = await connection.value("SELECT current_database()")
    by_hand = await connect(owner_dsn(*database_server(settings), name))
    await by_hand.run("UPDATE audit.entries SET role = 'manager'")
    await by_hand.close()

    assert "entry_changed at link 1" in await command("tenants", "verify", owner.tenant_id, exit_code=1)


@pytest.fixture
async def annexe(settings: Settings) -> AsyncIterator[str]:
    """The address of another server, which is no cell of the platform any more after the test."""
    with running_server() as server:
        yield split_credentials(server.dsn(""), app_password=None)[0]
        url, credentials = database_server(settings)
        control = await connect(owner_dsn(url, credentials, CONTROL_DATABASE))
        await control.run("DELETE FROM tenancy.databases WHERE cell = 'annexe'")
        await control.run("DELETE FROM tenancy.cells WHERE name = 'annexe'")
        await control.close()


async def test_a_business_moves_to_a_cell_that_was_added_and_back(
    command: Command, people: People, environment: dict[str, str], annexe: str
):
    owner = await people.owner()
    await command("cells", "add", "annexe", "--url", annexe)
    assert (await run_aside("cells", "close", "annexe", **environment)).returncode == 0
    assert "is closed" in await command("tenants", "move", owner.tenant_id, "--to", "annexe", exit_code=2)
    assert (await run_aside("cells", "open", "annexe", **environment)).returncode == 0

    moved = await command("tenants", "move", owner.tenant_id, "--to", "annexe", "--json")
    cells = {one["name"]: one for one in await command("cells", "list", "--json")}
    read_there = await owner.get("/libraries")
    back = await command("tenants", "move", owner.tenant_id, "--to", "home", "--json")

    assert (moved["cell"], cells["annexe"]["state"]) == ("annexe", "open")
    assert cells["annexe"]["databases"] >= 1  # the stock of ready ones may have come to it
    assert (back["cell"], read_there.status_code) == ("home", 200)
    assert (await owner.get("/libraries")).status_code == 200


async def test_a_business_is_dropped_after_its_slug_was_typed(
    command: Command, people: People, operator: Person, environment: dict[str, str]
):
    owner = await people.owner()
    assert "not deleted" in await command("tenants", "drop", owner.tenant_id, exit_code=2)
    assert (await operator.delete(f"/tenants/{owner.tenant_id}")).status_code == 204
    assert "is kept until" in await command("tenants", "drop", owner.tenant_id, exit_code=2)

    wrong = await run_aside(
        "tenants", "drop", owner.tenant_id, "--now", typed="something-else\n", **environment
    )
    dropped = await command("tenants", "drop", owner.tenant_id, "--now", "--yes", "--json")

    assert (wrong.returncode, "Nothing was dropped" in wrong.stderr) == (2, True)
    assert (
        dropped["last_backup"] == (await command("tenants", "backups", owner.tenant_id, "--json"))[0]["name"]
    )


async def test_seeding_twice_makes_one_demo(command: Command):
    once = await command("seed", "--json")
    twice = await command("seed", "--json")

    assert once == twice
    assert once.keys() == {"url", "admin", "owner"}


@pytest.mark.parametrize("arguments", [("tenants", "list"), ("keys", "rotate"), ("migrate", "--status")])
def test_a_folder_without_a_platform_is_left_alone(arguments: tuple[str, ...], tmp_path: Path):
    ended = run(*arguments, data=str(tmp_path / "typo"))

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is no platform in" in " ".join(ended.stderr.split())
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize("command", ["serve", "work"])
def test_a_database_that_is_down_is_a_sentence(command: str, settings: Settings):
    assert settings.secret_key is not None
    key = settings.secret_key.get_secret_value()
    ended = run(command, database_url="postgresql://owner:hunter2@127.0.0.1:1", secret_key=key)

    assert ended.returncode == 2
    assert "The database does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr


async def test_a_method_is_switched_off_and_on(command: Command):
    await command("doors", "off", "Libraries.list_libraries", "--reason", "They are being moved.")
    listed = await command("doors", "list", "--json")
    await command("doors", "on", "Libraries.list_libraries")

    assert [(one["method"], one["reason"]) for one in listed] == [
        ("Libraries.list_libraries", "They are being moved.")
    ]
    assert await command("doors", "list", "--json") == []
    assert "is not switched off" in await command("doors", "on", "Libraries.list_libraries", exit_code=2)


@pytest.mark.parametrize(
    ("method", "reason", "said"),
    [
        ("Libraries.burn", "why not", "There is no Libraries.burn. Choose of: Auth."),
        ("Libraries.list_libraries", "", "reason: "),
    ],
)
async def test_what_cannot_be_switched_off_is_said(command: Command, method: str, reason: str, said: str):
    assert said in await command("doors", "off", method, "--reason", reason, exit_code=2)


async def test_a_list_shows_whole_ids_and_dates(command: Command, environment: dict[str, str]):
    name = "A very long name of a study library in Pune"
    made = await command("tenants", "create", "--name", name, "--email", "long@example.in")

    shown = await run_aside("tenants", "list", "--search", "A very long name", **environment)

    assert made["id"] in shown.stdout
    assert made["created_at"][:10] in shown.stdout


@pytest.mark.parametrize("name", ["[/b] Library", "[link=https://elsewhere.example]Us[/link]", ":books: Us"])
async def test_a_name_is_printed_as_it_is(
    command: Command, environment: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "200")
    email = f"odd{time.time_ns()}@example.in"
    await command("tenants", "create", "--name", name, "--email", email)

    shown = await run_aside("tenants", "list", "--search", email, **environment)

    assert name in shown.stdout, shown.stderr


async def test_an_error_is_printed_as_it_is(command: Command):
    told = await command("tenants", "export", NOBODY, "--to", "/[/b]/x.zip", exit_code=2)

    assert told == "There is no folder /[/b]."


def test_a_command_without_a_database_says_what_to_set():
    ended = run("serve")

    assert ended.returncode == 2
    assert "STUDYSPOT_DATABASE_URL: set it to" in " ".join(ended.stderr.split())


def test_an_address_of_a_service_that_there_is_none_of_is_named(settings: Settings):
    ended = run("serve", service_urls='{"author": ["http://127.0.0.1:1"]}')

    assert ended.returncode == 2
    assert "STUDYSPOT_SERVICE_URLS: name auth, " in ended.stderr
    assert "not author" in ended.stderr


def test_a_secret_is_one_that_can_be_used(settings: Settings):
    made = run("secret")

    assert made.returncode == 0
    Platform(settings.model_copy(update={"secret_key": type(settings.secret_key)(made.stdout.strip())}))
