"""Access tokens: only ours, only now, only for us."""

import asyncio
import time
from typing import Any

import httpx2
import msgspec
import pytest
import time_machine
from joserfc import jws, jwt
from joserfc.jwk import OctKey, OKPKey
from tests.people import People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.settings import Settings
from studyspot.kernel.vault import Vault
from studyspot.services.auth.service.keys import Keys


@pytest.fixture
async def key(platform: Platform, settings: Settings) -> OKPKey:
    """The platform's own key, as only somebody with its database and its secret could have it."""
    vault = Vault(settings.secret_key.get_secret_value())
    return await Keys(platform.control, vault).signing_key()


def claims_of(token: str) -> dict[str, Any]:
    return msgspec.json.decode(jws.extract_compact(token.encode()).payload)


async def me(client: httpx2.AsyncClient, token: str) -> int:
    answer = await client.get("/api/v1/auth/me", headers={"authorization": f"Bearer {token}"})
    return answer.status_code


async def test_a_token_of_another_key_is_refused(client: httpx2.AsyncClient, owner: Person):
    key = OKPKey.generate_key("Ed25519", parameters={"kid": "mine"})
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": "mine"}
    forged = jwt.encode(header, claims_of(owner.access_token), key, algorithms=["Ed25519"])

    assert await me(client, forged) == 401


async def test_a_public_key_used_as_a_shared_secret_is_refused(
    client: httpx2.AsyncClient, owner: Person
):  # D44
    keys = (await client.get("/api/v1/auth/.well-known/jwks.json")).json()["keys"]
    secret = OctKey.import_key(keys[0]["x"].ljust(64, "x"))
    header = {"alg": "HS256", "typ": "at+jwt", "kid": keys[0]["kid"]}
    forged = jwt.encode(header, claims_of(owner.access_token), secret, algorithms=["HS256"])

    assert await me(client, forged) == 401


async def test_an_unsigned_token_is_refused(client: httpx2.AsyncClient, owner: Person):
    header, payload, _ = owner.access_token.split(".")

    assert await me(client, f"{header}.{payload}.") == 401
    assert await me(client, f"eyJhbGciOiJub25lIn0.{payload}.") == 401


async def test_a_changed_token_is_refused(client: httpx2.AsyncClient, owner: Person):
    header, payload, signature = owner.access_token.split(".")
    changed = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")

    assert await me(client, f"{header}.{changed}.{signature}") == 401


@pytest.mark.parametrize("rubbish", ["", "x", "a.b.c", "a.b", "é.é.é", "x" * 5000])
async def test_rubbish_is_refused(client: httpx2.AsyncClient, rubbish: str):
    answer = await client.get("/api/v1/auth/me", headers={"authorization": f"Bearer {rubbish}".encode()})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "somebody-else"},
        {"iss": "somebody-else"},
        {"exp": 1},
        {"nbf": 4_000_000_000},
        {"sub": "not-an-id"},
        {"tenant_id": 7},
        {"sid": None},
    ],
    ids=lambda one: next(iter(one)),
)
async def test_a_token_of_ours_with_a_wrong_claim_is_refused(
    client: httpx2.AsyncClient, key: OKPKey, owner: Person, wrong: dict[str, Any]
):
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": key.kid}
    token = jwt.encode(header, claims_of(owner.access_token) | wrong, key, algorithms=["Ed25519"])

    assert await me(client, token) == 401


@pytest.mark.parametrize("wrong", [{"typ": "JWT"}, {"kid": "unknown"}])
async def test_a_token_of_ours_with_a_wrong_header_is_refused(
    client: httpx2.AsyncClient, key: OKPKey, owner: Person, wrong: dict[str, str]
):
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": key.kid} | wrong
    token = jwt.encode(header, claims_of(owner.access_token), key, algorithms=["Ed25519"])

    assert await me(client, token) == 401


async def test_an_expired_token_is_told_so(people: People):
    owner = await people.owner("free")

    with time_machine.travel(time.time() + 16 * 60):
        answer = await owner.get("/auth/me")

    assert answer.json()["error"]["code"] == "TOKEN_EXPIRED"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_verify_says_what_a_token_stands_for(owner: Person):
    data = (await owner.post("/auth/verify")).json()["data"]

    assert data["tenant_id"] == owner.tenant_id
    assert "students:*" in data["permissions"]


async def test_old_tokens_outlive_a_rotation_and_new_ones_use_the_new_key(
    client: httpx2.AsyncClient, platform: Platform, people: People
):
    before = await people.owner("free")
    new_key = await platform.auth.rotate_keys(system())

    published = (await client.get("/api/v1/auth/.well-known/jwks.json")).json()["keys"]
    assert new_key in {key["kid"] for key in published}, "published before it is used"
    assert (await people.sign_in(before.email)).access_token.split(".")[0] == before.access_token.split(".")[
        0
    ]

    with time_machine.travel(time.time() + 120):
        after = await people.sign_in(before.email)
        assert jws.extract_compact(after.access_token.encode()).headers()["kid"] == new_key
        await asyncio.sleep(0.2)
        assert await me(client, before.access_token) == 200
        assert await me(client, after.access_token) == 200


async def test_private_keys_are_encrypted_at_rest(platform: Platform):
    async with platform.control.connection() as connection:
        kept = await connection.column("SELECT private_key FROM auth.signing_keys")

    assert kept
    assert all(b"PRIVATE KEY" not in one for one in kept)
