"""The commands besides `up`, each as a process of its own on the database of the tests."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.entrypoints.running import run
from tests.people import People

from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.setup import migrate_everything
from studyspot.kernel.settings import Settings

Command = Callable[..., Any]


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
    }


@pytest.fixture(scope="module")
def command(environment: dict[str, str]) -> Command:
    """`command("tenants", "list")`: its answer as JSON, or what it says when it refuses."""

    def command(*arguments: str, exit_code: int = 0) -> Any:
        ended = run(*arguments, **environment)
        assert ended.returncode == exit_code, ended.stderr
        if exit_code not in {0, 3}:
            return " ".join(ended.stderr.split())
        return json.loads(ended.stdout) if ended.stdout else None

    return command


async def test_everybody_stands_at_the_head(command: Command, people: People, settings: Settings):
    await people.owner("free")
    await migrate_everything(settings)

    status = command("migrate", "--status", "--json")

    assert status["behind"] == []
    assert list(status["by_revision"]) == [str(status["head"])]
    assert command("migrate", "--json") == {"head": status["head"], "moved": 0, "failed": []}


def test_a_business_is_made_suspended_and_opened_again(command: Command):
    email = f"cli{time.time_ns()}@example.in"

    made = command("tenants", "create", "--name", "By hand", "--email", email, "--plan", "starter")
    listed = command("tenants", "list", "--search", email, "--json")
    suspended = command("tenants", "suspend", made["id"], "--reason", "has not paid for three months")
    shown = command("tenants", "show", made["id"])
    of_the_suspended = command("tenants", "list", "--status", "suspended", "--json")
    opened = command("tenants", "reactivate", made["id"])

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
        (("tenants", "show", "01900000-0000-7000-8000-000000000000"), "There is no such"),
        (("tenants", "create", "--name", "x", "--email", "nobody"), "email: Give an e-mail address"),
        (("tenants", "list", "--status", "gone"), "Invalid value"),
        (
            ("tenants", "suspend", "01900000-0000-7000-8000-000000000000", "--reason", "rent"),
            "reason: Give at least 10 characters.",
        ),
    ],
)
def test_a_refusal_is_a_sentence(command: Command, arguments: tuple[str, ...], said: str):
    told = command(*arguments, exit_code=2)

    assert said in told
    assert "Traceback" not in told


def test_seeding_twice_makes_one_demo(command: Command):
    once = command("seed", "--json")
    twice = command("seed", "--json")

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


def test_a_method_is_switched_off_and_on(command: Command):
    command("doors", "off", "Libraries.list_libraries", "--reason", "They are being moved.")
    listed = command("doors", "list", "--json")
    command("doors", "on", "Libraries.list_libraries")

    assert [(one["method"], one["reason"]) for one in listed] == [
        ("Libraries.list_libraries", "They are being moved.")
    ]
    assert command("doors", "list", "--json") == []
    assert "is not switched off" in command("doors", "on", "Libraries.list_libraries", exit_code=2)


@pytest.mark.parametrize(
    ("method", "reason", "said"),
    [
        ("Libraries.burn", "why not", "There is no Libraries.burn. Choose of: Auth."),
        ("Libraries.list_libraries", "", "reason: "),
    ],
)
def test_what_cannot_be_switched_off_is_said(command: Command, method: str, reason: str, said: str):
    assert said in command("doors", "off", method, "--reason", reason, exit_code=2)


def test_a_list_shows_whole_ids(command: Command, environment: dict[str, str]):
    name = "A very long name of a study library in Pune"
    made = command("tenants", "create", "--name", name, "--email", "long@example.in")

    shown = run("tenants", "list", "--search", "A very long name", **environment)

    assert made["id"] in shown.stdout


def test_a_command_without_a_database_says_what_to_set():
    ended = run("serve")

    assert ended.returncode == 2
    assert "STUDYSPOT_DATABASE_URL: set it to" in " ".join(ended.stderr.split())


def test_a_secret_is_one_that_can_be_used(settings: Settings):
    made = run("secret")

    assert made.returncode == 0
    Platform(settings.model_copy(update={"secret_key": type(settings.secret_key)(made.stdout.strip())}))
