"""Who came first is offered the first seat that comes free, and loses it to the next if they let it lapse."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.people import People
from tests.services.answers import code_of, made
from tests.services.bookings.hall import Hall, at, today, tomorrow
from tests.services.bookings.test_memberships import do

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.services.bookings import store
from studyspot.services.bookings.contract import Waiting
from studyspot.services.bookings.service import waitlist
from studyspot.services.bookings.service.waitlist import Waitlist


def yesterday() -> str:
    """Nobody sits there today any more."""
    return str(today() - timedelta(days=1))


class Line:
    """A hall whose three seats are taken, and those who wait for one."""

    def __init__(self, hall: Hall, platform: Platform, plan: dict[str, Any], shift: dict[str, Any]) -> None:
        self.hall, self.platform, self.plan, self.shift = hall, platform, plan, shift
        self.members: list[dict[str, Any]] = []

    async def sell(self, seat: str) -> None:
        self.members.append(await self.hall.sell(await self.hall.enrol(seat), self.plan, seat, self.shift))

    async def try_to_join(self, student: dict[str, Any], **fields: Any) -> Any:
        body = {
            "student_id": student["id"],
            "plan_id": self.plan["id"],
            "shift_ids": [self.shift["id"]],
            "starts_on": str(today()),
        }
        return await self.hall.owner.post("/waitlist", body | fields)

    async def join(self, name: str, **fields: Any) -> dict[str, Any]:
        answer = await self.try_to_join(await self.hall.enrol(name), **fields)
        assert answer.status_code == 201, answer.text
        waiting: dict[str, Any] = answer.json()["data"]
        return waiting

    async def offer(self) -> None:
        """As the job does it, which may be at it at the same time."""
        caller = system(tenant_id=TenantId(UUID(self.hall.owner.tenant_id)))
        await self.platform.bookings.offer_seats(caller, library_id=UUID(self.hall.id))

    async def states(self) -> dict[str, tuple[str, str | None]]:
        found = await self.hall.owner.get("/waitlist", params={"library_id": self.hall.id})
        return {one["student_name"]: (one["status"], one["seat_code"]) for one in found.json()["data"]}

    async def offered(self) -> dict[str, tuple[str, str | None]]:
        """Those who are, as soon as there is somebody."""
        async with asyncio.timeout(20):
            while True:
                states = await self.states()
                offered = {name: state for name, state in states.items() if state[0] == "offered"}
                if offered:
                    return offered
                await asyncio.sleep(0.05)

    async def do(self, waiting: dict[str, Any], what: str) -> Any:
        return await self.hall.owner.post(f"/waitlist/{waiting['id']}/{what}")


@pytest.fixture
async def line(hall: Hall, platform: Platform) -> Line:
    shift, plan = await hall.add_shift("06:00", "14:00"), await hall.add_plan()
    line = Line(hall, platform, plan, shift)
    for seat in hall.seats:
        await line.sell(seat)
    return line


async def test_a_freed_seat_is_offered_to_who_came_first_and_accepted_in_one_step(line: Line):
    asha, ravi = await line.join("Asha"), await line.join("Ravi")
    await line.offer()
    await do(line.hall, line.members[1], "cancel", reason="Leaves", last_on=yesterday())

    await line.offer()
    await line.offer()

    assert await line.states() == {"Asha": ("offered", "A2"), "Ravi": ("waiting", None)}
    refused = await line.hall.try_to_sell(await line.hall.enrol(), line.plan, "A2", line.shift)
    assert code_of(refused) == (409, "SEAT_TAKEN")
    accepted = (await line.do(asha, "accept")).json()["data"]
    assert (accepted["status"], accepted["seat_code"]) == ("active", "A2")
    assert (await line.do(asha, "accept")).json()["data"] == accepted
    assert await line.states() == {"Asha": ("accepted", "A2"), "Ravi": ("waiting", None)}
    assert code_of(await line.do(ravi, "accept")) == (409, "NOTHING_OFFERED")
    charges = await line.hall.owner.get("/payments/charges", params={"membership_id": accepted["id"]})
    assert [one["open"] for one in charges.json()["data"]] == [300_000]


async def test_an_offer_that_lapses_goes_to_the_next(line: Line):
    asha, _ = await line.join("Asha"), await line.join("Ravi")
    async with at(line.hall, "07:00"):
        await do(line.hall, line.members[0], "cancel", reason="Leaves", last_on=yesterday())
        await line.offer()
    async with at(line.hall, "07:29"):
        await line.offer()
        assert await line.states() == {"Asha": ("offered", "A1"), "Ravi": ("waiting", None)}
    async with at(line.hall, "07:31"):
        assert (await line.states())["Asha"] == ("lapsed", "A1")
        assert code_of(await line.do(asha, "accept")) == (409, "NOTHING_OFFERED")
        await line.offer()
        assert await line.states() == {"Asha": ("lapsed", "A1"), "Ravi": ("offered", "A1")}
        again = await line.try_to_join({"id": asha["student_id"]})
        assert again.status_code == 201


async def test_an_offer_and_a_draft_keep_their_seat_as_long_as_the_library_says(line: Line):
    changed = {"version": line.hall.library["version"], "hold_minutes": 90}
    assert (await line.hall.owner.put(f"/libraries/{line.hall.id}", changed)).status_code == 200
    asha, _ = await line.join("Asha"), await line.join("Ravi")
    async with at(line.hall, "07:00"):
        await do(line.hall, line.members[0], "cancel", reason="Leaves", last_on=yesterday())
        await line.offer()
        evening = await line.hall.add_shift("14:00", "22:00")
        draft = await line.hall.sell(await line.hall.enrol(), line.plan, "A2", evening, draft=True)
        late = datetime.fromisoformat(draft["held_until"]) - tomorrow("08:30", days=0)
        assert timedelta() <= late < timedelta(minutes=1)
    async with at(line.hall, "08:29"):
        await line.offer()
        assert (await line.states())["Asha"] == ("offered", "A1")
    async with at(line.hall, "08:31"):
        assert (await line.states())["Asha"] == ("lapsed", "A1")
        assert code_of(await line.do(asha, "accept")) == (409, "NOTHING_OFFERED")


async def test_who_leaves_gives_the_offer_to_the_next(line: Line):
    asha, ravi = await line.join("Asha"), await line.join("Ravi")
    await do(line.hall, line.members[2], "cancel", reason="Leaves", last_on=yesterday())
    await line.offer()

    assert (await line.do(asha, "leave")).json()["data"]["status"] == "left"
    assert (await line.do(asha, "leave")).json()["data"]["status"] == "left"
    await line.offer()
    assert await line.states() == {"Asha": ("left", "A3"), "Ravi": ("offered", "A3")}
    assert (await line.do(ravi, "leave")).status_code == 200
    await line.offer()


async def test_a_seat_that_comes_free_while_the_line_is_asked_goes_to_the_first(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    for number in range(4):
        await line.join(f"Student {number}")
    find, asked = Waitlist._find_seats, []

    async def find_and_free_one(self: Waitlist, caller: Any, waiting: Waiting) -> Any:
        """After the second of them was told that there is none."""
        found = await find(self, caller, waiting)
        asked.append(waiting.student_name)
        if asked.count("Student 1") == 1 and asked[-1] == "Student 1":
            await do(line.hall, line.members[0], "cancel", reason="Leaves", last_on=yesterday())
        return found

    monkeypatch.setattr(Waitlist, "_find_seats", find_and_free_one)
    await line.offer()

    assert await line.offered() == {"Student 0": ("offered", "A1")}


async def test_two_who_offer_at_once_offer_each_seat_and_each_student_once(line: Line):
    for number in range(5):
        await line.join(f"Student {number}")
    for member in line.members[:2]:
        await do(line.hall, member, "cancel", reason="Leaves", last_on=yesterday())

    await asyncio.gather(*(line.offer() for _ in range(6)))

    offered = [seat for status, seat in (await line.states()).values() if status == "offered"]
    assert sorted(map(str, offered)) == ["A1", "A2"]


async def test_a_seat_for_women_or_of_another_zone_is_not_offered(line: Line):
    await line.hall.add_zone("Ladies", ["W1"], is_for_women=True)
    quiet = line.hall.zones["Quiet"]["id"]
    await line.join("Ravi", zone_id=quiet)
    await line.join("Arun")
    answer = await line.try_to_join(await line.hall.enrol("Mira", gender="female"))
    assert answer.status_code == 201

    await line.offer()

    states = await line.states()
    assert (states["Ravi"], states["Arun"]) == (("waiting", None), ("waiting", None))
    assert states["Mira"] == ("offered", "W1")


async def test_nobody_waits_twice_or_for_what_is_not_sold(line: Line, people: People):
    student = await line.hall.enrol()
    assert (await line.try_to_join(student)).status_code == 201
    floating = await line.hall.add_plan("Floating", kind="unreserved")

    assert code_of(await line.try_to_join(student)) == (409, "WAITS_ALREADY")
    other = await line.hall.enrol()
    assert code_of(await line.try_to_join(other, plan_id=floating["id"], shift_ids=[])) == (
        422,
        "NOT_FOR_MEMBERS",
    )
    assert code_of(await line.try_to_join(other, plan_id=str(uuid4()))) == (404, "RESOURCE_NOT_FOUND")
    assert code_of(await line.try_to_join({"id": str(uuid4())})) == (422, "UNKNOWN_STUDENT")
    stranger = await people.owner()
    [waiting] = (await line.hall.owner.get("/waitlist")).json()["data"]
    assert code_of(await stranger.get(f"/waitlist/{waiting['id']}")) == (404, "RESOURCE_NOT_FOUND")


async def test_who_waits_for_something_else_is_not_kept_waiting_by_a_long_line(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waitlist, "ALIKE_MAX", 2)
    evening = await line.hall.add_shift("14:00", "22:00")
    for number in range(4):
        await line.join(f"Student {number}")
    await line.join("Asha", shift_ids=[evening["id"]])

    await line.offer()

    states = await line.states()
    assert (states["Asha"], states["Student 0"]) == (("offered", "A1"), ("waiting", None))


async def test_a_plan_that_does_not_renew_needs_no_days_of_grace_after_it(line: Line):
    week = await line.hall.add_plan("Week", period="weekly", grace_days=5)
    evening = await line.hall.add_shift("14:00", "22:00")
    for seat in line.hall.seats:
        starts_on = str(today() + timedelta(days=8))
        await line.hall.sell(await line.hall.enrol(), week, seat, evening, starts_on=starts_on)
    fields = {
        "plan_id": week["id"],
        "shift_ids": [evening["id"]],
        "starts_on": str(today() + timedelta(days=1)),
    }
    await line.join("Asha", **fields)

    await line.offer()

    assert (await line.states())["Asha"] == ("offered", "A1")


async def test_the_job_offers_what_is_free(hall: Hall):
    """Who joins while a seat is free has an offer as soon as the worker comes to it."""
    plan, shift = await hall.add_plan(), await hall.add_shift("06:00", "14:00")
    body = {"student_id": (await hall.enrol())["id"], "plan_id": plan["id"], "starts_on": str(today())}

    waiting = await made(hall.owner, "/waitlist", body | {"shift_ids": [shift["id"]]})

    async with asyncio.timeout(20):
        while waiting["status"] != "offered":
            await asyncio.sleep(0.05)
            waiting = (await hall.owner.get(f"/waitlist/{waiting['id']}")).json()["data"]


@pytest.mark.parametrize("end", ["erasure", "deletion"])
async def test_who_is_no_student_any_more_waits_no_more(line: Line, platform: Platform, end: str):
    owner, tenant_id = line.hall.owner, TenantId(UUID(line.hall.owner.tenant_id))
    waiting = await line.join("Asha")
    path = f"/students/{waiting['student_id']}"
    gone = await (owner.post(f"{path}/erasure") if end == "erasure" else owner.delete(path))
    assert gone.status_code == 204, gone.text

    assert (await owner.get(f"/waitlist/{waiting['id']}")).json()["data"]["status"] == "left"
    assert (await owner.get("/waitlist", params={"status": "waiting"})).json()["data"] == []
    await line.offer()
    async with platform.tenancy.connection(tenant_id) as connection:
        assert not await store.is_anybody_waiting(connection, UUID(line.hall.id))
