"""A branch of 120 seats and its 300 members through a month: whatever the platform says at the end is what
somebody with pencil and paper comes to.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from tests.journeys.eventful_month import EventfulMonth
from tests.journeys.own_books import BUCKETS, OwnBooks
from tests.journeys.own_floor import DAY, OwnFloor
from tests.journeys.the_month import ANNEXE, DAYS, EVE, MAIN, at
from tests.people import People
from tests.topology import Topology

from studyspot.client import AsyncStudySpot
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId

LAST = DAYS[-1]


@pytest.fixture(scope="module")
async def month(topology: Topology, people: People) -> AsyncIterator[EventfulMonth]:
    """When it is over, in the last evening."""
    owner = await people.owner()
    assert owner.tenant_id is not None
    as_job = system(tenant_id=TenantId(UUID(owner.tenant_id)))
    floor = OwnFloor(OwnBooks(frozenset({MAIN})))
    transport = httpx2.ASGITransport(app=topology.front_door.app)
    async with AsyncStudySpot("http://studyspot.test", transport=transport) as api:
        month = EventfulMonth(api, topology.platform, as_job, floor)
        with at(EVE, "10:00"):
            await month.sign_in(owner.email)
            await month.open()
            await month.bring_in()
        for day in DAYS:
            await month.live(day, owner.email)
        with at(LAST, "23:20"):
            yield month


def library_id(month: EventfulMonth, library: str | None) -> UUID | None:
    return None if library is None else month.desk.branches[library].id


@pytest.mark.parametrize("library", [MAIN, ANNEXE])
async def test_the_cash_book_is_what_was_taken_and_paid_out(month: EventfulMonth, library: str):
    book = await month.api.payments.cash_book(month.desk.branches[library].id, since=EVE, until=LAST)

    found = {(line.day, line.method): (line.received, line.paid_out, line.difference) for line in book.lines}
    assert found == month.books.cash_lines(library)
    assert (book.opening, book.closing) == (0, month.books.drawer(library))
    closes = [one async for one in month.api.day_closes.iterate(month.desk.branches[library].id)]
    assert [one.day for one in reversed(closes)] == DAYS
    assert closes[0].counted == book.closing


@pytest.mark.parametrize("library", [MAIN, ANNEXE, None])
async def test_dues_are_what_was_billed_and_not_paid_by_their_age(month: EventfulMonth, library: str | None):
    dues = [one async for one in month.api.dues.iterate(library_id=library_id(month, library))]

    found = {str(one.student_id): {name: getattr(one, name) for name in (*BUCKETS, "open")} for one in dues}
    own = month.books.ageing(library, LAST)
    assert found == own
    if library == MAIN:
        assert all(any(owed[bucket] for owed in own.values()) for bucket in BUCKETS)


@pytest.mark.parametrize("library", [MAIN, ANNEXE, None])
@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_profit_and_loss_is_what_was_earned_and_spent(
    month: EventfulMonth, library: str | None, basis: str
):
    for day in (EVE, LAST):
        told = await month.api.expenses.profit_and_loss(
            month=f"{day:%Y-%m}",
            basis="cash" if basis == "cash" else "accrual",
            library_id=library_id(month, library),
        )
        found = {one.kind: one.amount_paise for one in told.income}
        found |= {f"-{one.kind}": one.amount_paise for one in told.spending}
        own = month.books.result(library, f"{day:%Y-%m}", basis)
        assert told.tax_paise == own.pop("tax", 0)
        assert found == own
        spent = sum(amount for kind, amount in own.items() if kind.startswith("-"))
        assert told.profit_paise == sum(own.values()) - 2 * spent


async def test_every_account_is_what_it_came_to_and_all_together_are_nothing(month: EventfulMonth):
    totals = await month.api.payments.totals()

    assert {one.account: one.amount for one in totals if one.amount} == month.books.trial()
    assert sum(one.amount * (1 if one.kind in {"asset", "expense"} else -1) for one in totals) == 0


async def test_what_is_kept_for_each_student_is_what_they_gave(month: EventfulMonth):
    books = month.books
    for student in {*books.advances, *books.deposits}:
        told = await month.api.payments.statement(UUID(student))
        assert (told.advance, told.deposit) == (books.advances[student], books.deposits[student])
        assert told.open == sum(one.open for one in books.open_of(student))


async def test_every_member_sits_where_and_as_long_as_was_agreed(month: EventfulMonth):
    found = {str(one.id): one async for one in month.api.memberships.iterate()}

    own = {one.id: one for one in month.floor.stays}
    drafts = found.keys() - own.keys()
    assert {found[one].status for one in drafts} <= {"expired"}
    for stay_id, stay in own.items():
        told, state = found[stay_id], stay.state(LAST)
        assert (told.status, told.ends_on) == (state, stay.ends_on)
        if state in {"active", "grace"}:
            assert told.seat_code == stay.last.seat
    assert {one.state(LAST) for one in own.values()} == {"active", "grace", "expired", "cancelled"}
    await month.check_map(LAST + DAY)


async def test_receipts_and_papers_are_all_there_without_a_gap(month: EventfulMonth):
    papers = [one async for one in month.api.papers.iterate()]

    series: dict[str, list[int]] = {}
    for paper in papers:
        name, _, number = paper.number.rpartition("-")
        series.setdefault(name, []).append(int(number))
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in series.values())
    kinds = [paper.kind for paper in papers]
    expected = month.books.papers | {"receipt": len(month.books.payments)}
    assert {kind: kinds.count(kind) for kind in expected} == expected
    receipts = sum(one.total for one in papers if one.kind == "receipt")
    assert receipts == sum(one.amount for one in month.books.payments)
    taxes = {kind: sum(one.cgst + one.sgst for one in papers if one.kind == kind) for kind in set(kinds)}
    billed = month.books.result(MAIN, f"{LAST:%Y-%m}", "accrual")["tax"]
    assert taxes["tax_invoice"] - taxes["credit_note"] == billed
    payments = [one.number async for one in month.api.payments.iterate()]
    assert sorted(payments) == [f"RC-{number:06}" for number in range(1, len(payments) + 1)]


async def test_who_came_is_all_there(month: EventfulMonth):
    visits = await month.api.attendance.list(is_in=False)

    assert visits.pagination.total == month.desk.visits
    assert (await month.api.attendance.list(is_in=True)).pagination.total == 0


async def test_the_month_had_what_a_month_has(month: EventfulMonth):
    """So that nothing of it is left out one day without being seen."""
    states = [one.state(DAYS[-1] + DAY) for one in month.floor.stays]
    assert len(month.floor.stays) > 305
    assert states.count("cancelled") == 4
    assert len(month.books.payments) > 150
    statuses = [one.status async for one in month.api.waitlist.iterate()]
    assert statuses.count("accepted") >= 4
    assert statuses.count("lapsed") == 1
