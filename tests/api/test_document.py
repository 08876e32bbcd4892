"""The published document: up to date, complete, every input bounded; what the web frameworks get wrong."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.api.document import DOCUMENT, OPERATIONS, PUBLISHED, Operation, resolved, smallest
from tests.people import PASSWORD, People, Person

FREE_OBJECTS = {"POST /api/v1/students/bulk-import body.students[]"}
"""Rows of an import may hold anything: each is checked by itself, and the body is bounded as a whole."""
FIXED_LENGTH = {"^[1-9][0-9]{5}$", "^[0-9]{6}$"}

WITH_BODY = [one for one in OPERATIONS if one.body]


async def test_the_published_document_is_the_one_that_is_served(client: httpx2.AsyncClient):
    served = await client.get("/openapi.json")

    assert served.json() == DOCUMENT, f"{PUBLISHED.name} is old: make openapi"


def test_operations_have_names_of_their_own():
    names = [one.found["operationId"] for one in OPERATIONS]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_input_is_bounded(operation: Operation):
    unbounded = []
    for parameter in operation.found.get("parameters", ()):
        unbounded += _unbounded(parameter["schema"], f"{operation} {parameter['in']}.{parameter['name']}")
    for content in operation.found.get("requestBody", {}).get("content", {}).values():
        unbounded += _unbounded(content["schema"], f"{operation} body")

    assert set(unbounded) - FREE_OBJECTS == set()


def _unbounded(schema: dict[str, Any], path: str) -> Iterator[str]:
    """Where a string, list, number or object has no limit."""
    schema = resolved(schema)
    for option in schema.get("anyOf", ()):
        yield from _unbounded(option, path)
    if schema.keys() & {"enum", "const", "anyOf"} or schema.get("format") == "binary":
        return
    types = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    if "string" in types and "maxLength" not in schema and schema.get("pattern") not in FIXED_LENGTH:
        yield path
    if types & {"integer", "number"} and not {"minimum", "maximum"} <= schema.keys():
        yield path
    if "array" in types:
        if "maxItems" not in schema:
            yield path
        yield from _unbounded(schema["items"], f"{path}[]")
    if "object" in types:
        extra = schema.get("additionalProperties", True)
        if extra is not False and "maxProperties" not in schema:
            yield path
        for name, part in schema.get("properties", {}).items():
            yield from _unbounded(part, f"{path}.{name}")


def test_a_free_object_is_one_still():
    found = [one for operation in OPERATIONS if operation.body for one in _unbounded(operation.body, "")]

    assert len(found) == len(FREE_OBJECTS)


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_a_field_that_is_not_known_is_refused(operation: Operation, operator: Person, house: Person):
    body = smallest(operation.body or {}) | {"surprise": 1}
    headers = {"x-tenant-id": str(house.tenant_id)}
    path = operation.address().removeprefix("/api/v1")
    answer = await operator._send(operation.method, path, json=body, headers=headers)

    assert answer.status_code == 400
    faults = {(one["field"], one["code"]) for one in answer.json()["error"]["details"]}
    assert ("surprise", "unknown_field") in faults


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
async def test_another_media_type_is_refused(
    operation: Operation, media_type: str, operator: Person, house: Person
):
    headers = {"x-tenant-id": str(house.tenant_id), "content-type": media_type}
    path = operation.address().removeprefix("/api/v1")
    answer = await operator._send(operation.method, path, content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("media_type", ["application/json", "text/csv", "application/x-www-form-urlencoded"])
async def test_a_register_comes_as_a_form(media_type: str, house: Person):
    answer = await house.post("/students/import", content=b"x", headers={"content-type": media_type})

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({}, ("file", "required")),
        ({"files": {"file": ("a.csv", b"x"), "other": ("b.csv", b"x")}}, ("other", "unknown_field")),
        ({"files": {"file": (None, b"no file, a text")}}, ("file", "wrong_type")),
    ],
)
async def test_a_form_without_its_file_is_told_so(
    form: dict[str, Any], fault: tuple[str, str], house: Person
):
    answer = await house.post("/students/import", **form)

    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["error"]["details"]] == [fault]


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_a_body_that_is_missing_or_too_large_or_no_json(
    operation: Operation, operator: Person, house: Person
):
    headers = {"x-tenant-id": str(house.tenant_id), "content-type": "application/json"}
    path = operation.address().removeprefix("/api/v1")

    async def status(content: bytes) -> int:
        answer = await operator._send(operation.method, path, content=content, headers=headers)
        return answer.status_code

    if operation.found["requestBody"]["required"]:
        assert await status(b"") == 400
    assert [await status(bad) for bad in (b"{", b"[" * 5000, b"\xff", b'"text"')] == [400] * 4
    if not path.endswith("import"):
        assert await status(b" " * 2**20 + b"{}") == 413


@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
async def test_a_method_that_is_not_there_is_refused_with_those_that_are(
    path: str, client: httpx2.AsyncClient
):
    methods = {method.upper() for method in DOCUMENT["paths"][path]}
    address = next(one for one in OPERATIONS if one.path == path).address()

    refused = await client.request("PATCH", address)
    options = await client.options(address)

    assert (refused.status_code, refused.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert options.status_code == 204
    for answer in (refused, options):
        assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == methods | {"OPTIONS"}


async def test_a_super_admin_names_the_business_whose_members_she_wants(
    operator: Person, people: People, house: Person
):
    member = await people.member(house, "staff")

    named = await operator.get("/users", headers={"x-tenant-id": str(house.tenant_id)})
    unnamed = await operator.get("/users")

    assert member.account_id in {one["id"] for one in named.json()["data"]}
    assert (unnamed.status_code, unnamed.json()["error"]["code"]) == (403, "TENANT_REQUIRED")


async def test_nobody_switches_off_their_own_account(house: Person):
    me = (await house.get("/auth/me")).json()["data"]

    answer = await house.put("/auth/me", {"version": me["version"], "is_active": False})

    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["code"] == "unknown_field"


async def test_an_account_keeps_one_address(people: People):
    person = await people.owner()
    me = (await person.get("/auth/me")).json()["data"]

    answer = await person.put(
        "/auth/me", {"version": me["version"], "email": None, "current_password": PASSWORD}
    )

    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["error"]["details"]] == ["email"]


async def test_a_form_in_no_known_charset_is_refused(house: Person):
    part = b'Content-Disposition: form-data; name="file"\r\nContent-Type: text/plain; charset=rot13'
    headers = {"content-type": "multipart/form-data; boundary=x"}

    answer = await house.post(
        "/students/import", content=b"--x\r\n%b\r\n\r\nName\r\n--x--\r\n" % part, headers=headers
    )

    assert answer.status_code == 415
