"""What a credit note takes back is what stood on an invoice, and no more."""

from uuid import uuid4

from tests.services.answers import code_of, taxed
from tests.services.bookings.hall import today
from tests.services.payments.test_papers import papers
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform


async def test_a_deposit_is_neither_invoiced_nor_credited(till: Till):
    hall = till.hall
    await taxed(hall.owner, hall.id)
    plan = await hall.add_plan(deposit=50_000, registration_fee=10_000, tax_rate=1800)
    student, shift = await hall.enrol(), await hall.add_shift("06:00", "14:00")
    sold = await hall.sell(student, plan, "A1", shift, starts_on=str(today() + 3 * DAY))
    body = {"version": sold["version"], "reason": "Does not come"}
    assert (await hall.owner.post(f"/memberships/{sold['id']}/cancel", body)).status_code == 200

    (invoice,) = await papers(till, kind="tax_invoice")
    (note,) = await papers(till, kind="credit_note")
    assert invoice["total"] == note["total"] == 3_100 * RUPEE
    assert (note["cgst"], note["sgst"]) == (invoice["cgst"], invoice["sgst"])
    assert note["refers_to"] == [invoice["number"]]
    assert {line["label"] for line in note["lines"]} == {line["label"] for line in invoice["lines"]}
    assert (await till.statement(student))["open"] == 0


async def test_what_was_billed_without_a_paper_is_credited_without_one(till: Till, platform: Platform):
    student, membership = await till.hall.enrol(), uuid4()
    await till.bill(platform, student, ("fee", 3000), membership_id=membership)
    await taxed(till.owner, till.hall.id)
    await till.bill(platform, student, ("fee", 1180), tax=180, membership_id=membership, due_in=30)

    await till.bill(platform, student, membership_id=membership, credit=2180)
    (invoice,) = await papers(till, kind="tax_invoice")
    (note,) = await papers(till, kind="credit_note")
    assert (note["total"], note["taxable"]) == (1180 * RUPEE, 1000 * RUPEE), "of 2,180 the rest had no paper"
    assert note["refers_to"] == [invoice["number"]]

    await till.bill(platform, student, membership_id=membership, credit=2000)
    assert await papers(till, kind="credit_note") == [note]


async def test_a_note_refers_to_the_invoices_of_what_it_credits(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id)
    student, membership = await till.hall.enrol(), uuid4()
    for due_in in (0, 30, 60):
        await till.bill(platform, student, ("fee", 118), tax=18, membership_id=membership, due_in=due_in)
    await till.bill(platform, student, ("deposit", 500), membership_id=membership, due_in=90)

    await till.bill(platform, student, membership_id=membership, credit=200)

    invoices = sorted(paper["number"] for paper in await papers(till, kind="tax_invoice"))
    (note,) = await papers(till, kind="credit_note")
    assert (note["total"], note["refers_to"]) == (200 * RUPEE, invoices[1:])


async def test_a_bill_of_supply_is_credited_like_an_invoice(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id, status="composition")
    student, membership = await till.hall.enrol(), uuid4()
    await till.bill(platform, student, ("fee", 500), ("deposit", 300), membership_id=membership)
    await till.bill(platform, student, membership_id=membership, credit=500)

    (bill,) = await papers(till, kind="bill_of_supply")
    (note,) = await papers(till, kind="credit_note")
    assert (note["total"], note["refers_to"]) == (bill["total"], [bill["number"]])
    assert code_of(await till.owner.get(f"/payments/papers/{note['id']}")) == (200, "")
