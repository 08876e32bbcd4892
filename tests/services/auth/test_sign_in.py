"""Signing in: who gets in, and what those who do not are told."""

import asyncio
import statistics
import time

import httpx2
import pytest
import time_machine
from tests.people import PASSWORD, People, Person

from studyspot.kernel import clock
from studyspot.services.auth import rules

LOGIN = "/api/v1/auth/login"


async def login(client: httpx2.AsyncClient, email: str, password: str = PASSWORD, path: str = LOGIN, **more):
    return await client.post(path, json={"email": email, "password": password, **more})


async def test_an_owner_signs_in_with_email_in_any_case(client: httpx2.AsyncClient, owner: Person):
    answer = await login(client, owner.email.upper())

    assert answer.status_code == 200
    assert answer.json()["data"]["user"]["role"] == "owner"
    assert answer.json()["data"]["tokens"]["expires_in"] == 900


async def test_an_owner_signs_in_with_a_phone_in_any_spelling(client: httpx2.AsyncClient, phone):
    number = phone()
    registration = {
        "first_name": "Phoolan",
        "business_name": "Phone Home",
        "email": f"p{number[5:]}@example.in",
        "phone": number,
        "password": PASSWORD,
    }
    registered = await client.post("/api/v1/auth/register", json=registration)
    assert registered.status_code == 201, registered.text

    spelled = f"{number[3:8]} {number[8:]}"
    answer = await client.post(LOGIN, json={"phone": spelled, "password": PASSWORD})

    assert answer.status_code == 200


async def test_an_unknown_account_and_a_wrong_password_get_the_same_answer(
    client: httpx2.AsyncClient, owner: Person
):  # D55
    wrong = (await login(client, owner.email, "not the password")).json()["error"]
    unknown = (await login(client, "nobody-at-all@example.in", "not the password")).json()["error"]

    wrong.pop("request_id"), unknown.pop("request_id")
    assert wrong == unknown
    assert wrong["code"] == "INVALID_CREDENTIALS"


async def test_an_unknown_account_takes_as_long_as_a_wrong_password(
    client: httpx2.AsyncClient, people: People
):  # D55
    async def took(email: str) -> float:
        started = time.perf_counter()
        await login(client, email, "not the password")
        return time.perf_counter() - started

    owners = [(await people.owner("free")).email for _ in range(9)]
    # In turn, so that whatever else the machine does meets both kinds.
    pairs = [(await took(email), await took(f"nobody.{email}")) for email in owners]

    known, unknown = zip(*pairs, strict=True)
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2


async def test_failures_slow_the_next_try_down_and_the_wait_ends(client: httpx2.AsyncClient, people: People):
    owner = await people.owner("free")
    for _ in range(rules.FREE_FAILURES):
        await login(client, owner.email, "not the password")

    refused = await login(client, owner.email)
    assert refused.status_code == 429
    wait = int(refused.headers["retry-after"])

    with time_machine.travel(time.time() + wait + 1):
        assert (await login(client, owner.email)).status_code == 200


async def test_many_guesses_at_the_same_moment_are_not_looked_at(client: httpx2.AsyncClient, people: People):
    owner = await people.owner("free")

    guesses = [login(client, owner.email, password=f"a wrong guess {number}") for number in range(30)]
    answers = await asyncio.gather(*guesses, login(client, owner.email))

    statuses = [one.status_code for one in answers]
    assert statuses.count(401) <= 5
    assert statuses[-1] in {200, 429}


async def test_an_account_nobody_has_is_slowed_down_as_well(client: httpx2.AsyncClient):
    for _ in range(rules.FREE_FAILURES):
        await login(client, "ghost@example.in", "not the password")

    assert (await login(client, "ghost@example.in")).status_code == 429


def test_the_wait_doubles_up_to_its_bound():
    now = clock.now()
    waits = [(rules.blocked_until(failures, now) - now).total_seconds() for failures in range(5, 30)]

    assert rules.blocked_until(4, now) is None
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == rules.BLOCK_MAX.total_seconds()


@pytest.mark.parametrize(
    ("path", "welcome", "refused"),
    [
        ("/api/v1/auth/admin/login", "operator", "owner"),
        ("/api/v1/auth/tenant/login", "owner", "operator"),
    ],
)
async def test_each_login_page_lets_in_its_own(
    client: httpx2.AsyncClient, owner: Person, operator: Person, path: str, welcome: str, refused: str
):
    someone = {"owner": owner, "operator": operator}

    assert (await login(client, someone[welcome].email, path=path)).status_code == 200
    assert (await login(client, someone[refused].email, path=path)).status_code == 401


async def test_both_or_neither_of_email_and_phone_is_refused(client: httpx2.AsyncClient):
    neither = await client.post(LOGIN, json={"password": PASSWORD})
    both = await client.post(
        LOGIN, json={"password": PASSWORD, "email": "a@example.in", "phone": "9876543210"}
    )

    assert {neither.status_code, both.status_code} == {400}


async def test_a_switched_off_account_is_told_so_only_with_the_right_password(
    client: httpx2.AsyncClient, people: People, operator: Person
):  # D43
    support = await people.platform_user("support")
    user = (await operator.get(f"/admin/users/{support.account_id}")).json()["data"]
    change = {"version": user["version"], "is_active": False}
    assert (await operator.put(f"/admin/users/{support.account_id}", change)).status_code == 200

    assert (await login(client, support.email, "not the password")).json()["error"]["code"] == (
        "INVALID_CREDENTIALS"
    )
    assert (await login(client, support.email)).status_code in {401, 403}
    assert (await support.get("/auth/me")).status_code == 401


async def test_somebody_in_two_businesses_chooses_one(client: httpx2.AsyncClient, people: People, sent_code):
    first, second = await people.owner(), await people.owner()
    await first.post("/users", {"email": second.email, "first_name": "Guest", "role": "staff"})
    await second.post("/auth/codes", {"channel": "email"})
    await second.post("/auth/codes/verify", {"channel": "email", "code": await sent_code(second.email)})

    answer = await login(client, second.email, tenant_id=first.tenant_id)

    user = answer.json()["data"]["user"]
    assert (user["tenant_id"], user["role"]) == (first.tenant_id, "staff")
    assert len(user["memberships"]) == 2


async def test_an_invitation_is_for_who_reads_that_address(client: httpx2.AsyncClient, people: People):
    owner, squatter = await people.owner(), await people.owner("free")
    await squatter.put("/auth/me", {"version": 1, "phone": "+919876500013", "current_password": PASSWORD})
    body = {"email": squatter.email, "first_name": "Mohan", "role": "manager"}
    invited = await owner.post("/users", body)
    assert invited.status_code == 201
    assert invited.json()["data"]["phone"] is None

    answer = await login(client, squatter.email, tenant_id=owner.tenant_id)

    assert answer.json()["error"]["code"] == "INVALID_CREDENTIALS"


async def test_naming_a_business_one_does_not_belong_to_is_refused_like_a_wrong_password(
    client: httpx2.AsyncClient, owner: Person, stranger: Person
):
    answer = await login(client, owner.email, tenant_id=stranger.tenant_id)

    assert answer.json()["error"]["code"] == "INVALID_CREDENTIALS"


async def test_no_answer_holds_a_password_or_its_hash(client: httpx2.AsyncClient, owner: Person):
    answers = [await login(client, owner.email), await owner.get("/auth/me"), await owner.get("/users")]

    assert all("argon2" not in one.text and PASSWORD not in one.text for one in answers)
