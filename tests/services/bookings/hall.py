"""A library with seats, shifts and students, as the tests of bookings need it."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import time_machine
from tests.people import PASSWORD, Person
from tests.services.answers import made

INDIA = ZoneInfo("Asia/Kolkata")
NUMBERS = count(9_733_000_001)


def tomorrow(clock: str, *, days: int = 1) -> datetime:
    """That time of tomorrow, or of another day to come, in India."""
    day = (datetime.now(UTC).astimezone(INDIA) + timedelta(days=days)).date()
    return datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), INDIA)  # noqa: DTZ007 - a clock time


def today() -> date:
    """In India."""
    return datetime.now(UTC).astimezone(INDIA).date()


class Hall:
    """One library of an owner. `seats` are by their codes."""

    def __init__(self, owner: Person, library: dict[str, Any]) -> None:
        self.owner = owner
        self.library = library
        self.zones: dict[str, dict[str, Any]] = {}
        self.seats: dict[str, dict[str, Any]] = {}

    @property
    def id(self) -> str:
        return str(self.library["id"])

    @classmethod
    async def opened(cls, owner: Person, **fields: Any) -> "Hall":
        hall = cls(owner, await made(owner, "/libraries", {"name": f"Hall {next(NUMBERS)}"} | fields))
        await hall.add_zone("Quiet", ["A1", "A2", "A3"])
        return hall

    async def add_zone(self, name: str, codes: list[str], *, kind: str = "seat", **fields: Any) -> None:
        zone = await made(self.owner, f"/libraries/{self.id}/zones", {"name": name} | fields)
        body = {"zone_id": zone["id"], "codes": codes, "kind": kind}
        seats = await made(self.owner, f"/libraries/{self.id}/seats", body)
        self.zones[name] = zone
        self.seats |= {seat["code"]: seat for seat in seats}

    async def add_shift(self, starts: str, ends: str) -> dict[str, Any]:
        body = {"name": f"{starts}-{ends}", "starts": starts, "ends": ends}
        shift: dict[str, Any] = await made(self.owner, f"/libraries/{self.id}/shifts", body)
        return shift

    async def enrol(self, name: str = "Asha", **fields: Any) -> dict[str, Any]:
        body = {"first_name": name, "phone": f"+91{next(NUMBERS)}"} | fields
        student: dict[str, Any] = await made(self.owner, "/students", body)
        return student

    async def add_plan(self, name: str = "Monthly", **fields: Any) -> dict[str, Any]:
        """For a seat of one's own, at ₹3,000 a month, unless said otherwise."""
        body = {"library_id": self.id, "name": name, "kind": "reserved", "period": "monthly"}
        plan: dict[str, Any] = await made(self.owner, "/fee-plans", body | {"price": 300_000} | fields)
        return plan

    async def try_to_sell(
        self,
        student: dict[str, Any],
        plan: dict[str, Any],
        seat: str | None,
        *shifts: dict[str, Any],
        key: str | None = None,
        **fields: Any,
    ) -> httpx2.Response:
        """From today on."""
        body = {
            "student_id": student["id"],
            "plan_id": plan["id"],
            "seat_id": seat and self.seats[seat]["id"],
            "shift_ids": [shift["id"] for shift in shifts],
            "starts_on": str(today()),
        }
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.owner.post("/memberships", body | fields, headers=headers)

    async def sell(
        self,
        student: dict[str, Any],
        plan: dict[str, Any],
        seat: str | None,
        *shifts: dict[str, Any],
        **fields: Any,
    ) -> dict[str, Any]:
        answer = await self.try_to_sell(student, plan, seat, *shifts, **fields)
        assert answer.status_code == 201, answer.text
        membership: dict[str, Any] = answer.json()["data"]
        return membership

    async def try_to_book(
        self,
        student: dict[str, Any],
        seat: str | None,
        starts: datetime,
        ends: datetime,
        **fields: Any,
    ) -> httpx2.Response:
        body = {
            "library_id": self.id,
            "student_id": student["id"],
            "seat_id": seat and self.seats[seat]["id"],
            "starts_at": starts.isoformat(),
            "ends_at": ends.isoformat(),
        }
        return await self.owner.post("/bookings", body | fields)

    async def book(
        self, student: dict[str, Any], seat: str | None, starts: datetime, ends: datetime, **fields: Any
    ) -> dict[str, Any]:
        answer = await self.try_to_book(student, seat, starts, ends, **fields)
        assert answer.status_code == 201, answer.text
        booking: dict[str, Any] = answer.json()["data"]
        return booking

    async def states(self, **params: str) -> dict[str, str]:
        """The state of each seat, by its code."""
        answer = await self.owner.get("/bookings/seat-map", params={"library_id": self.id, **params})
        assert answer.status_code == 200, answer.text
        return {seat["code"]: seat["state"] for seat in answer.json()["data"]["seats"]}


async def signed_in_again(owner: Person) -> Person:
    """After the clock has moved."""
    body = {"email": owner.email, "password": PASSWORD}
    answer = await owner.client.post("/api/v1/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()["data"]["tokens"]
    return Person(
        owner.client,
        owner.email,
        owner.account_id,
        owner.tenant_id,
        tokens["access_token"],
        tokens["refresh_token"],
    )


@contextlib.asynccontextmanager
async def at(hall: Hall, clock: str, *, days: int = 1) -> AsyncIterator[None]:
    """At that time of tomorrow, or of another day to come, with the owner signed in."""
    with time_machine.travel(tomorrow(clock, days=days)):
        hall.owner = await signed_in_again(hall.owner)
        yield
