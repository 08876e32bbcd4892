"""How a library's day is divided."""

from uuid import UUID

from msgspec import UNSET

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, check_version, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import LimitExceeded, NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.libraries import rules, store
from studyspot.services.libraries.contract.shifts import (
    SHIFTS_MAX,
    NewShift,
    Shift,
    ShiftChange,
    ShiftNameTaken,
    ShiftPage,
)
from studyspot.services.libraries.service.branches import found_library
from studyspot.tenancy.engine import Tenancy


class Shifts:
    _tenancy: Tenancy

    async def list_shifts(self, caller: Caller, *, library_id: UUID, page: int, limit: int) -> ShiftPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_library(await store.find_library(connection, library_id))
            items, total = await store.list_shifts(
                connection, library_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_shifts(connection, library_id)
            return ShiftPage(items, total)

    async def get_shift(self, caller: Caller, *, shift_id: UUID) -> Shift:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found_shift(await store.find_shift(connection, shift_id))

    async def create_shift(self, caller: Caller, *, library_id: UUID, shift: NewShift) -> Shift:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                library = found_library(await store.find_library(tx, library_id, for_update=True))
                if await store.count_shifts(tx, library_id) >= SHIFTS_MAX:
                    raise LimitExceeded(f"A library has at most {SHIFTS_MAX} shifts.")
                shift_id = new_id()
                await store.insert_shift(tx, shift_id, library_id, shift.name)
                await store.insert_times(
                    tx,
                    new_id(),
                    shift_id,
                    starts=shift.starts,
                    ends=shift.ends,
                    valid_from=clock.today_in(library.time_zone),
                )
                created = _found_shift(await store.find_shift(tx, shift_id))
                await audit.record(
                    tx, caller, "shifts:create", entity="shift", entity_id=shift_id, after=created
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def change_shift(self, caller: Caller, *, shift_id: UUID, change: ShiftChange) -> Shift:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await store.find_shift(tx, shift_id, for_update=True)
                before = _found_shift(await store.find_shift(tx, shift_id))  # as it is once the lock is ours
                check_version("shift", read=change.version, found=before.version)
                await _follow_with_times(tx, before, change)
                await store.rename_shift(tx, shift_id, before.name if change.name is UNSET else change.name)
                after = _found_shift(await store.find_shift(tx, shift_id))
                await audit.record(
                    tx,
                    caller,
                    "shifts:update",
                    entity="shift",
                    entity_id=shift_id,
                    before=before,
                    after=after,
                )
                return after
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def delete_shift(self, caller: Caller, *, shift_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found_shift(await store.find_shift(tx, shift_id, for_update=True))
            await store.delete_shift(tx, shift_id)
            await audit.record(tx, caller, "shifts:delete", entity="shift", entity_id=shift_id, before=before)


async def _follow_with_times(tx: Connection, shift: Shift, change: ShiftChange) -> None:
    if change.starts is UNSET and change.ends is UNSET:
        return
    library = found_library(await store.find_library(tx, shift.library_id))
    today = clock.today_in(library.time_zone)
    valid_from = today if change.valid_from is UNSET else change.valid_from
    rules.check_not_past(valid_from, today=today)
    replaced = shift.times_on(valid_from) or shift.times[0]
    await store.insert_times(
        tx,
        new_id(),
        shift.id,
        starts=replaced.starts if change.starts is UNSET else change.starts,
        ends=replaced.ends if change.ends is UNSET else change.ends,
        valid_from=valid_from,
    )


def _found_shift(shift: Shift | None) -> Shift:
    if shift is None:
        raise NotFound("There is no such shift.")
    return shift


def _refusal(violation: ConstraintViolated) -> Exception:
    if violation.constraint == "shift_name":
        return ShiftNameTaken("The library has another shift of this name. Choose a different one.")
    return violation
