"""A register that was brought in is taken back: memberships, what was owed and kept, and the students who
came with it. Whatever somebody used since stays, and is named.
"""

from functools import partial
from uuid import UUID

from msgspec.structs import replace

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.errors import NotFound, Refusal, is_our_fault
from studyspot.services.bookings import store
from studyspot.services.bookings.contract.imports import KeptStudent, UndoneLine, UndoReport
from studyspot.services.bookings.contract.memberships import Membership, MembershipOver
from studyspot.services.bookings.service.importing import Importing
from studyspot.services.bookings.service.renewals import Renewals
from studyspot.services.bookings.service.seating import seating
from studyspot.services.bookings.service.together import a_few_at_once
from studyspot.services.payments.contract import MoreThanOpen, Payments

REASON = "Import undone"


class Undoing(Importing, Renewals):
    _payments: Payments

    async def undo_import(self, caller: Caller, *, import_id: UUID) -> UndoReport:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            one = await store.find_import(connection, import_id)
            if one is None:
                raise NotFound("There is no such import.")
            rows = await store.list_imported(connection, import_id)
        lines = await a_few_at_once([partial(self._undo_row, caller, row) for row in rows])
        people = await a_few_at_once([partial(self._remove, caller, who) for who in one.created_students])
        if rows:
            await self._freeing.seats_may_be_free(caller, one.library_id)
        undone = sum(line.status == "undone" for line in lines)
        report = UndoReport(
            import_id=import_id,
            undone=undone,
            refused=len(lines) - undone,
            students_removed=people.count(True),
            rows=lines,
            students_kept=[kept for kept in people if isinstance(kept, KeptStudent)],
        )
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            after = {"undone": report.undone, "refused": report.refused}
            await audit.record(
                tx, caller, "memberships:undo", entity="import", entity_id=import_id, after=after
            )
        return report

    async def _undo_row(self, caller: Caller, row: store.Imported) -> UndoneLine:
        if row.is_undone:
            return UndoneLine(row.line, row.membership_id, "undone")
        try:
            await self._take_back(caller, row)
        except Refusal as refusal:
            if is_our_fault(refusal):
                raise
            return UndoneLine(row.line, row.membership_id, "refused", refusal.message)
        return UndoneLine(row.line, row.membership_id, "undone")

    async def _take_back(self, caller: Caller, row: store.Imported) -> None:
        """The money first: whether that can be taken back, its room decides.

        :raises MembershipOver: when it was changed since. :raises UsedSince: :raises MoreThanOpen:
        """
        read = await self.get_membership(caller, membership_id=row.membership_id)
        if _is_undone(read):  # by somebody who asked at the same time
            return
        if read.version > 1:
            raise MembershipOver("This membership was changed since.")
        await self._billing.post(caller, row.membership_id)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            offered = await store.find_open_renewal(tx, row.membership_id)
        try:
            await self._payments.reverse_opening(caller, bill_id=row.bill_id, reason=REASON)
        except MoreThanOpen:
            if offered is None:
                raise
            await self._lapse(caller, offered)  # whose bill an advance has paid
            await self._payments.reverse_opening(caller, bill_id=row.bill_id, reason=REASON)
        else:
            if offered is not None:
                await self._lapse(caller, offered)
        async with seating(self._tenancy, caller, now=clock.now()) as hall:
            before = await hall.open(row.membership_id)
            if _is_undone(before):
                return
            terms = await store.list_terms(hall.tx, row.membership_id)
            await hall.vacate(before)
            await hall.write(
                before, [replace(term, price=0) for term in terms], status="cancelled", reason=REASON
            )
            await store.mark_undone(hall.tx, row.membership_id)
            await hall.recorded("memberships:undo", before, before=before)

    async def _remove(self, caller: Caller, student_id: UUID) -> KeptStudent | bool:
        """Whether there was anybody to remove."""
        try:
            student = await self._students.get_student(caller, student_id=student_id)
            if student.version > 1:
                return KeptStudent(student_id, "This student was changed since.")
            await self._students.delete_student(caller, student_id=student_id)
        except NotFound:
            return False
        except Refusal as refusal:
            if is_our_fault(refusal):
                raise
            return KeptStudent(student_id, refusal.message)
        return True


def _is_undone(membership: Membership) -> bool:
    return membership.status == "cancelled" and membership.cancel_reason == REASON
