"""Receipts, and what GST asks for: the right paper, numbered without a gap, as it was given out."""

import asyncio
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import psycopg
import pytest
import wcwidth
from tests.people import People
from tests.servers import Server
from tests.services.answers import code_of, faults_of, made, taxed
from tests.services.bookings.hall import at, today
from tests.services.payments.test_ledger import refund
from tests.services.payments.till import DAY, RUPEE, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId
from studyspot.services.payments import rules

YEAR = rules.series_of(
    "tax_invoice", rules.Registration("regular", None, None, "27", "997212", 1800, "", "premises"), today()
)[3:7]


async def papers(till: Till, **params: str) -> list[dict[str, Any]]:
    answer = await till.owner.get("/payments/papers", params={"limit": "100"} | params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def numbers(till: Till, kind: str) -> list[str]:
    return sorted(paper["number"] for paper in await papers(till, kind=kind))


async def test_who_is_not_registered_gives_receipts_and_nothing_else(till: Till, platform: Platform):
    student = await till.hall.enrol("Meera", address="4 Lane", city="Pune")
    await till.bill(platform, student, ("fee", 500))
    payment = await till.pay(student, 600)

    (receipt,) = await papers(till)
    assert (receipt["kind"], receipt["number"], receipt["total"]) == ("receipt", "RC-000001", 600 * RUPEE)
    assert [(line["label"], line["amount"]) for line in receipt["lines"]] == [
        ("Fee", 500 * RUPEE),
        ("Paid ahead", 100 * RUPEE),
    ]
    assert receipt["recipient"] == {
        "name": "Meera",
        "address": "4 Lane, Pune",
        "state_code": None,
        "gstin": None,
    }
    assert (await till.owner.get(f"/payments/{payment['id']}/receipt")).json()["data"] == receipt


async def test_a_regular_library_gives_an_invoice_with_both_halves_of_the_tax(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id, series="A")
    student = await till.hall.enrol()
    await till.bill(platform, student, ("fee", 1180), ("deposit", 500), tax=180)

    (invoice,) = await papers(till)
    assert (invoice["kind"], invoice["number"]) == ("tax_invoice", f"TIA-{YEAR}-00001")
    assert len(invoice["number"]) <= 16
    (line,) = invoice["lines"]
    assert (line["sac"], line["tax_rate"], line["taxable"]) == ("997212", 1800, 1000 * RUPEE)
    assert [invoice[what] for what in ("taxable", "cgst", "sgst", "igst", "total")] == [
        amount * RUPEE for amount in (1000, 90, 90, 0, 1180)
    ]
    assert (invoice["place_of_supply"], invoice["supplier"]["gstin"]) == ("27", "27AAPFU0939F1ZV")
    assert invoice["supplier"]["name"].startswith("Asha Reading Rooms (")


@pytest.mark.parametrize(
    ("kind", "rate", "tax"),
    [
        ("late_fee", None, 18),
        ("other", None, 18),
        ("other", 500, 5.62),
        ("fine", None, 0),
        ("fine", 1800, 18),
    ],
)
async def test_what_is_charged_by_hand_has_its_tax_within(
    till: Till, kind: str, rate: int | None, tax: float
):
    student = await till.hall.enrol()
    body = {"library_id": till.hall.id, "student_id": student["id"], "kind": kind, "label": "Extra"}
    body |= {"amount": 118 * RUPEE, "tax_rate": rate}
    before = await made(till.owner, "/payments/charges", body)
    await taxed(till.owner, till.hall.id)
    charge = await made(till.owner, "/payments/charges", body)

    assert (before["tax"], charge["tax"], charge["open"]) == (0, round(tax * RUPEE), 118 * RUPEE)
    (paper,) = await papers(till)
    assert paper["kind"] == ("tax_invoice" if tax else "bill_of_supply")
    assert paper["cgst"] + paper["sgst"] == charge["tax"]


async def test_where_the_student_is_counts_if_the_accountant_says_so(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id, place_of_supply="recipient")
    near, far = await till.hall.enrol("Near"), await till.hall.enrol("Far", state="tamil nadu")
    for student in (near, far):
        await till.bill(platform, student, ("fee", 118), tax=18)

    found = {paper["recipient"]["name"]: paper for paper in await papers(till)}
    assert (found["Near"]["place_of_supply"], found["Near"]["igst"]) == ("27", 0)
    assert (found["Far"]["place_of_supply"], found["Far"]["igst"]) == ("33", 18 * RUPEE)


@pytest.mark.parametrize("status", ["composition", "exempt"])
async def test_without_tax_there_are_bills_of_supply(till: Till, platform: Platform, status: str):
    await taxed(till.owner, till.hall.id, status=status)
    student = await till.hall.enrol()
    await till.bill(platform, student, ("fee", 500))
    await till.pay(student, 700)

    assert await numbers(till, "bill_of_supply") == [f"BS-{YEAR}-00001"]
    assert {paper["kind"] for paper in await papers(till)} == {"bill_of_supply", "receipt"}
    (bill,) = await papers(till, kind="bill_of_supply")
    assert ((bill["note"] or "").startswith("Composition")) == (status == "composition")


async def test_a_registration_counts_from_its_day_on(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id, status="unregistered", gstin=None)
    await taxed(till.owner, till.hall.id, from_on=str(today() + DAY))
    student = await till.hall.enrol()
    await till.bill(platform, student, ("fee", 118))
    async with at(till.hall, "10:00"):
        await till.bill(platform, student, ("fee", 118), tax=18)
        (invoice,) = await papers(till)
        assert (invoice["kind"], invoice["day"]) == ("tax_invoice", str(today()))


async def test_what_does_not_fit_together_is_no_registration(till: Till):
    path = f"/libraries/{till.hall.id}/tax-registrations"
    body = {"from_on": "2020-04-01", "status": "regular", "state_code": "27"}

    assert faults_of(await till.owner.post(path, body)) == {("gstin", "required")}
    wrong = await till.owner.post(path, body | {"gstin": "27AAPFU0939F1ZW"})
    assert faults_of(wrong) == {("gstin", "invalid_gstin")}
    other = await till.owner.post(path, body | {"gstin": "27AAPFU0939F1ZV", "state_code": "29"})
    assert faults_of(other) == {("state_code", "contradicts")}
    nowhere = body | {"status": "unregistered", "gstin": "27AAPFU0939F1ZV", "state_code": "99"}
    assert faults_of(await till.owner.post(path, nowhere)) == {
        ("gstin", "not_allowed"),
        ("state_code", "unknown"),
    }


async def test_a_registration_that_counts_stays_and_one_to_come_can_go(till: Till):
    now = await taxed(till.owner, till.hall.id)
    soon = await taxed(till.owner, till.hall.id, from_on=str(today() + DAY), series="B")
    path = f"/libraries/{till.hall.id}/tax-registrations"

    same_day = {"from_on": soon["from_on"], "status": "unregistered", "state_code": "27"}
    assert code_of(await till.owner.post(path, same_day)) == (409, "DUPLICATE_ENTRY")
    late = await till.owner.post(path, same_day | {"from_on": str(today())})
    assert faults_of(late) == {("from_on", "too_early")}
    assert (await till.owner.get(path)).json()["data"] == [soon, now]
    assert code_of(await till.owner.delete(f"/libraries/tax-registrations/{now['id']}")) == (
        409,
        "REGISTRATION_KEPT",
    )
    assert (await till.owner.delete(f"/libraries/tax-registrations/{soon['id']}")).status_code == 204
    assert code_of(await till.owner.delete(f"/libraries/tax-registrations/{soon['id']}")) == (
        404,
        "RESOURCE_NOT_FOUND",
    )


async def test_what_is_paid_ahead_has_a_voucher_and_so_has_what_of_it_is_paid_back(till: Till):
    await taxed(till.owner, till.hall.id)
    student = await till.hall.enrol()
    await till.pay(student, 1180)
    await refund(till, student, 590)

    (ahead,) = await papers(till, kind="receipt_voucher")
    (back,) = await papers(till, kind="refund_voucher")
    assert [ahead[what] for what in ("number", "taxable", "cgst", "sgst")] == [
        f"RV-{YEAR}-00001",
        1000 * RUPEE,
        90 * RUPEE,
        90 * RUPEE,
    ]
    assert (back["number"], back["total"], back["taxable"]) == (f"FV-{YEAR}-00001", 590 * RUPEE, 500 * RUPEE)


async def test_a_voucher_that_was_used_is_not_paid_back_with_another(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id)
    student, membership = await till.hall.enrol(), uuid4()
    await till.pay(student, 1000)
    await till.bill(platform, student, ("fee", 800), membership_id=membership, tax=122)
    await till.bill(platform, student, membership_id=membership, credit=300)
    assert (await till.statement(student))["advance"] == 500
    await refund(till, student, 500)

    (back,) = await papers(till, kind="refund_voucher")
    assert back["total"] == 200 * RUPEE, "the rest has a credit note"
    (note,) = await papers(till, kind="credit_note")
    (invoice,) = await papers(till, kind="tax_invoice")
    assert (note["total"], note["refers_to"]) == (300 * RUPEE, [invoice["number"]])


async def test_a_voucher_of_a_cheque_that_comes_back_is_taken_back(till: Till):
    await taxed(till.owner, till.hall.id)
    student = await till.hall.enrol()
    cheque = await till.pay(student, 118, "cheque")
    await till.owner.post(f"/payments/{cheque['id']}/reverse", {"reason": "Came back"})

    (back,) = await papers(till, kind="refund_voucher")
    (receipt,) = await papers(till, kind="receipt")
    assert (back["total"], receipt["is_reversed"]) == (118 * RUPEE, True)


async def test_fifty_at_once_have_consecutive_numbers_and_refusals_leave_no_gap(
    till: Till, platform: Platform
):
    await taxed(till.owner, till.hall.id)
    students = [await till.hall.enrol(f"S{number}") for number in range(10)]

    async def bill(number: int) -> None:
        await till.bill(platform, students[number % 10], ("fee", 118), tax=18)

    async def pay_wrongly(number: int) -> None:
        assert (await till.try_to_pay(students[number], 100, "cash", reference="x")).status_code == 400
        other = [{"charge_id": str(uuid4()), "amount": 1}]
        assert (await till.try_to_pay(students[number], 100, allocations=other)).status_code == 400

    await asyncio.gather(*(bill(number) for number in range(50)), *(pay_wrongly(n) for n in range(10)))

    expected = [f"TI-{YEAR}-{number:05}" for number in range(1, 51)]
    assert await numbers(till, "tax_invoice") == expected


async def test_the_year_of_the_numbers_begins_in_april():
    registration = rules.Registration("regular", None, None, "27", "997212", 1800, "KOT", "premises")
    days = [date(2027, 3, 31), date(2027, 4, 1), date(2099, 4, 1)]

    series = [rules.series_of("credit_note", registration, day) for day in days]
    assert series == ["CNKOT-2627-", "CNKOT-2728-", "CNKOT-9900-"]
    assert all(len(f"{one}00001") <= 16 for one in series)


async def test_a_paper_stays_as_it_was_given_out(till: Till, platform: Platform):
    student = await till.hall.enrol("Meera")
    await till.pay(student, 10)
    (before,) = await papers(till)
    await till.owner.put(f"/students/{student['id']}", {"version": 1, "first_name": "Mira"})
    assert await papers(till) == [before]
    async with platform.tenancy.connection(TenantId(UUID(str(till.owner.tenant_id)))) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.run("UPDATE payments.papers SET total = 1")


async def test_a_payment_from_before_there_were_receipts_gets_one_when_it_is_asked_for(
    till: Till, platform: Platform, postgres: Server
):
    payment = await till.pay(await till.hall.enrol("Meera"), 10)
    path = f"/payments/{payment['id']}/receipt"
    (written,) = await papers(till)
    async with platform.tenancy.connection(TenantId(UUID(str(till.owner.tenant_id)))) as connection:
        database = await connection.value("SELECT current_database()::text")
    with psycopg.connect(postgres.dsn(database), autocommit=True) as server:
        server.execute("SET session_replication_role = replica")  # past what keeps papers
        server.execute("DELETE FROM payments.papers")

    made, *others = await asyncio.gather(*(till.owner.get(path) for _ in range(4)))

    receipt = made.json()["data"]
    assert [receipt[what] for what in ("number", "lines", "total")] == [
        written[what] for what in ("number", "lines", "total")
    ]
    assert all(other.json()["data"] == receipt for other in others)
    assert await papers(till) == [receipt]


async def test_anybody_who_holds_a_paper_learns_whether_it_is_genuine(till: Till, people: People):
    student = await till.hall.enrol()
    await till.pay(student, 250)
    (receipt,) = await papers(till)

    async def ask(code: str) -> Any:
        return await till.owner.client.get("/api/v1/payments/papers/verify", params={"code": code})

    found = (await ask(receipt["code"])).json()["data"]
    assert found == {
        "kind": "receipt",
        "number": "RC-000001",
        "day": receipt["day"],
        "supplier": receipt["supplier"]["name"],
        "total": 250 * RUPEE,
        "is_reversed": False,
    }
    bent = receipt["code"][:-4] + ("AAAA" if receipt["code"][-4:] != "AAAA" else "BBBB")
    for forged in (bent, "x", "ü", receipt["code"][:40]):
        assert code_of(await ask(forged)) == (404, "RESOURCE_NOT_FOUND")
    stranger = await people.owner()
    path = f"/payments/papers/{receipt['id']}"
    for what in (path, f"{path}/pdf", f"{path}/text"):
        assert code_of(await stranger.get(what)) == (404, "RESOURCE_NOT_FOUND")


async def test_a_pdf_shows_rupees_and_devanagari(till: Till, platform: Platform, tmp_path: Path):
    await taxed(till.owner, till.hall.id, legal_name="शांति अभ्यासिका")
    student = await till.hall.enrol("मीरा", last_name="क्षीरसागर")
    await till.bill(platform, student, ("fee", 1180), tax=180)
    (invoice,) = await papers(till)

    answer = await till.owner.get(f"/payments/papers/{invoice['id']}/pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert f"{invoice['number']}.pdf" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF-")
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("pdftotext is not installed")
    (tmp_path / "paper.pdf").write_bytes(answer.content)
    text = subprocess.run(  # noqa: ASYNC221 - our own file
        [pdftotext, "-layout", tmp_path / "paper.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    for told in ("TAX INVOICE", invoice["number"], "₹1,180.00", "CGST", "GSTIN 27AAPFU0939F1ZV", "997212"):
        assert told in text


async def test_a_narrow_paper_is_no_wider_than_its_printer(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id, legal_name="शांति अभ्यासिका व वाचनालय, पुणे")
    student = await till.hall.enrol("Venkatanarasimharajuvaripeta" * 3)
    await till.bill(platform, student, ("fee", 1180), tax=180)
    (invoice,) = await papers(till)
    path = f"/payments/papers/{invoice['id']}/text"

    for columns in (32, 48):
        answer = await till.owner.get(path, params={"columns": str(columns)})
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "₹1,180.00" in answer.text
        assert max(map(wcwidth.wcswidth, answer.text.splitlines())) <= columns
    assert (await till.owner.get(path, params={"columns": "40"})).status_code == 400
