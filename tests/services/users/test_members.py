"""Who works for a business: added, changed, removed, counted, and kept apart from other businesses."""

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any

import httpx2
import pytest
from tests.api.document import NOBODYS_ID
from tests.people import PASSWORD, People, Person
from tests.services.users.conftest import Trail, within_a_second

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import InsufficientPermissions
from studyspot.kernel.ids import AccountId, TenantId, new_id
from studyspot.kernel.validation import read_value
from studyspot.services.users.contract import MemberChange, NewMember

_numbers = itertools.count(1)


def somebody(role: str = "staff", **more: Any) -> dict[str, Any]:
    return {"email": f"helper{next(_numbers)}@example.in", "first_name": "Lata", "role": role} | more


async def take_on(owner: Person, role: str = "staff", **more: Any) -> dict[str, Any]:
    answer = await owner.post("/users", somebody(role, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def change(by: Person, member: dict[str, Any], **what: Any) -> tuple[int, str]:
    answer = await by.put(f"/users/{member['id']}", {"version": member["version"], **what})
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def in_the_name_of(owner: Person) -> dict[str, str]:
    return {"x-tenant-id": str(owner.tenant_id)}


def codes(answers: Iterable[httpx2.Response]) -> list[str]:
    return sorted(one.json().get("error", {}).get("code", "") for one in answers)


async def test_who_is_taken_on_is_told_by_whom_and_how_to_come_in(house: Person, letters, client):
    made = await take_on(house)
    again = await house.post("/users", somebody() | {"email": made["email"]})

    (letter,) = await letters(made["email"])
    assert again.status_code == 409
    assert letter["subject"] == "invitation"
    business = (await house.get("/auth/me")).json()["data"]["memberships"][0]["tenant_name"]
    assert business in letter["text"]
    assert "Forgot password" in letter["text"]


async def test_a_member_is_added_changed_and_removed(house: Person, phone):
    made = await take_on(house, "manager", last_name="Devi", phone=phone(), staff_type="manager")
    assert (made["role"], made["is_active"], made["version"]) == ("manager", True, 1)
    address = f"/users/{made['id']}"

    changed = await house.put(address, {"version": 1, "role": "staff", "staff_type": None})

    assert changed.json()["data"] == made | {"role": "staff", "staff_type": None, "version": 2}
    assert (await house.get(address)).json() == changed.json()
    assert (await house.delete(address)).status_code == 204
    assert (await house.get(address)).status_code == 404
    assert (await house.delete(address)).status_code == 404


async def test_who_was_invited_sets_a_password_and_is_in(
    client: httpx2.AsyncClient, people: People, house: Person, sent_code
):
    made = await take_on(house)
    await client.post("/api/v1/auth/forgot-password", json={"identifier": made["email"]})
    code = await sent_code(made["email"])
    body = {"identifier": made["email"], "code": code, "new_password": PASSWORD}
    assert (await client.post("/api/v1/auth/reset-password", json=body)).status_code == 204

    person = await people.sign_in(made["email"])

    assert person.tenant_id == house.tenant_id
    assert (await person.get("/students")).status_code == 200


async def test_an_invitation_does_not_change_the_account_of_who_has_one(
    people: People, house: Person, stranger: Person
):  # D48
    given = somebody(email=stranger.email, first_name="Renamed", password="a password of the owner's")

    assert (await house.post("/users", given)).status_code == 201

    assert (await people.sign_in(stranger.email)).account_id == stranger.account_id
    assert (await stranger.get("/auth/me")).json()["data"]["first_name"] == "Asha"


async def test_somebody_elses_phone_is_refused(house: Person, stranger: Person, phone):  # D57
    number = phone()
    await take_on(stranger, phone=number)

    answer = await house.post("/users", somebody(phone=number))

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DUPLICATE_ENTRY")


async def test_nobody_is_added_twice_however_often_it_is_asked(house: Person):
    given = somebody()

    answers = await asyncio.gather(*(house.post("/users", given) for _ in range(5)))

    assert codes(answers) == ["", *["DUPLICATE_ENTRY"] * 4]


@pytest.mark.parametrize("name", ["tenant_id", "account_id", "permissions", "is_active = false --"])
async def test_only_known_fields_are_taken(house: Person, name: str):  # D29
    made = await take_on(house)

    added = await house.post("/users", somebody() | {name: "x"})
    changed = await house.put(f"/users/{made['id']}", {"version": 1, "role": "manager", name: "x"})

    assert (added.status_code, changed.status_code) == (400, 400)
    assert (await house.get(f"/users/{made['id']}")).json()["data"] == made


async def test_the_plan_limits_the_staff_exactly_though_all_come_at_once(people: People):  # D73
    owner = await people.owner("free")

    answers = await asyncio.gather(*(owner.post("/users", somebody()) for _ in range(12)))

    assert codes(answers) == [*[""] * 4, *["LIMIT_EXCEEDED"] * 8]
    assert {one.status_code for one in answers} == {201, 422}
    assert (await owner.get("/users")).json()["pagination"]["total"] == 5


async def test_who_leaves_makes_room(people: People):
    owner = await people.owner("free")
    made = [await take_on(owner) for _ in range(4)]
    assert codes([await owner.post("/users", somebody())]) == ["LIMIT_EXCEEDED"]

    await owner.delete(f"/users/{made[0]['id']}")

    await take_on(owner)


async def test_of_changes_at_once_one_is_done(house: Person):
    made = await take_on(house)

    answers = await asyncio.gather(*(change(house, made, role=role) for role in ("owner", "manager") * 3))

    assert sorted(answers) == [(200, ""), *[(409, "VERSION_CONFLICT")] * 5]
    assert (await house.get(f"/users/{made['id']}")).json()["data"]["version"] == 2


async def test_the_staff_comes_newest_first_in_pages(owner: Person):
    made = [owner.account_id, *[(await take_on(owner))["id"] for _ in range(4)]]

    pages = [(await owner.get("/users", params={"page": page, "limit": 2})).json() for page in (1, 2, 3, 4)]

    assert [one["id"] for page in pages for one in page["data"]] == made[::-1]
    assert {page["pagination"]["total"] for page in pages} == {5}


@pytest.mark.parametrize("weakening", [{"role": "staff"}, {"is_active": False}, None], ids=str)
async def test_what_was_taken_away_is_gone_within_a_second(
    people: People, house: Person, client: httpx2.AsyncClient, weakening: dict[str, Any] | None
):
    manager = await people.member(house, "manager")
    assert (await manager.get("/users")).status_code == 200

    if weakening is None:
        await house.delete(f"/users/{manager.account_id}")
    else:
        await change(house, {"id": manager.account_id, "version": 1}, **weakening)

    async def refused() -> bool:
        return (await manager.get("/users")).status_code == 401

    await within_a_second(refused)
    body = {"refresh_token": manager.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=body)).status_code == 401
    again = await client.post("/api/v1/auth/login", json={"email": manager.email, "password": PASSWORD})
    assert again.status_code == (200 if weakening == {"role": "staff"} else 401)


async def test_who_is_removed_here_stays_elsewhere(people: People, house: Person, stranger: Person):
    await house.post("/users", somebody(email=stranger.email))

    assert (await house.delete(f"/users/{stranger.account_id}")).status_code == 204

    await asyncio.sleep(0.2)
    assert (await stranger.get("/users")).status_code == 200
    assert (await people.sign_in(stranger.email)).tenant_id == stranger.tenant_id


async def test_who_was_removed_is_not_forgotten_and_can_come_back(
    house: Person, platform: Platform, trail: Trail
):  # D64
    given = somebody("manager")
    made = (await house.post("/users", given)).json()["data"]
    await house.delete(f"/users/{made['id']}")

    async with platform.control.connection() as control:
        assert await control.value("SELECT email FROM auth.accounts WHERE id = $1", made["id"])
    assert [one.action for one in await trail(made["id"])][-1] == "members:delete"
    assert (await house.post("/users", given)).json()["data"]["id"] == made["id"]


@pytest.mark.parametrize(
    "what", [{"role": "staff"}, {"is_active": False}, {"staff_type": "general"}], ids=str
)
async def test_nobody_changes_their_own_place(house: Person, what: dict[str, Any]):  # D64
    me = {"id": house.account_id, "version": 1}

    assert await change(house, me, **what) == (422, "NOT_YOURSELF")


async def test_nobody_removes_themselves(house: Person):  # D64
    await take_on(house, "owner")

    assert codes([await house.delete(f"/users/{house.account_id}")]) == ["NOT_YOURSELF"]


async def test_a_business_keeps_its_last_owner(operator: Person, owner: Person):  # D64
    address, headers = f"/users/{owner.account_id}", in_the_name_of(owner)
    await take_on(owner, "manager")
    second = await take_on(owner, "owner")
    assert await change(owner, second, is_active=False) == (200, "")

    answers = [
        await operator.delete(address, headers=headers),
        await operator.put(address, {"version": 1, "role": "manager"}, headers=headers),
        await operator.put(address, {"version": 1, "is_active": False}, headers=headers),
    ]

    assert codes(answers) == ["LAST_ONE"] * 3
    assert {one.status_code for one in answers} == {409}


@pytest.mark.parametrize("weakening", [{"role": "staff"}, {"is_active": False}, None] * 2, ids=str)
async def test_of_two_owners_who_weaken_each_other_at_once_one_stays(
    people: People, owner: Person, weakening: dict[str, Any] | None
):  # D64
    second = await people.member(owner, "owner")

    async def weaken(by: Person, whom: Person) -> int:
        if weakening is None:
            return (await by.delete(f"/users/{whom.account_id}")).status_code
        return (await change(by, {"id": whom.account_id, "version": 1}, **weakening))[0]

    answers = await asyncio.gather(weaken(owner, second), weaken(second, owner))

    done, refused = sorted(answers)
    assert done in {200, 204}
    assert refused in {401, 409}
    # Sessions end before it turns out who is left.
    stays = await people.sign_in((owner if answers[0] == done else second).email)
    left = (await stays.get("/users")).json()["data"]
    assert [one["id"] for one in left if one["role"] == "owner" and one["is_active"]] == [stays.account_id]


@pytest.mark.parametrize("role", ["manager", "staff"])
async def test_only_an_owner_decides_who_works_there(people: People, owner: Person, role: str):  # D36, D63
    person = await people.member(owner, role)

    answers = [
        await person.post("/users", somebody("owner")),
        await person.put(f"/users/{owner.account_id}", {"version": 1, "role": "staff"}),
        await person.delete(f"/users/{owner.account_id}"),
    ]

    assert codes(answers) == ["INSUFFICIENT_PERMISSIONS"] * 3
    assert (await owner.get("/users")).json()["pagination"]["total"] == 2


async def test_at_the_door_a_manager_stays_below_an_owner(platform: Platform, house: Person):
    manager = Caller(
        account_id=AccountId(new_id()),
        role="manager",
        permissions=frozenset({"members:*"}),
        tenant_id=read_value(house.tenant_id, TenantId),
    )
    owner_id = read_value(house.account_id, AccountId)

    for refused in (
        platform.users.add_member(manager, member=read_value(somebody("owner"), NewMember)),
        platform.users.remove_member(manager, account_id=owner_id),
        platform.users.change_member(
            manager,
            account_id=owner_id,
            change=read_value({"version": 1, "staff_type": "general"}, MemberChange),
        ),
    ):
        with pytest.raises(InsufficientPermissions):
            await refused


async def test_another_business_can_neither_see_nor_touch_a_member(owner: Person, stranger: Person):  # D33
    made = await take_on(owner)
    address = f"/users/{made['id']}"

    for headers, status in (({}, 404), (in_the_name_of(owner), 403)):
        answers = [
            await stranger.get(address, headers=headers),
            await stranger.put(address, {"version": 1, "role": "owner"}, headers=headers),
            await stranger.delete(address, headers=headers),
        ]
        assert {one.status_code for one in answers} == {status}
    seen = (await stranger.get("/users")).json()["data"]
    assert [one["id"] for one in seen] == [stranger.account_id]
    assert (await owner.get(address)).json()["data"] == made


async def test_a_name_in_the_header_adds_nobody_elsewhere(house: Person, stranger: Person):  # D33
    before = (await house.get("/users")).json()["pagination"]["total"]

    refused = await stranger.post("/users", somebody(), headers=in_the_name_of(house))

    assert (refused.status_code, codes([refused])) == (403, ["OTHER_TENANT"])
    assert (await house.get("/users")).json()["pagination"]["total"] == before
    assert (await stranger.get("/users")).json()["pagination"]["total"] == 1


async def test_what_the_platforms_staff_does_in_a_business_is_on_record(
    operator: Person, owner: Person, trail: Trail
):  # D33
    headers = in_the_name_of(owner) | {"x-request-id": "a-look-behind-the-desk"}

    made = (await operator.post("/users", somebody(), headers=headers)).json()["data"]
    assert (await operator.get("/users", headers=headers)).json()["pagination"]["total"] == 2
    assert (await operator.get(f"/users/{NOBODYS_ID}", headers=headers)).status_code == 404

    looks = [one for one in await trail(str(owner.tenant_id)) if one.action == "tenants:visit"]
    (added,) = (one for one in await trail(made["id"]) if one.action == "members:create")
    assert [one.after for one in looks] == [
        {"request": "POST /api/v1/users"},
        {"request": "GET /api/v1/users"},
        {"request": f"GET /api/v1/users/{NOBODYS_ID}"},
    ]
    for entry in (*looks, added):
        assert (str(entry.account_id), entry.role) == (operator.account_id, "super_admin")
        assert entry.request_id == "a-look-behind-the-desk"
    assert added.after is not None
    assert added.after["tenant_id"] == owner.tenant_id


async def test_the_businesss_own_looks_are_not(house: Person, trail: Trail):
    await house.get("/users")

    assert "tenants:visit" not in {one.action for one in await trail(str(house.tenant_id))}


async def test_the_platforms_staff_names_the_business_it_means(operator: Person):  # D33
    assert codes([await operator.get("/users")]) == ["TENANT_REQUIRED"]
    assert codes([await operator.get("/users", headers={"x-tenant-id": "1 OR 1=1"})]) == ["VALIDATION_ERROR"]
    nobodys = await operator.get("/users", headers={"x-tenant-id": NOBODYS_ID})
    assert nobodys.status_code == 404


async def test_each_change_says_who_what_and_where(house: Person, trail: Trail):  # D63, D142, D143
    headers = {"x-request-id": "the-request-of-this-test"}
    made = (await house.post("/users", somebody(password=PASSWORD), headers=headers)).json()["data"]
    await house.put(f"/users/{made['id']}", {"version": 1, "role": "manager"}, headers=headers)
    await house.delete(f"/users/{made['id']}", headers=headers)

    entries = [one for one in await trail(made["id"]) if one.entity == "member"]

    assert [one.action for one in entries] == ["members:create", "members:update", "members:delete"]
    assert {one.request_id for one in entries} == {"the-request-of-this-test"}
    assert {(str(one.account_id), one.role) for one in entries} == {(house.account_id, "owner")}
    created, changed, deleted = entries
    assert created.before is None
    assert created.after is not None
    assert created.after["tenant_id"] == house.tenant_id
    assert changed.before == created.after
    assert changed.after == created.after | {"role": "manager", "version": 2}
    assert (deleted.before, deleted.after) == (changed.after, None)
    assert PASSWORD not in str(await trail(made["id"]))


async def test_a_student_is_no_member_of_staff(platform: Platform, owner: Person, stranger: Person):
    async with platform.control.connection() as control:
        await control.run(
            """
            INSERT INTO users.members (account_id, tenant_id, role, subject_id) VALUES ($1, $2, 'student', $3)
            """,
            stranger.account_id,
            owner.tenant_id,
            new_id(),
        )
    address = f"/users/{stranger.account_id}"

    assert (await owner.get("/users")).json()["pagination"]["total"] == 1
    answers = [
        await owner.get(address),
        await owner.put(address, {"version": 1}),
        await owner.delete(address),
    ]
    assert {one.status_code for one in answers} == {404}


@pytest.mark.parametrize(
    ("closing", "code"), [("suspend", "TENANT_SUSPENDED"), ("delete", "RESOURCE_NOT_FOUND")]
)
async def test_a_closed_business_is_closed_to_its_members_too(
    people: People, owner: Person, operator: Person, closing: str, code: str
):  # D70
    manager = await people.member(owner, "manager")
    address = f"/tenants/{owner.tenant_id}"
    if closing == "suspend":
        await operator.post(f"{address}/suspend", {"reason": "has not paid since March"})
    else:
        await operator.delete(address)

    async def refused() -> bool:
        return codes([await manager.get("/users")]) == [code]

    await within_a_second(refused)
    me = f"/users/{manager.account_id}"
    answers = [
        await owner.get(me),
        await owner.post("/users", somebody()),
        await owner.put(me, {"version": 1, "role": "owner"}),
        await owner.delete(me),
        await operator.get("/users", headers=in_the_name_of(owner)),
    ]
    assert codes(answers) == [code] * 5
