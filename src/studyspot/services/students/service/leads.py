"""People who asked: written down, followed up, lost, or made a student."""

from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, changed_fields, check_version, on_own_account, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import Fault, NotFound
from studyspot.kernel.values import Phone
from studyspot.services.libraries.contract import Libraries
from studyspot.services.students import rules, store
from studyspot.services.students.contract.leads import (
    Lead,
    LeadChange,
    LeadConversion,
    LeadExists,
    LeadFilter,
    LeadLoss,
    LeadPage,
    NewLead,
    UnknownReferral,
    UnknownShift,
)
from studyspot.services.students.contract.records import NewStudent
from studyspot.services.students.service.records import refusal, today_in_india
from studyspot.services.students.service.references import check_colleague, check_library
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy


class Leads:
    def __init__(self, tenancy: Tenancy, libraries: Libraries, users: Users) -> None:
        self._tenancy = tenancy
        self._libraries = libraries
        self._users = users

    async def list_leads(self, caller: Caller, *, filter: LeadFilter, page: int, limit: int) -> LeadPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_leads(connection, filter, offset=(page - 1) * limit, limit=limit)
            if total is None:
                total = await store.count_leads(connection, filter)
            return LeadPage(items, total)

    async def get_lead(self, caller: Caller, *, lead_id: UUID) -> Lead:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await _find(connection, lead_id)

    async def create_lead(self, caller: Caller, *, lead: NewLead) -> Lead:
        await self._check(caller, lead.library_id, lead.shift_id)
        await check_colleague(self._users, caller, lead.assigned_to)
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                await _refuse_known(tx, lead.phone)
                code = lead.referral_code
                referrer_id = None if code is None else await find_referrer(tx, code)
                lead_id = await store.insert_lead(tx, lead, referrer_id=referrer_id)
                created = await _find(tx, lead_id)
                await audit.record(
                    tx, caller, "leads:create", entity="lead", entity_id=lead_id, after=created
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def change_lead(self, caller: Caller, *, lead_id: UUID, change: LeadChange) -> Lead:
        given = changed_fields(change)
        read = msgspec.structs.replace(await self.get_lead(caller, lead_id=lead_id), **given)
        if given.keys() & {"library_id", "shift_id"}:
            await self._check(caller, read.library_id, read.shift_id)
        await check_colleague(self._users, caller, given.get("assigned_to"))
        if "status" in given:
            given["lost_reason"] = None
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                before = await _find(tx, lead_id, for_update=True)
                check_version("lead", read=change.version, found=before.version)
                rules.check_lead_open(before)
                wanted = msgspec.structs.replace(before, **given)
                if given.keys() & {"phone", "status"} and wanted.status != "lost":
                    await _refuse_known(tx, wanted.phone, besides=lead_id)
                return await _written(tx, caller, "leads:update", before, wanted)
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def lose_lead(self, caller: Caller, *, lead_id: UUID, loss: LeadLoss) -> Lead:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = await _find(tx, lead_id, for_update=True)
            rules.check_lead_open(before)
            wanted = msgspec.structs.replace(before, status="lost", lost_reason=loss.reason)
            return await _written(tx, caller, "leads:lose", before, wanted)

    async def convert_lead(self, caller: Caller, *, lead_id: UUID, conversion: LeadConversion) -> Lead:
        lead = await self.get_lead(caller, lead_id=lead_id)
        await check_library(self._libraries, caller, conversion.library_id or lead.library_id)
        tenant_id = tenant_of(caller)
        limits = await self._tenancy.limits(tenant_id)
        try:
            async with self._tenancy.transaction(tenant_id) as tx:
                before = await _find(tx, lead_id, for_update=True)
                if before.status == "converted":
                    return before
                rules.check_lead_open(before)
                student = await store.insert_student(
                    tx,
                    caller,
                    _student_of(before, conversion),
                    enrollment_date=today_in_india(),
                    students_max=limits.max_students,
                )
                if student is None:
                    raise rules.limit_exceeded(limits.max_students)
                referrer_id = await store.find_by_code(tx, before.referral_code or "")
                if referrer_id is not None:  # still a student here
                    await store.insert_referral(
                        tx, referrer_id=referrer_id, referred_id=student.id, lead_id=lead_id
                    )
                wanted = msgspec.structs.replace(
                    before,
                    status="converted",
                    lost_reason=None,
                    student_id=student.id,
                    converted_at=clock.now(),
                )
                return await _written(tx, caller, "leads:convert", before, wanted)
        except ConstraintViolated as violation:
            raise refusal(violation) from None

    async def _check(self, caller: Caller, library_id: UUID | None, shift_id: UUID | None) -> None:
        """:raises UnknownLibrary: :raises UnknownShift:"""
        await check_library(self._libraries, caller, library_id)
        if shift_id is None:
            return
        try:
            shift = await self._libraries.get_shift(on_own_account(caller), shift_id=shift_id)
        except NotFound:
            shift = None
        if shift is None or shift.library_id != library_id:
            raise UnknownShift("The library has no such shift.")


async def find_referrer(tx: Connection, code: str) -> UUID:
    """:raises UnknownReferral:"""
    referrer_id = await store.find_by_code(tx, code)
    if referrer_id is None:
        raise UnknownReferral("No student has this code. It looks like STU-000123.")
    return referrer_id


def _student_of(lead: Lead, conversion: LeadConversion) -> NewStudent:
    assert lead.phone is not None  # noqa: S101 - one that is still to become a student has it
    first_name, _, last_name = lead.name.partition(" ")
    if conversion.first_name is not None:
        first_name, last_name = conversion.first_name, ""
    return NewStudent(
        first_name=first_name,
        last_name=conversion.last_name or last_name.strip() or None,
        email=conversion.email,
        phone=Phone(lead.phone),
        library_id=conversion.library_id or lead.library_id,
        notes=lead.notes,
    )


async def _refuse_known(tx: Connection, phone: str | None, *, besides: UUID | None = None) -> None:
    """:raises LeadExists: saying who has the number."""
    known = None if phone is None else await store.find_known(tx, phone, besides=besides)
    if known is None:
        return
    if known.student_code is not None:
        fault = Fault("phone", f"It is that of the student {known.student_code}.", "known_student")
        raise LeadExists("A student has this phone number.", details=[fault])
    fault = Fault("phone", f"It is that of {known.lead_name}, who is {known.lead_status}.", "known_lead")
    raise LeadExists("An open lead has this phone number.", details=[fault])


async def _written(tx: Connection, caller: Caller, action: str, before: Lead, wanted: Lead) -> Lead:
    """The lead as it is then."""
    await store.update_lead(tx, wanted)
    after = await _find(tx, before.id)
    await audit.record(tx, caller, action, entity="lead", entity_id=before.id, before=before, after=after)
    return after


async def _find(tx: Connection, lead_id: UUID, *, for_update: bool = False) -> Lead:
    lead = await store.find_lead(tx, lead_id, for_update=for_update)
    if lead is None:
        raise NotFound("There is no such lead.")
    return lead


def _refusal(violation: ConstraintViolated) -> Exception:
    """Somebody else wrote the same meanwhile."""
    if violation.constraint == "lead_phone":
        return LeadExists("An open lead has this phone number.")
    return violation
