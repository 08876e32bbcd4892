"""Who is forgotten while somebody else writes about them: one comes first, and the other knows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.people import People, Person
from tests.services.bookings.hall import Hall, today
from tests.services.bookings.test_memberships import DAY, history, try_to
from tests.services.students.test_personal_data import everything

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId

AT_ONCE = 20
SECRET = "Zubaida's chair"
PAID_FIRST, SOLD_FIRST, GONE_FIRST = (201, 409), (200, 409), (422, 204)
Act = Callable[[dict[str, Any]], Awaitable[httpx2.Response]]

either_order = pytest.mark.parametrize("is_written_first", [True, False], ids=["written first", "gone first"])
either_end = pytest.mark.parametrize("end", ["erasure", "deletion"])
either_beginning = pytest.mark.parametrize("what", ["activate", "renew"])
each_word = pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/comments", {"text": SECRET}),
        ("POST", "/comments", {"text": SECRET, "is_internal": True}),
        ("POST", "/status", {"status": "in_progress", "text": SECRET}),
        ("PUT", "", {"version": 1, "priority": "high"}),
    ],
    ids=["comment", "internal comment", "status", "change"],
)


@pytest.fixture
async def owner(people: People) -> Person:
    return await people.owner()


@pytest.fixture
async def hall(owner: Person) -> Hall:
    return await Hall.opened(owner)


@contextlib.asynccontextmanager
async def held(platform: Platform, owner: Person, table: str, row_id: str) -> AsyncIterator[None]:
    """Whoever writes the row waits meanwhile."""
    is_held, is_over = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with platform.tenancy.transaction(TenantId(UUID(owner.tenant_id))) as tx:
            await tx.run(f"SELECT FROM {table} WHERE id = $1 FOR UPDATE", UUID(row_id))
            is_held.set()
            await is_over.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold())
        await is_held.wait()
        yield
        is_over.set()


async def queued(
    student: dict[str, Any], write: Act, finish: Act, *, is_written_first: bool
) -> "asyncio.Future[list[httpx2.Response]]":
    """Both wait, in that order; what they come to, the writing first."""
    begun = {}
    for act in (write, finish) if is_written_first else (finish, write):
        begun[act] = asyncio.ensure_future(act(student))
        await asyncio.sleep(0.3)
    return asyncio.gather(begun[write], begun[finish])


def ending(hall: Hall, end: str = "erasure") -> Act:
    def finish(student: dict[str, Any]) -> Awaitable[httpx2.Response]:
        path = f"/students/{student['id']}"
        return hall.owner.post(f"{path}/erasure") if end == "erasure" else hall.owner.delete(path)

    return finish


def paying(hall: Hall) -> Act:
    def pay(student: dict[str, Any]) -> Awaitable[httpx2.Response]:
        money = {"library_id": hall.id, "student_id": student["id"], "amount": 5_000}
        return hall.owner.post("/payments", money | {"method": "cash"})

    return pay


def complaining(hall: Hall) -> Act:
    def complain(student: dict[str, Any]) -> Awaitable[httpx2.Response]:
        complaint = {"library_id": hall.id, "student_id": student["id"], "title": SECRET}
        return hall.owner.post("/tickets", complaint | {"description": SECRET})

    return complain


async def seatless(hall: Hall, plan: dict[str, Any], what: str) -> tuple[dict[str, Any], dict[str, Any], Act]:
    """A student with a membership that names no seat, a draft or one that has run out; and what begins it."""
    student = await hall.enrol("Zubaida")
    days = {"starts_on": str(today() - 60 * DAY)} if what == "renew" else {"draft": True}
    membership = await hall.sell(student, plan, None, **days)
    return student, membership, lambda _: try_to(hall, membership, what)


def add_seatless_plan(hall: Hall) -> Awaitable[dict[str, Any]]:
    return hall.add_plan(kind="unreserved", hours_a_day=8, price=0, grace_days=0)


async def at_once(write: Act, finish: Act, students: list[dict[str, Any]]) -> set[tuple[int, int]]:
    """Which statuses the writing and the end of a student have, side by side."""
    answers = await asyncio.gather(*(act(student) for student in students for act in (write, finish)))
    statuses = [answer.status_code for answer in answers]
    return set(zip(statuses[::2], statuses[1::2], strict=True))


@either_end
@either_order
async def test_money_is_taken_or_the_student_is_gone(
    hall: Hall, platform: Platform, end: str, is_written_first: bool
):
    student = await hall.enrol()
    async with held(platform, hall.owner, "students.students", student["id"]):
        both = await queued(student, paying(hall), ending(hall, end), is_written_first=is_written_first)

    statuses = tuple(answer.status_code for answer in await both)
    assert statuses == (PAID_FIRST if is_written_first else GONE_FIRST)


@either_end
async def test_of_twenty_who_pay_while_they_go_nobody_does_both(hall: Hall, end: str):
    students = [await hall.enrol() for _ in range(AT_ONCE)]

    assert await at_once(paying(hall), ending(hall, end), students) <= {PAID_FIRST, GONE_FIRST}


@either_beginning
@either_end
@either_order
async def test_a_membership_begins_or_the_student_is_gone(
    hall: Hall, platform: Platform, what: str, end: str, is_written_first: bool
):
    student, _, begin = await seatless(hall, await add_seatless_plan(hall), what)
    async with held(platform, hall.owner, "students.students", student["id"]):
        both = await queued(student, begin, ending(hall, end), is_written_first=is_written_first)

    statuses = tuple(answer.status_code for answer in await both)
    assert statuses == (SOLD_FIRST if is_written_first else GONE_FIRST)


@either_beginning
@either_end
async def test_nobody_goes_while_their_membership_is_written(
    hall: Hall, platform: Platform, what: str, end: str
):
    student, membership, begin = await seatless(hall, await add_seatless_plan(hall), what)
    (term,) = (await history(hall, membership))["terms"]
    async with held(platform, hall.owner, "bookings.terms", term["id"]):
        both = await queued(student, begin, ending(hall, end), is_written_first=True)

    assert tuple(answer.status_code for answer in await both) == SOLD_FIRST


@either_end
async def test_of_twenty_whose_memberships_begin_while_they_go_nobody_does_both(hall: Hall, end: str):
    plan, students, begins = await add_seatless_plan(hall), [], {}
    for number in range(AT_ONCE):
        what = "renew" if number % 2 else "activate"
        student, _, begins[number] = await seatless(hall, plan, what)
        students.append(student | {"number": number})

    def begin(student: dict[str, Any]) -> Awaitable[httpx2.Response]:
        return begins[student["number"]](student)

    assert await at_once(begin, ending(hall, end), students) <= {SOLD_FIRST, GONE_FIRST}


async def test_nothing_is_left_of_tickets_that_are_opened_meanwhile(hall: Hall, platform: Platform):
    students = [await hall.enrol() for _ in range(AT_ONCE)]

    assert await at_once(complaining(hall), ending(hall), students) <= {(201, 204), GONE_FIRST}
    assert SECRET not in await everything(platform, hall.owner)


@each_word
@either_order
async def test_nothing_is_left_of_what_is_said_of_a_ticket_meanwhile(
    hall: Hall, platform: Platform, method: str, path: str, body: dict[str, Any], is_written_first: bool
):
    student = await hall.enrol("Zubaida")
    ticket = (await complaining(hall)(student)).json()["data"]

    def say(_: dict[str, Any]) -> Awaitable[httpx2.Response]:
        act = hall.owner.post if method == "POST" else hall.owner.put
        return act(f"/tickets/{ticket['id']}{path}", body)

    async with held(platform, hall.owner, "students.tickets", ticket["id"]):
        both = await queued(student, say, ending(hall), is_written_first=is_written_first)

    said, ended = await both
    assert (said.is_success or said.status_code == 409, ended.status_code) == (True, 204), said.text
    assert "Zubaida" not in await everything(platform, hall.owner)


@each_word
async def test_twenty_who_are_forgotten_while_much_is_said_wait_for_nobody_forever(
    hall: Hall, platform: Platform, method: str, path: str, body: dict[str, Any]
):
    students = [await hall.enrol() for _ in range(AT_ONCE)]
    tickets = {one["id"]: (await complaining(hall)(one)).json()["data"]["id"] for one in students}

    def say(student: dict[str, Any]) -> Awaitable[httpx2.Response]:
        act = hall.owner.post if method == "POST" else hall.owner.put
        return act(f"/tickets/{tickets[student['id']]}{path}", body)

    done = await at_once(say, ending(hall), students)

    assert {said for said, _ in done} <= {200, 201, 409}
    assert {ended for _, ended in done} == {204}
    assert SECRET not in await everything(platform, hall.owner)
