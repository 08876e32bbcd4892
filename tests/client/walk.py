"""Calls every method of the client with every argument; notes what it sends and how it reads the answer."""

import functools
import inspect
import tempfile
import types
import typing
from collections import abc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from tests.client.api_document import OPERATIONS, Operation, example

from studyspot.client import StudySpot, TenantRooms
from studyspot.client._sync.group import Group
from studyspot.client._sync.session import Session
from studyspot.client.errors import UnreadableAnswer
from studyspot.client.models import UNSET, Tokens
from studyspot.client.request import Request

TOKENS = Tokens("an access token", "a refresh token of some length", 900, "Bearer")
TENANT = UUID("0198c0de-0000-7000-8000-000000000001")
FILE = b"name,phone\nAsha,9876543210\n"
SIMPLE = {
    UUID: TENANT,
    str: "text",
    int: 7,
    float: 1.5,
    bool: True,
    date: date(2026, 1, 31),
    datetime: datetime(2026, 1, 31, 6, 30, tzinfo=UTC),
    Path: Path("a file"),
    Any: "anything",
}


@dataclass(frozen=True)
class Call:
    """One call of one method: what it was made of, and what went over the wire."""

    name: str
    operation: Operation | None
    parameters: Mapping[str, tuple[Any, Any]]
    """Type and default of each argument."""
    request: Request[Any]
    sent: httpx2.Request
    saved: bytes | None
    """What a download wrote."""
    problem: UnreadableAnswer | None
    """With the documented answer."""


@functools.cache
def calls() -> tuple[Call, ...]:
    """Of everybody's rooms."""
    return tuple(_walk(lambda api: api, lambda name: not name.startswith("iterate")))


@functools.cache
def iterations() -> tuple[Call, ...]:
    """The first call of every walk through pages."""
    return tuple(_walk(lambda api: api, lambda name: name.startswith("iterate")))


@functools.cache
def calls_in_tenant() -> tuple[Call, ...]:
    return tuple(_walk(lambda api: api.in_tenant(TENANT), lambda name: not name.startswith("iterate")))


def _walk(rooms: Callable[[StudySpot], TenantRooms], is_wanted: Callable[[str], bool]) -> Iterator[Call]:
    with StudySpot("http://studyspot.test") as api:
        names = [
            (group, name)
            for group, value in vars(rooms(api)).items()
            if isinstance(value, Group)
            for name, _ in inspect.getmembers(type(value), inspect.isfunction)
            if not name.startswith("_") and is_wanted(name)
        ]
    for group, name in names:
        with tempfile.TemporaryDirectory() as folder:
            yield _call(rooms, group, name, Path(folder) / "saved")


def _call(rooms: Callable[[StudySpot], TenantRooms], group: str, name: str, saved: Path) -> Call:
    sent: list[httpx2.Request] = []
    requests: list[Request[Any]] = []
    once = Session._once

    def noting(session: Session, request: Request[Any], *others: Any) -> Any:
        requests.append(request)
        return once(session, request, *others)

    def answering(request: httpx2.Request) -> httpx2.Response:
        request.read()
        sent.append(request)
        return _answer(_operation(request))

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(Session, "_once", noting)
        with StudySpot(
            "http://studyspot.test", tokens=TOKENS, transport=httpx2.MockTransport(answering)
        ) as api:
            method = getattr(getattr(rooms(api), group), name)
            hints = typing.get_type_hints(method)
            arguments = {one: given(hints[one], default) for one, default in _parameters(method).items()}
            if "to" in arguments:
                arguments["to"] = saved
            problem = None
            try:
                answer = method(**arguments)
                if isinstance(answer, Iterator):
                    list(answer)
            except UnreadableAnswer as unreadable:
                problem = unreadable
    parameters = {one: (hints[one], default) for one, default in _parameters(method).items()}
    content = saved.read_bytes() if saved.exists() else None
    return Call(f"{group}.{name}", _operation(sent[0]), parameters, requests[0], sent[0], content, problem)


def _parameters(method: Callable[..., Any]) -> dict[str, Any]:
    return {name: one.default for name, one in inspect.signature(method).parameters.items()}


def _operation(request: httpx2.Request) -> Operation | None:
    found = [one for one in OPERATIONS.values() if one.is_at(request.method, request.url.path)]
    return found[0] if found else None


def _answer(operation: Operation | None) -> httpx2.Response:
    if operation is None:
        return httpx2.Response(200, json={"success": True, "data": None})
    status, schemas = operation.answer
    if "application/json" in schemas:
        return httpx2.Response(status, json=example(schemas["application/json"]))
    return httpx2.Response(status, content=FILE if schemas else b"")


def given(type_: Any, besides: Any = None) -> Any:
    """An argument of that type that is not its default."""
    if inspect.isclass(type_) and issubclass(type_, msgspec.Struct):
        return _filled(type_)
    if type_ == Path | bytes | typing.BinaryIO:
        return FILE
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    match origin:
        case None:
            value = SIMPLE[type_]
        case typing.Literal:
            value = next((one for one in arguments if one != besides), besides)
        case types.UnionType | typing.Union:
            value = given(next(one for one in arguments if one not in {type(None), type(UNSET)}), besides)
        case abc.Callable:
            value = _ignoring
        case _ if issubclass(origin, abc.Mapping):
            value = {"first_name": given(arguments[1])}
        case _:
            value = [given(arguments[0])]
    return value


def _ignoring(*_: Any) -> None:
    """A callback."""


def _filled(struct: type[msgspec.Struct]) -> msgspec.Struct:
    types_ = typing.get_type_hints(struct)
    return struct(
        **{one.name: given(types_[one.name], one.default) for one in msgspec.structs.fields(struct)}
    )
