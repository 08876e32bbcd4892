"""`studyspot` as a process of its own, as people start it."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import psutil

from studyspot.entrypoints.floorplan import ROOM_NAMES, WORKER

METRICS_TOKEN = "a scraper's long token"
COMMAND = [sys.executable, "-c", "from studyspot.entrypoints.cli import main; main()"]


def clean_environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STUDYSPOT_")}
    return kept | {f"STUDYSPOT_{name.upper()}": value for name, value in settings.items()}


def run(*arguments: str, typed: str | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        input=typed,
        env=clean_environment(**settings),
        timeout=60,
        check=False,
    )


async def run_aside(*arguments: str, **given: Any) -> subprocess.CompletedProcess[str]:
    """`run` while the platform of the tests goes on: stopped, it might hold a lock that the command needs."""
    return await asyncio.to_thread(run, *arguments, **given)


def run_at_terminal(*arguments: str, typed: str, **settings: str) -> tuple[int, str]:
    """The exit code, and what it said."""
    ours, its = pty.openpty()
    try:
        os.write(ours, typed.encode())
        ended = subprocess.run(
            [*COMMAND, *arguments],
            stdin=its,
            capture_output=True,
            text=True,
            env=clean_environment(**settings),
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(its)
    return ended.returncode, " ".join((ended.stdout + ended.stderr).split())


_ports_given: set[int] = set()


def free_port() -> int:
    """Another one each time: processes that may share a port would."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _ports_given:
            _ports_given.add(port)
            return port


def _hang_up_as_usual() -> None:
    """Also where the tests themselves were told to ignore it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _own_terminal() -> None:
    _hang_up_as_usual()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Up:
    """`studyspot up` on a data folder, perhaps at a terminal of its own.

    `started_seconds` is how long it took until it served.
    """

    def __init__(
        self, data: Path, *, port: int | None = None, services: bool = False, at_terminal: bool = False
    ) -> None:
        self.data = data
        self.ports = {name: free_port() for name in (*ROOM_NAMES, WORKER)} if services else {}
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        began = time.monotonic()
        self._reads, writes = pty.openpty() if at_terminal else os.pipe()
        self.process = subprocess.Popen(
            [*COMMAND, "up", "--data", str(data), "--port", str(self.port), *(["--services"] * services)],
            stdin=writes if at_terminal else subprocess.DEVNULL,
            stdout=writes,
            stderr=writes,
            start_new_session=True,
            preexec_fn=_own_terminal if at_terminal else _hang_up_as_usual,  # noqa: PLW1509 - no thread yet
            env=clean_environment(
                rate_limit="",
                login_rate_limit="",
                stranger_rate_limit="",
                log_format="json",
                metrics_token=METRICS_TOKEN,
                service_urls=json.dumps(
                    {name: [f"http://127.0.0.1:{port}"] for name, port in self.ports.items()}
                ),
            ),
        )
        os.close(writes)
        self._said: list[str] = []
        self._hung_up = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.client = httpx2.Client(base_url=self.url, timeout=40)
        try:
            self._wait_until_it_serves()
        except BaseException:
            self.kill_everything()
            raise
        self.started_seconds = time.monotonic() - began

    @property
    def said(self) -> str:
        return "".join(self._said)

    @property
    def demo(self) -> dict[str, Any]:
        return json.loads((self.data / "demo.json").read_text())

    def sign_in(self, who: str) -> dict[str, str]:
        """The headers of the demo's `owner` or `admin`."""
        login = {name: self.demo[who][name] for name in ("email", "password")}
        answer = self.client.post("/api/v1/auth/login", json=login)
        assert answer.status_code == 200, answer.text
        return {"authorization": f"Bearer {answer.json()['data']['tokens']['access_token']}"}

    def hang_up(self) -> None:
        """Closes its terminal, or ends the reader of what it says."""
        self._hung_up.set()
        self._listener.join(5)

    def wait_until_well(self) -> None:
        """Returns when every service is ready, after one of them has been away."""
        deadline = time.monotonic() + 30
        was_unwell = False
        while not (was_unwell and self._is_well()):
            was_unwell = was_unwell or not self._is_well()
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def _is_well(self) -> bool:
        return self.client.get("/api/v1/health/all").status_code == 200

    def stop(self) -> int:
        """Asks it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(60)
        self._close()
        return code

    def kill_everything(self) -> None:
        """As a power cut does: this process and every PostgreSQL of its folder, at once."""
        for one in (self.process, *self.postgres()):
            try:
                one.send_signal(signal.SIGKILL)
            except (psutil.NoSuchProcess, ProcessLookupError):
                continue
        self.process.wait(10)
        self._close()

    def postgres(self) -> list[psutil.Process]:
        cluster = str(self.data.resolve() / "cluster")
        return [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == cluster]

    def _close(self) -> None:
        self.client.close()
        self._listener.join(5)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # nobody has the terminal open any more
            while not self._hung_up.is_set():
                if select.select([self._reads], [], [], 0.05)[0]:
                    if not (piece := os.read(self._reads, 2**16)):
                        break
                    self._said.append(piece.decode(errors="replace"))
        os.close(self._reads)

    def _wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.said
            try:
                if self.client.get("/health").status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"it does not serve: {self.said}")
