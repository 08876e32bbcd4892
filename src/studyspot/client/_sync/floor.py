# Made from _async/floor.py by studyspot.client._generate.
"""Zones, seats and lockers, shifts."""

from collections.abc import Iterator
from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.floor import (
    NewSeats,
    NewShift,
    NewZone,
    Seat,
    SeatChange,
    SeatKind,
    Shift,
    ShiftChange,
    Zone,
    ZoneChange,
)
from studyspot.client.models.page import Page
from studyspot.client.request import Request


class Zones(Group):
    def list(self, library_id: UUID, *, page: int = 1, limit: int = 20) -> Page[Zone]:
        """:raises NotFound:"""
        params = {"page": page, "limit": limit}
        return self._send(Request("GET", f"/libraries/{library_id}/zones", Page[Zone], params, bare=True))

    def iterate(self, library_id: UUID) -> Iterator[Zone]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, page=page, limit=LIMIT_MAX))

    def get(self, zone_id: UUID) -> Zone:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/libraries/zones/{zone_id}", Zone))

    def create(self, library_id: UUID, zone: NewZone) -> Zone:
        """:raises NotFound: :raises Conflict: when the name is taken."""
        return self._send(Request("POST", f"/libraries/{library_id}/zones", Zone, body=zone))

    def change(self, zone_id: UUID, change: ZoneChange) -> Zone:
        """:raises NotFound: :raises Conflict: when it has another version, or the name is taken."""
        return self._send(Request("PUT", f"/libraries/zones/{zone_id}", Zone, body=change))

    def delete(self, zone_id: UUID) -> None:
        """:raises NotFound: :raises Conflict: while seats or lockers stand there."""
        self._send(Request("DELETE", f"/libraries/zones/{zone_id}", NoneType))


class Seats(Group):
    def list(
        self,
        library_id: UUID,
        *,
        zone_id: UUID | None = None,
        kind: SeatKind | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Seat]:
        """:raises NotFound:"""
        params = {"zone_id": zone_id, "kind": kind, "page": page, "limit": limit}
        return self._send(Request("GET", f"/libraries/{library_id}/seats", Page[Seat], params, bare=True))

    def iterate(
        self, library_id: UUID, *, zone_id: UUID | None = None, kind: SeatKind | None = None
    ) -> Iterator[Seat]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(library_id, zone_id=zone_id, kind=kind, page=page, limit=LIMIT_MAX)
        )

    def get(self, seat_id: UUID) -> Seat:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/libraries/seats/{seat_id}", Seat))

    def create(self, library_id: UUID, seats: NewSeats) -> tuple[Seat, ...]:
        """All of them or none. :raises NotFound: :raises Conflict: when a code is taken. :raises Refused:"""
        return self._send(Request("POST", f"/libraries/{library_id}/seats", tuple[Seat, ...], body=seats))

    def change(self, seat_id: UUID, change: SeatChange) -> Seat:
        """:raises NotFound: :raises Conflict: when it has another version, or the code is taken."""
        return self._send(Request("PUT", f"/libraries/seats/{seat_id}", Seat, body=change))

    def delete(self, seat_id: UUID) -> None:
        """:raises NotFound:"""
        self._send(Request("DELETE", f"/libraries/seats/{seat_id}", NoneType))


class Shifts(Group):
    def list(self, library_id: UUID, *, page: int = 1, limit: int = 20) -> Page[Shift]:
        """:raises NotFound:"""
        params = {"page": page, "limit": limit}
        return self._send(Request("GET", f"/libraries/{library_id}/shifts", Page[Shift], params, bare=True))

    def iterate(self, library_id: UUID) -> Iterator[Shift]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, page=page, limit=LIMIT_MAX))

    def get(self, shift_id: UUID) -> Shift:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/libraries/shifts/{shift_id}", Shift))

    def create(self, library_id: UUID, shift: NewShift) -> Shift:
        """:raises NotFound: :raises Conflict: when the name is taken."""
        return self._send(Request("POST", f"/libraries/{library_id}/shifts", Shift, body=shift))

    def change(self, shift_id: UUID, change: ShiftChange) -> Shift:
        """:raises NotFound: :raises Conflict: when it has another version, or the name is taken."""
        return self._send(Request("PUT", f"/libraries/shifts/{shift_id}", Shift, body=change))

    def delete(self, shift_id: UUID) -> None:
        """It is sold no more; what was sold stays. :raises NotFound:"""
        self._send(Request("DELETE", f"/libraries/shifts/{shift_id}", NoneType))
