"""What students get for others whom they brought: so much is let off what they owe next."""

import structlog

from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.kernel.errors import Refusal, is_our_fault
from studyspot.services.bookings import store
from studyspot.services.payments.contract import ChargeFilter, Payments
from studyspot.services.students.contract import NewReward, Students
from studyspot.tenancy.engine import Tenancy

CHARGES_MAX = 100
log = structlog.get_logger(__name__)


class Rewards:
    def __init__(self, tenancy: Tenancy, payments: Payments, students: Students) -> None:
        self._tenancy = tenancy
        self._payments = payments
        self._students = students

    async def give(self, caller: Caller) -> int:
        """To whom one is due, once each; how many were given. Who owes less than that waits for the next fee.

        Safe to repeat.
        """
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            due = await store.list_rewards_due(connection)
        given = 0
        for one in due:
            try:
                given += await self._give(on_own_account(caller), one)
            except Refusal as refusal:
                if is_our_fault(refusal):
                    raise
                log.warning("reward_not_given", referral_id=str(one.referral_id), error_code=refusal.code)
        return given

    async def _give(self, asking: Caller, due: store.RewardDue) -> bool:
        """Whether there was a fee to let it off: the one that is due first."""
        wanted = ChargeFilter(student_id=due.referrer_id, is_open=True)
        owed = await self._payments.list_charges(asking, filter=wanted, page=1, limit=CHARGES_MAX)
        large = [one for one in owed.items if one.kind == "fee" and one.open >= due.reward]
        if not large:
            return False
        reward = NewReward(charge_id=large[-1].id, amount_paise=due.reward)
        await self._students.reward_referral(asking, referral_id=due.referral_id, reward=reward)
        return True
