"""docs/openapi.json as the tests of the client read it: operations, types in one form, example answers."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
FORMATS = {"uuid", "date", "date-time", "binary"}
"""Those that have a type of their own in Python."""
EXAMPLES = {
    "uuid": "0198c0de-0000-7000-8000-000000000001",
    "date": "2026-01-31",
    "date-time": "2026-01-31T06:30:00Z",
}


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    described: dict[str, Any]

    def parameters(self, place: str) -> dict[str, Any]:
        return {one["name"]: one["schema"] for one in self.described["parameters"] if one["in"] == place}

    @property
    def body(self) -> dict[str, Any]:
        """The schemas of the body by media type."""
        content = self.described.get("requestBody", {"content": {}})["content"]
        return {media_type: one["schema"] for media_type, one in content.items()}

    @property
    def answer(self) -> tuple[int, dict[str, Any]]:
        """Status and schemas by media type."""
        [status] = [status for status in self.described["responses"] if status < "300"]
        content = self.described["responses"][status].get("content", {})
        return int(status), {media_type: one["schema"] for media_type, one in content.items()}

    def is_at(self, method: str, path: str) -> bool:
        wanted = re.sub(r"\{\w+_id\}", r"[0-9a-f-]{36}", self.path).replace("{token}", r"\w+")
        return self.method == method and re.fullmatch(wanted, path) is not None


OPERATIONS = {
    described["operationId"]: Operation(
        described["operationId"], method.upper(), path, {"parameters": [], **described}
    )
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
}


def shape_of(type_: Any) -> Any:
    """The shape of a Python type."""
    [schema], schemas = msgspec.json.schema_components([type_], ref_template="#/{name}")
    return shape(schema, schemas)


def shape(schema: dict[str, Any], schemas: dict[str, Any] = SCHEMAS) -> Any:
    """What a schema lets through, without its limits, so that two of them can be compared."""
    if "$ref" in schema:
        return shape(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return frozenset().union(*(shape(one, schemas) for one in schema["anyOf"]))
    if "enum" in schema:
        return frozenset(schema["enum"])
    types = schema.get("type", "anything")
    return frozenset(_shape(one, schema, schemas) for one in ([types] if isinstance(types, str) else types))


def _shape(type_: str, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if type_ == "null":
        return None
    if type_ == "array":
        return ("list of", shape(schema["items"], schemas))
    if type_ == "object" and "properties" in schema:
        return ("object", frozenset(fields_of(schema, schemas).items()))
    if type_ == "object":
        values = schema.get("additionalProperties", True)
        return ("map to", shape({} if values is True else values, schemas))
    given = schema.get("format")
    return (type_, given if given in FORMATS else None)


def fields_of(schema: dict[str, Any], schemas: dict[str, Any] = SCHEMAS) -> dict[str, tuple[Any, bool]]:
    """The shape of each field of an object, and whether it has to be there."""
    if "$ref" in schema:
        return fields_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    required = schema.get("required", [])
    return {name: (shape(one, schemas), name in required) for name, one in schema["properties"].items()}


def example(schema: dict[str, Any]) -> Any:
    """Something of that schema, with every field."""
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][0]
    types = schema["type"]
    match types if isinstance(types, str) else types[0]:
        case "object":
            return {name: example(one) for name, one in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"])]
        case "string":
            return EXAMPLES.get(schema.get("format", ""), "text")
        case simple:
            return {"integer": 7, "number": 1.5, "boolean": False, "null": None}[simple]
