"""The rows of a register against what is there: who is known, who is a member, whose the seats are.

Everything is looked up in bulk and told at once. It decides nothing for good: that is the constraints'
affair, when a row is written.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from studyspot.kernel import clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.imports import RegisterTooLong
from studyspot.services.bookings.rules import Place, register
from studyspot.services.students.contract import ImportOptions, Students
from studyspot.tenancy.engine import Tenancy

PLACES_AT_ONCE = 20_000
PLACES_MAX = 300_000
"""Days of all rows, in each of their shifts."""


async def compare(
    tenancy: Tenancy,
    students: Students,
    caller: Caller,
    readings: Sequence[register.Reading],
    floor: register.Floor,
) -> None:
    """Adds to the faults of the readings, and finds their students."""
    await _find_students(students, caller, readings, floor)
    now = clock.now()
    async with tenancy.connection(tenant_of(caller)) as connection:
        marks = [one.wanted.fingerprint for one in readings if one.wanted is not None]
        known = {one.fingerprint: one for one in await store.list_brought_in(connection, marks)}
        for reading in readings:
            if reading.wanted is not None and (before := known.get(reading.wanted.fingerprint)) is not None:
                reading.brought_in_as = before.membership_id
                reading.faults.clear()
        fresh = [one for one in readings if one.brought_in_as is None]
        ids = [one.student_id for one in fresh if one.student_id is not None]
        people = {one.id: one for one in await store.list_students(connection, ids)}
        for reading in fresh:
            _check_person(reading, people, floor)
        held = await store.list_held(connection, ids)
        for reading in fresh:
            _check_membership(reading, held, floor)
        claims = await asyncio.to_thread(_claims, fresh, floor, now)
        by_row = {one.row: one for one in fresh}
        for some in _pieces(claims):
            for taken in await store.list_in_the_way_of(connection, some, now=now):
                _refuse_seat(by_row[taken.line], floor, _whose(taken))
                del claims[taken.line]  # it keeps nobody else from the seat
        for row, first in register.clashes_in_file(claims):
            _refuse_seat(by_row[row], floor, f"row {first} has it")


async def _find_students(
    students: Students, caller: Caller, readings: Sequence[register.Reading], floor: register.Floor
) -> None:
    """Good rows first: they have the places that the business's plan has left."""
    asked = sorted((one for one in readings if one.student is not None), key=lambda one: not one.is_good)
    if not asked:
        return
    report = await students.import_students(
        caller,
        students=[one.item for one in asked],
        options=ImportOptions(dry_run=True, on_duplicate="skip", library_id=floor.library_id),
    )
    for reading, row in zip(asked, report.rows, strict=True):
        reading.student_id = row.student_id
        reading.faults += [floor.fault(one.field, one.message, one.code) for one in row.faults]


def _check_person(
    reading: register.Reading, people: Mapping[UUID, store.KnownStudent], floor: register.Floor
) -> None:
    person = people.get(reading.student_id) if reading.student_id else None
    if person is not None and person.status != "active":
        told = f"This student is {person.status}. Reactivate them first."
        reading.faults.append(floor.fault("phone", told, "student_not_active"))
    seat = reading.wanted.seat if reading.wanted else None
    if seat is None or not seat.is_for_women or reading.student is None:
        return
    if (person.gender if person is not None else reading.student.gender) != "female":
        told = f"{seat.code} is for women, and nothing says that this student is one."
        reading.faults.append(floor.fault("seat", told, "seat_for_women"))


def _check_membership(reading: register.Reading, held: Sequence[store.Held], floor: register.Floor) -> None:
    wanted = reading.wanted
    if wanted is None:
        return
    for one in held:
        is_then = one.starts_on <= wanted.ends_on and wanted.starts_on <= one.until
        if one.student_id == reading.student_id and is_then:
            told = f"This student is a member already, from {one.starts_on} to {one.ends_on}."
            reading.faults.append(floor.fault("phone", told, "already_member"))
            return


def _claims(
    readings: Sequence[register.Reading], floor: register.Floor, now: datetime
) -> dict[int, list[Place]]:
    """When each row has its seat, from now on and in grace. :raises RegisterTooLong:"""
    claims, days = {}, 0
    for reading in readings:
        if (wanted := reading.wanted) is not None and wanted.seat is not None:
            renews = wanted.plan.period not in {"daily", "weekly"}
            grace_days = wanted.plan.grace_days if renews else 0
            claims[reading.row] = rules.places(
                [register.term_of(wanted, floor)], grace_days=grace_days, now=now
            )
            days += len(claims[reading.row])
            if days > PLACES_MAX:
                raise RegisterTooLong("These are too many days at once. Bring in fewer rows at a time.")
    return claims


def _pieces(claims: Mapping[int, list[Place]]) -> list[dict[int, list[Place]]]:
    pieces: list[dict[int, list[Place]]] = [{}]
    for row, places in claims.items():
        if sum(map(len, pieces[-1].values())) > PLACES_AT_ONCE:
            pieces.append({})
        pieces[-1][row] = places
    return pieces


def _refuse_seat(reading: register.Reading, floor: register.Floor, told: str) -> None:
    seat = reading.wanted.seat if reading.wanted else None
    code = seat.code if seat else ""
    reading.faults.append(floor.fault("seat", f"{code} is taken at that time: {told}.", "seat_taken"))


def _whose(taken: store.Taken) -> str:
    if taken.student_name is None:
        return "it is out of service"
    until = taken.ends_on or taken.until.date()
    return f"{taken.student_name} has it until {until}"
