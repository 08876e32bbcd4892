"""Reading untrusted JSON: text is trimmed and normalised, and every fault is named, not only the first.

msgspec decodes fast and stops at the first fault; so the happy path is one conversion, and only a refused
input is walked again, field by field, to collect them all.
"""

import functools
import re
import types
from datetime import date, datetime
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from studyspot.kernel.aadhaar import LENGTH, holds_aadhaar, mask_aadhaar
from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.text import is_piled_up, normalised, visible
from studyspot.kernel.values import OTHER_NUMBER, ParsedText, Phone

Value = TypeVar("Value")
FAULTS_MAX = 100
SHOWN_NAME_MAX = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TOO_DEEP = "Nest the values less deeply."
CONTAINERS_MAX = 50_000
VALUES_MAX = 1_000_000
"""Of a body: a small one can hold millions, which take seconds to look at."""
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**64 - 1
"""What MessagePack can carry, in which calls travel between processes; JSON knows no bounds."""


def read_json(body: bytes, into: type[Value]) -> Value:
    """Decodes and validates a request body. Of two values under one name the last counts.

    :raises ValidationFailed: with all faults and their paths (`students[3].phone`).
    """
    if body.count(b"[") + body.count(b"{") > CONTAINERS_MAX or body.count(b",") > VALUES_MAX:
        raise _malformed("Send less in one body.")
    try:
        raw = msgspec.json.decode(body)
    except RecursionError:
        raise _malformed(_TOO_DEEP) from None
    except UnicodeDecodeError:
        raise _malformed("Encode the text as UTF-8.") from None
    except msgspec.DecodeError as problem:
        raise _malformed(f"{_without_path(str(problem))}.") from None
    return read_value(raw, into)


def read_value(raw: Any, into: type[Value]) -> Value:
    """Cleans and converts already decoded data; see `read_json`."""
    faults: list[Fault] = []
    unclean: list[object] = []
    try:
        cleaned = _clean(raw, unclean)
        if unclean:
            _collect_unclean(cleaned, "", faults)
            _collect_aadhaar(cleaned, into, "", faults)
        try:
            value = msgspec.convert(cleaned, into, dec_hook=decode_hook)
        except msgspec.ValidationError:
            _collect(cleaned, into, "", faults)
        else:
            faults += _unearthly(value, into)
            if not faults:
                return value
    except RecursionError:
        raise _malformed(_TOO_DEEP) from None
    # What the type says of a number is more exact than that it is out of all bounds.
    distinct = {(fault.field, fault.code): fault for fault in faults}
    raise ValidationFailed("Some fields need correction.", details=list(distinct.values())[:FAULTS_MAX])


def _unearthly(value: Any, into: Any) -> list[Fault]:
    """Moments that fall out of the calendar in another time zone: they can neither be compared nor be handed
    on to another process.
    """
    return [
        Fault(name, "Give a moment between the years 1 and 9999.", "out_of_range")
        for name in _moments_of(into)
        if isinstance(moment := getattr(value, name), datetime)
        and not date.min.year < moment.year < date.max.year
    ]


@functools.cache
def _moments_of(into: Any) -> tuple[str, ...]:
    """The fields of a struct that may be moments."""
    if not (isinstance(into, type) and issubclass(into, msgspec.Struct)):
        return ()
    hints = get_type_hints(into)
    return tuple(name for name, hint in hints.items() if datetime in (hint, *get_args(hint)))


def _malformed(message: str) -> ValidationFailed:
    return ValidationFailed("The body is not valid JSON.", details=[Fault("", message, "malformed")])


def _clean(value: Any, unclean: list[object]) -> Any:
    """Trims and NFC-normalises every string, and leaves out what is invisible.

    Those with control characters other than a line feed, with piled-up marks, or with what may be an Aadhaar
    number go to `unclean` as well, and so do numbers out of all bounds: where they stand is found out only
    then, for paths cost more than all the rest.
    """
    if isinstance(value, str):
        if value.isascii() and value.isprintable():
            if len(value) >= LENGTH and holds_aadhaar(value):
                unclean.append(value)
            return value.strip()
        try:
            text = visible(normalised(value.replace("\r\n", "\n"))).strip()
        except ValueError:
            unclean.append(value)
            return value
        if _CONTROL.search(text) or holds_aadhaar(text):
            unclean.append(text)
        return text
    if isinstance(value, dict):
        return {key: _clean(item, unclean) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, unclean) for item in value]
    if isinstance(value, int) and not INTEGER_MIN <= value <= INTEGER_MAX:
        unclean.append(value)
    return value


def _collect_unclean(value: Any, path: str, faults: list[Fault]) -> None:
    if len(faults) >= FAULTS_MAX:
        return
    if isinstance(value, str) and _CONTROL.search(value):
        faults.append(Fault(path, "Remove the control characters.", "control_character"))
    elif isinstance(value, str) and is_piled_up(value):
        faults.append(Fault(path, "Use at most 30 combining marks on a letter.", "malformed_text"))
    elif isinstance(value, int) and value < INTEGER_MIN:
        faults.append(Fault(path, f"Must be {INTEGER_MIN} or more.", "too_small"))
    elif isinstance(value, int) and value > INTEGER_MAX:
        faults.append(Fault(path, f"Must be {INTEGER_MAX} or less.", "too_large"))
    elif isinstance(value, dict):
        for name, item in value.items():
            _collect_unclean(item, _join(path, name), faults)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _collect_unclean(item, f"{path}[{index}]", faults)


def _collect_aadhaar(value: Any, into: Any, path: str, faults: list[Fault]) -> None:
    """A full Aadhaar number is kept nowhere. Phone numbers may look like one, and so may what has a mark that
    says so; what has no type yet is looked at when it gets one.
    """
    if len(faults) >= FAULTS_MAX:
        return
    into = _without_none(into, value)
    origin = get_origin(into)
    if isinstance(value, str):
        if not _may_look_like_aadhaar(into) and holds_aadhaar(value):
            faults.append(aadhaar_fault(path))
    elif isinstance(value, dict) and isinstance(into, type) and issubclass(into, msgspec.Struct):
        for field in msgspec.structs.fields(into):
            _collect_aadhaar(value.get(field.encode_name), field.type, _join(path, field.encode_name), faults)
    elif isinstance(value, dict) and origin is dict:
        for name, item in value.items():
            _collect_aadhaar(item, get_args(into)[1], _join(path, name), faults)
    elif isinstance(value, list) and origin in {list, tuple}:
        for index, item in enumerate(value):
            _collect_aadhaar(item, get_args(into)[0], f"{path}[{index}]", faults)


def _may_look_like_aadhaar(into: Any) -> bool:
    if into is Any or (isinstance(into, type) and issubclass(into, Phone | UUID)):
        return True
    marks = [meta.extra for meta in getattr(into, "__metadata__", ()) if meta.extra]
    return any(OTHER_NUMBER.items() <= mark.items() for mark in marks)


def aadhaar_fault(field: str) -> Fault:
    told = "Leave the Aadhaar number out, for it is never kept. Its last four digits will do."
    return Fault(field, told, "aadhaar_number")


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
    if len(faults) >= FAULTS_MAX:
        return
    before = len(faults)
    into = _without_none(into, value)
    if isinstance(value, dict) and isinstance(into, type) and issubclass(into, msgspec.Struct):
        _collect_struct(value, into, path, faults)
    elif isinstance(value, dict) and get_origin(into) is dict:
        for name, item in value.items():
            _collect(item, get_args(into)[1], _join(path, name), faults)
    elif isinstance(value, list) and get_origin(into) in {list, tuple}:
        for index, item in enumerate(value):
            _collect(item, get_args(into)[0], f"{path}[{index}]", faults)
    if len(faults) == before:
        _collect_one(value, into, path, faults)


def _collect_struct(
    value: dict[str, Any], into: type[msgspec.Struct], path: str, faults: list[Fault]
) -> None:
    fields = {field.encode_name: field for field in msgspec.structs.fields(into)}
    for name, field in fields.items():
        if name in value:
            _collect(value[name], field.type, _join(path, name), faults)
        elif field.required:
            faults.append(Fault(_join(path, name), "This field is required.", "required"))
    if into.__struct_config__.forbid_unknown_fields:
        faults += [
            Fault(_join(path, name), "This field is not known here.", "unknown_field")
            for name in value
            if name not in fields
        ]


def _collect_one(value: Any, into: Any, path: str, faults: list[Fault]) -> None:
    try:
        msgspec.convert(value, into, dec_hook=decode_hook)
    except msgspec.ValidationError as problem:
        faults.append(_more_exact(_fault(path, str(problem)), into))


def _more_exact(fault: Fault, into: Any) -> Fault:
    """With what msgspec does not say but the type knows: the choices, or the form that is expected."""
    if fault.code == "invalid_choice" and get_origin(into) is Literal:
        *others, last = map(str, get_args(into))
        choices = f"{', '.join(others)} or {last}" if others else last
        return Fault(fault.field, f"Choose {choices}.", fault.code)
    described = [meta.description for meta in getattr(into, "__metadata__", ()) if meta.description]
    if fault.message == _OTHER_FORM and described:
        return Fault(fault.field, f"This is not in the expected form: {described[0]}.", fault.code)
    return fault


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


ONE_LINE = r"^[^\n]*$"
_FORM = "invalid_format"
_OTHER_FORM = "This is not in the expected form."
_MESSAGES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"Expected `str` of length >= (\d+)"), "Give at least {0} characters.", "too_short"),
    (re.compile(r"Expected `str` of length <= (\d+)"), "Give at most {0} characters.", "too_long"),
    (re.compile(r"Expected `(?:array|object)` of length >= (\d+)"), "Give at least {0} items.", "too_short"),
    (re.compile(r"Expected `(?:array|object)` of length <= (\d+)"), "Give at most {0} items.", "too_long"),
    (re.compile(r"Expected `(?:int|float)` >= (\S+?)(?:\.0)?$"), "Must be {0} or more.", "too_small"),
    (re.compile(r"Expected `(?:int|float)` > (\S+?)(?:\.0)?$"), "Must be more than {0}.", "too_small"),
    (re.compile(r"Expected `(?:int|float)` <= (\S+?)(?:\.0)?$"), "Must be {0} or less.", "too_large"),
    (re.compile(r"Expected `(?:int|float)` < (\S+?)(?:\.0)?$"), "Must be less than {0}.", "too_large"),
    (re.compile(re.escape(rf"Expected `str` matching regex {ONE_LINE!r}")), "Write this on one line.", _FORM),
    (re.compile(r"Expected `str` matching regex"), _OTHER_FORM, _FORM),
    (re.compile(r"Invalid enum value"), "Choose one of the allowed values.", "invalid_choice"),
    (re.compile(r"Invalid RFC3339 encoded date$"), "Write the date as 2026-01-31.", _FORM),
    (re.compile(r"Invalid RFC3339 encoded time"), "Write the time as 06:30:00.", _FORM),
    (re.compile(r"Invalid RFC3339 encoded datetime"), "Write it as 2026-01-31T06:30:00Z.", _FORM),
    (re.compile(r"Expected `time` with no timezone"), "Write the time as 06:30:00.", _FORM),
    (re.compile(r"Invalid UUID"), "This is not an id.", _FORM),
)
_WRONG_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a moment such as 2026-01-31T06:30:00Z",
    "date": "a date such as 2026-01-31",
    "time": "a time such as 06:30:00",
    "uuid": "an id",
    "list": "a list",
    "dict": "an object",
    "NoneType": "null",
}


def _fault(path: str, problem: str) -> Fault:
    reason = _without_path(problem)
    for pattern, message, code in _MESSAGES:
        if match := pattern.match(reason):
            told = message.format(*match.groups())
            return Fault(
                path, told.replace(" 1 characters", " 1 character").replace(" 1 items", " 1 item"), code
            )
    if match := _WRONG_TYPE.match(reason):
        wanted = [_TYPES.get(name, name) for name in match[1].split(" | ") if name != "null"]
        return Fault(
            path, f"Must be {' or '.join(wanted)}, not {_TYPES.get(match[2], match[2])}.", "wrong_type"
        )
    code, separator, message = reason.partition(": ")
    return Fault(path, message, code) if separator and code.isidentifier() else Fault(path, reason, "invalid")


def _without_path(problem: str) -> str:
    """The path that msgspec adds is that of one fault, and without names inside of dicts."""
    return problem.split(" - at `", maxsplit=1)[0]


def _join(path: str, name: str) -> str:
    name = mask_aadhaar(name)[:SHOWN_NAME_MAX]
    return f"{path}.{name}" if path else name
