"""How libraries stand with GST."""

from datetime import date
from uuid import UUID

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import LimitExceeded, NotFound
from studyspot.kernel.ids import new_id
from studyspot.kernel.states import GST_STATES
from studyspot.services.libraries import rules, store
from studyspot.services.libraries.contract.tax import (
    REGISTRATIONS_MAX,
    NewTaxRegistration,
    RegistrationKept,
    RegistrationKnown,
    TaxRegistration,
)
from studyspot.services.libraries.service.branches import found_library
from studyspot.tenancy.engine import Tenancy


class Tax:
    _tenancy: Tenancy

    async def list_tax_registrations(self, caller: Caller, *, library_id: UUID) -> list[TaxRegistration]:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_library(await store.find_library(connection, library_id))
            return await store.list_registrations(connection, library_id)

    async def add_tax_registration(
        self, caller: Caller, *, library_id: UUID, registration: NewTaxRegistration
    ) -> TaxRegistration:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                library = found_library(await store.find_library(tx, library_id, for_update=True))
                known = await store.list_registrations(tx, library_id)
                today = clock.today_in(library.time_zone)
                await store.lock_series(tx)
                rules.check_registration(
                    registration,
                    library_id,
                    known=known,
                    of_series=await store.list_registrations_of_series(tx, registration.series),
                    states=frozenset(GST_STATES),
                    today=today,
                )
                if len(known) >= REGISTRATIONS_MAX:
                    raise LimitExceeded(f"A library keeps {REGISTRATIONS_MAX} registrations.")
                added = await store.insert_registration(tx, new_id(), library_id, registration)
                await audit.record(
                    tx,
                    caller,
                    "tax_registrations:create",
                    entity="tax_registration",
                    entity_id=added.id,
                    after=added,
                )
                return added
        except ConstraintViolated as violation:
            if violation.constraint == "registered_from":
                raise RegistrationKnown("There is one from that day on. Remove it first.") from None
            raise

    async def remove_tax_registration(self, caller: Caller, *, registration_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = await store.find_registration(tx, registration_id)
            if before is None:
                raise NotFound("There is no such registration.")
            library = found_library(await store.find_library(tx, before.library_id, for_update=True))
            if before.from_on <= clock.today_in(library.time_zone):
                raise RegistrationKept("It counts already: add one from a day to come instead.")
            await store.delete_registration(tx, registration_id)
            await audit.record(
                tx,
                caller,
                "tax_registrations:delete",
                entity="tax_registration",
                entity_id=registration_id,
                before=before,
            )


async def charges_tax(tx: Connection, library_id: UUID, day: date) -> bool:
    """Whether what the library sells on that day is taxed."""
    known = await store.list_registrations(tx, library_id)
    return next((one.status for one in known if one.from_on <= day), None) == "regular"
