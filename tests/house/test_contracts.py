"""The doors: every contract can be carried over a wire, and a changed one shows in the diff of a lock file.

After a wanted change: `.venv/bin/python -m tests.house.test_contracts` writes `contracts.lock`.
"""

import ast
import inspect
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import msgspec.inspect
import pytest
from tests.house.source import ROOM_NAMES, SERVICES, tree

from studyspot.entrypoints.floorplan import ROOMS
from studyspot.kernel.contract import Caller, contract_methods
from studyspot.kernel.errors import Refusal
from studyspot.kernel.messages import message_types
from studyspot.kernel.validation import decode_hook
from studyspot.kernel.values import ParsedText

LOCK = Path(__file__).with_name("contracts.lock")
METHODS = [(room.contract, name) for room in ROOMS for name in contract_methods(room.contract)]
MAY_IMPORT = {"datetime", "typing", "uuid", "msgspec", "collections", "studyspot"}

each_method = pytest.mark.parametrize(
    ("contract", "name"), METHODS, ids=[f"{contract.__name__}.{name}" for contract, name in METHODS]
)


@each_method
def test_a_method_is_async_and_takes_the_caller_first(contract: type, name: str):
    function = getattr(contract, name)
    hints = get_type_hints(function)

    assert inspect.iscoroutinefunction(function)
    message_types(contract, name)
    assert hints["caller"] is Caller
    assert hints.keys() == inspect.signature(function).parameters.keys() - {"self"} | {"return"}


@each_method
def test_a_method_says_what_it_promises(contract: type, name: str):
    assert getattr(contract, name).__doc__


@each_method
def test_a_methods_values_survive_a_wire(contract: type, name: str):
    """Every type is one that msgspec reads and writes, or one of our own texts."""
    for message in message_types(contract, name):
        msgspec.json.Decoder(message, dec_hook=decode_hook)

        assert [
            one for one in _custom(msgspec.inspect.type_info(message)) if not issubclass(one, ParsedText)
        ] == []


def _custom(info: Any, seen: frozenset[Any] = frozenset()) -> Iterator[type]:
    """The classes that are not msgspec's own business."""
    if isinstance(info, msgspec.inspect.CustomType):
        yield info.cls
    elif isinstance(info, msgspec.inspect.StructType):
        if info.cls not in seen:
            for field in info.fields:
                yield from _custom(field.type, seen | {info.cls})
    else:
        parts = [getattr(info, name, ()) for name in ("type", "types", "item_type", "key_type", "value_type")]
        for part in parts:
            for one in part if isinstance(part, tuple) else [part]:
                yield from _custom(one, seen)


@each_method
def test_what_crosses_a_door_is_frozen(contract: type, name: str):
    crossing = list(message_types(contract, name))

    assert [one for one in _structs(crossing) if not one.__struct_config__.frozen] == []


def _structs(annotations: list[Any], seen: set[Any] | None = None) -> set[Any]:
    seen = set() if seen is None else seen
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            if annotation not in seen:
                seen.add(annotation)
                _structs([field.type for field in msgspec.structs.fields(annotation)], seen)
        else:
            _structs(list(get_args(annotation)), seen)
    return seen


def _contract_files() -> list[Path]:
    folders = (SERVICES / room for room in ROOM_NAMES)
    return [
        path for folder in folders for path in (*folder.glob("contract.py"), *folder.glob("contract/*.py"))
    ]


@pytest.mark.parametrize("path", _contract_files(), ids=lambda path: str(path.relative_to(SERVICES)))
def test_a_contract_imports_the_kernel_and_other_contracts_only(path: Path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= MAY_IMPORT
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert (node.module or "").partition(".")[0] in MAY_IMPORT
        assert not (isinstance(node, ast.Name) and node.id == "TYPE_CHECKING")


def test_an_error_code_means_one_status():
    statuses: dict[str, set[int]] = {}
    waiting = [Refusal]
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.__module__.startswith("studyspot."):
            statuses.setdefault(refusal.code, set()).add(refusal.status)

    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def written() -> str:
    """The contracts as text: methods with their types, then the fields of every type that crosses."""
    parts = []
    for room in sorted(ROOMS, key=lambda room: room.name):
        parts.append(f"[{room.name}]")
        crossing: list[Any] = []
        for name in contract_methods(room.contract):
            arguments, answer = message_types(room.contract, name)
            fields = msgspec.structs.fields(arguments)
            crossing += [answer, *(field.type for field in fields)]
            parts.append(f"{name}({', '.join(_field(field) for field in fields[1:])}) -> {_type(answer)}")
        own = [one for one in _structs(crossing) if f".services.{room.name}.contract" in one.__module__]
        for struct in sorted(own, key=lambda one: one.__name__):
            parts.append(f"{struct.__name__}:")
            parts += [f"  {_field(field)}" for field in msgspec.structs.fields(struct)]
        parts.append("")
    return "\n".join(parts)


def _field(field: Any) -> str:
    default = "" if field.required else f" = {_default(field)}"
    return f"{field.encode_name}: {_type(field.type)}{default}"


def _default(field: Any) -> str:
    return repr(field.default if field.default is not msgspec.NODEFAULT else field.default_factory())


def _type(annotation: Any) -> str:
    """The same words on every Python."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        limits = [
            re.sub(r"(, )?description=.*", "", repr(one).removeprefix("msgspec.Meta(")[:-1])
            for one in arguments[1:]
        ]
        return f"{_type(arguments[0])}({', '.join(limits)})"
    if origin in {Union, types.UnionType}:
        return " | ".join(_type(one) for one in arguments)
    if origin is Literal:
        return " | ".join(repr(one) for one in arguments)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(_type(one) for one in arguments)}]"
    names = {type(None): "None", ...: "..."}
    return names.get(annotation) or getattr(annotation, "__name__", str(annotation))


def test_the_contracts_are_those_of_the_lock_file():
    assert written() == LOCK.read_text(encoding="utf-8"), f"wanted? run: python -m {__spec__.name}"


if __name__ == "__main__":
    LOCK.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"wrote {LOCK}\n")
