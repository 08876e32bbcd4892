"""Sessions: refresh tokens rotate, lost answers are forgiven, theft is noticed, ends are felt everywhere."""

import asyncio
import time
from uuid import UUID

import httpx2
import time_machine
from tests.people import People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system

REFRESH = "/api/v1/auth/refresh"


async def refresh(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(REFRESH, json={"refresh_token": token})


async def test_a_refresh_gives_new_tokens(client: httpx2.AsyncClient, owner: Person):  # D38, D39, D40
    answer = await refresh(client, owner.refresh_token)

    tokens = answer.json()["data"]["tokens"]
    assert tokens["refresh_token"] != owner.refresh_token
    assert tokens["access_token"] != owner.access_token
    assert answer.json()["data"]["user"]["tenant_id"] == owner.tenant_id


async def test_a_lost_answer_is_given_again(client: httpx2.AsyncClient, owner: Person):
    first = await refresh(client, owner.refresh_token)
    again = await refresh(client, owner.refresh_token)

    assert again.status_code == 200
    assert first.json()["data"]["tokens"]["refresh_token"] == again.json()["data"]["tokens"]["refresh_token"]


async def test_parallel_refreshes_agree_on_one_successor(client: httpx2.AsyncClient, owner: Person):  # D159
    answers = await asyncio.gather(*(refresh(client, owner.refresh_token) for _ in range(10)))

    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["data"]["tokens"]["refresh_token"] for one in answers}) == 1


async def test_a_token_used_again_later_ends_the_whole_session(client: httpx2.AsyncClient, people: People):
    owner = await people.owner("free")
    successor = (await refresh(client, owner.refresh_token)).json()["data"]["tokens"]

    with time_machine.travel(time.time() + 11):
        reused = await refresh(client, owner.refresh_token)
        robbed = await refresh(client, successor["refresh_token"])

    assert reused.json()["error"]["code"] == "INVALID_TOKEN"
    assert robbed.status_code == 401


async def test_a_refresh_refused_by_a_closed_business_is_good_again_later(
    client: httpx2.AsyncClient, people: People, operator: Person
):
    owner = await people.owner("free")
    await operator.post(f"/tenants/{owner.tenant_id}/suspend", {"reason": "has not paid since March"})
    refused = await refresh(client, owner.refresh_token)
    await operator.post(f"/tenants/{owner.tenant_id}/reactivate")

    with time_machine.travel(time.time() + 22):
        again = await refresh(client, owner.refresh_token)

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "TENANT_SUSPENDED")
    assert again.status_code == 200


async def test_a_session_that_ended_is_refused_within_a_second(people: People):  # D38, D42
    owner = await people.owner("free")
    assert (await owner.post("/auth/logout")).status_code == 204

    await asyncio.sleep(0.5)
    assert (await owner.get("/auth/me")).status_code == 401


async def test_signing_out_everywhere_ends_the_other_devices(people: People):
    owner = await people.owner("free")
    phone = await people.sign_in(owner.email)

    await owner.post("/auth/logout", {"everywhere": True})

    await asyncio.sleep(0.5)
    assert (await phone.get("/auth/me")).status_code == 401


async def test_signing_out_one_device_leaves_the_other(people: People):
    owner = await people.owner("free")
    phone = await people.sign_in(owner.email)

    await owner.post("/auth/logout")

    await asyncio.sleep(0.3)
    assert (await phone.get("/auth/me")).status_code == 200


async def test_signing_out_twice_is_harmless(client: httpx2.AsyncClient, people: People):
    owner = await people.owner("free")
    await owner.post("/auth/logout", {"refresh_token": owner.refresh_token})

    assert (await refresh(client, owner.refresh_token)).status_code == 401


async def test_an_old_refresh_token_expires(client: httpx2.AsyncClient, people: People):
    owner = await people.owner("free")

    with time_machine.travel(time.time() + 8 * 86400):
        assert (await refresh(client, owner.refresh_token)).status_code == 401


async def test_the_devices_are_listed_and_the_current_one_is_marked(people: People):
    owner = await people.owner("free")
    await people.sign_in(owner.email)

    sessions = (await owner.get("/auth/sessions")).json()["data"]

    assert len(sessions) == 2
    assert [one["is_current"] for one in sessions].count(True) == 1


async def test_refresh_tokens_are_not_kept_in_clear(platform: Platform, owner: Person):  # D41
    async with platform.control.connection() as connection:
        kept = await connection.column("SELECT encode(token_hash, 'escape') FROM auth.refresh_tokens")

    assert owner.refresh_token not in kept


async def test_a_rubbish_refresh_token_is_refused(client: httpx2.AsyncClient):
    assert (await refresh(client, "x" * 43)).status_code == 401
    assert (await refresh(client, "short")).status_code == 400


async def test_what_decides_nothing_any_more_is_deleted(
    platform: Platform, client: httpx2.AsyncClient, owner: Person, stranger: Person
):
    async def sessions_of(person: Person) -> object:
        async with platform.control.connection() as connection:
            return await connection.value(
                "SELECT count(*) FROM auth.sessions WHERE account_id = $1", UUID(person.account_id)
            )

    async with platform.control.connection() as connection:
        await connection.run(
            "UPDATE auth.sessions SET expires_at = now() - interval '31 days' WHERE account_id = $1",
            UUID(owner.account_id),
        )
    deleted = await platform.auth.purge(system())

    assert deleted >= 1
    assert (await sessions_of(owner), await sessions_of(stranger)) == (0, 1)
    assert (await refresh(client, owner.refresh_token)).status_code == 401
    assert (await refresh(client, stranger.refresh_token)).status_code == 200
