"""Which addresses a service's name stands for: looked up beside the requests, never on the way of one.

Such a name is that of a headless Service of Kubernetes, or any with several A records.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog

from studyspot.kernel.remote.instances import Instances

EVERY_SECONDS, PAUSE_SECONDS_MIN = 3.0, 0.5
LOOK_SECONDS_MAX = 2.0
"""For so long one round waits; an answer that is later counts in the next."""
log = structlog.get_logger(__name__)
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="names")
"""Of their own: a name server that does not answer must not take those of everything else."""


class Name(NamedTuple):
    host: str
    port: int


Resolve = Callable[[Name], Awaitable[Sequence[str]]]
"""Gives the addresses of a name. :raises OSError: when there is none or nobody knows."""


async def look_up(name: Name) -> Sequence[str]:
    """By the system. Of IPv4 and IPv6 only the first, else an instance that has both would be two."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        _threads, lambda: socket.getaddrinfo(*name, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    )
    family = min(one[0] for one in found)  # AF_INET is less than AF_INET6
    return sorted({str(one[4][0]) for one in found if one[0] == family})


@contextlib.asynccontextmanager
async def kept_current(services: Collection[Instances], resolve: Resolve = look_up) -> AsyncIterator[None]:
    """Looks up the names of these services now, every few seconds and soon after an instance of them failed.

    What cannot be looked up stays as it was; before the first time, it is the name itself.
    """
    names = {name for service in services for url in service.written if (name := _name_in(url))}
    if not names:
        yield
        return
    looking = _Looking(services, names, resolve)
    await looking.once()
    task = asyncio.create_task(looking.again_and_again(), name="names of services")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        looking.stop()


class _Looking:
    def __init__(self, services: Collection[Instances], names: Collection[Name], resolve: Resolve) -> None:
        self._services, self._names, self._resolve = services, names, resolve
        self._running: dict[Name, asyncio.Task[Sequence[str]]] = {}
        self._known: dict[Name, Sequence[str]] = {}
        self._failed = asyncio.Event()
        for service in services:
            service.on_failure = self._failed.set

    async def again_and_again(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS_MIN)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS - PAUSE_SECONDS_MIN):
                    await self._failed.wait()
            self._failed.clear()
            await self.once()

    async def once(self) -> None:
        for name in self._names:
            if name not in self._running:
                self._running[name] = asyncio.create_task(self._addresses(name))
        done, _ = await asyncio.wait(self._running.values(), timeout=LOOK_SECONDS_MAX)
        for name in [name for name, task in self._running.items() if task in done]:
            if addresses := self._running.pop(name).result():
                self._known[name] = addresses
        for service in self._services:
            service.are_at([url for written in service.written for url in self._urls(written)])

    def stop(self) -> None:
        for task in self._running.values():
            task.cancel()

    async def _addresses(self, name: Name) -> Sequence[str]:
        try:
            return await self._resolve(name)
        except OSError as problem:
            log.warning("name_not_found", name=name.host, problem=str(problem))
            return ()

    def _urls(self, written: str) -> Sequence[str]:
        name = _name_in(written)
        if name is None or name not in self._known:
            return [written]
        return [f"http://{f'[{one}]' if ':' in one else one}:{name.port}" for one in self._known[name]]


def _name_in(url: str) -> Name | None:
    """None for an address, and for HTTPS, whose certificates are about the name."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        return None
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(parts.hostname)
        return None
    return Name(parts.hostname, parts.port or 80)
