"""Zones, seats and lockers, shifts."""

from collections.abc import AsyncIterator
from types import NoneType
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
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


class AsyncZones(AsyncGroup):
    async def list(self, library_id: UUID, *, page: int = 1, limit: int = 20) -> Page[Zone]:
        """:raises NotFound:"""
        params = {"page": page, "limit": limit}
        return await self._send(
            Request("GET", f"/libraries/{library_id}/zones", Page[Zone], params, bare=True)
        )

    def iterate(self, library_id: UUID) -> AsyncIterator[Zone]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, page=page, limit=LIMIT_MAX))

    async def get(self, zone_id: UUID) -> Zone:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/libraries/zones/{zone_id}", Zone))

    async def create(self, library_id: UUID, zone: NewZone) -> Zone:
        """:raises NotFound: :raises Conflict: when the name is taken."""
        return await self._send(Request("POST", f"/libraries/{library_id}/zones", Zone, body=zone))

    async def change(self, zone_id: UUID, change: ZoneChange) -> Zone:
        """:raises NotFound: :raises Conflict: when it has another version, or the name is taken."""
        return await self._send(Request("PUT", f"/libraries/zones/{zone_id}", Zone, body=change))

    async def delete(self, zone_id: UUID) -> None:
        """:raises NotFound: :raises Conflict: while seats or lockers stand there."""
        await self._send(Request("DELETE", f"/libraries/zones/{zone_id}", NoneType))


class AsyncSeats(AsyncGroup):
    async def list(
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
        return await self._send(
            Request("GET", f"/libraries/{library_id}/seats", Page[Seat], params, bare=True)
        )

    def iterate(
        self, library_id: UUID, *, zone_id: UUID | None = None, kind: SeatKind | None = None
    ) -> AsyncIterator[Seat]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(library_id, zone_id=zone_id, kind=kind, page=page, limit=LIMIT_MAX)
        )

    async def get(self, seat_id: UUID) -> Seat:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/libraries/seats/{seat_id}", Seat))

    async def create(self, library_id: UUID, seats: NewSeats) -> tuple[Seat, ...]:
        """All of them or none. :raises NotFound: :raises Conflict: when a code is taken. :raises Refused:"""
        return await self._send(
            Request("POST", f"/libraries/{library_id}/seats", tuple[Seat, ...], body=seats)
        )

    async def change(self, seat_id: UUID, change: SeatChange) -> Seat:
        """:raises NotFound: :raises Conflict: when it has another version, or the code is taken."""
        return await self._send(Request("PUT", f"/libraries/seats/{seat_id}", Seat, body=change))

    async def delete(self, seat_id: UUID) -> None:
        """:raises NotFound:"""
        await self._send(Request("DELETE", f"/libraries/seats/{seat_id}", NoneType))


class AsyncShifts(AsyncGroup):
    async def list(self, library_id: UUID, *, page: int = 1, limit: int = 20) -> Page[Shift]:
        """:raises NotFound:"""
        params = {"page": page, "limit": limit}
        return await self._send(
            Request("GET", f"/libraries/{library_id}/shifts", Page[Shift], params, bare=True)
        )

    def iterate(self, library_id: UUID) -> AsyncIterator[Shift]:
        """All pages, one after the other."""
        return every(lambda page: self.list(library_id, page=page, limit=LIMIT_MAX))

    async def get(self, shift_id: UUID) -> Shift:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/libraries/shifts/{shift_id}", Shift))

    async def create(self, library_id: UUID, shift: NewShift) -> Shift:
        """:raises NotFound: :raises Conflict: when the name is taken."""
        return await self._send(Request("POST", f"/libraries/{library_id}/shifts", Shift, body=shift))

    async def change(self, shift_id: UUID, change: ShiftChange) -> Shift:
        """:raises NotFound: :raises Conflict: when it has another version, or the name is taken."""
        return await self._send(Request("PUT", f"/libraries/shifts/{shift_id}", Shift, body=change))

    async def delete(self, shift_id: UUID) -> None:
        """It is sold no more; what was sold stays. :raises NotFound:"""
        await self._send(Request("DELETE", f"/libraries/shifts/{shift_id}", NoneType))
