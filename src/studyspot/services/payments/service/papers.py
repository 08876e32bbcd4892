"""Papers are written with what they are about, in one transaction: no number is lost."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import msgspec

from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import new_id
from studyspot.services.libraries.contract import Libraries, Library
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.papers import Paper, PaperFilter, PaperPage, VerifiedPaper
from studyspot.services.payments.contract.payments import Payment
from studyspot.services.payments.service.paper_codes import PaperCodes
from studyspot.tenancy.engine import Tenancy


class Papers:
    _tenancy: Tenancy
    _libraries: Libraries
    _codes: PaperCodes

    async def list_papers(self, caller: Caller, *, filter: PaperFilter, page: int, limit: int) -> PaperPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_papers(connection, filter, offset=(page - 1) * limit, limit=limit)
            if total is None:
                total = await store.count_papers(connection, filter)
            return PaperPage([self._with_code(caller, paper) for paper in items], total)

    async def get_paper(self, caller: Caller, *, paper_id: UUID) -> Paper:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return self._with_code(caller, _found(await store.find_paper(connection, paper_id)))

    async def get_receipt(self, caller: Caller, *, payment_id: UUID) -> Paper:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            payment = await store.find_payment(connection, payment_id)
            if payment is None:
                raise NotFound("There is no such payment.")
            transaction_id = await store.find_transaction_of(connection, payment_id)
            receipt = await store.find_paper_of(connection, transaction_id, "receipt")
        if receipt is None:
            receipt = await self._written_now(caller, payment, transaction_id)
        return self._with_code(caller, receipt)

    async def _written_now(self, caller: Caller, payment: Payment, transaction_id: UUID) -> Paper:
        """The receipt of a payment that is older than receipts are."""
        library = await self._libraries.get_library(on_own_account(caller), library_id=payment.library_id)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.lock_student(tx, payment.student_id)
            parties = await parties_of(tx, library, payment.student_id, payment.day)
            if await store.find_paper_of(tx, transaction_id, "receipt") is None:
                await write_receipt(tx, parties, payment, transaction_id)
            return _found(await store.find_paper_of(tx, transaction_id, "receipt"))

    async def verify_paper(self, caller: Caller, *, code: str) -> VerifiedPaper:
        tenant_id, paper_id = self._codes.read(code)
        del caller  # anybody who holds the paper
        async with self._tenancy.connection(tenant_id) as connection:
            paper = _found(await store.find_paper(connection, paper_id))
        return VerifiedPaper(
            paper.kind, paper.number, paper.day, paper.supplier.name, paper.total, paper.is_reversed
        )

    async def forget_recipient(self, caller: Caller, *, student_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            await store.forget_recipient(tx, student_id)

    def _with_code(self, caller: Caller, paper: Paper) -> Paper:
        code = self._codes.code_of(tenant_of(caller), paper.id)
        return msgspec.structs.replace(paper, code=code, verify_at=self._codes.address(code))


async def parties_of(tx: Connection, library: Library, student_id: UUID, day: date) -> rules.Parties:
    registration = await store.find_registration(tx, library.id, day)
    return rules.Parties(library, registration, await store.find_recipient(tx, student_id))


async def write_receipt(
    tx: Connection, parties: rules.Parties, payment: Payment, transaction_id: UUID
) -> None:
    """It has the number of the payment."""
    await store.insert_paper(
        tx,
        new_id(),
        rules.receipt(parties, payment),
        number=payment.number,
        transaction_id=transaction_id,
        library_id=payment.library_id,
        student_id=payment.student_id,
        day=payment.day,
    )


async def write_papers(
    tx: Connection,
    parties: rules.Parties,
    drafts: Iterable[rules.Draft | None],
    *,
    transaction_id: UUID,
    student_id: UUID,
    day: date,
) -> None:
    """With the next numbers of their series. All who write several ask for these in one order."""
    registration = parties.registration
    given = sorted((draft for draft in drafts if draft is not None), key=lambda draft: draft.kind)
    for draft in given:
        assert registration is not None  # noqa: S101 - without one there are only receipts
        series = rules.series_of(draft.kind, registration, day)
        await store.insert_paper(
            tx,
            new_id(),
            draft,
            number=f"{series}{await store.next_number(tx, series):05}",
            transaction_id=transaction_id,
            library_id=parties.library.id,
            student_id=student_id,
            day=day,
        )


async def write_papers_of_bill(
    tx: Connection,
    library: Library,
    student_id: UUID,
    day: date,
    *,
    transaction_id: UUID,
    credited: Sequence[rules.Entry] = (),
) -> None:
    """An invoice or a bill of supply for what was charged, a credit note for what was taken back."""
    registration = await store.find_registration(tx, library.id, day)
    if registration is None or registration.status == "unregistered":
        return
    parties = rules.Parties(library, registration, await store.find_recipient(tx, student_id))
    note = await _credit_note(tx, parties, student_id, credited)
    bill = rules.paper_of_bill(parties, await store.list_charges_of(tx, bill_id=transaction_id))
    await write_papers(
        tx, parties, [note, bill], transaction_id=transaction_id, student_id=student_id, day=day
    )


async def _credit_note(
    tx: Connection, parties: rules.Parties, student_id: UUID, credited: Sequence[rules.Entry]
) -> rules.Draft | None:
    charge_ids = rules.charges_credited(credited)
    if not charge_ids:
        return None
    billed = await store.list_charges_of(tx, student_id=student_id)
    charges = [charge for charge in billed if charge.id in charge_ids]
    return rules.credit_note(parties, credited, charges, await store.numbers_of(tx, charge_ids))


def _found(paper: Paper | None) -> Paper:
    if paper is None:
        raise NotFound("There is no such paper.")
    return paper
