"""What the DPDP Act 2023 gives to everybody: a copy of what is kept about them (s. 11), its end (s. 12)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from msgspec.structs import replace

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.services.payments.contract import ChargeFilter, PaperFilter, PaymentFilter, Payments
from studyspot.services.students import store
from studyspot.services.students.contract import (
    LISTED_MAX,
    PersonalData,
    PrivacySettings,
    Student,
    TicketFilter,
)
from studyspot.services.students.contract.personal_data import KeptPaper
from studyspot.services.students.service.own import Own
from studyspot.services.students.service.records import Records, refuse_needed
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy

PAGE = 100
Item = TypeVar("Item")


class PersonalRights:
    def __init__(
        self,
        tenancy: Tenancy,
        records: Records,
        own: Own,
        users: Users,
        payments: Payments,
    ) -> None:
        self._tenancy = tenancy
        self._records = records
        self._own = own
        self._users = users
        self._payments = payments

    async def get_personal_data(self, caller: Caller, *, student_id: UUID) -> PersonalData:
        return await self._gather(caller, await self._records.get_student(caller, student_id=student_id))

    async def get_own_personal_data(self, caller: Caller) -> PersonalData:
        return _shown(caller, await self._gather(caller, await self._own.get_own(caller)))

    async def erase_student(self, caller: Caller, *, student_id: UUID) -> None:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if (found := await store.find_erasable(connection, student_id)) is None:
                raise NotFound("There is no such student.")
            await refuse_needed(connection, student_id)
        if not found.is_erased:
            # First, so that nothing is erased while it cannot be done.
            await self._users.dismiss_student(caller, student_id=student_id)
            await self._payments.forget_recipient(on_own_account(caller), student_id=student_id)
            await self._erase(caller, student_id)
        # Again, for one who was admitted, or paid, meanwhile; a repeat does what is left.
        await self._users.forget_student(caller, student_id=student_id)
        await self._payments.forget_recipient(on_own_account(caller), student_id=student_id)

    async def _erase(self, caller: Caller, student_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock_money(tx, student_id)
            await store.erase_leads(tx, student_id)  # before the totals, as who makes a student of a lead
            await store.lock_totals(tx)  # before the student, as an import does, or each waits for the other
            before = await store.find_erasable(tx, student_id, for_update=True)
            if before is None or before.is_erased:
                return
            await store.lock_belongings(tx, student_id)
            await refuse_needed(tx, student_id)
            await store.erase_student(tx, student_id)
            await store.erase_papers(tx, student_id)
            await store.forget_in_trail(tx, student_id)
            await store.erase_belongings(tx, student_id)
            if not before.is_deleted:
                await store.count_one_less(tx)
            await audit.record(tx, caller, "students:erase", entity="student", entity_id=student_id)

    async def _gather(self, caller: Caller, student: Student) -> PersonalData:
        asking, student_id = on_own_account(caller), student.id
        paid = PaymentFilter(student_id=student_id)
        payments = await _all(
            lambda page: self._payments.list_payments(asking, filter=paid, page=page, limit=PAGE)
        )
        billed = ChargeFilter(student_id=student_id)
        charges = await _all(
            lambda page: self._payments.list_charges(asking, filter=billed, page=page, limit=PAGE)
        )
        written = PaperFilter(student_id=student_id)
        papers = await _all(
            lambda page: self._payments.list_papers(asking, filter=written, page=page, limit=PAGE)
        )
        statement = await self._payments.get_statement(asking, student_id=student_id)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            consents, _ = await store.list_consents(tx, student_id, offset=0, limit=LISTED_MAX)
            own = TicketFilter(student_id=student_id)
            tickets, _ = await store.list_tickets(tx, own, now=clock.now(), offset=0, limit=LISTED_MAX)
            await audit.record(tx, caller, "students:copy", entity="student", entity_id=student_id)
            return PersonalData(
                at=clock.now(),
                student=student,
                has_photo=await store.find_photo(tx, student_id) is not None,
                guardians=await store.list_guardians(tx, student_id),
                consents=consents,
                academic_goals=await store.list_goals(tx, student_id),
                privacy_settings=await store.find_privacy(tx, student_id) or PrivacySettings(),
                id_proofs=await store.list_id_proofs(tx, student_id),
                memberships=await store.list_kept_terms(tx, student_id, limit=LISTED_MAX),
                visits=await store.list_kept_visits(tx, student_id, limit=LISTED_MAX),
                bookings=await store.list_kept_bookings(tx, student_id, limit=LISTED_MAX),
                leaves=await store.list_kept_leaves(tx, student_id, limit=LISTED_MAX),
                waitlist=await store.list_kept_waitlist(tx, student_id, limit=LISTED_MAX),
                tickets=tickets,
                ticket_events=await store.list_kept_events(tx, student_id, limit=LISTED_MAX),
                leads=await store.list_kept_leads(tx, student_id),
                referrals=await store.list_kept_referrals(tx, student_id, limit=LISTED_MAX),
                charges=charges,
                payments=payments,
                papers=[KeptPaper(one.kind, one.number, one.day, one.total) for one in papers],
                statement=statement,
            )


def _shown(caller: Caller, data: PersonalData) -> PersonalData:
    """Without what the staff notes for itself, and who of them it was."""
    return replace(
        data,
        tickets=[replace(one, assigned_to=None) for one in data.tickets],
        ticket_events=[
            one if one.account_id == caller.account_id else replace(one, account_id=None)
            for one in data.ticket_events
        ],
        leads=[replace(one, notes=None, assigned_to=None) for one in data.leads],
    )


async def _all(ask: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """The pages one after the other, up to `LISTED_MAX` items."""
    items: list[Any] = []
    for page in range(1, LISTED_MAX // PAGE + 1):
        found = await ask(page)
        items += found.items
        if len(items) >= found.total:
            break
    return items
