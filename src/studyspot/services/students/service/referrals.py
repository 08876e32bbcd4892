"""Students who bring others, and what they get for it."""

from uuid import UUID

import msgspec

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.database import Connection, ConstraintViolated
from studyspot.kernel.errors import NotFound
from studyspot.services.payments.contract import Payments, Waiver
from studyspot.services.students import store
from studyspot.services.students.contract.leads import (
    BroughtEachOther,
    NewReferral,
    NewReward,
    NotConverted,
    NotNew,
    Referral,
    ReferralExists,
    ReferralFilter,
    ReferralPage,
    UnknownCharge,
    UnknownReferral,
)
from studyspot.services.students.contract.tickets import UnknownStudent
from studyspot.services.students.service.leads import find_referrer
from studyspot.tenancy.engine import Tenancy


class Referrals:
    def __init__(self, tenancy: Tenancy, payments: Payments) -> None:
        self._tenancy = tenancy
        self._payments = payments

    async def list_referrals(
        self, caller: Caller, *, filter: ReferralFilter, page: int, limit: int
    ) -> ReferralPage:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            items, total = await store.list_referrals(
                connection, filter, offset=(page - 1) * limit, limit=limit
            )
            if total is None:
                total = await store.count_referrals(connection, filter)
            return ReferralPage(items, total)

    async def get_referral(self, caller: Caller, *, referral_id: UUID) -> Referral:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return await _find(connection, referral_id)

    async def create_referral(self, caller: Caller, *, referral: NewReferral) -> Referral:
        try:
            async with self._tenancy.transaction(tenant_of(caller)) as tx:
                if await store.find_student(tx, referral.student_id) is None:
                    raise UnknownStudent("There is no such student.")
                referrer_id = await find_referrer(tx, referral.code)
                await store.lock_pair(tx, referrer_id, referral.student_id)
                if await store.has_brought(tx, referral.student_id, referrer_id):
                    raise BroughtEachOther("This student brought the one whose code it is.")
                if await store.has_bought(tx, referral.student_id):
                    raise NotNew("This student has bought something already, and is brought by nobody.")
                referral_id = await store.insert_referral(
                    tx, referrer_id=referrer_id, referred_id=referral.student_id
                )
                created = await _find(tx, referral_id)
                await audit.record(
                    tx, caller, "referrals:create", entity="referral", entity_id=referral_id, after=created
                )
                return created
        except ConstraintViolated as violation:
            raise _refusal(violation) from None

    async def reward_referral(self, caller: Caller, *, referral_id: UUID, reward: NewReward) -> Referral:
        before = await self.get_referral(caller, referral_id=referral_id)
        if before.status == "rewarded":
            return before
        if before.status == "pending":
            raise NotConverted("Whoever was brought has no membership yet.")
        asking = on_own_account(caller)
        try:
            charge = await self._payments.get_charge(asking, charge_id=reward.charge_id)
        except NotFound:
            charge = None
        if charge is None or charge.student_id != before.referrer_id:
            raise UnknownCharge(f"{before.referrer_name} has no such charge.")
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            code = await store.find_student_code(connection, before.referred_id)
        # First, and under one key whoever asks: what was begun is ended by a repeat, and never done twice.
        await self._payments.waive_charge(
            asking,
            charge_id=reward.charge_id,
            waiver=Waiver(amount=reward.amount_paise, reason=f"For bringing {code}"),
            key=f"referral {referral_id}",
        )
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            is_first = await store.mark_rewarded(tx, referral_id, reward, now=clock.now())
            after = await _find(tx, referral_id)
            if is_first:
                # Named as they are now: somebody may be forgotten meanwhile.
                before = msgspec.structs.replace(
                    after, status="converted", reward_paise=None, charge_id=None, rewarded_at=None
                )
                await audit.record(
                    tx,
                    caller,
                    "referrals:reward",
                    entity="referral",
                    entity_id=referral_id,
                    before=before,
                    after=after,
                )
            return after


async def _find(tx: Connection, referral_id: UUID) -> Referral:
    referral = await store.find_referral(tx, referral_id)
    if referral is None:
        raise NotFound("There is no such referral.")
    return referral


def _refusal(violation: ConstraintViolated) -> Exception:
    """What a broken constraint means to the caller; any other one is a bug and stays as it is."""
    match violation.constraint:
        case "referred_once":
            return ReferralExists("Somebody brought this student already.")
        case "referral_of_another":
            return UnknownReferral("This is the student's own code.")
        case _:
            return violation
