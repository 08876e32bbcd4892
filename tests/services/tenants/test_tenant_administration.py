"""What operators do with businesses: make, find, change, suspend, reopen, close and count them."""

import asyncio
import itertools
import time
from collections.abc import Iterable
from typing import Any

import httpx2
import pytest
from tests.api.document import NOBODYS_ID
from tests.people import PASSWORD, People, Person
from tests.services.tenants.test_registration import businesses
from tests.services.users.conftest import Trail, within_a_second

from studyspot.entrypoints.platform import Platform

_numbers = itertools.count(1)


def business(**more: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {"name": f"Lamp and Desk {number}", "email": f"lamp{number}@example.in"} | more


async def make(operator: Person, **more: Any) -> dict[str, Any]:
    answer = await operator.post("/tenants", business(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def show(operator: Person, tenant_id: object) -> dict[str, Any]:
    return (await operator.get(f"/tenants/{tenant_id}")).json()["data"]


async def change(operator: Person, tenant_id: object, **what: Any) -> dict[str, Any]:
    version = (await show(operator, tenant_id))["version"]
    answer = await operator.put(f"/tenants/{tenant_id}", {"version": version} | what)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def suspend(operator: Person, tenant_id: object) -> httpx2.Response:
    return await operator.post(f"/tenants/{tenant_id}/suspend", {"reason": "has not paid since March"})


def codes(answers: Iterable[httpx2.Response]) -> list[str]:
    return sorted(one.json().get("error", {}).get("code", "") for one in answers)


def limits(tenant: dict[str, Any]) -> list[int]:
    return [tenant[f"max_{what}"] for what in ("libraries", "students", "staff")]


async def test_a_business_made_by_an_operator_has_a_database_and_an_invited_owner(
    client: httpx2.AsyncClient, people: People, platform: Platform, operator: Person, sent_code
):  # D65, D66
    given = business(owner_first_name="Farida", name="Desk & Lamp – नई दिल्ली", phone="98111 22344")

    made = (await operator.post("/tenants", given)).json()["data"]

    assert (made["status"], made["phone"], made["subscription_plan"]) == ("active", "+919811122344", "free")
    (found,) = await businesses(platform, [given["email"]])
    assert (found.id, found.is_made, found.owners) == (made["id"], True, 1)
    await client.post("/api/v1/auth/forgot-password", json={"identifier": given["email"]})
    code = await sent_code(given["email"])
    body = {"identifier": given["email"], "code": code, "new_password": PASSWORD}
    assert (await client.post("/api/v1/auth/reset-password", json=body)).status_code == 204
    owner = await people.sign_in(given["email"])
    assert owner.tenant_id == made["id"]
    assert (await owner.get("/students")).json()["data"] == []


async def test_limits_are_the_plans_or_what_was_agreed(operator: Person):  # D72
    assert limits(await make(operator)) == [1, 50, 5]
    assert limits(await make(operator, subscription_plan="starter")) == [2, 200, 10]
    assert limits(await make(operator, max_students=77)) == [1, 77, 5]


async def test_a_new_plan_brings_its_limits_unless_others_are_given(operator: Person):
    made = await make(operator, max_students=77)

    assert limits(await change(operator, made["id"], name="Renamed")) == [1, 77, 5]
    assert limits(await change(operator, made["id"], subscription_plan="starter")) == [2, 200, 10]
    changed = await change(operator, made["id"], subscription_plan="professional", max_staff=3)
    assert limits(changed) == [5, 1000, 3]
    assert limits(await change(operator, made["id"], max_libraries=9)) == [9, 1000, 3]


async def test_what_is_written_is_what_is_read(operator: Person):  # D74
    address = {"street": "12 MG Road", "city": "Pune", "state": "Maharashtra", "postal_code": "411001"}
    made = await make(operator, address=address, phone="+919811122355")
    assert {name: made["address"][name] for name in address} == address

    changed = await change(operator, made["id"], name="Other", email="Other-Lamp@Example.in", phone=None)

    assert changed == made | {
        "name": "Other",
        "email": "other-lamp@example.in",
        "phone": None,
        "version": made["version"] + 1,
        "updated_at": changed["updated_at"],
    }
    assert await show(operator, made["id"]) == changed
    assert (await change(operator, made["id"], address=None))["address"] is None


@pytest.mark.parametrize("name", ["status", "slug", "id", "deleted_at", "name = 'x', status"])
async def test_only_known_fields_are_taken(operator: Person, house: Person, name: str):  # D29, D74
    before = await show(operator, house.tenant_id)

    body = {"version": before["version"], "name": "Other", name: "inactive"}
    answer = await operator.put(f"/tenants/{house.tenant_id}", body)

    assert answer.status_code == 400
    assert [one["code"] for one in answer.json()["error"]["details"]] == ["unknown_field"]
    assert await show(operator, house.tenant_id) == before


async def test_of_many_at_once_with_one_address_one_is_made(operator: Person, platform: Platform):
    given = business()

    answers = await asyncio.gather(*(operator.post("/tenants", given) for _ in range(8)))

    assert codes(answers) == ["", *["DUPLICATE_ENTRY"] * 7]
    (found,) = await businesses(platform, [given["email"]])
    assert (found.status, found.is_made, found.owners) == ("active", True, 1)


async def test_a_taken_address_changes_nothing(operator: Person):
    first, second = await make(operator), await make(operator)

    body = {"version": second["version"], "email": first["email"], "subscription_plan": "enterprise"}
    answer = await operator.put(f"/tenants/{second['id']}", body)

    assert (answer.status_code, codes([answer])) == (409, ["DUPLICATE_ENTRY"])
    assert await show(operator, second["id"]) == second


async def test_of_changes_at_once_one_is_done(operator: Person):
    made = await make(operator)
    address = f"/tenants/{made['id']}"

    answers = await asyncio.gather(
        *(operator.put(address, {"version": made["version"], "name": f"Name {one}"}) for one in range(6))
    )

    assert codes(answers) == ["", *["VERSION_CONFLICT"] * 5]
    assert (await show(operator, made["id"]))["version"] == made["version"] + 1


async def test_businesses_are_found_by_any_part_of_name_and_address(operator: Person):
    word = f"Zebra{next(_numbers)}"
    cafe = await make(operator, name=f"{word} Café of Books")
    mail = await make(operator, email=f"{word}@mail.example.in")
    plan = await make(operator, name=f"{word} Plan", subscription_plan="starter")
    gone = await make(operator, name=f"{word} Gone")
    shut = await make(operator, name=f"{word} Shut")
    await operator.delete(f"/tenants/{gone['id']}")
    await suspend(operator, shut["id"])

    async def found(**wanted: Any) -> list[str]:
        answer = await operator.get("/tenants", params={"search": word} | wanted)
        assert answer.json()["pagination"]["total"] == len(answer.json()["data"])
        return [one["id"] for one in answer.json()["data"]]

    assert await found() == [shut["id"], plan["id"], mail["id"], cafe["id"]]
    assert await found(search=word.upper()) == await found()
    assert await found(search=f"{word} CAFE") == [cafe["id"]]
    assert await found(search=f"{word} Cafe\u0301") == [cafe["id"]]
    assert await found(plan="starter") == [plan["id"]]
    assert await found(status="deleted") == [gone["id"]]
    assert await found(status="suspended") == [shut["id"]]
    assert await found(status="active", plan="free") == [mail["id"], cafe["id"]]
    assert await found(search=f"{word}%") == []


async def test_the_pages_hold_each_business_once(operator: Person):
    word = f"Yak{next(_numbers)}"
    made = await asyncio.gather(*(make(operator, name=f"{word} {one}") for one in range(5)))

    pages = []
    for page in (1, 2, 3, 4):
        answer = await operator.get("/tenants", params={"search": word, "page": page, "limit": 2})
        pages.append(answer.json())

    shown = [one["id"] for page in pages for one in page["data"]]
    assert sorted(shown) == sorted(one["id"] for one in made)
    assert [len(page["data"]) for page in pages] == [2, 2, 1, 0]
    assert {page["pagination"]["total"] for page in pages} == {5}
    assert [page["pagination"]["has_next"] for page in pages] == [True, True, False, False]


async def test_what_is_not_there_cannot_be_acted_on(operator: Person):
    address = f"/tenants/{NOBODYS_ID}"
    made = await make(operator)
    await operator.delete(f"/tenants/{made['id']}")

    for gone in (address, f"/tenants/{made['id']}"):
        answers = [
            await operator.get(gone),
            await operator.put(gone, {"version": 1, "name": "Other"}),
            await operator.delete(gone),
            await operator.post(f"{gone}/suspend", {"reason": "has not paid since March"}),
            await operator.post(f"{gone}/reactivate"),
            await operator.get(f"{gone}/stats"),
        ]
        assert {one.status_code for one in answers} == {404}


async def test_a_business_is_suspended_and_reopened_once(operator: Person):  # D76
    made = await make(operator)
    address = f"/tenants/{made['id']}"

    assert codes([await operator.post(f"{address}/reactivate")]) == ["WRONG_STATE"]
    assert codes([await operator.post(f"{address}/suspend", {"reason": "  unpaid  "})]) == [
        "VALIDATION_ERROR"
    ]
    suspended = (await suspend(operator, made["id"])).json()["data"]
    assert (suspended["status"], suspended["suspension_reason"]) == ("suspended", "has not paid since March")
    assert codes([await suspend(operator, made["id"])]) == ["WRONG_STATE"]
    reopened = (await operator.post(f"{address}/reactivate")).json()["data"]
    assert (reopened["status"], reopened["suspension_reason"]) == ("active", None)


async def test_of_two_suspensions_at_once_one_is_done(operator: Person, trail: Trail):
    made = await make(operator)

    answers = await asyncio.gather(*(suspend(operator, made["id"]) for _ in range(4)))

    assert codes(answers) == ["", *["WRONG_STATE"] * 3]
    assert [one.action for one in await trail(made["id"])].count("tenants:suspend") == 1


async def _doors(owner: Person) -> list[tuple[int, str]]:
    """What each room, and each way to new tokens, answers somebody of the business."""
    login = {"email": owner.email, "password": PASSWORD}
    answers = [
        await owner.get("/students"),
        await owner.get("/libraries"),
        await owner.get("/users"),
        await owner.get("/auth/me"),
        await owner.client.post("/api/v1/auth/login", json=login),
    ]
    return [(one.status_code, one.json().get("error", {}).get("code", "")) for one in answers]


async def test_suspending_and_reopening_are_felt_within_a_second(owner: Person, operator: Person):
    # D70, D77
    assert await _doors(owner) == [(200, "")] * 5

    await suspend(operator, owner.tenant_id)
    await _felt_within_a_second(owner, [(403, "TENANT_SUSPENDED")] * 5)
    await operator.post(f"/tenants/{owner.tenant_id}/reactivate")
    await _felt_within_a_second(owner, [(200, "")] * 5)


async def test_closing_is_felt_within_a_second(owner: Person, operator: Person):  # D64, D70, D77
    assert await _doors(owner) == [(200, "")] * 5

    assert (await operator.delete(f"/tenants/{owner.tenant_id}")).status_code == 204

    gone = [(404, "RESOURCE_NOT_FOUND")] * 3
    await _felt_within_a_second(owner, [*gone, (403, "ACCOUNT_INACTIVE"), (401, "INVALID_CREDENTIALS")])
    body = {"refresh_token": owner.refresh_token}
    assert (await owner.client.post("/api/v1/auth/refresh", json=body)).status_code == 403


async def _felt_within_a_second(owner: Person, wanted: list[tuple[int, str]]) -> None:
    began = time.monotonic()
    while (told := await _doors(owner)) != wanted:
        assert time.monotonic() - began < 1, told


async def test_a_suspended_businesss_refresh_gives_no_tokens(owner: Person, operator: Person):  # D77
    await suspend(operator, owner.tenant_id)

    answer = await owner.client.post("/api/v1/auth/refresh", json={"refresh_token": owner.refresh_token})

    assert (answer.status_code, codes([answer])) == (403, ["TENANT_SUSPENDED"])


async def test_a_closed_business_keeps_its_database_and_frees_its_address(
    operator: Person, platform: Platform, trail: Trail
):  # D64
    given = business()
    made = (await operator.post("/tenants", given)).json()["data"]

    await operator.delete(f"/tenants/{made['id']}")

    (kept,) = await businesses(platform, [given["email"]])
    assert (kept.status, kept.is_made) == ("deleted", True)
    assert [one.action for one in await trail(made["id"])][-1] == "tenants:delete"
    again = (await operator.post("/tenants", given)).json()["data"]
    assert again["id"] != made["id"]


async def test_only_a_super_admin_closes_a_business(people: People, owner: Person, operator: Person):  # D63
    admin = await people.platform_user("admin")

    assert (await admin.delete(f"/tenants/{owner.tenant_id}")).status_code == 403
    assert (await admin.put(f"/tenants/{owner.tenant_id}", {"version": 1})).status_code in {200, 409}
    assert (await show(operator, owner.tenant_id))["status"] == "active"


async def test_a_lowered_limit_keeps_what_there_is_and_lets_nobody_in(
    people: People, owner: Person, operator: Person
):  # D73
    staff = [await people.member(owner, "staff") for _ in range(3)]
    for one in range(2):
        assert (await owner.post("/libraries", {"name": f"Hall {one}"})).status_code == 201
    student = {"first_name": "Ravi", "phone": "+919811133001"}
    assert (await owner.post("/students", student)).status_code == 201

    await change(operator, owner.tenant_id, max_staff=2, max_libraries=1, max_students=1)

    await asyncio.sleep(0.3)  # by now everybody knows
    answers = [
        await owner.post("/users", {"email": "one.more@example.in", "first_name": "Lata"}),
        await owner.post("/libraries", {"name": "One more"}),
        await owner.post("/students", student | {"phone": "+919811133002"}),
    ]
    assert codes(answers) == ["LIMIT_EXCEEDED"] * 3
    stats = (await operator.get(f"/tenants/{owner.tenant_id}/stats")).json()["data"]
    assert (stats["staff"], stats["libraries"], stats["students"]) == (4, 2, 1)
    assert (await staff[2].get("/students")).status_code == 200


async def test_a_raised_limit_lets_the_next_in_within_a_second(people: People, operator: Person):
    owner = await people.owner("free")
    for _ in range(4):
        await people.member(owner, "staff")
    more = {"email": "the.sixth@example.in", "first_name": "Lata"}
    assert codes([await owner.post("/users", more)]) == ["LIMIT_EXCEEDED"]

    await change(operator, owner.tenant_id, subscription_plan="starter")

    async def added() -> bool:
        return (await owner.post("/users", more)).status_code == 201

    await within_a_second(added)


async def test_what_is_counted_is_what_there_is(people: People, owner: Person, operator: Person):  # D75
    await people.member(owner, "staff")
    await owner.post("/libraries", {"name": "Hall"})
    for number in (1, 2):
        made = await owner.post("/students", {"first_name": "Ravi", "phone": f"+91981113400{number}"})
    await owner.post(f"/students/{made.json()['data']['id']}/suspend", {"reason": "left without a word"})

    stats = (await operator.get(f"/tenants/{owner.tenant_id}/stats")).json()["data"]

    assert stats == {
        "tenant_id": owner.tenant_id,
        "status": "active",
        "subscription_plan": "professional",
        "libraries": 1,
        "students": 2,
        "active_students": 1,
        "staff": 2,
    }
    await suspend(operator, owner.tenant_id)

    async def refused() -> bool:
        return codes([await operator.get(f"/tenants/{owner.tenant_id}/stats")]) == ["WRONG_STATE"]

    await within_a_second(refused)


async def test_each_change_says_who_what_and_why_it_can_be_found(operator: Person, trail: Trail):  # D63, D76
    headers = {"x-request-id": "the-request-of-this-test"}
    made = (await operator.post("/tenants", business(), headers=headers)).json()["data"]
    address = f"/tenants/{made['id']}"
    await operator.put(address, {"version": made["version"], "max_staff": 9}, headers=headers)
    reason = {"reason": "has not paid since March"}
    await operator.post(f"{address}/suspend", reason, headers=headers)
    await operator.post(f"{address}/reactivate", headers=headers)
    await operator.delete(address, headers=headers)

    entries = await trail(made["id"])

    verbs = ["create", "update", "suspend", "reactivate", "delete"]
    assert [one.action for one in entries] == [f"tenants:{verb}" for verb in verbs]
    assert {one.request_id for one in entries} == {"the-request-of-this-test"}
    assert {(str(one.account_id), one.role) for one in entries} == {(operator.account_id, "super_admin")}
    created, updated, suspended, reopened, deleted = entries
    assert created.after == {"name": made["name"], "plan": "free", "email": made["email"]}
    assert updated.before == made
    assert updated.after is not None
    assert updated.after["max_staff"] == 9
    assert suspended.before == updated.after
    assert suspended.after is not None
    assert suspended.after["suspension_reason"] == reason["reason"]
    assert reopened.before == suspended.after
    assert (deleted.before, deleted.after) == (reopened.after, None)


async def test_the_invited_owner_is_on_record_with_who_invited_them(operator: Person, trail: Trail):
    made = (await operator.post("/tenants", business(), headers={"x-request-id": "an-invitation"})).json()

    async def owners() -> list[str]:
        headers = {"x-tenant-id": made["data"]["id"]}
        return [one["id"] for one in (await operator.get("/users", headers=headers)).json()["data"]]

    (owner_id,) = await owners()
    (entry,) = (one for one in await trail(owner_id) if one.action == "members:create")
    assert entry.request_id == "an-invitation"
