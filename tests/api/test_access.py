"""Who gets through which door: made from the OpenAPI document, so that a new route is in it by itself."""

from typing import Any

import httpx2
import pytest
from tests.api.conftest import Token
from tests.api.document import NOBODYS_ID, OPERATIONS, Operation, smallest
from tests.people import People, Person
from tests.services.users.conftest import within_a_second

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import new_id
from studyspot.services.auth.rules import PERMISSIONS

PUBLIC = {
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/admin/login",
    "POST /api/v1/auth/tenant/login",
    "POST /api/v1/auth/student/login",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/forgot-password",
    "POST /api/v1/auth/reset-password",
    "GET /api/v1/auth/.well-known/jwks.json",
    "GET /api/v1/students/images/{token}",  # opens what its token was signed for
    "GET /api/v1/payments/papers/verify",  # for whoever holds a paper, by the code in it
    "GET /health",
    "GET /health/ready",
    "GET /api/v1/health/all",
}
"""All that anybody may call. A route gets here by a decision, not by an omission."""

PROTECTED = [one for one in OPERATIONS if not one.is_public]
GUARDED = [one for one in PROTECTED if one.permission]
WITH_ID = [one for one in PROTECTED if one.id_name]
every = pytest.mark.parametrize


def test_the_public_operations_are_those_of_the_list():  # D34, D60
    assert {str(one) for one in OPERATIONS if one.is_public} == PUBLIC


@every("operation", PROTECTED, ids=str)
def test_an_operation_is_permitted_to_somebody(operation: Operation):
    assert operation.found["x-roles"]
    assert operation.found["security"] == [{"bearer": []}]


@every("operation", PROTECTED, ids=str)
async def test_nobody_is_asked_to_sign_in(operation: Operation, client: httpx2.AsyncClient):
    answer = await client.request(operation.method, operation.address())

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert answer.headers["www-authenticate"] == "Bearer"


@every("operation", PROTECTED, ids=str)
@every("header", ["Bearer x.y.z", "Bearer", "Basic YTpi", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer ü"])
async def test_garbage_is_no_token(operation: Operation, header: str, client: httpx2.AsyncClient):
    headers = {"authorization": header.encode()}
    answer = await client.request(operation.method, operation.address(), headers=headers)

    assert answer.status_code == 401, answer.text


@every("operation", PROTECTED, ids=str)
async def test_an_expired_token_is_refused(
    operation: Operation, client: httpx2.AsyncClient, token: Token, house: Person
):
    headers = token("owner@tenant", house.tenant_id, lives_seconds=-60)
    answer = await client.request(operation.method, operation.address(), headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "TOKEN_EXPIRED"


@every("operation", GUARDED, ids=str)
async def test_every_other_role_is_refused(
    operation: Operation, client: httpx2.AsyncClient, token: Token, house: Person
):
    for role in sorted(PERMISSIONS.keys() - operation.found["x-roles"]):
        headers = token(role, house.tenant_id)
        answer = await client.request(operation.method, operation.address(), headers=headers)

        assert (role, answer.status_code) == (role, 403)
        assert answer.json()["error"]["code"] == "INSUFFICIENT_PERMISSIONS"


@every("operation", PROTECTED, ids=str)
async def test_every_role_of_the_document_gets_through(
    operation: Operation, client: httpx2.AsyncClient, token: Token, house: Person
):
    """As far as its request deserves: there is no body, and nobody has the id."""
    for role in operation.found["x-roles"]:
        headers = token(role, house.tenant_id)
        answer = await client.request(operation.method, operation.address(), headers=headers)

        assert answer.status_code < 500, answer.text
        assert (role, answer.status_code in {401, 403}) == (role, False), answer.text


@every("operation", WITH_ID, ids=str)
async def test_another_tenants_object_is_not_there(
    operation: Operation,
    client: httpx2.AsyncClient,
    token: Token,
    house: Person,
    foreign_ids: dict[str, str],
):
    prefix = operation.path.partition("/{")[0]
    body: dict[str, Any] = {"json": smallest(operation.body)} if operation.body else {}
    if operation.is_upload:
        body = {"files": {"file": ("a bill", b"%PDF-1.7")}}
    for role in operation.found["x-roles"]:
        headers = token(role, house.tenant_id)
        address = operation.address(foreign_ids[prefix])
        answer = await client.request(operation.method, address, headers=headers, **body)

        assert (role, answer.status_code) == (role, 404), answer.text
        unknown = await client.request(operation.method, operation.address(), headers=headers, **body)
        told, told_of_nothing = (one.json()["error"] for one in (answer, unknown))
        assert (told["code"], told["message"]) == (told_of_nothing["code"], told_of_nothing["message"])


async def test_an_owner_cannot_name_another_tenant(client: httpx2.AsyncClient, people: People, house: Person):
    stranger = await people.owner()
    await stranger.post("/students", {"first_name": "Hidden", "phone": "+919811100001"})

    other = await house.get("/students", headers={"x-tenant-id": str(stranger.tenant_id)})
    own = await house.get("/students", headers={"x-tenant-id": str(house.tenant_id)})

    assert (other.status_code, other.json()["error"]["code"]) == (403, "OTHER_TENANT")
    assert own.status_code == 200
    assert "Hidden" not in other.text + own.text


@every("role", sorted(role for role in PERMISSIONS if not role.endswith("@tenant")))
async def test_a_platform_token_carries_what_the_rules_say(role: str, people: People):
    person = await people.platform_user(role)

    said = (await person.post("/auth/verify")).json()["data"]

    assert (said["role"], said["tenant_id"]) == (role, None)
    assert said["permissions"] == sorted(PERMISSIONS[role])


@every("role", ["owner", "manager", "staff"])
async def test_a_members_token_carries_what_the_rules_say(role: str, people: People, house: Person):
    person = await people.member(house, role)

    said = (await person.post("/auth/verify")).json()["data"]

    assert (said["role"], said["tenant_id"]) == (role, house.tenant_id)
    assert said["permissions"] == sorted(PERMISSIONS[f"{role}@tenant"])


@every("operation", [one for one in OPERATIONS if one.id_name], ids=str)
async def test_an_id_that_is_none_names_nothing(operation: Operation, operator: Person, house: Person):
    path = operation.address("not-an-id").removeprefix("/api/v1")
    answer = await operator._send(operation.method, path, headers={"x-tenant-id": str(house.tenant_id)})

    assert answer.status_code == 404
    assert NOBODYS_ID not in answer.text


WITHIN = [one for one in GUARDED if "owner@tenant" in one.found["x-roles"] and one.method == "GET"]


@every("operation", WITHIN, ids=str)
async def test_a_suspended_business_is_refused(operation: Operation, people: People, operator: Person):
    owner = await people.owner()
    own = operation.address(owner.account_id).removeprefix("/api/v1")
    await operator.post(f"/tenants/{owner.tenant_id}/suspend", {"reason": "has not paid for three months"})

    async def refused() -> bool:
        answer = await owner.get(own)
        return answer.is_error and answer.json()["error"]["code"] == "TENANT_SUSPENDED"

    await within_a_second(refused)


NAMED = [one for one in WITHIN if not one.id_name]


@every("operation", NAMED, ids=str)
async def test_a_visit_of_the_platforms_staff_is_recorded(
    operation: Operation, operator: Person, house: Person, platform: Platform
):  # D33
    headers = {"x-tenant-id": house.tenant_id, "x-request-id": f"visit{new_id().hex}"}
    answer = await operator.get(operation.path.removeprefix("/api/v1"), headers=headers)

    async with platform.control.connection() as control:
        visits = await control.column(
            "SELECT after ->> 'request' FROM audit.entries"
            " WHERE action = 'tenants:visit' AND request_id = $1",
            headers["x-request-id"],
        )
    assert visits == [f"GET {operation.path}"], f"{answer.status_code} {answer.text}"


async def test_an_export_that_is_refused_does_not_begin(operator: Person):
    answer = await operator.get("/students/export", headers={"x-tenant-id": NOBODYS_ID})

    assert answer.status_code == 404
