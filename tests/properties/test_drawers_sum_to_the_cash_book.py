"""Whoever takes and pays cash in whatever order: what the drawers' counts say, with the cash outside of them,
is the cash book of the day. No more is carried away than is there.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.people import People, Person
from tests.services.bookings.hall import Hall, today

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller, system
from studyspot.kernel.ids import AccountId, TenantId
from studyspot.services.payments.contract import (
    DrawerCount,
    DrawerSession,
    MoreThanOpen,
    NewCashTransfer,
    NewDayClose,
    NewDrawerSession,
    NewExpense,
    NewPayment,
    NewRefund,
    NotInDrawer,
    Outlay,
    Payment,
    Reversal,
)
from studyspot.services.tenants.contract import TenantChange

T = TypeVar("T")
_paise = st.integers(1, 3_000)
_who = st.sampled_from([0, 1, 2])
_method = st.sampled_from(["cash", "cash", "upi"])


class Counter(RuleBasedStateMachine):
    """Three people at one counter; the third never opens a drawer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, platform: Platform, owner: Person) -> None:
        super().__init__()
        self._loop = loop
        self._payments = platform.payments
        self._owner = owner
        self._people = [
            Caller(
                account_id=AccountId(uuid4()),
                role="owner",
                permissions=frozenset({"payments:*"}),
                tenant_id=TenantId(UUID(str(owner.tenant_id))),
            )
            for _ in range(3)
        ]
        self._open: dict[int, DrawerSession] = {}
        self._moved: dict[UUID | None, int] = {None: 0}
        """What a clerk notes for each session, and for no session."""
        self._left: int | None = None
        """What the last count left, with the cash outside of sessions since, until another takes it over."""
        self._payments_taken: list[Payment] = []

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def _note(self, who: int, amount: int) -> None:
        session = self._open.get(who)
        self._moved[None if session is None else session.id] += amount
        if session is None and self._left is not None:
            self._left += amount

    @initialize()
    def open_hall(self) -> None:
        hall = self._do(Hall.opened(self._owner))
        self._library_id = UUID(hall.id)
        self._student_id = UUID(self._do(hall.enrol())["id"])

    @rule(who=st.sampled_from([0, 1]), opening=_paise)
    def open_or_count(self, who: int, opening: int) -> None:
        if who in self._open:
            self._count(who, opening - 1_500)
            return
        session = NewDrawerSession(library_id=self._library_id, opening_paise=opening)
        self._open[who] = self._do(self._payments.open_drawer(self._people[who], session=session))
        self._moved[self._open[who].id] = 0
        left, self._left = self._left, None
        told = self._open[who].opening_difference_paise
        assert told == (None if left is None else opening - left)

    def _count(self, who: int, off: int) -> None:
        session = self._open.pop(who)
        expected = session.opening_paise + self._moved[session.id]
        counted = max(expected + off, 0)
        count = DrawerCount(counted_paise=counted, explanation="Counted")
        closed = self._do(self._payments.close_drawer(self._people[who], session_id=session.id, count=count))
        assert (closed.expected_paise, closed.difference_paise) == (expected, counted - expected)
        self._moved[session.id] += counted - expected
        self._left = counted

    @rule(who=_who, amount=_paise, method=_method)
    def take(self, who: int, amount: int, method: Any) -> None:
        payment = NewPayment(
            library_id=self._library_id,
            student_id=self._student_id,
            method=method,
            reference=None if method == "cash" else str(uuid4()),
            amount=amount,
        )
        taken = self._do(self._payments.take_payment(self._people[who], payment=payment))
        self._payments_taken.append(taken)
        self._note(who, amount * (method == "cash"))

    @rule(who=_who, data=st.data())
    def take_back(self, who: int, data: st.DataObject) -> None:
        if not self._payments_taken:
            return
        number = data.draw(st.integers(0, len(self._payments_taken) - 1))
        payment = self._payments_taken.pop(number)
        reversal = Reversal(reason="Wrong")
        self._do(self._payments.reverse_payment(self._people[who], payment_id=payment.id, reversal=reversal))
        self._note(who, -payment.amount * (payment.method == "cash"))

    @rule(who=_who, amount=_paise)
    def pay_out(self, who: int, amount: int) -> None:
        refund = NewRefund(
            library_id=self._library_id,
            student_id=self._student_id,
            source="advance",
            method="cash",
            amount=amount,
            reason="Change",
        )
        try:
            self._do(self._payments.refund(self._people[who], refund=refund))
        except MoreThanOpen:
            return
        self._note(who, -amount)

    @rule(who=_who, amount=_paise)
    def spend(self, who: int, amount: int) -> None:
        expense = NewExpense(
            library_id=self._library_id, category="other", amount_paise=amount, paid=Outlay(method="cash")
        )
        self._do(self._payments.create_expense(self._people[who], expense=expense))
        self._note(who, -amount)

    @rule(who=_who, amount=_paise, direction=st.sampled_from(["in", "out"]))
    def bring_to_the_bank(self, who: int, amount: int, direction: Any) -> None:
        transfer = NewCashTransfer(
            library_id=self._library_id, direction=direction, pocket="bank", amount_paise=amount
        )
        session = self._open.get(who)
        if session is None:
            there = sum(self._moved.values())
        else:
            there = session.opening_paise + self._moved[session.id]
        try:
            self._do(self._payments.move_cash(self._people[who], transfer=transfer))
        except NotInDrawer:
            assert direction == "out"
            assert amount > there
            return
        assert direction == "in" or amount <= there
        self._note(who, amount if direction == "in" else -amount)

    def teardown(self) -> None:
        if not hasattr(self, "_student_id"):
            return
        for who in list(self._open):
            self._count(who, 0)
        book = self._do(
            self._payments.get_cash_book(
                self._people[0], library_id=self._library_id, since=today(), until=today()
            )
        )
        cash = [one.received - one.paid_out + one.difference for one in book.lines if one.method == "cash"]
        close = NewDayClose(library_id=self._library_id, day=today(), counted=0, explanation="Counted")
        closed = self._do(self._payments.close_day(self._people[0], close=close))
        moved = {one.session_id: one.moved_paise for one in closed.sessions}
        assert {name: amount for name, amount in moved.items() if amount} == {
            name: amount for name, amount in self._moved.items() if amount
        }
        assert sum(moved.values()) == sum(cash) == closed.expected


async def _owner_of_many(platform: Platform, people: People) -> Person:
    owner = await people.owner("enterprise")
    tenant_id = TenantId(UUID(str(owner.tenant_id)))
    tenant = await platform.tenants.get_tenant(system(), tenant_id=tenant_id)
    wanted = {"version": tenant.version, "max_libraries": 10_000, "max_students": 10_000}
    change = msgspec.convert(wanted, TenantChange)
    await platform.tenants.change_tenant(system(), tenant_id=tenant_id, change=change)
    return owner


def test_the_drawers_together_are_the_cash_book(
    loop: asyncio.AbstractEventLoop, platform: Platform, people: People
):
    owner = loop.run_until_complete(_owner_of_many(platform, people))

    run_state_machine_as_test(
        lambda: Counter(loop, platform, owner),
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
