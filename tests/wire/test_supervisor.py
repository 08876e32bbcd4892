"""Processes on one machine: started, watched, started again, replaced, stopped. The children are small."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from studyspot.entrypoints import supervisor
from studyspot.entrypoints.supervisor import Command, NeverReady, Supervisor, notify_ready
from tests.wire.serving import until

CHILD = """
import os, signal, socket, sys, time
from pathlib import Path

def ready():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
        notifying.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])

def say(*words):
    print(*words, time.monotonic(), flush=True)

def ends(number, _):
    say("stopped", number)
    sys.exit(0)

for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, ends)
say("started", os.getpid())
"""
SERVES = "time.sleep(0.05); say('ready', os.getpid()); ready(); time.sleep(60)"
NEVER = "time.sleep(60)"


def command(
    name: str, script: str = SERVES, *, stage: int = 0, environment: dict[str, str] | None = None
) -> Command:
    return Command(name, (sys.executable, "-I", "-S", "-c", CHILD + script), environment or {}, stage)


class Lines:
    """What the processes, and the supervisor about them, said."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.all.append((name, line))

    def of(self, name: str) -> list[str]:
        return [line for said_by, line in self.all if said_by == name]

    def moments(self, name: str, word: str) -> list[float]:
        return [float(line.split()[-1]) for line in self.of(name) if line.startswith(word)]

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[1]) for line in self.of(name) if line.startswith("started")]

    @property
    def every_pid(self) -> list[int]:
        return [pid for name in {name for name, _ in self.all} for pid in self.pids(name)]


@pytest.fixture
def lines() -> Lines:
    return Lines()


def lives(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def processes() -> set[int]:
    """Our children, but for those that other tests' fixtures run."""
    return {one.pid for one in psutil.Process().children()}


def short_pauses(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    for name, value in seconds.items():
        monkeypatch.setattr(supervisor, name.upper(), value)


async def test_all_are_ready_when_it_runs_and_gone_when_it_ends(lines: Lines):
    async with Supervisor([command("a"), command("b"), command("c")], lines).running():
        assert all(lines.moments(name, "ready") for name in "abc")
        pids = lines.every_pid
        assert len(set(pids)) == 3
        assert all(lives(pid) for pid in pids)

    assert not any(lives(pid) for pid in pids)
    assert len(lines.every_pid) == 3
    assert all(
        line.startswith(f"stopped {signal.SIGINT:d} ") for name in "abc" for line in lines.of(name)[2:]
    )


async def test_stages_start_one_after_the_other_and_stop_the_other_way_round(lines: Lines):
    commands = [command("gateway", stage=1), command("a"), command("b")]
    async with Supervisor(commands, lines).running():
        pass

    last_ready = max(lines.moments("a", "ready") + lines.moments("b", "ready"))
    assert lines.moments("gateway", "started")[0] > last_ready
    first_stopped = min(lines.moments("a", "stopped") + lines.moments("b", "stopped"))
    assert lines.moments("gateway", "stopped")[0] < first_stopped


async def test_those_of_a_stage_start_at_the_same_time(lines: Lines):
    started = time.monotonic()
    slow = "time.sleep(0.25); ready(); time.sleep(60)"
    async with Supervisor([command(name, slow) for name in "abcd"], lines).running():
        assert time.monotonic() - started < 0.9


async def test_everything_stops_when_the_block_fails(lines: Lines):
    with pytest.raises(KeyError):
        async with Supervisor([command("a"), command("b")], lines).running():
            raise KeyError

    assert len(lines.every_pid) == 2
    assert not any(lives(pid) for pid in lines.every_pid)


async def test_one_that_is_killed_is_started_again_and_the_others_go_on(lines: Lines):
    async with Supervisor([command("a"), command("b")], lines).running():
        (first,), (other,) = lines.pids("a"), lines.pids("b")
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(lines.moments("a", "ready")) == 2)

        assert f"ended with {-signal.SIGKILL:d}; starting it again" in lines.of("a")
        assert lines.pids("a")[1] != first
        assert lives(lines.pids("a")[1])
        assert lines.pids("b") == [other]
        assert lives(other)

    assert not any(lives(pid) for pid in lines.every_pid)


async def test_one_that_keeps_ending_is_started_again_later_each_time(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
):
    short_pauses(monkeypatch, first_pause_seconds=0.06, longest_pause_seconds=0.15)
    async with Supervisor([command("a", "ready(); sys.exit(3)")], lines).running():
        await until(lambda: len(lines.pids("a")) == 6)
        moments = lines.moments("a", "started")

    pauses = [after - before for before, after in itertools.pairwise(moments)]
    assert pauses[0] < pauses[2]
    assert all(least <= pause for least, pause in zip([0.06, 0.12, 0.15, 0.15], pauses[1:], strict=True))
    assert pauses[4] < 0.4  # and not 0.48
    assert lines.of("a").count("ended with 3; starting it again") >= 5


async def test_one_that_ran_for_long_is_started_again_at_once(lines: Lines, monkeypatch: pytest.MonkeyPatch):
    short_pauses(monkeypatch, first_pause_seconds=30, settled_seconds=0.1)
    async with Supervisor([command("a", "ready(); time.sleep(0.12)")], lines).running():
        await until(lambda: len(lines.pids("a")) == 3)


async def test_one_that_is_not_ready_after_its_end_is_tried_again(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    short_pauses(monkeypatch, first_pause_seconds=0.02)
    script = f"Path({str(tmp_path / 'bad')!r}).exists() and sys.exit(4)\n{SERVES}"
    async with Supervisor([command("a", script)], lines).running():
        (tmp_path / "bad").touch()
        os.kill(lines.pids("a")[0], signal.SIGKILL)
        await until(lambda: lines.of("a").count("ended with 4; starting it again") >= 2)
        (tmp_path / "bad").unlink()
        await until(lambda: len(lines.moments("a", "ready")) == 2)


async def test_one_whose_program_is_away_for_a_moment_is_tried_again(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    short_pauses(monkeypatch, first_pause_seconds=0.02)
    program = tmp_path / "python"
    program.symlink_to(sys.executable)
    one = command("a")
    one = Command("a", (str(program), *one.arguments[1:]), {})
    async with Supervisor([one], lines).running():
        program.unlink()  # as while it is being installed anew
        os.kill(lines.pids("a")[0], signal.SIGKILL)
        await until(lambda: any("starting it again" in line for line in lines.of("a")))
        await asyncio.sleep(0.05)
        program.symlink_to(sys.executable)
        await until(lambda: len(lines.moments("a", "ready")) == 2, seconds=2)


@pytest.mark.parametrize(
    "script", [NEVER, "sys.exit(0)", "print('no database', file=sys.stderr); sys.exit(2)"]
)
async def test_one_that_is_never_ready_stops_everything(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, script: str
):
    short_pauses(monkeypatch, ready_seconds_max=0.4)
    before = processes()
    with pytest.raises(NeverReady, match="bad"):
        async with Supervisor(
            [command("good"), command("bad", script), command("later", stage=1)], lines
        ).running():
            pytest.fail("it is not up")

    assert lines.pids("later") == []
    assert len(lines.every_pid) == 2
    assert not any(lives(pid) for pid in lines.every_pid)
    assert ("no database" in lines.of("bad")) == ("no database" in script)
    await asyncio.sleep(0.1)
    assert processes() == before


async def test_one_that_gets_ready_while_it_is_stopped_is_not_started_again(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
):
    # As a server does that is told to stop while it starts: it finishes the one, then the other.
    script = """
def stop(*_):
    ready()
    time.sleep(0.2)
    sys.exit(0)
signal.signal(signal.SIGINT, stop)
say("waits")
time.sleep(60)
"""
    before = processes()
    commands = [command("slow", script), command("bad", "time.sleep(0.2); sys.exit(1)")]
    async with asyncio.timeout(5):
        with pytest.raises(NeverReady):
            async with Supervisor(commands, lines).running():
                pytest.fail("it is not up")
    await asyncio.sleep(0.3)

    assert len(lines.pids("slow")) == 1
    assert processes() == before


async def test_who_gives_up_while_it_starts_leaves_nothing_behind(lines: Lines):
    async def run() -> None:
        async with Supervisor([command("a"), command("b", NEVER)], lines).running():
            pytest.fail("it is not up")

    before = processes()
    for moment in (0.0, 0.001, 0.005, 0.1):
        running = asyncio.create_task(run())
        await asyncio.sleep(moment)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    await asyncio.sleep(0.05)

    assert processes() == before


async def test_one_that_does_not_stop_is_killed(lines: Lines, monkeypatch: pytest.MonkeyPatch):
    short_pauses(monkeypatch, stop_seconds_max=0.2)
    stubborn = "signal.signal(signal.SIGINT, signal.SIG_IGN); ready(); time.sleep(60)"
    started = time.monotonic()
    async with Supervisor([command("a", stubborn), command("b")], lines).running():
        pass

    assert time.monotonic() - started < 2
    assert not any(lives(pid) for pid in lines.every_pid)


async def test_each_is_replaced_by_one_that_is_ready_before_it_ends(lines: Lines):
    commands = [command("a"), command("b")]
    async with Supervisor(commands, lines).running() as running:
        old = {name: lines.pids(name)[0] for name in "ab"}
        await running.replace_all(commands)

        for name in "ab":
            assert len(lines.pids(name)) == 2
            assert lines.pids(name)[1] != old[name]
            assert lives(lines.pids(name)[1])
            assert not lives(old[name])
            assert lines.moments(name, f"stopped {signal.SIGTERM:d}")[0] > lines.moments(name, "ready")[1]
        assert lines.moments("b", "ready")[1] > lines.moments("a", "stopped")[0]

        os.kill(lines.pids("a")[1], signal.SIGKILL)  # the new one is watched as the old one was
        await until(lambda: len(lines.moments("a", "ready")) == 3)

    assert not any(lives(pid) for pid in lines.every_pid)
    assert not any("ended with 0" in line for _, line in lines.all)


async def test_the_new_one_is_what_is_wanted_now_also_when_it_is_started_again(lines: Lines):
    script = f"say('key', os.environ['KEY'])\n{SERVES}"
    async with Supervisor([command("a", script, environment={"KEY": "old"})], lines).running() as running:
        await running.replace_all([command("a", script, environment={"KEY": "new"})])
        os.kill(lines.pids("a")[1], signal.SIGKILL)
        await until(lambda: len(lines.moments("a", "ready")) == 3)

    said = [line.split()[1] for line in lines.of("a") if line.startswith("key")]
    assert said == ["old", "new", "new"]


async def test_when_the_new_one_fails_the_old_one_goes_on(lines: Lines, tmp_path: Path):
    script = f"Path({str(tmp_path / 'bad')!r}).exists() and sys.exit(4)\n{SERVES}"
    commands = [command("a", script), command("b")]
    async with Supervisor(commands, lines).running() as running:
        (old,) = lines.pids("a")
        (tmp_path / "bad").touch()
        with pytest.raises(NeverReady, match="a did not start"):
            await running.replace_all(commands)

        assert lives(old)
        assert not lives(lines.pids("a")[1])
        assert len(lines.pids("b")) == 1

        (tmp_path / "bad").unlink()
        os.kill(old, signal.SIGKILL)  # and is still watched
        await until(lambda: len(lines.moments("a", "ready")) == 2)

    assert not any(lives(pid) for pid in lines.every_pid)


async def test_what_they_say_comes_line_by_line_under_their_names(lines: Lines):
    script = """
sys.stdout.buffer.write(b"one\\ntwo  \\r\\n  three caf\\xe9\\n")
sys.stdout.flush()
print("to stderr", file=sys.stderr, flush=True)
ready()
time.sleep(0.1)
signal.signal(signal.SIGINT, lambda *_: (os.write(1, b"no end of line"), os._exit(0)))
time.sleep(60)
"""
    async with Supervisor([command("a", script), command("b")], lines).running():
        await until(lambda: "to stderr" in lines.of("a"))
        await asyncio.sleep(0.15)

    assert lines.of("a")[1:] == [
        "one",
        "two",
        "  three caf\N{REPLACEMENT CHARACTER}",
        "to stderr",
        "no end of line",
    ]
    assert {line.split()[0] for line in lines.of("b")} == {"started", "ready", "stopped"}


async def test_a_very_long_line_stops_nobody(lines: Lines):
    script = """
print("x" * 1_000_000, flush=True)
print("after", flush=True)
ready()
print("y" * 1_000_000, flush=True)
print("at last", flush=True)
time.sleep(60)
"""
    async with asyncio.timeout(5), Supervisor([command("a", script)], lines).running():
        await until(lambda: "at last" in lines.of("a"), seconds=2)

    assert "after" in lines.of("a")
    assert sum(line.count("x") for line in lines.of("a")) == 1_000_000
    assert sum(line.count("y") for line in lines.of("a")) == 1_000_000


@pytest.mark.xfail(
    strict=True,
    raises=TimeoutError,
    reason="asyncio takes a process for running while anybody holds its output; ours start none of their own",
)
async def test_what_one_of_them_left_behind_stops_nobody(lines: Lines):
    script = """
if not (child := os.fork()):
    time.sleep(60)  # holds on to what the parent's lines come through
say("left", child)
ready()
time.sleep(60)
"""
    async with Supervisor([command("a", script)], lines).running():
        await until(lambda: lines.moments("a", "left"))
        os.kill(lines.pids("a")[0], signal.SIGKILL)
        try:
            await until(lambda: len(lines.moments("a", "left")) == 2, seconds=0.5)
        finally:
            for line in lines.of("a"):
                if line.startswith("left"):
                    os.kill(int(line.split()[1]), signal.SIGKILL)


async def test_one_that_ends_while_it_is_replaced_is_not_started_again(lines: Lines, tmp_path: Path):
    slow = f"""
if Path({str(tmp_path / "second")!r}).exists():
    time.sleep(0.3)
Path({str(tmp_path / "second")!r}).touch()
{SERVES}
"""
    commands = [command("a", slow)]
    async with Supervisor(commands, lines).running() as running:
        replacing = asyncio.create_task(running.replace_all(commands))
        await until(lambda: len(lines.pids("a")) == 2)
        os.kill(lines.pids("a")[0], signal.SIGKILL)
        await replacing
        await asyncio.sleep(0.1)

        assert len(lines.pids("a")) == 2
        assert lives(lines.pids("a")[1])
    assert len(lines.pids("a")) == 2


async def test_they_get_the_environment_they_are_given_and_no_other(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STUDYSPOT_SECRET_KEY", "ours")
    script = "print(sorted({*os.environ} - {'LC_CTYPE'}), flush=True); ready(); time.sleep(60)"
    async with Supervisor([command("a", script, environment={"GIVEN": "1"})], lines).running():
        await until(lambda: "['GIVEN', 'NOTIFY_SOCKET']" in lines.of("a"))


SUPERVISED = """
import asyncio, sys
from studyspot.entrypoints.supervisor import Command, Supervisor

async def main():
    commands = [Command(name, (sys.executable, "-I", "-S", "-c", sys.argv[1]), {}) for name in "ab"]
    async with Supervisor(commands, lambda name, line: print(name, line, flush=True)).running():
        print("up", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def test_they_die_with_a_supervisor_that_is_killed():
    killed = subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, CHILD + SERVES],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )
    pids = []
    assert killed.stdout is not None
    with killed.stdout:
        for line in killed.stdout:
            if "started" in line:
                pids.append(int(line.split()[2]))
            if line == "up\n":
                break
        assert len(pids) == 2
        assert all(lives(pid) for pid in pids)
        killed.kill()
        killed.wait(5)
        deadline = time.monotonic() + 3
        while any(lives(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.01)

    assert not any(lives(pid) for pid in pids)


def _path(folder: Path) -> str:
    return str(folder / "ready")


def _abstract(folder: Path) -> str:
    return f"@studyspot-test-{os.getpid()}"


@pytest.mark.parametrize("address_in", [_path, _abstract])
def test_ready_is_told_to_whoever_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address_in: Callable[[Path], str]
):
    address = address_in(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(address.replace("@", "\0"))
        notified.settimeout(2)
        notify_ready()
        assert notified.recv(64) == b"READY=1"


def test_ready_is_told_to_nobody_who_did_not_ask(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify_ready()
