"""`studyspot up` as a real process: what it makes, how it ends, what survives when it does not end well."""

import contextlib
import json
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.entrypoints.running import Up, free_port, run

from studyspot.entrypoints.demo import believable_students
from studyspot.kernel.embedded_postgres import EmbeddedPostgres

SECOND_START_SECONDS_MAX = 6
"""Four on an idle machine."""


class FirstStart:
    """What was seen of the first start in a new folder."""

    def __init__(self, up: Up) -> None:
        self.seconds = up.started_seconds
        self.demo = up.demo
        self.mode = stat.S_IMODE((up.data / "demo.json").stat().st_mode)
        owner, admin = up.sign_in("owner"), up.sign_in("admin")
        self.students = up.client.get("/api/v1/students", headers=owner).json()["pagination"]["total"]
        libraries = up.client.get("/api/v1/libraries", headers=owner).json()["data"]
        self.libraries = len(libraries)
        branch = {"library_id": libraries[0]["id"]}
        seat_map = up.client.get("/api/v1/bookings/seat-map", headers=owner, params=branch).json()["data"]
        self.states = {seat["state"] for seat in seat_map["seats"]}
        self.seats = len(seat_map["seats"])
        plans = up.client.get("/api/v1/fee-plans", headers=owner, params=branch).json()
        self.plans = plans["pagination"]["total"]
        self.tenants = up.client.get("/api/v1/tenants", headers=admin).json()["data"]
        self.url = up.url
        self.exit_code = up.stop()
        self.said = up.said


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    # Not pytest's tmp_path: as root the server runs as another user, whom that folder keeps out.
    folder = Path(tempfile.mkdtemp(prefix="studyspot-up-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def first(data: Path) -> FirstStart:
    return FirstStart(Up(data))


@pytest.fixture
def again(first: FirstStart, data: Path) -> Iterator[Up]:
    """Started again on the folder of the first start, and ended somehow by the test."""
    up = Up(data)
    yield up
    if up.process.poll() is None:
        up.stop()


def cluster_state(data: Path) -> str:
    """What PostgreSQL noted when it ended: `shut down` after a clean end, `in production` after none."""
    server = EmbeddedPostgres(data)
    told = subprocess.run(
        [server.binary("pg_controldata"), data / "cluster"], capture_output=True, text=True, check=True
    )
    found = re.search(r"Database cluster state: +(.+)", told.stdout)
    assert found is not None
    return found[1]


def test_the_first_start_makes_a_demo(first: FirstStart):  # D151, D152, D153
    assert first.demo.keys() == {"url", "admin", "owner"}
    assert first.demo["url"] == first.url
    assert first.demo["owner"]["tenant_id"] == first.tenants[0]["id"]
    assert (first.students, first.libraries, len(first.tenants)) == (500, 2, 1)
    assert (first.seats, first.plans) == (100, 3)
    assert first.states <= {"free", "taken"}, "as the hour is"


def test_the_logins_are_for_their_owners_eyes(first: FirstStart):
    assert first.mode == 0o600


def test_the_logins_are_said_at_the_start(first: FirstStart):
    for who in ("admin", "owner"):
        assert first.demo[who]["email"] in first.said
        assert first.demo[who]["password"] in first.said


def test_a_stop_that_was_asked_for_is_clean(first: FirstStart, data: Path):
    assert first.exit_code == 0
    assert cluster_state(data) == "shut down"
    assert str(data) in first.said.splitlines()[-1]


def test_secrets_are_nobody_elses(first: FirstStart, data: Path):
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert (data / "secret_key").read_text() not in first.said


def test_the_second_start_is_quick(again: Up, first: FirstStart):
    seconds = again.started_seconds
    sys.stdout.write(f"\nfirst start {first.seconds:.1f} s, second {seconds:.1f} s\n")

    assert seconds < SECOND_START_SECONDS_MAX
    assert {again.demo[who]["password"] for who in ("admin", "owner")} == {
        first.demo[who]["password"] for who in ("admin", "owner")
    }
    assert again.demo["url"] == again.url


def test_a_running_request_is_finished_before_the_stop(again: Up, data: Path):  # D20
    answers: list[httpx2.Response] = []
    body = {"students": believable_students(10_000, date(2026, 1, 1), seed=1), "options": {"dry_run": True}}
    headers = again.sign_in("owner")

    def ask() -> None:
        answers.append(again.client.post("/api/v1/students/bulk-import", json=body, headers=headers))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.3)
    assert not answers, "too quick to be stopped during it"
    again.process.send_signal(signal.SIGTERM)
    asking.join(40)

    assert again.wait() == 0
    assert answers[0].status_code == 200
    assert answers[0].json()["data"]["total"] == 10_000
    assert cluster_state(data) == "shut down"


def test_a_closed_terminal_is_a_clean_stop(first: FirstStart, data: Path):
    up = Up(data, at_terminal=True)
    up.hang_up()

    assert up.wait() == 0
    assert cluster_state(data) == "shut down"


def test_a_reader_that_goes_away_takes_nobody_with_it(again: Up):
    again.hang_up()

    assert [again.client.get("/api/v1").status_code for _ in range(5)] == [200] * 5
    again.sign_in("owner")
    assert again.stop() == 0


def test_silent_connections_by_the_thousand_keep_nobody_out(again: Up):
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    with contextlib.ExitStack() as crowd:
        for _ in range(min(1_500, allowed - 500)):
            crowd.enter_context(socket.create_connection(("127.0.0.1", again.port), timeout=5))

        assert httpx2.get(f"{again.url}/health", timeout=5).status_code == 200


def test_commands_use_the_database_that_is_running(again: Up, data: Path):
    listed = run("tenants", "list", "--json", data=str(data))
    moved = run("migrate", "--json", data=str(data))

    assert [tenant["name"] for tenant in json.loads(listed.stdout)] == ["Shanti Study Libraries"]
    assert (moved.returncode, json.loads(moved.stdout)["failed"]) == (0, [])
    assert again.client.get("/health").status_code == 200
    assert cluster_state(data) == "in production"


def test_nothing_is_lost_when_everything_is_killed(again: Up, data: Path):
    headers = again.sign_in("owner")
    number = f"+9199{time.time_ns() // 1000 % 10**8:08}"
    made: list[Any] = [again.client.post("/api/v1/libraries", json={"name": number}, headers=headers)]
    made.append(
        again.client.post("/api/v1/students", json={"first_name": "Ravi", "phone": number}, headers=headers)
    )
    again.kill_everything()
    assert [answer.status_code for answer in made] == [201, 201]
    assert cluster_state(data) != "shut down"

    up = Up(data)

    headers = up.sign_in("owner")
    student_id, library_id = (answer.json()["data"]["id"] for answer in reversed(made))
    assert up.client.get(f"/api/v1/students/{student_id}", headers=headers).status_code == 200
    assert up.client.get(f"/api/v1/libraries/{library_id}", headers=headers).status_code == 200
    assert up.stop() == 0


def test_two_cannot_share_a_folder(again: Up, data: Path):
    second = run("up", "--data", str(data), "--port", str(free_port()))

    assert second.returncode == 2
    assert f"in use by process {again.process.pid}" in second.stderr.replace("\n", " ")


def test_a_port_that_is_taken_is_said_before_anything_is_made(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ended = run("up", "--data", str(tmp_path / "new"), "--port", str(port))

    assert ended.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr.replace("\n", " ")
    assert "--port" in ended.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("name", "value"), [("log_level", "loud"), ("port", "0")])
def test_a_setting_that_cannot_be_is_named(name: str, value: str, tmp_path: Path):
    ended = run("up", "--data", str(tmp_path / "new"), **{name: value})

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"STUDYSPOT_{name.upper()}: ")
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "new").exists()
