"""The client has what docs/openapi.json says, all of it, and nothing else."""

import inspect
import json
from types import NoneType
from typing import Any

import msgspec
import pytest
from tests.client.api_document import DOCUMENT, OPERATIONS, SCHEMAS, Operation, fields_of, shape, shape_of
from tests.client.walk import FILE, TENANT, TOKENS, Call, calls, calls_in_tenant, iterations

from studyspot.client import errors
from studyspot.client._generate import TARGET, generate

ALIASES = {"get_me_profile": "get_me", "change_me_profile": "change_me"}
"""Other paths of the same operation."""
NEEDED = inspect.Parameter.empty
CALLS = {call.operation.id: call for call in calls() if call.operation}


def test_every_operation_is_in_the_client():
    assert sorted([*CALLS, *ALIASES]) == sorted(OPERATIONS)


def test_every_call_is_an_operation_and_no_operation_has_two():
    assert [call.name for call in calls() if call.operation is None] == []
    assert len(CALLS) == len(calls())


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_the_same_operation(alias: str):
    def described(name: str) -> Any:
        operation = OPERATIONS[name]
        return operation.method, operation.described["parameters"], operation.body, operation.answer

    assert described(alias) == described(ALIASES[alias])


@pytest.mark.parametrize("name", CALLS)
def test_query_parameters_are_those_of_the_document(name: str):
    call, documented = CALLS[name], OPERATIONS[name].parameters("query")

    assert set(call.sent.url.params) == set(documented)
    for parameter, schema in documented.items():
        type_, default = call.parameters[parameter]
        assert shape_of(type_) - {None} == shape(schema) - {None}
        assert default == schema.get("default", None if _may_be_left_out(name, parameter) else NEEDED)


def _may_be_left_out(name: str, parameter: str) -> bool:
    described = OPERATIONS[name].described["parameters"]
    return not next(one["required"] for one in described if one["name"] == parameter)


@pytest.mark.parametrize("name", CALLS)
def test_every_argument_arrives_in_the_path_the_query_or_the_body(name: str):
    call, operation = CALLS[name], OPERATIONS[name]
    structs = {
        one
        for one, (type_, _) in call.parameters.items()
        if inspect.isclass(type_) and issubclass(type_, msgspec.Struct)
    }
    others = set(call.parameters) - structs - {"progress", "file", "to", "key"}

    assert ("key" in call.parameters) == ("Idempotency-Key" in operation.parameters("header"))
    assert others <= {*operation.parameters("path"), *operation.parameters("query"), *_body_fields(operation)}


def _body_fields(operation: Operation) -> dict[str, Any]:
    schemas = [schema for kind in operation.body.values() for schema in kind.get("anyOf", [kind])]
    return {
        name: field for one in schemas if one.get("type") != "null" for name, field in fields_of(one).items()
    }


@pytest.mark.parametrize("name", CALLS)
def test_the_body_is_that_of_the_document(name: str):
    call, operation = CALLS[name], OPERATIONS[name]
    content_type = call.sent.headers.get("content-type", "").partition(";")[0]

    assert [content_type] == (list(operation.body) or [""])
    if content_type == "application/json":
        assert set(json.loads(call.sent.content)) == set(_body_fields(operation))
        [type_] = shape_of(type(call.request.body))
        assert dict(type_[1]) == _body_fields(operation)
    if content_type == "multipart/form-data":
        assert list(_body_fields(operation)) == ["file"]
        assert b'name="file"' in call.sent.content
        assert FILE in call.sent.content


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.request.body])
def test_defaults_of_a_body_are_those_of_the_document(name: str):
    [documented] = OPERATIONS[name].body.values()
    [reference], ours = msgspec.json.schema_components(
        [type(CALLS[name].request.body)], ref_template="#/{name}"
    )

    assert _defaults(reference, ours) == _defaults(documented.get("anyOf", [documented])[0], SCHEMAS)


def _defaults(reference: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    fields = schemas[reference["$ref"].rpartition("/")[2]]["properties"]
    return {name: field["default"] for name, field in fields.items() if "default" in field}


@pytest.mark.parametrize("name", CALLS)
def test_the_answer_is_that_of_the_document(name: str):
    call = CALLS[name]
    _, schemas = OPERATIONS[name].answer
    if "application/json" not in schemas:
        assert call.request.answer is NoneType
        assert call.saved == (FILE if schemas else None)
        return
    documented = fields_of(schemas["application/json"])
    documented.pop("success", None)
    [ours] = [shape_of(call.request.answer)]

    if call.request.bare:
        assert ours == {("object", frozenset(documented.items()))}
    else:
        assert documented == {"data": (ours, True)}


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_as_documented_can_be_read(name: str):
    assert CALLS[name].problem is None


@pytest.mark.parametrize("name", CALLS)
def test_a_token_goes_only_where_it_is_needed(name: str):
    sent = CALLS[name].sent.headers.get("authorization")

    assert sent == (f"Bearer {TOKENS.access_token}" if OPERATIONS[name].described["security"] else None)


def test_the_rooms_of_a_tenant_are_those_that_may_name_one():
    wanted = {name for name, one in OPERATIONS.items() if "X-Tenant-ID" in one.parameters("header")}

    assert {call.operation.id for call in calls_in_tenant() if call.operation} == wanted


@pytest.mark.parametrize("call", calls_in_tenant(), ids=lambda call: call.name)
def test_a_call_in_a_tenant_names_it(call: Call):
    assert call.sent.headers["x-tenant-id"] == str(TENANT)


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.name)
def test_no_other_call_names_a_tenant(call: Call):
    assert "x-tenant-id" not in call.sent.headers


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if "page" in call.parameters])
def test_a_list_with_pages_can_be_walked_through_with_the_same_filters(name: str):
    [walking] = [one for one in iterations() if one.operation == OPERATIONS[name]]
    filters = dict(CALLS[name].sent.url.params) | {"page": "1", "limit": "100"}

    assert dict(walking.sent.url.params) == filters
    assert walking.request.answer == CALLS[name].request.answer


def test_an_error_has_the_fields_of_the_document():
    [documented] = shape(SCHEMAS["Failure"]["properties"]["error"])
    [ours] = shape_of(errors._Error)
    codes = dict(documented[1])["code"][0]

    assert all(isinstance(code, str) for code in codes)
    assert dict(ours[1]) | {"code": (codes, True)} == dict(documented[1])


@pytest.mark.parametrize("name", DOCUMENT["components"]["responses"])
def test_an_error_that_is_documented_has_a_class(name: str):
    statuses = {
        int(status)
        for operation in OPERATIONS.values()
        for status, one in operation.described["responses"].items()
        if one.get("$ref", "").endswith(f"/{name}")
    }

    assert statuses
    assert statuses <= errors.BY_STATUS.keys()


def test_the_blocking_client_is_made_from_the_other():
    assert generate() == {path: path.read_text(encoding="utf-8") for path in TARGET.glob("*.py")}
