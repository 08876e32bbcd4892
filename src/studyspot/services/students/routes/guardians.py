"""HTTP for guardians and what they agree to."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.students.contract import Consent, Guardian, GuardianChange, NewConsent, NewGuardian
from studyspot.services.students.routes.door import Door


@get("/{student_id:uuid}/guardians", opt=permit("students:read"))
async def list_guardians(
    caller: Asker, students: Door, student_id: FromPath[UUID]
) -> Success[list[Guardian]]:
    """At most three, in the order in which they were added."""
    return Success(await students.list_guardians(caller, student_id=student_id))


@post("/{student_id:uuid}/guardians", opt=permit("students:update"))
async def add_guardian(
    caller: Asker, students: Door, student_id: FromPath[UUID], data: JSONBody[NewGuardian]
) -> Success[Guardian]:
    return Success(await students.add_guardian(caller, student_id=student_id, guardian=data))


@get("/guardians/{guardian_id:uuid}", opt=permit("students:read"))
async def get_guardian(caller: Asker, students: Door, guardian_id: FromPath[UUID]) -> Success[Guardian]:
    return Success(await students.get_guardian(caller, guardian_id=guardian_id))


@put("/guardians/{guardian_id:uuid}", opt=permit("students:update"))
async def change_guardian(
    caller: Asker, students: Door, guardian_id: FromPath[UUID], data: JSONBody[GuardianChange]
) -> Success[Guardian]:
    """Changes what the body gives; `version` is the one that was read."""
    return Success(await students.change_guardian(caller, guardian_id=guardian_id, change=data))


@delete("/guardians/{guardian_id:uuid}", opt=permit("students:update"))
async def delete_guardian(caller: Asker, students: Door, guardian_id: FromPath[UUID]) -> None:
    """A consent of theirs counts no longer; what was recorded of it stays."""
    await students.delete_guardian(caller, guardian_id=guardian_id)


@get("/{student_id:uuid}/consents", opt=permit("students:read"))
async def list_consents(
    caller: Asker, students: Door, student_id: FromPath[UUID], page: Page = 1, limit: Limit = 20
) -> Listing[Consent]:
    """What guardians agreed to and took back, the last first."""
    found = await students.list_consents(caller, student_id=student_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/{student_id:uuid}/consents", opt=permit("students:update"))
async def record_consent(
    caller: Asker, students: Door, student_id: FromPath[UUID], data: JSONBody[NewConsent]
) -> Success[Consent]:
    """Without a consent that stands no membership of somebody under eighteen begins. One that is withdrawn
    cuts nothing short, and lets the next one not begin.
    """
    return Success(await students.record_consent(caller, student_id=student_id, consent=data))


HANDLERS = [
    list_guardians,
    add_guardian,
    get_guardian,
    change_guardian,
    delete_guardian,
    list_consents,
    record_consent,
]
