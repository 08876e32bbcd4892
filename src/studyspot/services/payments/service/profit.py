"""What a month came to, out of the ledger's entries."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from studyspot.kernel.contract import Caller, on_own_account, tenant_of
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments import rules, store
from studyspot.services.payments.contract.profit import (
    Basis,
    IncomeKind,
    IncomeLine,
    ProfitAndLoss,
    SpendingKind,
    SpendingLine,
)
from studyspot.tenancy.engine import Tenancy

INCOME: Mapping[str, IncomeKind] = {
    **{account: kind for kind, account in rules.EARNED.items() if kind != "deposit"},
    "waivers": "waivers",
}
SPENDING: Mapping[str, SpendingKind] = {
    **{account: category for category, account in rules.SPENT.items()},
    "cash_difference": "cash_difference",
}


class Profit:
    _tenancy: Tenancy
    _libraries: Libraries

    async def get_profit_and_loss(
        self, caller: Caller, *, library_id: UUID | None = None, month: str, basis: Basis
    ) -> ProfitAndLoss:
        if library_id is not None:
            await self._libraries.get_library(on_own_account(caller), library_id=library_id)
        since, until = rules.month_days(month)
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            if basis == "accrual":
                moved = await store.list_moved(connection, library_id, since=since, until=until)
                income = _by_kind(INCOME, moved, sign=-1)
                spending = _by_kind(SPENDING, moved)
                tax = -sum(one.amount for one in moved if one.name == "tax")
            else:
                received = await store.list_received(connection, library_id, since=since, until=until)
                paid_out = await store.list_paid_out(connection, library_id, since=since, until=until)
                income = {one.name: one.amount for one in received}
                spending = {one.name: one.amount for one in paid_out}
                tax = sum(one.tax for one in received)
        return ProfitAndLoss(
            library_id,
            since,
            until,
            basis,
            [IncomeLine(kind, income[kind]) for kind in INCOME.values() if income.get(kind)],
            [SpendingLine(kind, spending[kind]) for kind in SPENDING.values() if spending.get(kind)],
            income_paise=sum(income.values()),
            spending_paise=sum(spending.values()),
            profit_paise=sum(income.values()) - sum(spending.values()),
            tax_paise=tax,
        )


def _by_kind(kinds: Mapping[str, str], moved: Iterable[store.Moved], *, sign: int = 1) -> dict[str, int]:
    return {kinds[one.name]: sign * one.amount for one in moved if one.name in kinds}
