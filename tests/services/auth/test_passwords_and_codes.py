"""Passwords, and the one-time codes that open what was forgotten."""

import time

import httpx2
import pytest
import time_machine
from tests.people import PASSWORD, People, Person
from tests.topology import Topology

from studyspot.entrypoints.platform import Platform

NEW = "another quiet corner"


def otherwise(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def reset(client: httpx2.AsyncClient, email: str, code: str, password: str = NEW) -> httpx2.Response:
    body = {"identifier": email, "code": code, "new_password": password}
    return await client.post("/api/v1/auth/reset-password", json=body)


async def forgot(client: httpx2.AsyncClient, email: str) -> httpx2.Response:
    return await client.post("/api/v1/auth/forgot-password", json={"identifier": email})


async def test_a_changed_password_works_and_the_old_one_does_not(people: People):  # D56
    owner = await people.owner("free")
    body = {"current_password": PASSWORD, "new_password": NEW}

    assert (await owner.post("/auth/change-password", body)).status_code == 204

    await people.sign_in(owner.email, NEW)
    with pytest.raises(AssertionError):
        await people.sign_in(owner.email)


async def test_changing_a_password_ends_the_other_sessions_only(people: People):
    owner = await people.owner("free")
    other = await people.sign_in(owner.email)

    await owner.post("/auth/change-password", {"current_password": PASSWORD, "new_password": NEW})

    assert (await owner.get("/auth/me")).status_code == 200
    refreshed = await owner.client.post("/api/v1/auth/refresh", json={"refresh_token": other.refresh_token})
    assert refreshed.status_code == 401


async def test_the_current_password_is_asked_for(owner: Person):
    body = {"current_password": "not the password", "new_password": NEW}

    assert (await owner.post("/auth/change-password", body)).status_code == 401


@pytest.mark.parametrize("weak", ["password123", "12345678", "aaaaaaaaaa", "qwertyuiop"])
async def test_widely_known_passwords_are_refused(owner: Person, weak: str):
    answer = await owner.post("/auth/change-password", {"current_password": PASSWORD, "new_password": weak})

    assert answer.json()["error"]["code"] == "WEAK_PASSWORD"


async def test_ones_own_address_is_no_password(client: httpx2.AsyncClient):
    body = {
        "first_name": "Kiran",
        "business_name": "Kiran Library",
        "email": "kirankumar77@example.in",
        "password": "kirankumar77",
    }

    assert (await client.post("/api/v1/auth/register", json=body)).json()["error"]["code"] == "WEAK_PASSWORD"


async def test_a_forgotten_password_is_reset_with_the_code(client, people: People, sent_code):  # D56
    owner = await people.owner("free")
    assert (await forgot(client, owner.email)).status_code == 202

    assert (await reset(client, owner.email, await sent_code(owner.email))).status_code == 204

    await people.sign_in(owner.email, NEW)


async def test_a_reset_ends_every_session(client, people: People, sent_code):
    owner = await people.owner("free")
    await forgot(client, owner.email)
    await reset(client, owner.email, await sent_code(owner.email))

    again = await client.post("/api/v1/auth/refresh", json={"refresh_token": owner.refresh_token})
    assert again.status_code == 401


async def test_a_reset_proves_the_address_the_code_went_to(client, people: People, sent_code):
    owner = await people.owner("free")
    await forgot(client, owner.email)
    await reset(client, owner.email, await sent_code(owner.email))

    assert (await (await people.sign_in(owner.email, NEW)).get("/auth/me")).json()["data"]["email_verified"]


async def test_who_made_an_account_with_somebody_elses_address_loses_it(client, people: People, sent_code):
    thief = await people.owner("free")
    mine = {"version": 1, "phone": "+919876500011", "current_password": PASSWORD}
    assert (await thief.put("/auth/me", mine)).status_code == 200

    await forgot(client, thief.email)
    await reset(client, thief.email, await sent_code(thief.email))

    rightful = await people.sign_in(thief.email, NEW)
    assert (await rightful.get("/auth/me")).json()["data"]["phone"] is None


async def test_who_has_proved_the_address_keeps_the_others(client, people: People, sent_code):
    owner = await people.owner("free")
    await owner.post("/auth/codes", {"channel": "email"})
    await owner.post("/auth/codes/verify", {"channel": "email", "code": await sent_code(owner.email)})
    await owner.put("/auth/me", {"version": 1, "phone": "+919876500012", "current_password": PASSWORD})

    await forgot(client, owner.email)
    await reset(client, owner.email, await sent_code(owner.email))

    me = (await (await people.sign_in(owner.email, NEW)).get("/auth/me")).json()["data"]
    assert me["phone"] == "+919876500012"


async def test_an_address_that_was_never_proved_opens_nothing_beside_one_that_was(
    client, people: People, sent_code
):
    owner = await people.owner("free")
    await owner.post("/auth/codes", {"channel": "email"})
    await owner.post("/auth/codes/verify", {"channel": "email", "code": await sent_code(owner.email)})
    slip = "+919876500014"
    await owner.put("/auth/me", {"version": 1, "phone": slip, "current_password": PASSWORD})

    assert (await forgot(client, slip)).status_code == 202

    with pytest.raises(IndexError):
        await sent_code(slip)


async def test_a_new_address_needs_the_password_and_the_old_one_is_told(people: People, topology: Topology):
    owner = await people.owner("free")
    new = {"version": 1, "email": f"new.{owner.email}"}

    without = await owner.put("/auth/me", new)
    wrong = await owner.put("/auth/me", new | {"current_password": "not this one"})
    right = await owner.put("/auth/me", new | {"current_password": PASSWORD})

    assert [fault["field"] for fault in without.json()["error"]["details"]] == ["current_password"]
    assert (wrong.status_code, right.status_code) == (401, 200)
    await topology.everything_sent()
    letters = [path.read_text() for path in (topology.platform.settings.data / "outbox").glob("*.json")]
    assert [one for one in letters if "address_changed" in one and f'"{owner.email}"' in one]


async def test_a_code_works_once(client, people: People, sent_code):
    owner = await people.owner("free")
    await forgot(client, owner.email)
    code = await sent_code(owner.email)
    await reset(client, owner.email, code)

    assert (await reset(client, owner.email, code)).json()["error"]["code"] == "INVALID_CODE"


async def test_the_sixth_try_fails_even_if_it_is_right(client, people: People, sent_code):  # D55, D110
    owner = await people.owner("free")
    await forgot(client, owner.email)
    code = await sent_code(owner.email)
    for _ in range(5):
        assert (await reset(client, owner.email, otherwise(code))).status_code == 400

    assert (await reset(client, owner.email, code)).status_code == 400


async def test_a_code_dies_after_five_minutes(client, people: People, sent_code):
    owner = await people.owner("free")
    await forgot(client, owner.email)
    code = await sent_code(owner.email)

    with time_machine.travel(time.time() + 301):
        assert (await reset(client, owner.email, code)).status_code == 400


async def test_asking_again_voids_the_first_code(client, people: People, sent_code):
    owner = await people.owner("free")
    await forgot(client, owner.email)
    first = await sent_code(owner.email)
    with time_machine.travel(time.time() + 31):
        await forgot(client, owner.email)
        second = await sent_code(owner.email)

        if first != second:
            assert (await reset(client, owner.email, first)).status_code == 400
        assert (await reset(client, owner.email, second)).status_code == 204


async def test_asking_for_an_unknown_account_gets_the_same_answer(client: httpx2.AsyncClient, owner: Person):
    known, unknown = await forgot(client, owner.email), await forgot(client, "nobody@example.in")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())


async def test_asking_at_once_again_is_not_told_either(client: httpx2.AsyncClient, owner: Person):
    await forgot(client, owner.email)

    assert (await forgot(client, owner.email)).status_code == 202


async def test_an_address_is_verified_with_its_code(people: People, sent_code):  # D53, D58
    owner = await people.owner("free")
    assert (await owner.post("/auth/codes", {"channel": "email"})).status_code == 202

    body = {"channel": "email", "code": await sent_code(owner.email)}
    assert (await owner.post("/auth/codes/verify", body)).status_code == 204

    assert (await owner.get("/auth/me")).json()["data"]["email_verified"]


async def test_a_code_for_one_purpose_opens_no_other(client, people: People, sent_code):
    owner = await people.owner("free")
    await owner.post("/auth/codes", {"channel": "email"})

    assert (await reset(client, owner.email, await sent_code(owner.email))).status_code == 400


async def test_sending_again_at_once_is_refused(people: People):  # D110
    owner = await people.owner("free")
    await owner.post("/auth/codes", {"channel": "email"})

    answer = await owner.post("/auth/codes", {"channel": "email"})

    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 31


async def test_without_a_phone_there_is_nothing_to_verify(owner: Person):
    assert (await owner.post("/auth/codes", {"channel": "phone"})).status_code == 409


async def test_a_changed_address_has_to_be_verified_again(people: People, sent_code):  # D57
    owner = await people.owner("free")
    await owner.post("/auth/codes", {"channel": "email"})
    await owner.post("/auth/codes/verify", {"channel": "email", "code": await sent_code(owner.email)})
    version = (await owner.get("/auth/me")).json()["data"]["version"]

    changed = await owner.put(
        "/auth/me", {"version": version, "email": f"new.{owner.email}", "current_password": PASSWORD}
    )

    assert changed.json()["data"]["email_verified"] is False


async def test_somebody_elses_address_cannot_be_taken(owner: Person, stranger: Person):  # D57
    version = (await owner.get("/auth/me")).json()["data"]["version"]

    answer = await owner.put(
        "/auth/me", {"version": version, "email": stranger.email, "current_password": PASSWORD}
    )

    assert answer.json()["error"]["code"] == "DUPLICATE_ENTRY"


async def test_codes_are_kept_as_keyed_hashes(platform: Platform, people: People, sent_code):  # D53
    owner = await people.owner("free")
    await owner.post("/auth/codes", {"channel": "email"})
    code = await sent_code(owner.email)
    async with platform.control.connection() as connection:
        kept = await connection.column("SELECT code_hash FROM auth.codes")

    assert all(code.encode() not in one and len(one) == 32 for one in kept)
