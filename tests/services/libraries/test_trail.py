"""The owner reads who changed what; and what somebody changes in it behind our back is found."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from tests.people import People, Person
from tests.servers import Server
from tests.services.answers import code_of, made
from tests.services.libraries.halls import open_hall

from studyspot.entrypoints.platform import Platform
from studyspot.kernel import audit
from studyspot.kernel.database import Connection, connect
from studyspot.kernel.ids import TenantId

PAST_TRIGGERS = "SET session_replication_role = replica"


async def rename(owner: Person, library: dict[str, Any], name: str) -> dict[str, Any]:
    change = {"version": library["version"], "name": name}
    answer = await owner.put(f"/libraries/{library['id']}", change)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()["data"]
    return changed


async def check(owner: Person, **params: Any) -> dict[str, Any]:
    answer = await owner.get("/audit-log/verification", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def faults(owner: Person) -> list[tuple[str, int | None]]:
    return [(one["fault"], one["sequence"]) for one in (await check(owner))["faults"]]


@pytest.fixture
async def library(owner: Person) -> dict[str, Any]:
    """Renamed three times."""
    library = await open_hall(owner)
    for name in ("One", "Two", "Three"):
        library = await rename(owner, library, name)
    return library


@pytest.fixture
async def by_hand(
    owner: Person, library: dict[str, Any], platform: Platform, postgres: Server
) -> AsyncIterator[Connection]:
    """Whoever has the keys of the database."""
    del library
    async with platform.tenancy.connection(TenantId(UUID(owner.tenant_id))) as connection:
        name = await connection.value("SELECT current_database()")
    superuser = await connect(postgres.dsn(name))
    yield superuser
    await superuser.close()


async def test_the_owner_reads_who_changed_what(owner: Person, library: dict[str, Any]):
    found = (await owner.get("/audit-log", params={"entity_id": library["id"]})).json()

    entries = found["data"]
    assert found["pagination"]["total"] == 4
    assert [(one["action"], one["account_id"]) for one in entries] == [
        *[("libraries:update", owner.account_id)] * 3,
        ("libraries:create", owner.account_id),
    ]
    assert [(one["before"]["name"], one["after"]["name"]) for one in entries[:2]] == [
        ("Two", "Three"),
        ("One", "Two"),
    ]


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        ({"action": "libraries:create"}, 1),
        ({"entity": "library"}, 4),
        ({"entity": "student"}, 0),
        ({"account_id": "01900000-0000-7000-8000-000000000000"}, 0),
        ({"since": "2020-01-01"}, 4),
        ({"since": "2999-01-01"}, 0),
        ({"until": "2020-01-01"}, 0),
        ({"until": "2999-01-01", "page": 2, "limit": 3}, 4),
    ],
)
async def test_the_trail_is_searched(
    owner: Person, library: dict[str, Any], wanted: dict[str, Any], total: int
):
    del library
    assert (await owner.get("/audit-log", params=wanted)).json()["pagination"]["total"] == total


@pytest.mark.parametrize("path", ["/audit-log", "/audit-log/verification"])
async def test_only_an_owner_reads_it(owner: Person, people: People, path: str):
    manager = await people.member(owner, "manager")
    assert code_of(await manager.get(path)) == (403, "INSUFFICIENT_PERMISSIONS")


async def test_every_change_is_a_link_and_the_chain_is_whole(owner: Person, library: dict[str, Any]):
    before = await check(owner)
    await rename(owner, library, "Four")
    after = await check(owner)

    assert (before["faults"], after["faults"]) == ([], [])
    assert (before["sequence"], after["sequence"]) == (4, 5)
    assert before["hash"] != after["hash"]
    assert before["is_complete"]
    assert (await check(owner, after=3))["hash"] == after["hash"]


TAMPERED = [
    ('UPDATE audit.entries SET after = after || \'{"name": "0"}\' WHERE id = $1', ("entry_changed", 2)),
    ("UPDATE audit.entries SET before = NULL WHERE id = $1", ("entry_changed", 2)),
    ("UPDATE audit.entries SET at = at - interval '1 day' WHERE id = $1", ("entry_changed", 2)),
    ("UPDATE audit.entries SET account_id = NULL WHERE id = $1", ("entry_changed", 2)),
    ("DELETE FROM audit.entries WHERE id = $1", ("entry_missing", 2)),
    ("DELETE FROM audit.links WHERE entry_id = $1", ("link_missing", 3)),
    (
        "UPDATE audit.links SET salt = NULL, forgotten_for = entry_id WHERE entry_id = $1",
        ("entry_changed", 2),
    ),
    ("UPDATE audit.links SET content = sha256('') WHERE entry_id = $1", ("entry_changed", 2)),
]


@pytest.mark.parametrize(("statement", "fault"), TAMPERED)
async def test_a_row_that_was_changed_in_sql_is_found(
    owner: Person, by_hand: Connection, statement: str, fault: tuple[str, int]
):
    assert await faults(owner) == []
    second = await by_hand.value("SELECT entry_id FROM audit.links WHERE sequence = 2")
    await by_hand.run(PAST_TRIGGERS)
    assert await by_hand.run(statement, second) == 1

    assert fault in await faults(owner)


async def test_an_entry_of_yesterday_that_is_written_today_is_late(owner: Person, by_hand: Connection):
    await by_hand.run(
        """
        INSERT INTO audit.entries (id, at, role, action, entity)
        VALUES (gen_random_uuid(), now() - interval '1 day', 'owner', 'payments:reverse', 'payment')
        """
    )
    assert await faults(owner) == [("entry_late", 5)]


async def test_a_link_without_content_is_no_link(owner: Person, by_hand: Connection):
    await by_hand.run("ALTER TABLE audit.links ALTER content DROP NOT NULL")
    await by_hand.run("UPDATE audit.links SET content = NULL WHERE sequence = 2")
    assert ("entry_changed", 2) in await faults(owner)


async def test_who_goes_on_behind_an_end_that_was_cut_off_is_told(owner: Person, by_hand: Connection):
    await by_hand.run("DELETE FROM audit.links WHERE sequence = 4")
    await by_hand.run(PAST_TRIGGERS)
    await by_hand.run("DELETE FROM audit.entries WHERE id NOT IN (SELECT entry_id FROM audit.links)")

    found = await check(owner, after=4)
    assert [(one["fault"], one["sequence"]) for one in found["faults"]] == [("link_missing", 4)]


async def test_an_entry_that_was_slipped_in_is_found(owner: Person, by_hand: Connection):
    await by_hand.run(PAST_TRIGGERS)
    await by_hand.run(
        """
        INSERT INTO audit.entries (id, role, action, entity)
        VALUES (gen_random_uuid(), 'owner', 'libraries:update', 'library')
        """
    )
    assert await faults(owner) == [("entry_unlinked", None)]


async def test_a_chain_that_was_made_anew_has_another_hash_than_was_noted(owner: Person, by_hand: Connection):
    before = await check(owner)
    noted = {"noted_sequence": before["sequence"], "noted_hash": before["hash"]}
    assert (await check(owner, **noted))["faults"] == []

    await by_hand.run(PAST_TRIGGERS)
    await by_hand.run("DELETE FROM audit.links")
    await by_hand.run("UPDATE audit.entries SET role = 'manager'")
    await by_hand.run("INSERT INTO audit.left_behind SELECT id FROM audit.entries")
    after = await check(owner)

    assert (after["sequence"], after["faults"]) == (before["sequence"], [])
    assert [one["fault"] for one in (await check(owner, **noted))["faults"]] == ["hash_unknown"]


async def test_of_a_noted_link_both_are_given(owner: Person):
    answer = await owner.get("/audit-log/verification", params={"noted_sequence": 4})
    assert code_of(answer) == (400, "VALIDATION_ERROR")


async def test_who_commits_while_somebody_links_is_linked_by_the_next(
    owner: Person, library: dict[str, Any], by_hand: Connection
):
    zones = f"/libraries/{library['id']}/zones"
    await by_hand.run("SELECT pg_advisory_lock(hashtextextended('audit.links', 0))")
    async with asyncio.timeout(20):
        await asyncio.gather(*(made(owner, zones, {"name": f"Zone {number}"}) for number in range(5)))
    waiting = "SELECT count(*) FROM audit.left_behind"
    assert await by_hand.value(waiting) == 5

    await by_hand.run("SELECT pg_advisory_unlock_all()")
    await made(owner, zones, {"name": "Last"})
    assert await by_hand.value(waiting) == 0
    found = await check(owner)
    assert (found["sequence"], found["faults"]) == (4 + 6, [])


async def test_many_who_commit_at_once_are_all_linked_once(owner: Person, library: dict[str, Any]):
    zones = f"/libraries/{library['id']}/zones"
    await asyncio.gather(*(made(owner, zones, {"name": f"Zone {number}"}) for number in range(60)))

    found = await check(owner)
    assert (found["sequence"], found["faults"]) == (4 + 60, [])


async def test_what_a_forgotten_student_was_about_goes_and_the_chain_stays_whole(
    owner: Person, by_hand: Connection
):
    student = await made(owner, "/students", {"first_name": "Zubaida", "phone": "+919811100555"})
    noted = await check(owner)
    assert (await owner.post(f"/students/{student['id']}/erasure")).status_code == 204

    found = await check(owner, noted_sequence=noted["sequence"], noted_hash=noted["hash"])
    assert (found["faults"], found["forgotten"]) == ([], 1)

    about = "entity_id = $1 AND action = 'students:create'"
    await by_hand.run(f"UPDATE audit.entries SET after = '{{}}' WHERE {about}", UUID(student["id"]))
    assert [kind for kind, _ in await faults(owner)] == ["entry_changed"]


async def test_nothing_is_forgotten_for_somebody_who_is_not_erased(owner: Person, by_hand: Connection):
    second = await by_hand.value("SELECT entry_id FROM audit.links WHERE sequence = 2")
    await by_hand.run("SELECT audit.forget(ARRAY[$1::uuid], gen_random_uuid())", second)
    await by_hand.run("UPDATE audit.entries SET before = NULL, after = NULL WHERE id = $1", second)

    assert await faults(owner) == [("entry_changed", 2)]


async def test_a_long_chain_is_walked_along_in_parts(
    owner: Person, library: dict[str, Any], platform: Platform
):
    del library
    async with platform.tenancy.transaction(TenantId(UUID(owner.tenant_id))) as tx:
        first = await audit.verify(tx, links_max=3)
        rest = await audit.verify(tx, after=first.sequence, links_max=3)

    assert (first.sequence, first.is_complete, first.faults) == (3, False, [])
    assert (rest.sequence, rest.is_complete, rest.faults) == (4, True, [])
    assert rest.hash == (await check(owner))["hash"]
