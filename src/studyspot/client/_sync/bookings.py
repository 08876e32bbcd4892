# Made from _async/bookings.py by studyspot.client._generate.
"""Who has which seat or locker when."""

from collections.abc import Iterator
from datetime import date
from types import NoneType
from uuid import UUID, uuid4

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.bookings import (
    Booking,
    BookingChange,
    BookingStatus,
    CancelBody,
    NewBooking,
    NewOutage,
    Outage,
    SeatMap,
)
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class Bookings(Group):
    def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        status: BookingStatus | None = None,
        since: date | None = None,
        until: date | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Booking]:
        """`since` and `until` find what overlaps the days between them."""
        params = {
            "library_id": library_id,
            "student_id": student_id,
            "status": status,
            "since": since,
            "until": until,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/bookings", Page[Booking], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        status: BookingStatus | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[Booking]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                student_id=student_id,
                status=status,
                since=since,
                until=until,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    def get(self, booking_id: UUID) -> Booking:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/bookings/{booking_id}", Booking))

    def create(self, booking: NewBooking, *, key: str | None = None) -> Booking:
        """Under a new key unless one is given: asked again, it is not booked again.

        :raises NotFound: :raises Refused: for an unknown seat or student, a plan that is not sold by the
        hour, or while the library is closed.
        :raises Conflict: when the seat is taken: `details` name free ones, whose ids are the codes.
        """
        return self._send(Request("POST", "/bookings", Booking, body=booking, key=key or str(uuid4())))

    def change(self, booking_id: UUID, change: BookingChange) -> Booking:
        """:raises NotFound: :raises Conflict: when it has another version, is over, or the seat is taken."""
        return self._send(Request("PUT", f"/bookings/{booking_id}", Booking, body=change))

    def confirm(self, booking_id: UUID) -> Booking:
        """Safe to repeat. :raises NotFound: :raises Conflict: when the hold has run out."""
        return self._send(Request("POST", f"/bookings/{booking_id}/confirm", Booking))

    def cancel(self, booking_id: UUID, *, reason: str | None = None) -> Booking:
        """What it was sold for is credited unless it has begun. Safe to repeat.

        :raises NotFound: :raises Conflict: once it is over.
        """
        body = CancelBody(reason=reason)
        return self._send(Request("POST", f"/bookings/{booking_id}/cancel", Booking, body=body))

    def seat_map(self, library_id: UUID, *, day: date | None = None, shift_id: UUID | None = None) -> SeatMap:
        """In a shift of a day, on a whole day, or without either right now. :raises NotFound:"""
        params: dict[str, Param] = {"library_id": library_id, "day": day, "shift_id": shift_id}
        return self._send(Request("GET", "/bookings/seat-map", SeatMap, params))


class Outages(Group):
    def list(self, library_id: UUID, *, page: int = 1, limit: int = 20) -> Page[Outage]:
        """:raises NotFound:"""
        params: dict[str, Param] = {"library_id": library_id, "page": page, "limit": limit}
        return self._send(Request("GET", "/bookings/outages", Page[Outage], params, bare=True))

    def iterate(self, library_id: UUID) -> Iterator[Outage]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, page=page, limit=LIMIT_MAX))

    def create(self, outage: NewOutage) -> Outage:
        """:raises Refused: for an unknown seat. :raises Conflict: while it is booked."""
        return self._send(Request("POST", "/bookings/outages", Outage, body=outage))

    def end(self, outage_id: UUID) -> None:
        """Safe to repeat. :raises NotFound: for one that was still to come, the second time."""
        self._send(Request("DELETE", f"/bookings/outages/{outage_id}", NoneType))
