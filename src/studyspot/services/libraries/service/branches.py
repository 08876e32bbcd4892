"""Branches: where they are and what they are called."""

from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, tenant_of
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.errors import LimitExceeded, NotFound
from studyspot.kernel.ids import new_id
from studyspot.kernel.money import in_rupees
from studyspot.services.libraries import store
from studyspot.services.libraries.contract.branches import (
    Library,
    LibraryChange,
    LibraryFilter,
    LibraryInUse,
    LibraryNameTaken,
    LibraryPage,
    NewLibrary,
)
from studyspot.tenancy.engine import Tenancy


class Branches:
    _tenancy: Tenancy

    async def list_libraries(
        self, caller: Caller, *, filter: LibraryFilter, page: int, limit: int
    ) -> LibraryPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_libraries(
                connection, filter, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = 0
                if page > 1:
                    total = await store.count_libraries(connection, filter)
            return LibraryPage(items, total)

    async def get_library(self, caller: Caller, *, library_id: UUID) -> Library:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return found_library(await store.find_library(connection, library_id))

    async def create_library(self, caller: Caller, *, library: NewLibrary) -> Library:
        tenant_id = tenant_of(caller)
        limits = await self._tenancy.limits(tenant_id)
        try:
            async with self._tenancy.transaction(tenant_id) as tx:
                await store.lock_libraries(tx)
                if await store.count_libraries(tx, LibraryFilter()) >= limits.max_libraries:
                    allowed = (
                        "1 library" if limits.max_libraries == 1 else f"{limits.max_libraries} libraries"
                    )
                    raise LimitExceeded(f"Your plan allows {allowed}. Upgrade to add more.")
                created = await store.insert_library(tx, new_id(), library)
                await audit.record(
                    tx, caller, "libraries:create", entity="library", entity_id=created.id, after=created
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def change_library(self, caller: Caller, *, library_id: UUID, change: LibraryChange) -> Library:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                before = found_library(await store.find_library(tx, library_id, for_update=True))
                check_version("library", read=change.version, found=before.version)
                after = found_library(
                    await store.update_library(tx, msgspec.structs.replace(before, **changed_fields(change)))
                )
                await audit.record(
                    tx,
                    caller,
                    "libraries:update",
                    entity="library",
                    entity_id=library_id,
                    before=before,
                    after=after,
                )
                return after
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def delete_library(self, caller: Caller, *, library_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = found_library(await store.find_library(tx, library_id, for_update=True))
            if students := await store.count_students(tx, library_id):
                who = "1 student belongs" if students == 1 else f"{students} students belong"
                raise LibraryInUse(f"{who} to this library. Move them to another one first.")
            if taken := await store.count_taken(tx, clock.now(), library_id=library_id):
                raise LibraryInUse(f"{taken} bookings of its seats are not over. Cancel or move them first.")
            if members := await store.count_members(tx, clock.now(), library_id):
                raise LibraryInUse(f"{members} memberships are not over. Cancel or move them first.")
            money = await store.find_money(tx, library_id)
            if money.owed:
                raise LibraryInUse(
                    f"Students owe {in_rupees(money.owed)} to this library. Take it, or waive it, first."
                )
            if money.cash:
                raise LibraryInUse(
                    f"There is {in_rupees(money.cash)} in cash in this library. Close a day without it first."
                )
            await store.delete_library(tx, library_id)
            await audit.record(
                tx, caller, "libraries:delete", entity="library", entity_id=library_id, before=before
            )

    async def count_libraries(self, caller: Caller) -> int:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await store.count_libraries(connection, LibraryFilter())


def found_library(library: Library | None) -> Library:
    """:raises NotFound: when there is none."""
    if library is None:
        raise NotFound("There is no such library.")
    return library


def _refusal(violation: ConstraintViolated) -> Exception:
    """What a broken constraint means to the caller; any other one is a bug and stays as it is."""
    if violation.constraint == "library_name":
        return LibraryNameTaken("You have another library of this name. Choose a different one.")
    return violation
