"""The published OpenAPI document, which a test compares with what the gateway serves, and its operations."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "openapi.json"
DOCUMENT: dict[str, Any] = msgspec.json.decode(PUBLISHED.read_bytes())
NOBODYS_ID = "01900000-0000-7000-8000-000000000000"


class Operation(msgspec.Struct, frozen=True):
    method: str
    path: str
    found: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def permission(self) -> str | None:
        return self.found.get("x-permission")

    @property
    def is_public(self) -> bool:
        return self.found.get("x-public", False)

    @property
    def id_name(self) -> str | None:
        """The name of the id in the path, if there is one."""
        return self.path[self.path.index("{") + 1 : self.path.index("}")] if "{" in self.path else None

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of the JSON body."""
        content = self.found.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    @property
    def is_upload(self) -> bool:
        return "multipart/form-data" in self.found.get("requestBody", {}).get("content", {})

    def address(self, id: str = NOBODYS_ID) -> str:
        """With the parameters that must be there."""
        needed = [one for one in self.found.get("parameters", ()) if one["in"] == "query" and one["required"]]
        query = "&".join(f"{one['name']}={smallest(one['schema'])}" for one in needed)
        return self.path.replace(f"{{{self.id_name}}}", id) + (f"?{query}" if query else "")


def _operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method, found in item.items():
            yield Operation(method.upper(), path, found)


OPERATIONS = list(_operations())


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference names."""
    if "$ref" not in schema:
        return schema
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def smallest(schema: dict[str, Any]) -> Any:
    """A value that fits: only what is required, and the first of what is allowed."""
    schema = resolved(schema)
    for word in ("enum", "examples"):
        if word in schema:
            return schema[word][0]
    if "anyOf" in schema:
        return smallest(schema["anyOf"][0])
    match schema["type"]:
        case "object":
            required = schema.get("required", [])
            return {name: smallest(schema["properties"][name]) for name in required}
        case "array":
            return [smallest(schema["items"])] * schema.get("minItems", 0)
        case "integer":
            return schema.get("minimum", 0)
        case "string":
            texts = {
                "uuid": NOBODYS_ID,
                "date": "2026-01-31",
                "^[0-9]{2}$": "27",
                "^[0-9A-Z]{4}$": "123F",
                "^[0-9]{6}$": "123456",
                "^[1-9][0-9]{5}$": "226001",
                "^20[0-9]{2}-(0[1-9]|1[0-2])$": "2026-01",
            }
            shape = schema.get("format", schema.get("pattern"))
            return texts.get(shape, "quiet corner window seat"[: schema.get("maxLength")])
    raise ValueError(f"no example for {schema}")
