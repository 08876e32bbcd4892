"""Who answers for a student, and what they agree to."""

from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, tenant_of
from studyspot.kernel.errors import LimitExceeded, NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.students import store
from studyspot.services.students.contract import (
    GUARDIANS_MAX,
    Consent,
    ConsentPage,
    Guardian,
    GuardianChange,
    NewConsent,
    NewGuardian,
    UnknownGuardian,
)
from studyspot.services.students.service.records import found_student
from studyspot.tenancy.engine import Tenancy


class Guardians:
    _tenancy: Tenancy

    async def list_guardians(self, caller: Caller, *, student_id: UUID) -> list[Guardian]:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_student(await store.find_student(connection, student_id))
            return await store.list_guardians(connection, student_id)

    async def get_guardian(self, caller: Caller, *, guardian_id: UUID) -> Guardian:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return _found(await store.find_guardian(connection, guardian_id))

    async def add_guardian(self, caller: Caller, *, student_id: UUID, guardian: NewGuardian) -> Guardian:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_student(await store.find_student(tx, student_id, for_update=True))
            added = await store.insert_guardian(tx, student_id, new_id(), guardian)
            if added is None:
                raise LimitExceeded(f"A student has at most {GUARDIANS_MAX} guardians. Remove one first.")
            await audit.record(
                tx, caller, "guardians:create", entity="guardian", entity_id=added.id, after=added
            )
        return added

    async def change_guardian(self, caller: Caller, *, guardian_id: UUID, change: GuardianChange) -> Guardian:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            read = _found(await store.find_guardian(tx, guardian_id))
            # Before the guardian, as who erases the student does.
            found_student(await store.find_student(tx, read.student_id, for_update=True))
            before = _found(await store.find_guardian(tx, guardian_id, for_update=True))
            check_version("guardian", read=change.version, found=before.version)
            wanted = msgspec.structs.replace(before, **changed_fields(change))
            after = _found(await store.update_guardian(tx, wanted))
            await audit.record(
                tx,
                caller,
                "guardians:update",
                entity="guardian",
                entity_id=guardian_id,
                before=before,
                after=after,
            )
            if (after.name, after.phone) != (before.name, before.phone):
                ended = await store.end_consent(tx, caller, guardian_id, new_id(), at=clock.now())
                if ended is not None:
                    await audit.record(
                        tx, caller, "consents:ended", entity="consent", entity_id=ended.id, after=ended
                    )
        return after

    async def delete_guardian(self, caller: Caller, *, guardian_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = _found(await store.find_guardian(tx, guardian_id, for_update=True))
            await store.remove_guardian(tx, guardian_id)
            await audit.record(
                tx, caller, "guardians:delete", entity="guardian", entity_id=guardian_id, before=before
            )

    async def list_consents(self, caller: Caller, *, student_id: UUID, page: int, limit: int) -> ConsentPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_student(await store.find_student(connection, student_id))
            items, total = await store.list_consents(
                connection, student_id, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_consents(connection, student_id)
            return ConsentPage(items, total)

    async def record_consent(self, caller: Caller, *, student_id: UUID, consent: NewConsent) -> Consent:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_student(await store.find_student(tx, student_id, for_update=True))
            recorded = await store.insert_consent(tx, caller, student_id, new_id(), consent, at=clock.now())
            if recorded is None:
                raise UnknownGuardian("This student has no such guardian. Add them first.")
            await audit.record(
                tx,
                caller,
                f"consents:{consent.kind}",
                entity="consent",
                entity_id=recorded.id,
                after=recorded,
            )
        return recorded


def _found(guardian: Guardian | None) -> Guardian:
    if guardian is None:
        raise NotFound("There is no such guardian.")
    return guardian
