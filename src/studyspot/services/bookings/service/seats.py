"""What every taking of a seat has in common: who may have which, and what to tell whom it is refused."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import Fault
from studyspot.services.bookings import store
from studyspot.services.bookings.contract.bookings import (
    SeatForWomen,
    StudentElsewhere,
    StudentNotActive,
    UnknownStudent,
)
from studyspot.services.bookings.contract.memberships import ConsentNeeded
from studyspot.services.bookings.contract.seats import SeatTaken, UnknownSeat
from studyspot.services.bookings.rules import Window
from studyspot.services.payments.contract import KeyReused

ALTERNATIVES_MAX = 5
CHOICE_MAX = 10
TRIES_MAX = 50
"""Each of them failed because somebody else got that seat."""


async def free_seats(
    tx: Connection,
    library_id: UUID,
    student_id: UUID,
    *,
    zone_id: UUID | None = None,
    times: Sequence[Window],
    like: UUID | None = None,
    but: Collection[UUID] = (),
    now: datetime,
    limit: int,
) -> list[store.Seat]:
    """Those that the student may have, of the kind of `like`, or else seats."""
    student = active(await store.find_student(tx, student_id))
    return await store.find_free_seats(
        tx,
        library_id,
        zone_id=zone_id,
        is_woman=student.gender == "female",
        times=times,
        like=like,
        but=but,
        now=now,
        limit=limit,
    )


def with_alternatives(refusal: SeatTaken, free: Sequence[store.Seat]) -> SeatTaken:
    details = [
        Fault(f"alternatives[{number}]", f"{seat.code} in {seat.zone} is free.", str(seat.id))
        for number, seat in enumerate(free)
    ]
    return SeatTaken(refusal.message, details=details)


async def check_seat_and_student(tx: Connection, library_id: UUID, seat_id: UUID, student_id: UUID) -> None:
    """Once the rows that name them are written: from then on neither is removed without our being seen."""
    seat = await store.find_seat(tx, seat_id)
    if seat is None or not seat.is_there or seat.library_id != library_id:
        raise unknown_seat()
    student = active(await store.find_student(tx, student_id))
    if seat.is_for_women and student.gender != "female":
        raise SeatForWomen(
            f"{seat.zone} is for women, and this student's record does not say that she is one."
        )


def active(student: store.Student | None) -> store.Student:
    """:raises UnknownStudent: :raises StudentNotActive:"""
    if student is None or not student.is_there:
        raise unknown_student()
    if student.status != "active":
        raise StudentNotActive(f"This student is {student.status}. Reactivate them first.")
    return student


def check_consent(student: store.Student, today: date) -> None:
    """:raises ConsentNeeded: for a minor for whom nobody agreed, or not any more."""
    if student.adult_on is not None and today < student.adult_on and not student.is_consented:
        raise ConsentNeeded("This student is under eighteen. Record a guardian's consent first.")


def unknown_seat() -> UnknownSeat:
    return UnknownSeat("The library has no such seat or locker.")


def unknown_student() -> UnknownStudent:
    return UnknownStudent("There is no such student.")


def refusal_of(violation: ConstraintViolated) -> Exception:
    """What a broken constraint means to the caller; any other one is a bug and stays as it is."""
    match violation.constraint:
        case "seat_taken":
            return SeatTaken("This seat is taken for a part of this time.")
        case "student_elsewhere":
            return StudentElsewhere("This student has another seat for a part of this time.")
        case "booking_seat" | "occupancy_seat" | "term_seat":
            return unknown_seat()
        case "booking_student" | "membership_student" | "waiting_student":
            return unknown_student()
        case "membership_key" | "booking_key":
            return KeyReused("Something else was asked under this Idempotency-Key before. Use a new one.")
        case _:
            return violation
