"""Doors: who calls, and the transports by which one room reaches another's contract.

A contract is a `Protocol` of async methods: the caller first, everything else keyword-only, values that
survive encoding. `open_door` checks that an implementation keeps it and returns the object that other rooms
are given.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Protocol, TypeVar, cast, get_type_hints
from uuid import UUID

import msgspec

from studyspot.kernel.database import in_transaction
from studyspot.kernel.errors import Fault, Forbidden, Refusal
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.kernel.validation import decode_hook, encode_hook

Contract = TypeVar("Contract")
Method = Callable[..., Awaitable[Any]]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1, description="The one that was read")]
"""Of an object that is to be changed: it raises by one with each change."""


class Caller(msgspec.Struct, frozen=True):
    """Who asks. Made from a verified token at the edge, or by `system()` for work that nobody asked for.

    `permissions` are `resource:action`, where `*` stands for any and a minus in front withholds; `tenant_id`
    is the only tenant whose data this caller can reach.
    """

    account_id: AccountId | None
    role: str
    permissions: frozenset[str]
    tenant_id: TenantId | None = None
    session_id: str | None = None
    request_id: str = ""
    subject_id: UUID | None = None
    """The record in the tenant's data that is about the caller: a student's own."""
    names_tenant: bool = False
    """A platform role that named a tenant itself; what it does there is marked in the audit trail."""

    def may(self, permission: str) -> bool:
        every = permission.partition(":")[0] + ":*"
        if f"-{permission}" in self.permissions or f"-{every}" in self.permissions:
            return False
        return permission in self.permissions or every in self.permissions or "*:*" in self.permissions


def system(*, tenant_id: TenantId | None = None, request_id: str = "") -> Caller:
    """The platform itself: jobs, the command line, one room asking another on its own account."""
    return Caller(
        account_id=None,
        role="system",
        permissions=frozenset({"*:*"}),
        tenant_id=tenant_id,
        request_id=request_id,
    )


def tenant_of(caller: Caller) -> TenantId:
    """The tenant whose data the caller may reach.

    :raises Forbidden: for one who has none, such as a platform role that named none.
    """
    if caller.tenant_id is None:
        raise Forbidden("This needs a library account. Sign in to one, or name it in the header X-Tenant-ID.")
    return caller.tenant_id


def changed_fields(change: msgspec.Struct) -> dict[str, Any]:
    """What a change gives, without the version it was based on: for `msgspec.structs.replace`."""
    given = {name: getattr(change, name) for name in change.__struct_fields__ if name != "version"}
    return {name: value for name, value in given.items() if value is not msgspec.UNSET}


class CallInsideTransaction(RuntimeError):
    """A room called another while its own transaction was open.

    In one process that would only hold locks longer; with the rooms apart it is a network call under locks,
    and the two databases could disagree after a crash. Finish the transaction first.
    """


class Transport(Protocol):
    """How a call reaches the implementation."""

    def bind(self, contract: type, name: str, method: Method) -> Method: ...


class Direct:
    """The room lives in this process: a plain call."""

    def bind(self, contract: type, name: str, method: Method) -> Method:
        label = f"{contract.__name__}.{name}"

        async def call(caller: Caller, **arguments: Any) -> Any:
            _refuse_inside_transaction(label)
            return await method(caller, **arguments)

        return call


class Loopback:
    """The room lives in this process, but every argument, answer and error is encoded and decoded on the way.

    The tests' default: what would not survive a wire does not pass here either.
    """

    def bind(self, contract: type, name: str, method: Method) -> Method:
        label = f"{contract.__name__}.{name}"
        arguments_type, answer_type = message_types(contract, name)

        async def call(caller: Caller, **arguments: Any) -> Any:
            _refuse_inside_transaction(label)
            sent = msgspec.json.encode(arguments_type(caller=caller, **arguments), enc_hook=encode_hook)
            received = msgspec.json.decode(sent, type=arguments_type, dec_hook=decode_hook)
            fields = {field: getattr(received, field) for field in received.__struct_fields__}
            try:
                answer = await method(fields.pop("caller"), **fields)
            except Refusal as refusal:
                raise decode_refusal(encode_refusal(refusal)) from None
            encoded = msgspec.json.encode(answer, enc_hook=encode_hook)
            return msgspec.json.decode(encoded, type=answer_type, dec_hook=decode_hook)

        return call


def open_door(
    contract: type[Contract], implementation: object, transport: Transport | None = None
) -> Contract:
    """The object through which others use `implementation`.

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
        methods[name] = staticmethod(transport.bind(contract, name, method))
    return cast("Contract", type(f"{contract.__name__}Door", (), {"__slots__": (), **methods})())


def contract_methods(contract: type) -> list[str]:
    return [name for name, value in vars(contract).items() if inspect.isfunction(value) and name[0] != "_"]


def message_types(contract: type, name: str) -> tuple[type[msgspec.Struct], Any]:
    """The struct of a method's arguments and the type of its answer, from the annotations.

    :raises TypeError: when the caller is not first, another parameter is not keyword-only, or a type is
    missing.
    """
    function = getattr(contract, name)
    hints = get_type_hints(function, include_extras=True)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for position, parameter in enumerate(list(inspect.signature(function).parameters.values())[1:]):
        expected = parameter.POSITIONAL_OR_KEYWORD if position == 0 else parameter.KEYWORD_ONLY
        if parameter.kind is not expected or (position == 0) != (parameter.name == "caller"):
            raise TypeError(
                f"{contract.__name__}.{name}: the caller comes first, everything else keyword-only"
            )
        if parameter.name not in hints or "return" not in hints:
            raise TypeError(f"{contract.__name__}.{name}: `{parameter.name}` or the answer has no type")
        if parameter.default is parameter.empty:
            fields.append((parameter.name, hints[parameter.name]))
        else:
            fields.append((parameter.name, hints[parameter.name], parameter.default))
    arguments_type = msgspec.defstruct(f"{contract.__name__}_{name}", fields, kw_only=True, frozen=True)
    return arguments_type, hints["return"]


def encode_refusal(refusal: Refusal) -> Mapping[str, Any]:
    return {
        "error": f"{type(refusal).__module__}:{type(refusal).__qualname__}",
        "message": refusal.message,
        "details": [msgspec.structs.asdict(fault) for fault in refusal.details],
        "retry_after_seconds": refusal.retry_after_seconds,
    }


def decode_refusal(wire: Mapping[str, Any]) -> Refusal:
    """The same class on this side; a class this process does not know comes back as a plain `Refusal`."""
    refusal_class = _refusal_classes().get(wire["error"], Refusal)
    return refusal_class(
        wire["message"],
        details=[Fault(**fault) for fault in wire["details"]],
        retry_after_seconds=wire["retry_after_seconds"],
    )


def _refusal_classes() -> dict[str, type[Refusal]]:
    known: dict[str, type[Refusal]] = {}
    waiting = [Refusal]
    while waiting:
        refusal_class = waiting.pop()
        known[f"{refusal_class.__module__}:{refusal_class.__qualname__}"] = refusal_class
        waiting += refusal_class.__subclasses__()
    return known


def _refuse_inside_transaction(label: str) -> None:
    if in_transaction():
        raise CallInsideTransaction(f"{label} was called while a transaction is open")
