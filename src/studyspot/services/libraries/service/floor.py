"""What stands in a library: zones, seats, lockers."""

from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import LimitExceeded, NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.libraries import rules, store
from studyspot.services.libraries.contract.floor import (
    SEATS_MAX,
    ZONES_MAX,
    NewSeats,
    NewZone,
    Seat,
    SeatChange,
    SeatCodeTaken,
    SeatFilter,
    SeatInUse,
    SeatPage,
    UnknownZone,
    Zone,
    ZoneChange,
    ZoneInUse,
    ZoneNameTaken,
    ZonePage,
)
from studyspot.services.libraries.service.branches import found_library
from studyspot.tenancy.engine import Tenancy

NAMED_MAX = 10


class Floor:
    _tenancy: Tenancy

    async def list_zones(self, caller: Caller, *, library_id: UUID, page: int, limit: int) -> ZonePage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_library(await store.find_library(connection, library_id))
            items, total = await store.list_zones(
                connection, library_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_zones(connection, library_id)
            return ZonePage(items, total)

    async def get_zone(self, caller: Caller, *, zone_id: UUID) -> Zone:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found_zone(await store.find_zone(connection, zone_id))

    async def create_zone(self, caller: Caller, *, library_id: UUID, zone: NewZone) -> Zone:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                found_library(await store.find_library(tx, library_id, for_update=True))
                if await store.count_zones(tx, library_id) >= ZONES_MAX:
                    raise LimitExceeded(f"A library has at most {ZONES_MAX} zones.")
                zone_id = new_id()
                await store.insert_zone(tx, zone_id, library_id, zone)
                created = _found_zone(await store.find_zone(tx, zone_id))
                await audit.record(
                    tx, caller, "zones:create", entity="zone", entity_id=zone_id, after=created
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def change_zone(self, caller: Caller, *, zone_id: UUID, change: ZoneChange) -> Zone:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                before = _found_zone(await store.find_zone(tx, zone_id, for_update=True))
                check_version("zone", read=change.version, found=before.version)
                await store.update_zone(tx, msgspec.structs.replace(before, **changed_fields(change)))
                after = _found_zone(await store.find_zone(tx, zone_id))
                await audit.record(
                    tx,
                    caller,
                    "zones:update",
                    entity="zone",
                    entity_id=zone_id,
                    before=before,
                    after=after,
                )
                return after
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def delete_zone(self, caller: Caller, *, zone_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.find_zone(tx, zone_id, for_update=True)
            before = _found_zone(await store.find_zone(tx, zone_id))  # as it is once the lock is ours
            if there := before.seats + before.lockers:
                what = "1 seat or locker stands" if there == 1 else f"{there} seats and lockers stand"
                raise ZoneInUse(f"{what} in this zone. Move or remove them first.")
            await store.delete_zone(tx, zone_id)
            await audit.record(tx, caller, "zones:delete", entity="zone", entity_id=zone_id, before=before)

    async def list_seats(
        self, caller: Caller, *, library_id: UUID, filter: SeatFilter, page: int, limit: int
    ) -> SeatPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_library(await store.find_library(connection, library_id))
            items, total = await store.list_seats(
                connection, library_id, filter, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_seats(connection, library_id, filter)
            return SeatPage(items, total)

    async def get_seat(self, caller: Caller, *, seat_id: UUID) -> Seat:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found_seat(await store.find_seat(connection, seat_id))

    async def create_seats(self, caller: Caller, *, library_id: UUID, seats: NewSeats) -> list[Seat]:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                found_library(await store.find_library(tx, library_id, for_update=True))
                zone = await _zone_of(tx, seats.zone_id, library_id)
                last_row = await store.find_last_grid_row(tx, library_id)
                places = rules.places(seats, last_row=last_row)
                if await store.count_seats(tx, library_id, SeatFilter()) + len(places) > SEATS_MAX:
                    raise LimitExceeded(f"A library has at most {SEATS_MAX} seats and lockers.")
                codes = [place.code for place in places]
                if taken := await store.find_taken_codes(tx, library_id, seats.kind, codes):
                    raise _taken(taken)
                rows = [
                    store.SeatRow(new_id(), place.code, rules.code_order(place.code), place.row, place.column)
                    for place in places
                ]
                created = await store.insert_seats(tx, zone, seats.kind, seats.features, rows)
                await audit.record_many(
                    tx,
                    caller,
                    "seats:create",
                    entity="seat",
                    changes=[audit.Recorded(one.id, None, one) for one in created],
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def change_seat(self, caller: Caller, *, seat_id: UUID, change: SeatChange) -> Seat:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                before = _found_seat(await store.find_seat(tx, seat_id, for_update=True))
                check_version("seat", read=change.version, found=before.version)
                wanted = msgspec.structs.replace(before, **changed_fields(change))
                if wanted.zone_id != before.zone_id:
                    await _zone_of(tx, wanted.zone_id, before.library_id)
                wanted = msgspec.structs.replace(wanted, code=wanted.code.upper())
                after = _found_seat(
                    await store.update_seat(tx, wanted, code_order=rules.code_order(wanted.code))
                )
                await audit.record(
                    tx, caller, "seats:update", entity="seat", entity_id=seat_id, before=before, after=after
                )
                return after
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def delete_seat(self, caller: Caller, *, seat_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found_seat(await store.find_seat(tx, seat_id, for_update=True))
            if await store.count_taken(tx, clock.now(), seat_id=seat_id):
                raise SeatInUse("This seat is taken, or is going to be. Cancel or move its bookings first.")
            await store.delete_seat(tx, seat_id)
            await audit.record(tx, caller, "seats:delete", entity="seat", entity_id=seat_id, before=before)


async def _zone_of(tx: Connection, zone_id: UUID, library_id: UUID) -> Zone:
    """Locked, so that nobody removes it meanwhile. :raises UnknownZone:"""
    zone = await store.find_zone(tx, zone_id, for_update=True)
    if zone is None or zone.library_id != library_id:
        raise UnknownZone("The library has no such zone.")
    return zone


def _found_zone(zone: Zone | None) -> Zone:
    if zone is None:
        raise NotFound("There is no such zone.")
    return zone


def _found_seat(seat: Seat | None) -> Seat:
    if seat is None:
        raise NotFound("There is no such seat or locker.")
    return seat


def _taken(codes: list[str]) -> SeatCodeTaken:
    named = ", ".join(codes[:NAMED_MAX]) + (" and others" if len(codes) > NAMED_MAX else "")
    return SeatCodeTaken(f"The library has these already: {named}.")


def _refusal(violation: ConstraintViolated) -> Exception:
    match violation.constraint:
        case "zone_name":
            return ZoneNameTaken("The library has another zone of this name. Choose a different one.")
        case "seat_code":
            return SeatCodeTaken("The library has another one of this code. Choose a different one.")
    return violation
