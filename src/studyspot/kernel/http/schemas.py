"""JSON Schema 2020-12 of what msgspec reads and writes: every bound it enforces, nothing it does not.

Litestar's own generator loses bounds inside of lists and calls clock times durations; msgspec's gives moments
no format. Bodies of requests and of answers differ: what has a default may be left out of the first, and is
always there in the second.
"""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

import msgspec
import msgspec.inspect as mi
from litestar.datastructures import UploadFile

from studyspot.kernel.validation import encode_hook
from studyspot.kernel.values import ParsedText

Schema = dict[str, Any]

LONGEST: Mapping[str, int] = {"uuid": 36, "date": 10, "date-time": 40}
"""Characters of what has a format."""
CLOCK_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?$"
SIMPLE: Mapping[type[mi.Type], Schema] = {
    mi.AnyType: {},
    mi.NoneType: {"type": "null"},
    mi.BoolType: {"type": "boolean"},
    mi.DateTimeType: {"type": "string", "format": "date-time", "maxLength": LONGEST["date-time"]},
    mi.DateType: {"type": "string", "format": "date", "maxLength": LONGEST["date"]},
    mi.TimeType: {"type": "string", "pattern": CLOCK_TIME, "maxLength": 15, "examples": ["06:00:00"]},
    mi.UUIDType: {"type": "string", "format": "uuid", "maxLength": LONGEST["uuid"]},
}
BOUNDS: Mapping[type[mi.Type], tuple[str, Mapping[str, str]]] = {
    mi.IntType: (
        "integer",
        {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"},
    ),
    mi.FloatType: (
        "number",
        {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"},
    ),
    mi.StrType: ("string", {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}),
    mi.ListType: ("array", {"min_length": "minItems", "max_length": "maxItems"}),
    mi.VarTupleType: ("array", {"min_length": "minItems", "max_length": "maxItems"}),
    mi.DictType: ("object", {"min_length": "minProperties", "max_length": "maxProperties"}),
}


class Schemas:
    """Collects the named schemas of one document in `components`."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._classes: dict[str, Any] = {}

    def of_request(self, annotation: Any) -> Schema:
        """Ask for all requests first: a type that is read and written is described as it is read."""
        return self._schema(mi.type_info(annotation), is_answer=False)

    def of_answer(self, annotation: Any) -> Schema:
        return self._schema(mi.type_info(annotation), is_answer=True)

    def _schema(self, info: mi.Type, *, is_answer: bool) -> Schema:
        match info:
            case mi.Metadata():
                schema = self._schema(info.type, is_answer=is_answer) | (info.extra_json_schema or {})
            case mi.StructType():
                schema = self._reference(info, is_answer=is_answer)
            case mi.UnionType():
                schema = self._union(info, is_answer=is_answer)
            case mi.LiteralType():
                schema = {"enum": list(info.values)} | _json_type(info.values)
            case mi.CustomType() if issubclass(info.cls, ParsedText):
                schema = dict(info.cls.json_schema)
            case mi.CustomType() if issubclass(info.cls, UploadFile):
                schema = {"type": "string", "format": "binary"}
            case _ if type(info) in SIMPLE:
                schema = dict(SIMPLE[type(info)])
            case _:
                schema = self._bounded(info, is_answer=is_answer)
        return schema

    def _bounded(self, info: mi.Type, *, is_answer: bool) -> Schema:
        """:raises TypeError: for a type that no contract has used yet."""
        if type(info) not in BOUNDS:
            raise TypeError(f"say in {__name__} what the JSON Schema of {info} is")
        json_type, names = BOUNDS[type(info)]
        bounds = {
            word: limit for name, word in names.items() if (limit := getattr(info, name, None)) is not None
        }
        schema = {"type": json_type, **bounds}
        if isinstance(info, mi.ListType | mi.VarTupleType):
            schema["items"] = self._schema(info.item_type, is_answer=is_answer)
        if isinstance(info, mi.DictType):
            schema["additionalProperties"] = self._schema(info.value_type, is_answer=is_answer) or True
            keys = self._schema(info.key_type, is_answer=is_answer)
            if keys != {"type": "string"}:
                schema["propertyNames"] = keys
        return schema

    def _union(self, info: mi.UnionType, *, is_answer: bool) -> Schema:
        """What may be null stays one flat schema where it can: client generators read that best."""
        parts = [self._schema(part, is_answer=is_answer) for part in info.types]
        parts.sort(key=lambda part: part == SIMPLE[mi.NoneType])
        if len(parts) == 2 and parts[1] == SIMPLE[mi.NoneType] and isinstance(parts[0].get("type"), str):  # noqa: PLR2004
            nullable = parts[0] | {"type": [parts[0]["type"], "null"]}
            return nullable | ({"enum": [*nullable["enum"], None]} if "enum" in nullable else {})
        return parts[0] if len(parts) == 1 else {"anyOf": parts}

    def _reference(self, info: mi.StructType, *, is_answer: bool) -> Schema:
        name = _name(info.cls)
        known = self._classes.setdefault(name, info.cls)
        if name not in self.components:
            self.components[name] = {}  # found again by a type that holds itself
            self.components[name] = self._struct(info, is_answer=is_answer)
        elif known is not info.cls and self._struct(info, is_answer=is_answer) != self.components[name]:
            raise ValueError(f"two rooms mean different things by the schema {name}")
        return {"$ref": f"#/components/schemas/{name}"}

    def _struct(self, info: mi.StructType, *, is_answer: bool) -> Schema:
        origin = getattr(info.cls, "__origin__", info.cls)
        is_complete = is_answer and not origin.__struct_config__.omit_defaults
        properties = {}
        for field in info.fields:
            schema = self._schema(field.type, is_answer=is_answer)
            if not is_answer and field.default is not msgspec.NODEFAULT:
                schema["default"] = msgspec.to_builtins(field.default, enc_hook=encode_hook)
            properties[field.encode_name] = schema
        required = [field.encode_name for field in info.fields if field.required or is_complete]
        schema = {"type": "object", "properties": properties}
        if origin.__doc__:
            schema["description"] = " ".join(origin.__doc__.split())
        if required:
            schema["required"] = required
        if info.forbid_unknown_fields:
            schema["additionalProperties"] = False
        return schema


def _json_type(values: tuple[Any, ...]) -> Schema:
    types = {type(value) for value in values}
    names = {str: "string", int: "integer", bool: "boolean"}
    return {"type": names[types.pop()]} if len(types) == 1 else {}


def _name(cls: Any) -> str:
    """`Library`, or `Listing_Library` for a generic type with its arguments."""
    origin, arguments = get_origin(cls), get_args(cls)
    if origin is Annotated:
        return _name(arguments[0])
    words = [origin or cls, *(arguments if origin else ())]
    return "_".join([words[0].__name__.removesuffix("Type"), *(_name(word) for word in words[1:])])
