"""Steady traffic on a running platform, and what became of each request."""

import asyncio
import contextlib
import itertools
import math
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, NamedTuple

import aiohttp

KINDS = {
    "students": ("GET", "/api/v1/students?limit=5"),
    "libraries": ("GET", "/api/v1/libraries"),
    "auth": ("GET", "/api/v1/auth/me"),
    "users": ("GET", "/api/v1/users"),
    "change": ("PUT", "/api/v1/auth/me"),
    "add": ("POST", "/api/v1/students"),
    "upload": ("POST", "/api/v1/students/import?dry_run=true"),
}
SHARES = {"students": 4, "libraries": 3, "auth": 5, "users": 3, "change": 2, "add": 2, "upload": 1}
"""Of twenty requests."""
RIGHT = dict.fromkeys(KINDS, "200") | {"change": "409", "add": "409"}
"""A change of an old version, and a student who is there already, are refused, by the database."""
REGISTER = "Name,Phone\n" + "".join(f"Load {number},98765{number:05}\n" for number in range(10))
IDLE_SECONDS = 1.5
"""Shorter than a process that is to stop still answers, as any proxy in front of it would be set."""


def _spread(shares: Mapping[str, int]) -> list[str]:
    """Each kind as often as its share says, at even distances."""
    places = [((turn + 0.5) / share, kind) for kind, share in shares.items() for turn in range(share)]
    return [kind for _, kind in sorted(places)]


class Finished(NamedTuple):
    """`at` is of `time.monotonic()`."""

    at: float
    kind: str
    outcome: str
    seconds: float


class Traffic:
    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._taken_phone = ""
        self.outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.finished: list[Finished] = []

    @contextlib.asynccontextmanager
    async def flowing(self, per_second: float) -> AsyncIterator["Traffic"]:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS)
        async with aiohttp.ClientSession(connector=connector) as session:
            session._retry_connection = False  # else what is lost of GET and PUT would be sent again unseen
            async with session.get(f"{self._url}/api/v1/students?limit=1", headers=self._headers) as answer:
                self._taken_phone = (await answer.json())["data"][0]["phone"]
            flow = asyncio.create_task(self._flow(session, per_second))
            try:
                yield self
            finally:
                self._stopped = True
                await flow

    async def _flow(self, session: aiohttp.ClientSession, per_second: float) -> None:
        self._stopped = False
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, kind in enumerate(itertools.cycle(_spread(SHARES)), start=1):
                if self._stopped:
                    return
                group.create_task(self._one(session, kind))
                await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))

    async def _one(self, session: aiohttp.ClientSession, kind: str) -> None:
        method, path = KINDS[kind]
        body: dict[str, Any] = {}
        if kind == "change":
            body["json"] = {"version": 10_000, "first_name": "Load"}
        elif kind == "add":
            body["json"] = {"first_name": "Load", "phone": self._taken_phone}
        elif kind == "upload":
            body["data"] = aiohttp.FormData()
            body["data"].add_field("file", REGISTER.encode(), filename="register.csv")
        began = time.monotonic()
        try:
            request = session.request(method, self._url + path, headers=self._headers, **body)
            async with asyncio.timeout(30), request as response:
                await response.read()
                outcome = str(response.status)
        except (aiohttp.ClientError, TimeoutError) as problem:
            outcome = repr(problem)
        ended = time.monotonic()
        self.outcomes[kind][outcome] += 1
        self.finished.append(Finished(ended, kind, outcome, ended - began))

    def is_right_now(self, kinds: Collection[str]) -> bool:
        """Whether what ended last of each of these kinds ended well."""
        last = {one.kind: one.outcome for one in self.finished}
        return all(last.get(kind) == RIGHT[kind] for kind in kinds)

    def p99(self, kinds: Collection[str], *, until: float = math.inf) -> float:
        """Of what had ended by then."""
        seconds = sorted(one.seconds for one in self.finished if one.kind in kinds and one.at < until)
        return seconds[int(len(seconds) * 0.99)]
