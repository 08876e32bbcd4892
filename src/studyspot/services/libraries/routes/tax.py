"""HTTP for how a library stands with GST."""

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Success
from studyspot.kernel.http.parameters import Asker
from studyspot.services.libraries.contract.tax import NewTaxRegistration, TaxRegistration
from studyspot.services.libraries.routes.door import Door


@get("/{library_id:uuid}/tax-registrations", opt=permit("libraries:read"))
async def list_tax_registrations(
    caller: Asker, libraries: Door, library_id: FromPath[UUID]
) -> Success[list[TaxRegistration]]:
    """The latest first."""
    return Success(await libraries.list_tax_registrations(caller, library_id=library_id))


@post("/{library_id:uuid}/tax-registrations", opt=permit("libraries:update"))
async def add_tax_registration(
    caller: Asker, libraries: Door, library_id: FromPath[UUID], data: JSONBody[NewTaxRegistration]
) -> Success[TaxRegistration]:
    """From a day to come on; the first may begin in the past."""
    return Success(await libraries.add_tax_registration(caller, library_id=library_id, registration=data))


@delete("/tax-registrations/{registration_id:uuid}", opt=permit("libraries:update"))
async def remove_tax_registration(caller: Asker, libraries: Door, registration_id: FromPath[UUID]) -> None:
    """One that is still to come."""
    await libraries.remove_tax_registration(caller, registration_id=registration_id)


HANDLERS = [list_tax_registrations, add_tax_registration, remove_tax_registration]
