"""What people complain about is answered and resolved in time, and nothing of what was said is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import time_machine
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import signed_in_again
from tests.services.students.test_own_record import Code, as_person, set_password, sign_in

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId

NUMBERS = count(9_744_000_001)
NOISE = {"title": "Noise at night", "description": "They talk\nuntil eleven.", "category": "noise"}


@pytest.fixture
async def library_id(owner: Person) -> str:
    return str((await made(owner, "/libraries", {"name": "Quiet hall"}))["id"])


async def complain(owner: Person, library_id: str, **fields: Any) -> dict[str, Any]:
    ticket: dict[str, Any] = await made(owner, "/tickets", {"library_id": library_id} | NOISE | fields)
    return ticket


async def enrol(owner: Person, **fields: Any) -> dict[str, Any]:
    body = {"first_name": "Meera", "phone": f"+91{next(NUMBERS)}"} | fields
    student: dict[str, Any] = await made(owner, "/students", body)
    return student


async def move(
    owner: Person, ticket: dict[str, Any], status: str, text: str | None = None
) -> httpx2.Response:
    body = {"status": status} | ({} if text is None else {"text": text})
    return await owner.post(f"/tickets/{ticket['id']}/status", body)


async def events(owner: Person, ticket: dict[str, Any], path: str = "/tickets") -> list[tuple[str, Any]]:
    found = (await owner.get(f"{path}/{ticket['id']}/events")).json()["data"]
    return [(one["kind"], one["text"]) for one in found]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@contextlib.asynccontextmanager
async def later(person: Person, hours: int) -> AsyncIterator[Person]:
    """The person signed in again, so many hours from now."""
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        yield await signed_in_again(person)


async def test_a_ticket_goes_its_way_and_every_step_is_kept(owner: Person, library_id: str):
    student = await enrol(owner)
    ticket = await complain(owner, library_id, student_id=student["id"], priority="high")
    assert (ticket["number"], ticket["status"], ticket["student_name"]) == ("TKT-000001", "open", "Meera")
    opened = moment(ticket["created_at"])
    assert moment(ticket["respond_by"]) - opened == timedelta(hours=4)
    assert moment(ticket["resolve_by"]) - opened == timedelta(days=1)

    assert faults_of(await move(owner, ticket, "resolved")) == {("text", "required")}
    assert code_of(await move(owner, ticket, "closed")) == (409, "WRONG_STATE")
    started = (await move(owner, ticket, "in_progress")).json()["data"]
    assert started["responded_at"] is not None
    resolved = (await move(owner, ticket, "resolved", "Told them")).json()["data"]
    assert (resolved["resolution"], resolved["status"]) == ("Told them", "resolved")
    assert (await move(owner, ticket, "closed")).json()["data"]["resolved_at"] == resolved["resolved_at"]
    again = (await move(owner, ticket, "open", "They talk again")).json()["data"]

    assert (again["resolved_at"], again["resolution"], again["responded_at"]) == (None, None, None)
    assert moment(again["resolve_by"]) > moment(ticket["resolve_by"])
    assert (await owner.get(f"/tickets/{ticket['id']}")).json()["data"] == again
    assert await events(owner, ticket) == [
        ("opened", None),
        ("started", None),
        ("resolved", "Told them"),
        ("closed", None),
        ("reopened", "They talk again"),
    ]


async def test_what_is_late_is_said_and_found(owner: Person, library_id: str):
    urgent = await complain(owner, library_id, priority="critical")
    calm = await complain(owner, library_id, priority="low")
    answered = await complain(owner, library_id, priority="critical")
    comment = {"text": "We look after it"}
    assert (await owner.post(f"/tickets/{answered['id']}/comments", comment)).status_code == 201
    async with later(owner, 2) as she:
        found = {one["id"]: one for one in (await she.get("/tickets")).json()["data"]}
        breached = [found[one["id"]]["is_response_breached"] for one in (urgent, calm, answered)]
        assert breached == [True, False, False]
        late = (await she.get("/tickets", params={"is_breached": True})).json()["data"]
        assert [one["id"] for one in late] == [urgent["id"]]
        on_time = (await she.get("/tickets", params={"is_breached": False})).json()["data"]
        assert [one["id"] for one in on_time] == [answered["id"], calm["id"]]
    async with later(owner, 9) as she:
        helped = (await move(she, answered, "resolved", "At last")).json()["data"]
        assert (helped["is_response_breached"], helped["is_resolution_breached"]) == (False, True)
        late = (await she.get("/tickets", params={"is_breached": True})).json()["data"]
        assert [one["id"] for one in late] == [urgent["id"]]


async def test_another_priority_leaves_another_time_and_a_colleague_looks_after_it(
    owner: Person, library_id: str, people: People
):
    ticket = await complain(owner, library_id, priority="low")
    colleague = await people.member(owner, "staff")
    change = {"version": 1, "priority": "critical", "assigned_to": colleague.account_id}

    changed = (await colleague.put(f"/tickets/{ticket['id']}", change)).json()["data"]

    assert (changed["priority"], changed["assigned_to"]) == ("critical", colleague.account_id)
    assert moment(changed["resolve_by"]) - moment(changed["created_at"]) == timedelta(hours=8)
    assert code_of(await owner.put(f"/tickets/{ticket['id']}", change)) == (409, "VERSION_CONFLICT")
    nobody = {"version": changed["version"], "assigned_to": str(uuid4())}
    assert code_of(await owner.put(f"/tickets/{ticket['id']}", nobody)) == (422, "UNKNOWN_COLLEAGUE")
    [_, (kind, told)] = await events(owner, ticket)
    assert (kind, told) == (
        "changed",
        f"priority: low → critical; assigned_to: None → {colleague.account_id}",
    )
    mine = await owner.get("/tickets", params={"assigned_to": colleague.account_id, "priority": "critical"})
    assert [one["id"] for one in mine.json()["data"]] == [ticket["id"]]


async def test_a_ticket_is_found_by_a_part_of_its_title_or_its_number(owner: Person, library_id: str):
    await complain(owner, library_id)
    await complain(owner, library_id, title="पंखा नहीं चलता", category="facilities")

    for search, number in (("NIGHT", 1), ("पंखा", 2), ("tkt-000002", 2)):
        found = (await owner.get("/tickets", params={"search": search})).json()["data"]
        assert [one["number"] for one in found] == [f"TKT-{number:06}"]
    assert (await owner.get("/tickets", params={"page": 2})).json()["pagination"]["total"] == 2


async def test_what_a_ticket_names_must_be_there(owner: Person, library_id: str):
    for field, code in (
        ("library_id", "UNKNOWN_LIBRARY"),
        ("student_id", "UNKNOWN_STUDENT"),
        ("assigned_to", "UNKNOWN_COLLEAGUE"),
    ):
        body = {"library_id": library_id} | NOISE | {field: str(uuid4())}
        assert code_of(await owner.post("/tickets", body)) == (422, code)
    assert (await complain(owner, library_id))["number"] == "TKT-000001"


async def test_numbers_have_no_gap_whoever_complains_at_once(owner: Person, library_id: str):
    tickets = await asyncio.gather(*(complain(owner, library_id) for _ in range(8)))

    assert sorted(one["number"] for one in tickets) == [f"TKT-{number:06}" for number in range(1, 9)]


async def test_students_open_and_follow_their_own_and_see_nobody_elses(
    client: httpx2.AsyncClient, owner: Person, library_id: str, sent_code: Code
):
    student = await enrol(owner)
    assert (await owner.post(f"/students/{student['id']}/account")).status_code == 204
    assert (await set_password(client, student["phone"], sent_code)).status_code == 204
    me = as_person(client, await sign_in(client, student["phone"]))
    other = await complain(owner, library_id, student_id=(await enrol(owner))["id"])

    mine = await made(me, "/students/me/tickets", {"library_id": library_id} | NOISE)
    path = f"/students/me/tickets/{mine['id']}"
    assert (mine["priority"], mine["student_id"]) == ("medium", student["id"])
    assert (await me.post(f"{path}/comments", {"text": "Still loud"})).status_code == 201
    note = {"text": "He complains a lot", "is_internal": True}
    assert (await owner.post(f"/tickets/{mine['id']}/comments", note)).status_code == 201
    assert (await me.get(path)).json()["data"]["responded_at"] is None
    assert (await owner.post(f"/tickets/{mine['id']}/comments", {"text": "Sorry"})).status_code == 201

    assert (await me.get(path)).json()["data"]["responded_at"] is not None
    said = [("opened", None), ("commented", "Still loud"), ("commented", "Sorry")]
    assert await events(me, mine, "/students/me/tickets") == said
    assert len(await events(owner, mine)) == 4
    listed = (await me.get("/students/me/tickets")).json()
    assert [one["id"] for one in listed["data"]] == [mine["id"]]
    assert code_of(await me.get(f"/students/me/tickets/{other['id']}")) == (404, "RESOURCE_NOT_FOUND")
    for path in (f"/students/me/tickets/{other['id']}/comments", f"/students/me/tickets/{uuid4()}/comments"):
        assert code_of(await me.post(path, {"text": "x"})) == (404, "RESOURCE_NOT_FOUND")
    assert code_of(await me.get("/tickets")) == (403, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE students.ticket_events SET text = 'x'",
        "DELETE FROM students.ticket_events",
        "DELETE FROM students.tickets",
        "UPDATE students.tickets SET title = 'x'",
    ],
)
async def test_what_was_said_stays(owner: Person, library_id: str, platform: Platform, statement: str):
    await complain(owner, library_id)

    with pytest.raises(Exception, match="permission denied"):
        async with platform.tenancy.transaction(TenantId(UUID(owner.tenant_id))) as tx:
            await tx.run(statement)
