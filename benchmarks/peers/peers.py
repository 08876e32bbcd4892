"""Installs, starts, measures and stops the two peers StudySpot is compared with.

What load they get, and what is done with the figures, is the benchmark's business.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

HERE = Path(__file__).resolve().parent
FASTAPI_FOLDER = HERE / "fastapi_orm"
FASTIFY_FOLDER = HERE / "fastify_pair"
FASTAPI_VENV = FASTAPI_FOLDER / ".venv"

TENANT_ID = "0193a1b2-0000-7000-8000-000000000001"
ISSUER = "https://auth.studyspot.test"
AUDIENCE = "studyspot-api"

START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 10.0
_CLOCK_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A running peer: one operating system process, or the two of the Fastify pair."""

    url: str
    children: Sequence[subprocess.Popen[bytes]]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def cpu_seconds(self) -> float:
        """User and system time spent so far, of all threads of all its processes."""
        return sum(_cpu_seconds(child.pid) for child in self.children)

    def edge_cpu_seconds(self) -> float:
        """Of the one that clients speak to alone."""
        return _cpu_seconds(self.children[-1].pid)

    def resident_bytes(self) -> int:
        return sum(_resident_bytes(child.pid) for child in self.children)

    def stop(self) -> None:
        """The outermost first, so that nothing is left calling into what is gone."""
        for child in reversed(self.children):
            child.terminate()
            try:
                child.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def install() -> None:
    """Makes FastAPI's virtual environment and Fastify's `node_modules`, unless they are there."""
    if not FASTAPI_VENV.exists():
        subprocess.run([sys.executable, "-m", "venv", FASTAPI_VENV], check=True)
        pip = [str(FASTAPI_VENV / "bin" / "pip"), "install", "--quiet"]
        subprocess.run([*pip, "--requirement", "requirements.in"], cwd=FASTAPI_FOLDER, check=True)
    if not (FASTIFY_FOLDER / "node_modules").exists():
        npm = [_executable("npm"), "ci", "--no-audit", "--no-fund"]
        subprocess.run(npm, cwd=FASTIFY_FOLDER, check=True)


def owner_token(private_key: OKPKey, *, seconds: int = 3600) -> str:
    """A token both peers accept, signed with the Ed25519 key whose public half they are started with."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "0193a1b2-0000-7000-8000-0000000000aa",
        "iat": now,
        "exp": now + seconds,
        "tenant_id": TENANT_ID,
        "role": "owner",
    }
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):  # RFC 9864 prefers "Ed25519"
        return jwt.encode({"alg": "EdDSA", "typ": "at+jwt"}, claims, private_key, algorithms=["EdDSA"])


def start_fastapi(
    database_url: str,
    public_key: Path,
    port: int,
    cpu: int,
    *,
    python: Path = FASTAPI_VENV / "bin" / "python",
) -> Process:
    """One uvicorn worker on one core.

    :raises RuntimeError: if it does not answer in time.
    """
    settings = {**_service_settings(database_url, public_key), "PEER_PORT": str(port)}
    return _start([([str(python), "app.py"], FASTAPI_FOLDER, settings)], cpu)


def start_fastify_pair(
    database_url: str, public_key: Path, port: int, cpu: int, *, service_port: int | None = None
) -> Process:
    """The gateway on `port` and the service behind it (on the next port, if none is given), both on one core.

    :raises RuntimeError: if one of them does not answer in time.
    """
    service_port = port + 1 if service_port is None else service_port
    service = {**_service_settings(database_url, public_key), "PEER_PORT": str(service_port)}
    gateway = {"PEER_UPSTREAM": f"http://127.0.0.1:{service_port}", "PEER_PORT": str(port)}
    node = _executable("node")
    return _start(
        [([node, "service.js"], FASTIFY_FOLDER, service), ([node, "gateway.js"], FASTIFY_FOLDER, gateway)],
        cpu,
    )


def _service_settings(database_url: str, public_key: Path) -> dict[str, str]:
    return {
        "PEER_DATABASE_URL": database_url,
        "PEER_PUBLIC_KEY": str(public_key.resolve()),
        "PEER_TENANT_ID": TENANT_ID,
        "PEER_ISSUER": ISSUER,
        "PEER_AUDIENCE": AUDIENCE,
    }


def _start(commands: Sequence[tuple[list[str], Path, Mapping[str, str]]], cpu: int) -> Process:
    taskset = _executable("taskset")
    children: list[subprocess.Popen[bytes]] = []
    url = ""
    try:
        for command, folder, settings in commands:
            # Pinned before it starts: Node and uvloop size their thread pools by the cores they see.
            child = subprocess.Popen(
                [taskset, "--cpu-list", str(cpu), *command],
                cwd=folder,
                env={**os.environ, "NODE_ENV": "production", **settings},
            )
            children.append(child)
            url = f"http://127.0.0.1:{settings['PEER_PORT']}"
            _wait_until_it_answers(child, url)
    except BaseException:
        Process(url, children).stop()
        raise
    return Process(url, children)


def _wait_until_it_answers(child: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(
                f"{child.args!r} ended with status {child.returncode} instead of serving {url}."
            )
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/health", timeout=1.0).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer within {START_SECONDS_MAX:.0f} s.")


def _cpu_seconds(pid: int) -> float:
    """Fields 14 and 15 of proc_pid_stat(5), counted from behind the name, which may hold spaces."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS_PER_SECOND


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _executable(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise RuntimeError(f"The peers need {name!r} on the PATH.")
    return path
