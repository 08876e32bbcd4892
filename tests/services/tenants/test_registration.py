"""An owner signs up: once, again, in a crowd, interrupted, or with somebody else's address."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import pytest
from tests.people import PASSWORD, People, Person
from tests.services.users.conftest import within_a_second

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.validation import read_value
from studyspot.services.auth.contract import NewAccount
from studyspot.services.tenants.contract import Registration

REGISTER = "/api/v1/auth/register"
_numbers = itertools.count(1)


def registration(**more: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "first_name": "Sunita",
        "business_name": f"Silent Hall {number}",
        "email": f"sunita{number}@example.in",
        "password": PASSWORD,
    } | more


async def register(client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
    return await client.post(REGISTER, json=body)


async def have_account(platform: Platform, body: dict[str, Any]) -> None:
    """As if the sign-up had ended after its first step."""
    account = {name: body[name] for name in ("first_name", "email", "password")}
    await platform.auth.ensure_account(system(), account=read_value(account, NewAccount))


class Business(msgspec.Struct):
    """What the registry, the tenants room and the users room say of one business, together."""

    id: str
    email: str
    status: str
    database: str | None
    is_made: bool
    owners: int


async def businesses(platform: Platform, emails: Sequence[str]) -> list[Business]:
    """Those with these contact addresses, the deleted ones too."""
    async with platform.control.connection() as control:
        return await control.all(
            Business,
            """
            SELECT t.id::text AS id, p.email, t.status, l.database,
                EXISTS (SELECT FROM pg_database WHERE datname = l.database) AS is_made,
                (SELECT count(*) FROM users.members m WHERE m.tenant_id = t.id AND m.role = 'owner') AS owners
            FROM tenants.profiles p JOIN tenancy.tenants t ON t.id = p.tenant_id
            LEFT JOIN tenancy.placements l ON l.tenant_id = t.id
            WHERE p.email = ANY($1) ORDER BY t.created_at
            """,
            emails,
        )


async def assert_whole(platform: Platform, emails: Sequence[str]) -> None:
    """One business, one database and one owner for each address."""
    found = await businesses(platform, emails)
    assert Counter(one.email for one in found) == Counter(emails)
    assert {(one.status, one.is_made, one.owners) for one in found} == {("active", True, 1)}
    assert len({one.database for one in found}) == len(found)


async def test_who_signs_up_is_signed_in_as_owner_with_the_free_plans_limits(
    client: httpx2.AsyncClient, platform: Platform, operator: Person
):  # D37, D45, D46, D49
    body = registration()

    answer = await register(client, body)

    assert answer.status_code == 201
    user, tokens = answer.json()["data"]["user"], answer.json()["data"]["tokens"]
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (user["role"], user["email"]) == ("owner", body["email"])
    assert (await client.get("/api/v1/users", headers=headers)).json()["data"][0]["id"] == user["id"]
    assert (await client.post("/api/v1/libraries", json={"name": "Hall"}, headers=headers)).status_code == 201
    tenant = (await operator.get(f"/tenants/{user['tenant_id']}")).json()["data"]
    assert tenant["subscription_plan"] == "free"
    assert [tenant[f"max_{what}"] for what in ("libraries", "students", "staff")] == [1, 50, 5]
    await assert_whole(platform, [body["email"]])


@pytest.mark.parametrize("known", ["nothing", *["the account"] * 2])
async def test_twenty_at_once_with_the_same_body_make_one_business(
    client: httpx2.AsyncClient, platform: Platform, known: str
):  # D49
    body = registration(phone=f"+9196{next(_numbers):08}", last_name="Das")
    if known == "the account":  # then all of them look for the business at the same moment
        await have_account(platform, body)

    answers = await asyncio.gather(*(register(client, body) for _ in range(20)))

    assert {one.status_code for one in answers} == {201}
    users = [one.json()["data"]["user"] for one in answers]
    assert len({(one["id"], one["tenant_id"]) for one in users}) == 1
    assert {one["role"] for one in users} == {"owner"}
    await assert_whole(platform, [body["email"]])


async def test_signing_up_again_later_is_the_same(client: httpx2.AsyncClient, platform: Platform):
    body = registration()
    first = await register(client, body)

    again = await register(client, body | {"email": body["email"].upper()})

    assert again.status_code == 201
    assert again.json()["data"]["user"]["tenant_id"] == first.json()["data"]["user"]["tenant_id"]
    await assert_whole(platform, [body["email"]])


@pytest.mark.parametrize(
    "other", [{"password": "somebody else's guess"}, {"business_name": "Another Hall"}], ids=str
)
async def test_a_taken_address_is_refused_and_nothing_is_made(
    client: httpx2.AsyncClient, platform: Platform, other: dict[str, str]
):  # D48, D50
    body = registration()
    await register(client, body)

    answer = await register(client, body | other)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DUPLICATE_ENTRY")
    assert "tokens" not in answer.text
    await assert_whole(platform, [body["email"]])


@pytest.mark.parametrize("whose", ["a colleague of the platform", "a member of staff", "an owner"])
async def test_everybodys_address_is_taken(
    client: httpx2.AsyncClient, people: People, owner: Person, platform: Platform, whose: str
):  # D50
    match whose:
        case "a colleague of the platform":
            email = (await people.platform_user("support")).email
        case "a member of staff":
            email = (await people.member(owner, "staff")).email
        case _:
            email = owner.email
    before = await businesses(platform, [email])

    answer = await register(client, registration(email=email, password="an attacker's password"))

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DUPLICATE_ENTRY")
    assert await businesses(platform, [email]) == before


async def test_a_taken_phone_is_refused_and_leaves_no_account(client: httpx2.AsyncClient, phone):
    number = phone()
    await register(client, registration(phone=number))
    body = registration(phone=number)

    assert (await register(client, body)).status_code == 409
    assert (await register(client, body | {"phone": phone()})).status_code == 201


async def test_the_contact_address_of_an_operators_tenant_opens_nothing(
    client: httpx2.AsyncClient, operator: Person, platform: Platform
):  # D48
    body = registration()
    made = await operator.post("/tenants", {"name": "By The Operator", "email": body["email"]})
    assert made.status_code == 201

    assert (await register(client, body)).status_code == 409

    login = {"email": body["email"], "password": PASSWORD}
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 401
    assert [one.id for one in await businesses(platform, [body["email"]])] == [made.json()["data"]["id"]]


async def test_alike_addresses_and_names_make_different_businesses(
    client: httpx2.AsyncClient, platform: Platform, operator: Person
):  # D49
    number = next(_numbers)
    bodies = [
        registration(email=f"info{number}@{place}.example.in", business_name=f"Info {number}")
        for place in ("pune", "agra", "patna", "surat")
    ]

    answers = await asyncio.gather(*(register(client, one) for one in bodies))

    assert {one.status_code for one in answers} == {201}
    await assert_whole(platform, [one["email"] for one in bodies])
    found = (await operator.get("/tenants", params={"search": f"Info {number}"})).json()["data"]
    assert len({one["slug"] for one in found}) == len(bodies)


async def test_a_student_cannot_become_an_owner_by_mistake(client: httpx2.AsyncClient, platform: Platform):
    # D47: the students' app called the owners' sign-up.
    student = registration(last_name="Kumar", phone="9876500000")
    del student["business_name"]

    answer = await register(client, student)

    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["error"]["details"]] == ["business_name"]
    assert (await register(client, registration(role="super_admin"))).status_code == 400
    login = {"email": student["email"], "password": PASSWORD}
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 401


async def test_a_founder_who_was_removed_does_not_come_back_by_signing_up_again(
    client: httpx2.AsyncClient, people: People
):
    body = registration()
    await register(client, body)
    founder = await people.sign_in(body["email"])
    heir = await people.member(founder, "owner")
    assert (await heir.delete(f"/users/{founder.account_id}")).status_code == 204

    answer = await register(client, body)

    assert answer.status_code == 403
    assert [one["id"] for one in (await heir.get("/users")).json()["data"]] == [heir.account_id]


async def test_signing_up_again_does_not_reopen_a_suspended_business(
    client: httpx2.AsyncClient, operator: Person
):  # D77
    body = registration()
    tenant_id = (await register(client, body)).json()["data"]["user"]["tenant_id"]
    await operator.post(f"/tenants/{tenant_id}/suspend", {"reason": "has not paid since March"})

    answer = await register(client, body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "TENANT_SUSPENDED")


async def test_after_a_deletion_the_founder_begins_anew(
    client: httpx2.AsyncClient, operator: Person, platform: Platform
):
    body = registration()
    first = (await register(client, body)).json()["data"]["user"]
    assert (await operator.delete(f"/tenants/{first['tenant_id']}")).status_code == 204

    again = (await register(client, body)).json()["data"]["user"]

    assert again["id"] == first["id"]
    old, new = await businesses(platform, [body["email"]])
    assert (old.id, old.status) == (first["tenant_id"], "deleted")
    assert (new.id, new.status, new.owners) == (again["tenant_id"], "active", 1)
    assert old.database != new.database


@pytest.mark.parametrize("wait", [0.0, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08])
async def test_an_interrupted_sign_up_is_completed_by_the_next(
    client: httpx2.AsyncClient, platform: Platform, wait: float
):  # D49, D66
    body = registration()
    first = asyncio.create_task(register(client, body))
    await asyncio.sleep(wait)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

    assert (await register(client, body)).status_code == 201

    await assert_whole(platform, [body["email"]])


@pytest.mark.parametrize("done", ["the account", "the account, as it has a business", "all but the owner"])
async def test_a_sign_up_that_ended_between_its_steps_is_completed(
    client: httpx2.AsyncClient, people: People, platform: Platform, done: str
):
    body = registration()
    await have_account(platform, body)
    if done != "the account":
        await platform.tenants.register(system(), registration=read_value(body, Registration))
    if done == "all but the owner":
        async with platform.control.transaction() as tx:
            (left,) = await businesses(platform, [body["email"]])
            await tx.run("DELETE FROM users.members WHERE tenant_id = $1", left.id)
            await tx.run("UPDATE tenants.profiles SET owner_added = false WHERE tenant_id = $1", left.id)
        await platform.tenants.ensure_owners(system())
        assert (await people.sign_in(body["email"])).tenant_id == left.id

    assert (await register(client, body)).status_code == 201

    await assert_whole(platform, [body["email"]])


@pytest.mark.together
async def test_a_sign_up_nobody_repeats_is_completed_by_the_housekeeping(
    client: httpx2.AsyncClient, people: People, platform: Platform
):
    bodies = [registration() for _ in range(8)]
    begun = [asyncio.create_task(register(client, one)) for one in bodies]

    async def some_are_reserved() -> bool:
        return bool(await businesses(platform, [one["email"] for one in bodies]))

    await within_a_second(some_are_reserved)
    for one in begun:
        one.cancel()
    await asyncio.gather(*begun, return_exceptions=True)

    await platform.tenants.ensure_owners(system())
    assert await platform.tenancy.provisioner.repair(unfinished_after=timedelta(0)) == []

    found = [one.email for one in await businesses(platform, [one["email"] for one in bodies])]
    await assert_whole(platform, found)
    for email in found:
        await people.sign_in(email)


@pytest.mark.parametrize("count", [40, pytest.param(500, marks=pytest.mark.drill)])
async def test_a_storm_of_sign_ups_makes_exactly_the_distinct_ones(
    client: httpx2.AsyncClient, people: People, platform: Platform, count: int
):
    distinct = [registration() for _ in range(count * 4 // 5)]
    repeats = distinct[: count - len(distinct)]

    async def persist(body: dict[str, Any]) -> str:
        # As a client does: what was refused for being too much at once is sent again.
        answer = await register(client, body)
        if answer.status_code in {503, 504}:
            await asyncio.sleep(int(answer.headers.get("retry-after", 1)))
            return await persist(body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["user"]["tenant_id"]

    signed_in = await asyncio.gather(*(persist(one) for one in (*distinct, *repeats)))

    assert signed_in[len(distinct) :] == signed_in[: len(repeats)]
    emails = [one["email"] for one in distinct]
    await assert_whole(platform, emails)
    assert {one.id for one in await businesses(platform, emails)} == set(signed_in)
    assert (await (await people.sign_in(emails[-1])).get("/students")).json()["data"] == []
