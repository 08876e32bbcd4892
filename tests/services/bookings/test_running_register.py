"""A library's running register, brought in as it is and taken back: whole rows, once each, to the paisa."""

from datetime import timedelta
from typing import Any

import pytest
from running_register import (
    KNOWN_PHONE,
    MEMBERS,
    SEATS,
    TAKEN,
    WHOLE_DAY_SEATS,
    Member,
    RunningRegister,
)
from tests.people import Person
from tests.services.bookings.hall import Hall, today

RUPEE = 100
DAY = timedelta(days=1)
Json = dict[str, Any]


class Point:
    """A study point with seats, shifts and plans."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.shifts: dict[str, Json] = {}

    @classmethod
    async def opened(cls, owner: Person) -> "Point":
        point = cls(await Hall.opened(owner))
        await point.hall.add_zone("Main", [*SEATS, *WHOLE_DAY_SEATS, TAKEN])
        await point.hall.add_zone("Ladies", ["W-1"], is_for_women=True)
        times = {"Morning": ("06:00", "11:00"), "Evening": ("16:00", "21:00"), "Full Day": ("06:00", "22:00")}
        for name, (starts, ends) in times.items():
            body = {"name": name, "starts": starts, "ends": ends}
            answer = await owner.post(f"/libraries/{point.hall.id}/shifts", body)
            point.shifts[name] = answer.json()["data"]
        await point.hall.add_plan("Monthly", price=120_000)
        await point.hall.add_plan("Quarterly", price=330_000, period="quarterly")
        await point.hall.add_plan("Floating", kind="unreserved", price=80_000, hours_a_day=8)
        return point

    @property
    def owner(self) -> Person:
        return self.hall.owner

    async def bring(self, content: bytes | str, **params: Any) -> Json:
        answer = await self.try_to_bring(content, **params)
        assert answer.status_code == 200, answer.text
        report: Json = answer.json()["data"]
        return report

    async def try_to_bring(self, content: bytes | str, **params: Any) -> Any:
        file = content.encode() if isinstance(content, str) else content
        return await self.owner.post(
            "/memberships/import",
            files={"file": ("register.xlsx", file)},
            params={"library_id": self.hall.id} | params,
        )

    async def undo(self, import_id: str) -> Json:
        answer = await self.owner.post(f"/memberships/imports/{import_id}/undo")
        assert answer.status_code == 200, answer.text
        report: Json = answer.json()["data"]
        return report

    async def every(self, path: str, **params: Any) -> list[Json]:
        found: list[Json] = []
        while True:
            page = {"page": len(found) // 100 + 1, "limit": 100} | params
            answer = (await self.owner.get(path, params=page)).json()
            found += answer["data"]
            if not answer["pagination"]["has_next"]:
                return found

    async def totals(self) -> dict[str, int]:
        """In rupees, what is not nothing."""
        found = (await self.owner.get("/payments/totals")).json()["data"]
        return {one["account"]: one["amount"] // RUPEE for one in found if one["amount"]}


@pytest.fixture
async def point(owner: Person) -> Point:
    return await Point.opened(owner)


def rows(*lines: str, header: str = "Name,Mobile,Seat,Shift,From,To,Fee,Dues,Advance,Deposit") -> str:
    return "\n".join([header, *lines])


def days(first: int = 0, last: int = 29) -> str:
    """From and to, in days from today."""
    return f"{today() + first * DAY:%d/%m/%Y},{today() + last * DAY:%d/%m/%Y}"


def faults(report: Json) -> set[tuple[int, str, str]]:
    return {
        (line["row"], fault["column"], fault["code"]) for line in report["rows"] for fault in line["faults"]
    }


def counts(report: Json) -> list[int]:
    return [report[word] for word in ("total", "created", "skipped", "failed")]


def without_ids(report: Json) -> list[Json]:
    return [line | {"student_id": None, "membership_id": None} for line in report["rows"]]


async def test_an_ugly_register_of_300_members_is_brought_in_with_a_word_on_every_fault(point: Point):
    known = await point.hall.enrol("Known", phone=f"+91{KNOWN_PHONE}")
    monthly = await point.hall.add_plan("Own seat")
    await point.hall.sell(known, monthly, "A1", point.shifts["Morning"])
    other = await point.hall.enrol("Other")
    await point.hall.sell(other, monthly, TAKEN, point.shifts["Full Day"])
    before = await point.totals()
    planted, fixed = RunningRegister(today()), RunningRegister(today(), planted=False)
    assert len(planted.faults) == 20

    rehearsal = await point.bring(planted.content, dry_run=True)
    assert faults(rehearsal) == planted.faults
    assert counts(rehearsal) == [MEMBERS, 280, 0, 20]
    assert rehearsal["import_id"] is None
    assert len(await point.every("/students")) == 2

    report = await point.bring(planted.content)
    assert without_ids(report) == without_ids(rehearsal)
    # No row is half written: each student has a membership, and what is owed and kept ties to the columns.
    assert len(await point.every("/students")) == len(await point.every("/memberships")) == 282
    await ties(point, planted.good, before)

    again = await point.bring(planted.content)
    assert (counts(again), again["import_id"]) == ([MEMBERS, 0, 280, 20], None)
    rest = await point.bring(fixed.content)
    assert counts(rest) == [MEMBERS, 20, 280, 0]
    assert len(await point.every("/students")) == len(await point.every("/memberships")) == 302
    await ties(point, fixed.members, before)

    for one in (rest, report):
        undone = await point.undo(one["import_id"])
        assert (undone["undone"], undone["refused"]) == (one["created"], 0)
        assert (undone["students_removed"], undone["students_kept"]) == (one["created"], [])
    assert len(await point.every("/students")) == 2
    assert await point.totals() == before
    assert {line["status"] for line in (await point.undo(report["import_id"]))["rows"]} == {"undone"}
    assert counts(await point.bring(fixed.content)) == [MEMBERS, 300, 0, 0]


async def ties(point: Point, members: list[Member], before: dict[str, int]) -> None:
    """By sums that the platform has no part in."""
    sums = {name: sum(getattr(one, name) for one in members) for name in ("dues", "advance", "deposit")}
    owed = await point.every("/payments/dues", library_id=point.hall.id)
    found = await point.totals()
    assert sum(one["open"] for one in owed) == (sums["dues"] + before["receivable"]) * RUPEE
    assert (found["receivable"] - before["receivable"], found["advances"], found["deposits"]) == (
        sums["dues"],
        sums["advance"],
        sums["deposit"],
    )
    assert found["opening_balances"] == sums["dues"] - sums["advance"] - sums["deposit"]
