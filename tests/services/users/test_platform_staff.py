"""The operator's own staff: who is on it, who may change whom, and that somebody always can."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.people import PASSWORD, People, Person
from tests.services.users.conftest import Trail, within_a_second

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import AccountId
from studyspot.kernel.validation import read_value
from studyspot.services.users.contract import LastOne, PlatformUserChange

USERS = "/admin/users"
MAY_ADMINISTER = {"users:create": True, "users:update": True, "users:delete": True}
_numbers = itertools.count(1)


def somebody(role: str = "support", **more: Any) -> dict[str, Any]:
    email = f"colleague{next(_numbers)}@studyspot.example"
    return {"email": email, "first_name": "Kavya", "password": PASSWORD, "role": role} | more


async def hire(operator: Person, role: str = "support", **more: Any) -> dict[str, Any]:
    answer = await operator.post(USERS, somebody(role, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def change(by: Person, user: dict[str, Any], **what: Any) -> tuple[int, str]:
    answer = await by.put(f"{USERS}/{user['id']}", {"version": user["version"], **what})
    return answer.status_code, answer.json().get("error", {}).get("code", "")


async def show(operator: Person, user: dict[str, Any]) -> dict[str, Any]:
    return (await operator.get(f"{USERS}/{user['id']}")).json()["data"]


@pytest.fixture
async def clerk(people: People, operator: Person) -> Person:
    """A manager of the platform who administers users as well."""
    made = await hire(operator, "manager", permissions=MAY_ADMINISTER)
    return await people.sign_in(made["email"])


async def test_a_colleague_is_made_found_and_changed(operator: Person, phone):  # D28, D46
    made = await hire(operator, department="support", last_name="Iyer", phone=phone())
    assert (made["role"], made["is_active"], made["version"]) == ("support", True, 1)

    changed = await operator.put(
        f"{USERS}/{made['id']}", {"version": 1, "role": "sales", "department": None, "last_name": "Nair"}
    )

    assert changed.json()["data"] == made | {
        "role": "sales",
        "department": None,
        "last_name": "Nair",
        "version": 3,
    }
    assert await show(operator, made) == changed.json()["data"]


async def test_one_name_is_split_at_its_first_space(operator: Person):
    given = somebody(name="Kavya de Souza")
    del given["first_name"]

    made = (await operator.post(USERS, given)).json()["data"]

    assert (made["first_name"], made["last_name"]) == ("Kavya", "de Souza")


@pytest.mark.parametrize("role", ["admin", "finance"])
async def test_without_the_permission_nobody_is_made(role: str, people: People, operator: Person):  # D28
    wanted = somebody("super_admin")
    person = await people.platform_user(role)

    assert (await person.post(USERS, wanted)).status_code == 403
    assert (await operator.post(USERS, wanted)).status_code == 201


async def test_a_business_has_no_say_in_the_platforms_staff(owner: Person, operator: Person):  # D28, D63
    made = await hire(operator)

    answers = [
        await owner.get(USERS),
        await owner.post(USERS, somebody("super_admin")),
        await owner.put(f"{USERS}/{made['id']}", {"version": 1, "role": "admin"}),
        await owner.delete(f"{USERS}/{made['id']}"),
    ]

    assert {one.status_code for one in answers} == {403}
    assert await show(operator, made) == made


@pytest.mark.parametrize(
    "name", ["is_active = true, role", "account_id", "created_at", "deleted_at", "password_hash"]
)
async def test_only_known_fields_are_taken(operator: Person, name: str):  # D29
    made = await hire(operator)

    answer = await operator.put(f"{USERS}/{made['id']}", {"version": 1, "first_name": "Mira", name: "x"})

    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [
        {"field": name, "message": "This field is not known here.", "code": "unknown_field"}
    ]
    assert await show(operator, made) == made


async def test_the_staff_is_filtered_and_comes_in_pages(operator: Person):
    word = f"Zoya{next(_numbers)}"
    made = [
        await hire(operator, "finance", first_name=word, department="finance"),
        await hire(operator, "analyst", first_name=word),
        await hire(operator, "analyst", first_name=word, department="finance", last_name="Péreira"),
    ]
    await change(operator, made[1], is_active=False)

    async def found(**wanted: Any) -> list[int]:
        data = (await operator.get(USERS, params={"search": word} | wanted)).json()["data"]
        return [[one["id"] for one in made].index(one["id"]) for one in data]

    assert await found() == [2, 1, 0]
    assert await found(role="analyst") == [2, 1]
    assert await found(department="finance") == [2, 0]
    assert await found(status="inactive") == [1]
    assert await found(status="active") == [2, 0]
    assert await found(page=2, limit=2) == [0]
    assert await found(search=f"{word} pereira".upper()) == [2]
    assert await found(search=made[0]["email"]) == [0]


async def test_who_read_an_old_version_changes_nothing(operator: Person):
    made = await hire(operator)
    await change(operator, made, role="sales")

    assert await change(operator, made, role="finance", email="late@studyspot.example") == (
        409,
        "VERSION_CONFLICT",
    )
    assert await show(operator, made) == made | {"role": "sales", "version": 2}


async def test_what_the_person_changed_meanwhile_is_not_overwritten(people: People, operator: Person):
    made = await hire(operator)
    person = await people.sign_in(made["email"])
    assert (await person.put("/auth/me", {"version": 1, "last_name": "Menon"})).status_code == 200

    assert await change(operator, made, last_name="Rao") == (409, "VERSION_CONFLICT")
    assert (await show(operator, made))["last_name"] == "Menon"


async def test_a_taken_address_leaves_the_role_as_it_was(operator: Person, owner: Person):  # D57
    made = await hire(operator)

    assert await change(operator, made, role="admin", email=owner.email) == (409, "DUPLICATE_ENTRY")

    assert await show(operator, made) == made
    assert await change(operator, made, role="admin") == (200, "")


async def test_of_changes_at_once_one_is_done_and_wholly(operator: Person):
    for _ in range(5):
        made = await hire(operator)
        wanted = [{"email": somebody()["email"], "role": role} for role in ("sales", "finance", "analyst")]
        # Those of the role alone are quickest, and may come between the two halves of the others.
        wanted += [{"role": "manager"}, {"role": "admin"}]

        answers = await asyncio.gather(*(change(operator, made, **one) for one in wanted))

        assert sorted(status for status, _ in answers) == [200, 409, 409, 409, 409]
        (done,) = (one for one, answer in zip(wanted, answers, strict=True) if answer[0] == 200)
        left = await show(operator, made)
        assert left == made | done | {"version": left["version"]}


async def test_a_new_role_ends_the_sessions(people: People, operator: Person, client):
    made = await hire(operator)
    person = await people.sign_in(made["email"])

    await change(operator, made, role="sales")

    async def refused() -> bool:
        return (await person.get("/auth/me")).status_code == 401

    await within_a_second(refused)
    body = {"refresh_token": person.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=body)).status_code == 401


async def test_a_new_name_does_not(people: People, operator: Person):
    made = await hire(operator)
    person = await people.sign_in(made["email"])

    await change(operator, made, first_name="Mira")

    await asyncio.sleep(0.2)
    assert (await person.get("/auth/me")).json()["data"]["first_name"] == "Mira"


async def test_nobody_makes_somebody_above_their_own_rank(clerk: Person):
    made = {role: (await clerk.post(USERS, somebody(role))).status_code for role in RANKS}

    # Finance may do what a clerk may not: one could make a colleague and go in as that one.
    assert made == {"super_admin": 403, "admin": 403, "manager": 201, "support": 201, "finance": 403}


RANKS = ("super_admin", "admin", "manager", "support", "finance")


async def test_nobody_is_raised_above_the_rank_of_who_does_it(clerk: Person, operator: Person):
    made = await hire(operator)

    assert (await change(clerk, made, role="admin"))[0] == 403
    assert (await change(clerk, made, role="super_admin"))[0] == 403
    assert (await change(clerk, made, role="manager"))[0] == 200


@pytest.mark.parametrize("role", ["admin", "super_admin"])
async def test_nobody_touches_somebody_above_their_own_rank(clerk: Person, operator: Person, role: str):
    above = await hire(operator, role)

    # With their address one could reset their password.
    assert (await change(clerk, above, email="mine@studyspot.example"))[0] == 403
    assert (await change(clerk, above, role="support"))[0] == 403
    password = await clerk.put(f"{USERS}/{above['id']}/password", {"password": "a borrowed password"})
    assert password.status_code == 403
    assert (await clerk.delete(f"{USERS}/{above['id']}")).status_code == 403
    assert await show(operator, above) == above


async def test_nobody_grants_more_than_they_have(clerk: Person, operator: Person):
    made = await hire(operator)

    for beyond in ("tenants:delete", "tenants:*", "users:*"):
        given = {"permissions": {beyond: True}}
        assert (await clerk.post(USERS, somebody(**given))).status_code == 403
        assert (await change(clerk, made, **given))[0] == 403

    assert (await change(clerk, made, permissions={"users:create": True, "tickets:close": True}))[0] == 200


async def test_what_a_superior_granted_or_withheld_stays(clerk: Person, operator: Person):
    made = await hire(operator, permissions={"payments:refund": False})

    assert (await change(clerk, made, permissions={"payments:refund": True}))[0] == 403
    lowered = {"tenants:delete": False, "payments:refund": False, "users:read": True}
    assert (await change(clerk, made, permissions=lowered))[0] == 200


async def test_nobody_touches_who_may_do_more(clerk: Person, operator: Person):
    made = await hire(operator, permissions={"tenants:delete": True})

    password = await clerk.put(f"{USERS}/{made['id']}/password", {"password": "a borrowed password"})
    assert password.status_code == 403
    assert (await change(clerk, made, email="mine@studyspot.example"))[0] == 403
    assert (await change(clerk, made, permissions={"tenants:delete": False}))[0] == 403
    assert (await clerk.delete(f"{USERS}/{made['id']}")).status_code == 403


async def test_what_is_withheld_from_oneself_is_given_to_nobody(people: People, operator: Person):
    held_back = {"tenants:suspend": False, "users:create": True}
    made = await hire(operator, "admin", permissions=held_back)
    admin = await people.sign_in(made["email"])

    assert (await admin.post(USERS, somebody("admin"))).status_code == 403
    assert (
        await admin.post(USERS, somebody("admin", permissions={"tenants:suspend": False}))
    ).status_code == 201


async def test_an_override_counts_from_the_next_sign_in_on(people: People, operator: Person, owner: Person):
    made = await hire(operator, "admin", permissions={"tenants:delete": True, "tenants:create": False})
    person = await people.sign_in(made["email"])

    new = {"name": "Not To Be", "email": "not-to-be@example.in"}
    assert (await person.post("/tenants", new)).status_code == 403
    assert (await person.delete(f"/tenants/{owner.tenant_id}")).status_code == 204


@pytest.mark.parametrize(
    ("role", "withheld"),
    [("super_admin", "tenants:suspend"), ("super_admin", "tenants:*"), ("admin", "tenants:*")],
)
async def test_what_is_withheld_is_withheld_though_the_role_gives_all_of_its_kind(
    people: People, operator: Person, owner: Person, role: str, withheld: str
):
    made = await hire(operator, role, permissions={withheld: False})
    person = await people.sign_in(made["email"])

    answer = await person.post(f"/tenants/{owner.tenant_id}/suspend", {"reason": "has not paid since March"})

    assert answer.status_code == 403


@pytest.mark.parametrize("what", [{"role": "admin"}, {"is_active": False}, {"permissions": {"a:b": True}}])
async def test_nobody_changes_their_own_place(people: People, what: dict[str, Any]):  # D64
    person = await people.platform_user("super_admin")
    me = {"id": person.account_id, "version": 1}

    assert await change(person, me, **what) == (422, "NOT_YOURSELF")
    assert (await change(person, me, first_name="Myself"))[0] == 200


async def test_nobody_removes_themselves(people: People):  # D64
    person = await people.platform_user("super_admin")

    answer = await person.delete(f"{USERS}/{person.account_id}")

    assert answer.json()["error"]["code"] == "NOT_YOURSELF"
    assert (await person.get(f"{USERS}/{person.account_id}")).status_code == 200


@pytest.fixture
async def no_other_super_admins(platform: Platform) -> AsyncIterator[None]:
    """Those of other tests are switched off meanwhile."""
    async with platform.control.connection() as control:
        others = await control.column(
            """
            UPDATE users.platform_users SET is_active = false
            WHERE role = 'super_admin' AND is_active RETURNING account_id
            """
        )
    yield
    async with platform.control.connection() as control:
        await control.run(
            "UPDATE users.platform_users SET is_active = true WHERE account_id = ANY($1)", others
        )


@pytest.mark.usefixtures("no_other_super_admins")
async def test_the_last_super_admin_stays(people: People, platform: Platform):  # D64
    last = await people.platform_user("super_admin")
    account_id = read_value(last.account_id, AccountId)

    with pytest.raises(LastOne):
        await platform.users.delete_platform_user(system(), account_id=account_id)
    for what in ({"role": "admin"}, {"is_active": False, "email": "gone@studyspot.example"}):
        with pytest.raises(LastOne):
            await platform.users.change_platform_user(
                system(), account_id=account_id, change=read_value({"version": 1} | what, PlatformUserChange)
            )

    kept = await platform.users.get_platform_user(system(), account_id=account_id)
    assert (kept.role, kept.is_active, kept.email) == ("super_admin", True, last.email)


async def _remove(by: Person, whom: Person) -> int:
    return (await by.delete(f"{USERS}/{whom.account_id}")).status_code


async def _demote(by: Person, whom: Person) -> int:
    return (await change(by, {"id": whom.account_id, "version": 1}, role="support"))[0]


async def _switch_off(by: Person, whom: Person) -> int:
    return (await change(by, {"id": whom.account_id, "version": 1}, is_active=False))[0]


@pytest.mark.usefixtures("no_other_super_admins")
@pytest.mark.parametrize("weaken", [_remove, _demote, _switch_off] * 2)
async def test_of_two_who_weaken_each_other_at_once_one_stays(people: People, weaken: Any):  # D64
    one, other = await people.platform_user("super_admin"), await people.platform_user("super_admin")

    answers = await asyncio.gather(weaken(one, other), weaken(other, one))

    done, refused = sorted(answers)
    assert done in {200, 204}
    assert refused in {401, 409}
    # Sessions end before it turns out who is left.
    stays = await people.sign_in((one if answers[0] == done else other).email)
    left = (await stays.get(USERS, params={"role": "super_admin", "status": "active"})).json()["data"]
    assert [person["id"] for person in left] == [stays.account_id]


async def test_a_set_password_signs_the_person_out(people: People, operator: Person):  # D56
    made = await hire(operator)
    person = await people.sign_in(made["email"])
    address = f"{USERS}/{made['id']}/password"

    assert (await operator.put(address, {"password": "password123"})).json()["error"]["code"] == (
        "WEAK_PASSWORD"
    )
    assert (await operator.put(address, {"password": "a fresh start in June"})).status_code == 204

    async def refused() -> bool:
        return (await person.get("/auth/me")).status_code == 401

    await within_a_second(refused)
    await people.sign_in(made["email"], "a fresh start in June")


async def test_who_was_removed_is_out_but_not_forgotten(
    people: People, operator: Person, client, trail: Trail, platform: Platform
):  # D64
    made = await hire(operator)
    person = await people.sign_in(made["email"])

    assert (await operator.delete(f"{USERS}/{made['id']}")).status_code == 204

    async def refused() -> bool:
        return (await person.get("/auth/me")).status_code == 401

    await within_a_second(refused)
    again = await client.post("/api/v1/auth/login", json={"email": made["email"], "password": PASSWORD})
    assert again.status_code == 401
    assert (await operator.get(f"{USERS}/{made['id']}")).status_code == 404
    assert (await operator.delete(f"{USERS}/{made['id']}")).status_code == 404
    assert [one.action for one in await trail(made["id"])][-1] == "users:delete"
    async with platform.control.connection() as control:
        assert await control.value("SELECT email FROM auth.accounts WHERE id = $1", made["id"])


async def test_who_was_removed_can_come_back(client, people: People, operator: Person, sent_code):
    given = somebody("admin")
    made = (await operator.post(USERS, given)).json()["data"]
    await operator.delete(f"{USERS}/{made['id']}")

    again = await operator.post(USERS, given | {"role": "sales", "password": "one that is not used"})

    assert again.status_code == 201
    assert again.json()["data"]["id"] == made["id"]
    # The address may be anybody's whom they typed meanwhile: so they show that they read it.
    login = {"email": made["email"], "password": PASSWORD}
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 401
    await client.post("/api/v1/auth/forgot-password", json={"identifier": made["email"]})
    code = await sent_code(made["email"])
    body = {"identifier": made["email"], "code": code, "new_password": "back at the desk again"}
    await client.post("/api/v1/auth/reset-password", json=body)
    person = await people.sign_in(made["email"], "back at the desk again")
    assert (await person.post("/auth/verify")).json()["data"]["role"] == "sales"


async def test_an_address_somebody_has_makes_nobody(operator: Person, owner: Person):  # D48, D50
    taken = await operator.post(USERS, somebody(email=owner.email, password="another quiet corner"))
    made = await hire(operator)
    twice = await operator.post(USERS, somebody(email=made["email"]))

    assert (taken.status_code, twice.status_code) == (409, 409)
    assert (await owner.get(USERS)).status_code == 403


async def test_each_change_says_who_what_and_why_it_can_be_found(
    people: People, operator: Person, trail: Trail
):  # D63
    headers = {"x-request-id": "the-request-of-this-test"}
    made = (await operator.post(USERS, somebody(), headers=headers)).json()["data"]
    body = {"version": 1, "role": "sales", "first_name": "Mira"}
    await operator.put(f"{USERS}/{made['id']}", body, headers=headers)
    await operator.delete(f"{USERS}/{made['id']}", headers=headers)

    entries = await trail(made["id"])

    assert {one.request_id for one in entries} == {"the-request-of-this-test"}
    assert {(str(one.account_id), one.role) for one in entries} == {(operator.account_id, "super_admin")}
    by_action = {one.action: one for one in entries}
    assert list(by_action) == [
        "accounts:create",
        "users:create",
        "accounts:update",
        "users:update",
        "users:delete",
    ]
    changed = by_action["users:update"]
    assert changed.before is not None
    assert changed.after == changed.before | {"role": "sales", "version": 2}
    assert by_action["users:create"].after == changed.before
    assert by_action["users:delete"].before == changed.after
    assert PASSWORD not in str(entries)
    assert "argon2" not in str(entries)


async def test_a_refused_change_leaves_no_trace(operator: Person, clerk: Person, trail: Trail):
    made = await hire(operator, "admin")
    before = await trail(made["id"])

    await change(clerk, made, role="support")
    await change(operator, made | {"version": 7}, role="support", email="x@studyspot.example")

    assert await trail(made["id"]) == before


async def test_what_somebody_did_is_listed_newest_first(people: People, operator: Person):
    person = await people.platform_user("super_admin")
    made = [await hire(person) for _ in range(3)]

    async def did(**page: int) -> list[str]:
        found = await operator.get(f"{USERS}/{person.account_id}/activity", params=page)
        assert found.json()["pagination"]["total"] == 6
        return [one["entity_id"] for one in found.json()["data"] if one["action"] == "users:create"]

    assert await did() == [one["id"] for one in reversed(made)]
    assert await did(limit=2) == [made[2]["id"]]


async def test_nobody_is_on_the_staff_whom_nobody_put_there(platform: Platform):  # D51, D52
    async with platform.control.connection() as control:
        seeded = await control.column(
            """
            SELECT account_id FROM users.platform_users u WHERE NOT EXISTS (
                SELECT FROM audit.entries e WHERE e.entity_id = u.account_id AND e.action = 'users:create')
            """
        )
    assert seeded == []
