"""Reading untrusted JSON: text is trimmed and normalised, and every fault is named, not only the first.

msgspec decodes fast and stops at the first fault; so the happy path is one conversion, and only a refused
input is walked again, field by field, to collect them all.
"""

import re
import types
import unicodedata
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.values import ParsedText

Value = TypeVar("Value")
FAULTS_MAX = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def read_json(body: bytes, into: type[Value]) -> Value:
    """Decodes and validates a request body.

    :raises ValidationFailed: with all faults and their paths (`students[3].phone`).
    """
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        fault = Fault(field="", message=str(problem), code="malformed")
        raise ValidationFailed("The body is not valid JSON.", details=[fault]) from None
    return read_value(raw, into)


def read_value(raw: Any, into: type[Value]) -> Value:
    """Cleans and converts already decoded data; see `read_json`."""
    faults: list[Fault] = []
    cleaned = clean_text(raw, "", faults)
    if not faults:
        try:
            return msgspec.convert(cleaned, into, dec_hook=decode_hook)
        except msgspec.ValidationError:
            _collect(cleaned, into, "", faults)
    raise ValidationFailed("Some fields need correction.", details=faults[:FAULTS_MAX])


def clean_text(value: Any, path: str, faults: list[Fault]) -> Any:
    """Trims and NFC-normalises every string; refuses control characters other than a line feed."""
    if isinstance(value, str):
        if value.isascii() and value.isprintable():
            return value.strip()
        text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if _CONTROL.search(text):
            faults.append(Fault(path, "Remove the control characters.", "control_character"))
        return text
    if isinstance(value, list):
        return [clean_text(item, f"{path}[{index}]", faults) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: clean_text(item, _join(path, key), faults) for key, item in value.items()}
    return value


def query_fault(name: str, problem: str) -> Fault:
    """A fault of a query parameter, from msgspec's own words."""
    if problem.startswith("Missing required"):
        return Fault(name, "This parameter is required.", "required")
    return _fault(name, problem)


def encode_hook(value: Any) -> Any:
    if isinstance(value, ParsedText):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} cannot be encoded")


def decode_hook(expected: type, value: Any) -> Any:
    if isinstance(expected, type) and issubclass(expected, ParsedText):
        if not isinstance(value, str):
            raise ValueError(f"Expected `str`, got `{type(value).__name__}`")  # noqa: TRY004 - msgspec's contract
        return expected.parse(value)
    raise NotImplementedError(f"{expected!r} cannot be decoded")


def _collect(value: Any, into: Any, path: str, faults: list[Fault]) -> None:
    """Adds a fault for each part of `value` that does not fit `into`."""
    into = _without_none(into, value)
    if isinstance(value, dict) and isinstance(into, type) and issubclass(into, msgspec.Struct):
        _collect_struct(value, into, path, faults)
    elif isinstance(value, list) and get_origin(into) in {list, tuple} and len(value) <= FAULTS_MAX * 100:
        before = len(faults)
        for index, item in enumerate(value):
            _collect(item, get_args(into)[0], f"{path}[{index}]", faults)
        if len(faults) == before:
            _collect_one(value, into, path, faults)
    else:
        _collect_one(value, into, path, faults)


def _collect_struct(
    value: dict[str, Any], into: type[msgspec.Struct], path: str, faults: list[Fault]
) -> None:
    before = len(faults)
    fields = {field.encode_name: field for field in msgspec.structs.fields(into)}
    for name, field in fields.items():
        if name in value:
            _collect(value[name], field.type, _join(path, name), faults)
        elif field.required:
            faults.append(Fault(_join(path, name), "This field is required.", "required"))
    if into.__struct_config__.forbid_unknown_fields:
        faults += [
            Fault(_join(path, str(name)), "This field is not known here.", "unknown_field")
            for name in value
            if name not in fields
        ]
    if len(faults) == before:
        _collect_one(value, into, path, faults)


def _collect_one(value: Any, into: Any, path: str, faults: list[Fault]) -> None:
    try:
        msgspec.convert(value, into, dec_hook=decode_hook)
    except msgspec.ValidationError as problem:
        faults.append(_fault(path, str(problem)))


def _without_none(into: Any, value: Any) -> Any:
    """`X | None | UNSET` is X for a value that is there; Annotated lists keep their item type."""
    if get_origin(into) in {Union, types.UnionType} and value is not None:
        options = [one for one in get_args(into) if one not in {type(None), msgspec.UnsetType}]
        if len(options) == 1:
            return _without_none(options[0], value)
    if hasattr(into, "__metadata__") and isinstance(value, list) and _bounds_hold(value, into):
        return into.__origin__
    return into


def _bounds_hold(value: list[Any], annotated: Any) -> bool:
    """A list that is too long is one fault; its items are then not worth a walk."""
    limits = [meta for meta in annotated.__metadata__ if isinstance(meta, msgspec.Meta)]
    return all((meta.max_length or len(value)) >= len(value) >= (meta.min_length or 0) for meta in limits)


_MESSAGES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"Expected `(?:str|array)` of length >= (\d+)"), "Give at least {0}.", "too_short"),
    (re.compile(r"Expected `(?:str|array)` of length <= (\d+)"), "Give at most {0}.", "too_long"),
    (re.compile(r"Expected `(?:int|float)` >= (\S+)"), "Must be {0} or more.", "too_small"),
    (re.compile(r"Expected `(?:int|float)` > (\S+)"), "Must be more than {0}.", "too_small"),
    (re.compile(r"Expected `(?:int|float)` <= (\S+)"), "Must be {0} or less.", "too_large"),
    (re.compile(r"Expected `str` matching regex"), "This is not in the expected form.", "invalid_format"),
    (re.compile(r"Invalid enum value"), "Choose one of the allowed values.", "invalid_choice"),
    (re.compile(r"Invalid (?:RFC3339|UUID|ISO)"), "This is not in the expected form.", "invalid_format"),
    (re.compile(r"Expected `([^`]+)`, got `([^`]+)`"), "Must be {0}, not {1}.", "wrong_type"),
)


def _fault(path: str, problem: str) -> Fault:
    reason = problem.split(" - at `", maxsplit=1)[0]
    for pattern, message, code in _MESSAGES:
        if match := pattern.match(reason):
            return Fault(path, message.format(*match.groups()), code)
    code, separator, message = reason.partition(": ")
    return Fault(path, message, code) if separator and code.isidentifier() else Fault(path, reason, "invalid")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
