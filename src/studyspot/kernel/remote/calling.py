"""Doors of rooms that live in other processes: each call is one signed request to one of them."""

import asyncio
import contextlib
import hashlib
import io
from typing import Any, TypeVar

import aiohttp
import msgspec
import stamina

from studyspot.kernel.contract import Caller, contract_methods, is_repeatable
from studyspot.kernel.deadline import seconds_left, too_late
from studyspot.kernel.doors import Method, door_of
from studyspot.kernel.errors import BodyTooLarge, Refusal
from studyspot.kernel.messages import Messages, read_refusal
from studyspot.kernel.remote import connections
from studyspot.kernel.remote.instances import Asked, Instance, Instances, not_available
from studyspot.kernel.remote.resolving import Resolve, kept_current, look_up
from studyspot.kernel.remote.signing import SECONDS_LEFT, SIGNATURE, ServiceKeys, Unsigned
from studyspot.kernel.switches import Switches
from studyspot.kernel.telemetry.tracing import pass_on

Contract = TypeVar("Contract")
SECONDS_MAX = 30.0
"""Of a call that no request waits for."""
TRIES_MAX = 3
CALL_BYTES_MAX = 64 * 2**20
PIECE_BYTES_MAX = 2**20
PATH = "/doors/"
DIGEST, IS_REFUSAL = "x-studyspot-digest", "x-studyspot-refusal"


class CallBroke(RuntimeError):
    """The other process failed over this call, or speaks another version of the contract: a bug, not a no."""


class _NoAnswer(Exception):
    """`again` says whether asking once more can do no harm."""

    def __init__(self, *, again: bool) -> None:
        super().__init__()
        self.again = again


class Remote:
    """The way to the other processes. One per process, open while it runs."""

    def __init__(self, keys: ServiceKeys, resolve: Resolve = look_up) -> None:
        self._keys = keys
        self._resolve = resolve
        self._services: list[Instances] = []
        self._session: aiohttp.ClientSession | None = None
        self._open = contextlib.AsyncExitStack()

    async def open(self) -> None:
        """After all doors were made."""
        self._session = await self._open.enter_async_context(connections.open_session())
        await self._open.enter_async_context(kept_current(self._services, self._resolve))

    async def close(self) -> None:
        await self._open.aclose()

    def door(self, contract: type[Contract], instances: Instances, switches: Switches) -> Contract:
        """What `open_door` gives for a room that lives here."""
        self._services.append(instances)
        methods = {name: self._method(contract, name, instances) for name in contract_methods(contract)}
        return door_of(contract, methods, switches)

    def _method(self, contract: type, name: str, instances: Instances) -> Method:
        messages = Messages(contract, name)
        path = f"{PATH}{contract.__name__}.{name}"
        repeatable = is_repeatable(getattr(contract, name))

        async def call(caller: Caller, **arguments: Any) -> Any:
            body = messages.write_call(caller, arguments)
            if len(body) > CALL_BYTES_MAX:  # the other side's refusal might be lost while we still send
                raise BodyTooLarge(f"A call carries at most {CALL_BYTES_MAX} bytes.")
            answer = await self._ask(instances, path, body, repeatable=repeatable)
            try:
                return messages.read_answer(answer)
            except msgspec.DecodeError as problem:
                raise CallBroke(f"{path}: the answer is not what its contract says") from problem

        return call

    async def _ask(self, instances: Instances, path: str, body: bytes, *, repeatable: bool) -> bytes:
        tried: Instance | None = None
        try:
            async for attempt in stamina.retry_context(
                on=_may_ask_again,
                attempts=TRIES_MAX,
                timeout=SECONDS_MAX,
                wait_initial=0.02,
                wait_jitter=0.02,
                wait_max=0.2,
            ):
                with attempt:
                    tried = instances.pick(besides=tried)
                    with tried.asked() as asked:
                        return await self._post(tried.url + path, asked, path, body, repeatable=repeatable)
        except _NoAnswer:
            pass
        raise not_available()

    async def _post(self, url: str, asked: Asked, path: str, body: bytes, *, repeatable: bool) -> bytes:
        """:raises _NoAnswer: when none came. :raises Refusal: the one that did."""
        if self._session is None:
            raise RuntimeError("a remote door was used before `open` or after `close`")
        left = seconds_left(SECONDS_MAX)
        if left <= 0:
            raise too_late()
        digest, seconds = hashlib.sha256(body).hexdigest(), f"{left:.3f}"
        headers = {
            DIGEST: digest,
            SECONDS_LEFT: seconds,
            SIGNATURE: self._keys.sign(path.encode(), digest.encode(), seconds.encode()),
        }
        pass_on(headers)
        try:
            async with self._session.post(
                url,
                data=_payload(body),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=left, sock_connect=connections.CONNECT_SECONDS),
            ) as response:
                answer = await response.read()
                status, is_refusal = response.status, IS_REFUSAL in response.headers
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            asked.failed()
            raise _NoAnswer(again=True) from problem
        except TimeoutError:
            asked.timed_out()
            raise too_late() from None
        except asyncio.CancelledError:
            if seconds_left(SECONDS_MAX) <= 0:  # whoever called waits by the same clock
                asked.timed_out()
            raise
        except aiohttp.ClientError as problem:
            asked.failed()
            raise _NoAnswer(again=repeatable) from problem
        asked.answered()
        if is_refusal:
            raise _refusal(answer)
        if status != 200:  # noqa: PLR2004 - everything else is an answer
            raise CallBroke(f"{path} failed with status {status}; its own log says why")
        return answer


def _payload(body: bytes) -> bytes | io.BytesIO:
    """A large one goes out piece by piece, so that others have their turn in between."""
    return body if len(body) <= PIECE_BYTES_MAX else io.BytesIO(body)


def _may_ask_again(problem: Exception) -> bool:
    return isinstance(problem, _NoAnswer) and problem.again


def _refusal(written: bytes) -> Refusal:
    try:
        refusal = read_refusal(written)
    except msgspec.DecodeError as problem:
        raise CallBroke("a refusal came that cannot be read") from problem
    if isinstance(refusal, Unsigned):  # ours, not that of the user who waits for the answer
        raise CallBroke(refusal.message)
    return refusal
