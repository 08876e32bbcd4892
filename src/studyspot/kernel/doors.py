"""Doors: the objects through which one room uses another, whichever way a call takes to get there.

Every call passes the same three checks first: none inside an open transaction, none of a method that the
operator switched off, and each is counted and timed.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

from studyspot.kernel.contract import Caller, contract_methods
from studyspot.kernel.database import in_transaction
from studyspot.kernel.errors import Refusal, is_our_fault
from studyspot.kernel.messages import Messages, read_refusal, write_refusal
from studyspot.kernel.switches import Switches
from studyspot.kernel.telemetry.measures import CALLS, now
from studyspot.kernel.telemetry.tracing import span

Contract = TypeVar("Contract")
Method = Callable[..., Awaitable[Any]]


class CallInsideTransaction(RuntimeError):
    """A room called another while its own transaction was open.

    In one process that would only hold locks longer; with the rooms apart it is a network call under locks,
    and the two databases could disagree after a crash. Finish the transaction first.
    """


class Transport(Protocol):
    """How a call reaches the implementation that lives in this process."""

    def bind(self, contract: type, name: str, method: Method) -> Method: ...


class Direct:
    """A plain call."""

    def bind(self, contract: type, name: str, method: Method) -> Method:
        del contract, name
        return method


class Loopback:
    """Every argument, answer and error is encoded and decoded on the way.

    The tests' default: what would not survive a wire does not pass here either.
    """

    def bind(self, contract: type, name: str, method: Method) -> Method:
        messages = Messages(contract, name)

        async def call(caller: Caller, **arguments: Any) -> Any:
            received_caller, received = messages.read_call(messages.write_call(caller, arguments))
            try:
                answer = await method(received_caller, **received)
            except Refusal as refusal:
                raise read_refusal(write_refusal(refusal)) from None
            return messages.read_answer(messages.write_answer(answer))

        return call


def open_door(
    contract: type[Contract],
    implementation: object,
    transport: Transport | None = None,
    switches: Switches | None = None,
) -> Contract:
    """The object through which others use `implementation`, which lives in this process.

    :raises TypeError: when the implementation lacks a method or differs in a parameter, at start and not on a
    bad day.
    """
    transport = transport or Direct()
    methods = {}
    for name in contract_methods(contract):
        method = getattr(implementation, name, None)
        if method is None or not inspect.iscoroutinefunction(method):
            raise TypeError(f"{type(implementation).__name__} has no async method {contract.__name__}.{name}")
        promised = list(inspect.signature(getattr(contract, name)).parameters.values())[1:]
        kept = list(inspect.signature(method).parameters.values())
        if [(p.name, p.kind, p.default) for p in promised] != [(p.name, p.kind, p.default) for p in kept]:
            raise TypeError(f"{type(implementation).__name__}.{name} differs from {contract.__name__}.{name}")
        methods[name] = transport.bind(contract, name, method)
    return door_of(contract, methods, switches)


def door_of(
    contract: type[Contract], methods: Mapping[str, Method], switches: Switches | None = None
) -> Contract:
    """An object that keeps `contract` by these ways to its methods."""
    switches = switches or Switches()
    checked = {
        name: staticmethod(_checked(f"{contract.__name__}.{name}", method, switches))
        for name, method in methods.items()
    }
    return cast("Contract", type(f"{contract.__name__}Door", (), {"__slots__": (), **checked})())


def _checked(label: str, method: Method, switches: Switches) -> Method:
    key = (label,)

    async def call(caller: Caller, **arguments: Any) -> Any:
        if in_transaction():
            raise CallInsideTransaction(f"{label} was called while a transaction is open")
        if switches.off:
            switches.check(label)
        began = now()
        try:
            with span(label):
                answer = await method(caller, **arguments)
        except BaseException as problem:
            CALLS.record(key, began, now(), failed=is_our_fault(problem))
            raise
        CALLS.record(key, began, now())
        return answer

    return call
