"""Seats and lockers that nobody can have for a while."""

from datetime import datetime
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.errors import Fault, NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.bookings import rules, store
from studyspot.services.bookings.contract.seats import (
    NewOutage,
    Outage,
    OutagePage,
    SeatTaken,
    UnknownSeat,
)
from studyspot.services.libraries.contract import Libraries
from studyspot.tenancy.engine import Tenancy

NAMED_MAX = 20


class Outages:
    _tenancy: Tenancy
    _libraries: Libraries

    async def list_outages(self, caller: Caller, *, library_id: UUID, page: int, limit: int) -> OutagePage:
        asking = on_own_account(caller)
        await self._libraries.get_library(asking, library_id=library_id)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_outages(
                connection, library_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_outages(connection, library_id)
            return OutagePage(items, total)

    async def create_outage(self, caller: Caller, *, outage: NewOutage) -> Outage:
        now = clock.now()
        starts_at = now if outage.starts_at is None else outage.starts_at
        rules.check_outage(starts_at, outage.ends_at, now=now)
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.lock(tx, seats=[outage.seat_id])
                await store.drop_expired_holds(tx, seats=[outage.seat_id], now=now)
                seat = await store.find_seat(tx, outage.seat_id)
                if seat is None or not seat.is_there:
                    raise UnknownSeat("There is no such seat or locker.")
                outage_id = new_id()
                await store.insert_outage(
                    tx, outage_id, seat, reason=outage.reason, starts_at=starts_at, ends_at=outage.ends_at
                )
                created = _found(await store.find_outage(tx, outage_id))
                await audit.record(
                    tx, caller, "outages:create", entity="outage", entity_id=outage_id, after=created
                )
                return created
        except ConstraintViolated as violation:
            if violation.constraint != "seat_taken":
                raise
        raise await self._taken(caller, outage, starts_at)

    async def end_outage(self, caller: Caller, *, outage_id: UUID) -> None:
        now = clock.now()
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_outage(tx, outage_id, for_update=True))
            if before.ends_at is not None and before.ends_at <= now:
                return
            if before.starts_at >= now:
                await store.delete_outage(tx, outage_id)
            else:
                await store.end_outage(tx, outage_id, now=now)
            after = await store.find_outage(tx, outage_id)
            await audit.record(
                tx, caller, "outages:end", entity="outage", entity_id=outage_id, before=before, after=after
            )

    async def _taken(self, caller: Caller, outage: NewOutage, starts_at: datetime) -> SeatTaken:
        """With the bookings and memberships that must be moved first."""
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            in_the_way = await store.list_in_the_way(
                connection,
                outage.seat_id,
                starts_at=starts_at,
                ends_at=outage.ends_at,
                limit=NAMED_MAX,
            )
        return SeatTaken(
            "This seat is booked, or out of service already, for a part of this time.",
            details=[_named(number, one) for number, one in enumerate(in_the_way)],
        )


def _named(number: int, one: store.InTheWay) -> Fault:
    starts, ends = one.starts_at.isoformat(), one.ends_at.isoformat()
    message = f"{one.student_name} has it from {starts} to {ends}."
    return Fault(f"{'memberships' if one.is_membership else 'bookings'}[{number}]", message, str(one.id))


def _found(outage: Outage | None) -> Outage:
    if outage is None:
        raise NotFound("There is no such time out of service.")
    return outage
