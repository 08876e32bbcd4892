"""A library's running register, brought in as it is and taken back: whole rows, once each, to the paisa."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

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

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.services.bookings.service.billing import Billing

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


async def test_the_same_register_twice_at_once_is_brought_in_once(point: Point):
    content = rows(*(f"Pupil {n},98000{n:05},P-{n},Morning,{days()},1200,100,0,0" for n in range(1, 31)))

    both = await asyncio.gather(point.bring(content), point.bring(content))

    assert [sum(report[word] for report in both) for word in ("created", "skipped", "failed")] == [30, 30, 0]
    assert len(await point.every("/students")) == len(await point.every("/memberships")) == 30
    assert (await point.totals())["receivable"] == 3_000


async def test_of_two_registers_at_once_one_gets_the_seats_and_the_other_leaves_nobody(point: Point):
    one, other = (
        rows(*(f"Pupil {n},{first}{n:05},P-{n},Morning,{days()},1200,100,0,0" for n in range(1, 31)))
        for first in (98_000, 97_000)
    )

    both = await asyncio.gather(point.bring(one), point.bring(other))

    assert [sum(report[word] for report in both) for word in ("created", "failed")] == [30, 30]
    assert {code for report in both for _, _, code in faults(report)} == {"seat_taken"}
    assert len(await point.every("/students")) == len(await point.every("/memberships")) == 30
    assert (await point.totals())["receivable"] == 3_000


async def test_who_has_a_seat_is_told_and_who_may_not_have_it(point: Point):
    asha = await point.hall.enrol("Asha")
    away = await point.hall.enrol("Away", phone="+919800000003")
    plan = await point.hall.add_plan("Own seat")
    await point.hall.sell(asha, plan, "P-1", point.shifts["Morning"])
    broken = {"seat_id": point.hall.seats["P-2"]["id"], "reason": "Broken"}
    assert (await point.owner.post("/bookings/outages", broken)).status_code == 201
    suspension = {"reason": "Does not pay his fees"}
    assert (await point.owner.post(f"/students/{away['id']}/suspend", suspension)).status_code == 200

    report = await point.bring(
        rows(
            f"Ravi,9800000001,P-1,Full Day,{days()},1200,,,",
            f"Anil,9800000002,P-2,Morning,{days()},1200,,,",
            f"Away,9800000003,P-3,Morning,{days()},1200,,,",
            f"Imran,9800000004,W-1,Morning,{days()},1200,,,",
            f"Zoya,9800000005,P-1,Evening,{days()},1200,,,",
        ),
        dry_run=True,
    )

    assert faults(report) == {
        (2, "Seat", "seat_taken"),
        (3, "Seat", "seat_taken"),
        (4, "Mobile", "student_not_active"),
        (5, "Seat", "seat_for_women"),
    }
    told = [fault["message"] for line in report["rows"] for fault in line["faults"]]
    assert told[0].startswith("P-1 is taken at that time: Asha has it until ")
    assert "out of service" in told[1]
    assert report["rows"][4]["seat_code"] == "P-1"


async def test_all_faults_of_a_row_are_told_at_once(point: Point):
    report = await point.bring(rows(",98,Z-1,Dawn,31/02/2026,soon,much,1e3,-,x"), dry_run=True)

    assert {column for _, column, _ in faults(report)} == {
        "Name", "Mobile", "Seat", "Shift", "From", "To", "Fee", "Dues", "Deposit",
    }  # fmt: skip


async def test_who_is_there_already_by_phone_is_matched_and_stays_when_it_is_undone(point: Point):
    known = await point.hall.enrol("Asha", phone="+919800000001", city="Kota")
    report = await point.bring(rows(f"Asha Rao,98000 00001,P-1,Morning,{days()},1200,0,0,0"))

    (line,) = report["rows"]
    assert (line["status"], line["student_id"], line["is_new_student"]) == ("created", known["id"], False)
    (membership,) = await point.every("/memberships")
    assert (membership["price"], membership["plan_name"], membership["renews"]) == (120_000, "Monthly", True)
    assert (await point.hall.states())["P-2"] == "free"
    undone = await point.undo(report["import_id"])
    assert (undone["undone"], undone["students_removed"], undone["students_kept"]) == (1, 0, [])
    (student,) = await point.every("/students")
    assert (student["first_name"], student["last_name"], student["version"]) == ("Asha", None, 1)
    (membership,) = await point.every("/memberships")
    assert (membership["status"], membership["cancel_reason"]) == ("cancelled", "Import undone")
    again = await point.bring(rows(f"Asha Rao,98000 00001,P-1,Morning,{days()},1200,0,0,0"))
    assert counts(again) == [1, 1, 0, 0]
    skipped = (await point.bring(rows(f"Asha Rao,98000 00001,P-1,Morning,{days()},1200,0,0,0")))["rows"][0]
    assert skipped["membership_id"] == again["rows"][0]["membership_id"]
    twice = await asyncio.gather(*(point.undo(again["import_id"]) for _ in range(3)))
    assert [one["undone"] for one in twice] == [1, 1, 1]
    assert await point.totals() == {}


async def test_what_somebody_used_since_stays_and_is_named(point: Point):
    report = await point.bring(
        rows(*(f"Pupil {n},98000{n:05},P-{n},Morning,{days(-9, 20)},1200,300,0,0" for n in range(1, 5)))
    )
    paid, moved, changed, unused = report["rows"]
    payment = {
        "library_id": point.hall.id, "student_id": paid["student_id"], "method": "cash", "amount": 10_000,
    }  # fmt: skip
    assert (await point.owner.post("/payments", payment)).status_code == 201
    move = {"version": 1, "seat_id": point.hall.seats["Q-9"]["id"]}
    path = f"/memberships/{moved['membership_id']}/move"
    assert (await point.owner.post(path, move)).status_code == 200
    change = {"version": 1, "city": "Kota"}
    assert (await point.owner.put(f"/students/{changed['student_id']}", change)).status_code == 200

    first, again = [await point.undo(report["import_id"]) for _ in range(2)]

    assert [(line["row"], line["status"], line["reason"]) for line in first["rows"]] == [
        (2, "refused", "The student paid, or was paid, since."),
        (3, "refused", "This membership was changed since."),
        (4, "undone", None),
        (5, "undone", None),
    ]
    assert [one["student_id"] for one in first["students_kept"]] == [
        one["student_id"] for one in (paid, moved, changed)
    ]
    assert (first["students_removed"], again["students_removed"]) == (1, 0)
    assert again["rows"] == first["rows"]
    assert (await point.owner.get(f"/students/{unused['student_id']}")).status_code == 404
    assert (await point.totals())["receivable"] == 500
    day = str(today() + timedelta(days=1))
    seats = await point.hall.states(day=day, shift_id=point.shifts["Morning"]["id"])
    assert [seats[code] for code in ("P-1", "Q-9", "P-3", "P-4")] == ["taken", "taken", "free", "free"]
    (listed,) = await point.every("/memberships/imports", library_id=point.hall.id)
    assert (listed["id"], listed["memberships"], listed["undone"]) == (report["import_id"], 4, 2)


async def test_a_next_term_that_was_offered_meanwhile_is_given_up_with_it(point: Point, platform: Platform):
    report = await point.bring(
        rows(
            f"Asha,9800000001,P-1,Morning,{days(-27, 2)},1200,0,0,0",
            f"Ravi,9800000002,P-2,Morning,{days(-27, 2)},1200,0,300,0",
        )
    )
    caller = system(tenant_id=TenantId(UUID(point.owner.tenant_id)))
    assert (await platform.bookings.run_renewals(caller)).offered == 2
    assert ((await point.totals())["receivable"], (await point.totals()).get("advances")) == (2_100, None)

    undone = await point.undo(report["import_id"])

    assert (undone["undone"], undone["students_removed"]) == (2, 2)
    assert await point.totals() == {}


async def test_days_of_a_membership_that_was_brought_in_are_given_back_as_any_others(point: Point):
    report = await point.bring(rows(f"Asha,9800000001,P-1,Morning,{days(-14, 15)},1200,300,0,0"))
    (line,) = report["rows"]
    body = {"version": 1, "last_on": str(today()), "reason": "Leaves"}
    assert (await point.owner.post(f"/memberships/{line['membership_id']}/cancel", body)).status_code == 200

    # Fifteen of thirty days are worth 600, of which 300 were owed.
    found = (await point.owner.get(f"/payments/students/{line['student_id']}")).json()["data"]
    assert (found["open"], found["advance"]) == (0, 30_000)


async def test_without_a_column_of_dues_what_was_paid_tells_them(point: Point):
    report = await point.bring(
        rows(
            f"Asha,9800000001,P-1,Morning,{days()},1200,1000",
            f"Ravi,9800000002,P-2,Morning,{days()},1200,1500",
            f"Anil,9800000003,P-3,Morning,{days()},1200,1200/-",
            header="Name,Mobile,Seat,Shift,From,To,Fee,Paid",
        )
    )

    assert [(line["dues"], line["advance"]) for line in report["rows"]] == [(20_000, 0), (0, 30_000), (0, 0)]
    assert (report["dues"], report["advances"], report["deposits"]) == (20_000, 30_000, 0)


async def test_headers_that_are_not_understood_are_named(point: Point):
    content = rows(
        f"Asha,9800000001,P-1,Morning,{days()},1200", header="Bachcha,Mobile,Kursi,Shift,From,To,Fee"
    )
    unnamed = await point.bring(content, dry_run=True)
    named = await point.bring(content, dry_run=True, columns='{"Bachcha": "name", "Kursi": "seat"}')
    wrong = await point.try_to_bring(content, columns='{"Kursi": "throne"}')

    assert unnamed["rows"][0]["status"] == "failed"
    assert (named["rows"][0]["status"], named["rows"][0]["seat_code"]) == ("created", "P-1")
    assert named["columns"]["Kursi"] == "seat"
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_a_register_that_cannot_be_taken_as_a_whole_says_why(point: Point, stranger: Person):
    one = rows(f"Asha,9800000001,P-1,Morning,{days()},1200,0,0,0")
    foreign = (await stranger.post("/libraries", {"name": "Far"})).json()["data"]["id"]
    many = rows(*(f"P {n},98000{n:05},P-1,Morning,{days()},,,," for n in range(1_001)))

    answers = [
        await point.try_to_bring(one, library_id=foreign),
        await point.try_to_bring(one, as_of=str(today() + DAY)),
        await point.try_to_bring(b"\x89PNG\r\n\x1a\n\0\0"),
        await point.try_to_bring(many),
    ]

    assert [(one.status_code, one.json()["error"]["code"]) for one in answers] == [
        (404, "RESOURCE_NOT_FOUND"),
        (400, "VALIDATION_ERROR"),
        (422, "UNREADABLE_FILE"),
        (422, "REGISTER_TOO_LONG"),
    ]
    assert await point.every("/memberships/imports") == []


async def test_a_membership_that_is_over_is_brought_in_as_it_is(point: Point):
    report = await point.bring(
        rows(
            f"Asha,9800000001,P-1,Morning,{days(-99, -70)},1200,400,0,0",
            f"Ravi,9800000002,P-1,Morning,{days()},1200,0,0,0",
        )
    )

    assert counts(report) == [2, 2, 0, 0]
    found = {one["student_name"]: one["status"] for one in await point.every("/memberships")}
    assert found == {"Asha": "expired", "Ravi": "active"}
    assert (await point.totals())["receivable"] == 400


@pytest.mark.together
async def test_what_was_not_in_the_books_yet_is_taken_back_with_it(
    point: Point, monkeypatch: pytest.MonkeyPatch
):
    """The payments room was away when it was brought in."""

    async def later(*_: object) -> None:
        return None

    with monkeypatch.context() as away:
        away.setattr(Billing, "post_soon", later)
        report = await point.bring(rows(f"Asha,9800000001,P-1,Morning,{days()},1200,300,0,500"))
    assert await point.totals() == {}

    undone = await point.undo(report["import_id"])

    assert (undone["undone"], undone["students_removed"]) == (1, 1)
    assert await point.totals() == {}
