"""The numbers of a GSTIN have no gaps: no other draws from its series, and none that was drawn is lost."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.people import Person
from tests.services.answers import code_of, faults_of, made, taxed
from tests.services.bookings.hall import Hall, today
from tests.services.payments.test_papers import YEAR, numbers, papers
from tests.services.payments.till import DAY, Till

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.database import ConstraintViolated
from studyspot.kernel.ids import TenantId
from studyspot.services.payments.service.papers import write_papers_of_bill

PUNE, BENGALURU = "27AAPFU0939F1ZV", "29AAPFU0939F1ZR"
ELSEWHERE = {"gstin": BENGALURU, "state_code": "29"}
TAKEN = {("series", "taken")}


async def branch(owner: Person) -> str:
    return str((await made(owner, "/libraries", {"name": f"Branch {uuid4()}"}))["id"])


async def try_to_register(owner: Person, library_id: str, **fields: Any) -> httpx2.Response:
    body = {"from_on": "2020-04-01", "status": "regular", "gstin": PUNE, "state_code": "27"}
    return await owner.post(f"/libraries/{library_id}/tax-registrations", body | fields)


async def test_another_gstin_has_another_series(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id)
    other = Till(await Hall.opened(till.owner))

    refused = await try_to_register(till.owner, other.hall.id, **ELSEWHERE)
    assert faults_of(refused) == TAKEN
    assert "Choose other letters" in refused.json()["error"]["details"][0]["message"]
    await taxed(till.owner, other.hall.id, series="B", **ELSEWHERE)

    student = await till.hall.enrol()
    for one in (till, other, other, till):
        await one.bill(platform, student, ("fee", 118), tax=18)
    found = sorted((paper["supplier"]["gstin"], paper["number"]) for paper in await papers(till))
    assert found == [
        (PUNE, f"TI-{YEAR}-00001"),
        (PUNE, f"TI-{YEAR}-00002"),
        (BENGALURU, f"TIB-{YEAR}-00001"),
        (BENGALURU, f"TIB-{YEAR}-00002"),
    ]


async def test_branches_of_one_gstin_share_a_series_and_who_gives_no_papers_takes_none(owner: Person):
    none = {"status": "unregistered", "gstin": None}
    for fields in ({}, {}, none, none):
        library_id = await branch(owner)
        assert code_of(await try_to_register(owner, library_id, **fields)) == (201, "")
    composition = {"status": "composition", "from_on": str(today() + DAY)}
    assert code_of(await try_to_register(owner, library_id, **composition)) == (201, "")


async def test_an_exempt_library_without_a_gstin_has_numbers_of_its_own(owner: Person):
    exempt = {"status": "exempt", "gstin": None}
    one, other = [await branch(owner) for _ in range(2)]
    later = {"from_on": str(today() + DAY)}

    assert code_of(await try_to_register(owner, one, **exempt)) == (201, "")
    assert code_of(await try_to_register(owner, one, **exempt | later, legal_name="Asha")) == (201, "")
    assert faults_of(await try_to_register(owner, other, **exempt)) == TAKEN
    assert faults_of(await try_to_register(owner, other)) == TAKEN
    assert code_of(await try_to_register(owner, other, **exempt, series="B")) == (201, "")
    registered = await try_to_register(owner, other, **later, status="exempt", series="B")
    assert faults_of(registered) == TAKEN, "what was the library's is not the GSTIN's"


async def test_a_library_that_changes_its_gstin_changes_its_series(owner: Person):
    library_id = await branch(owner)
    assert code_of(await try_to_register(owner, library_id)) == (201, "")
    moved = ELSEWHERE | {"from_on": str(today() + DAY)}

    assert faults_of(await try_to_register(owner, library_id, **moved)) == TAKEN
    assert code_of(await try_to_register(owner, library_id, **moved, series="B")) == (201, "")
    back = {"from_on": str(today() + 2 * DAY)}
    assert code_of(await try_to_register(owner, library_id, **back)) == (201, "")


async def test_a_library_that_was_deleted_keeps_its_series_and_one_to_come_gives_it_back(owner: Person):
    gone, there = [await branch(owner) for _ in range(2)]
    await taxed(owner, gone, series="A")
    soon = await taxed(owner, there, series="B", from_on=str(today() + DAY))
    assert (await owner.delete(f"/libraries/{gone}")).status_code == 204
    assert (await owner.delete(f"/libraries/tax-registrations/{soon['id']}")).status_code == 204

    assert faults_of(await try_to_register(owner, there, **ELSEWHERE, series="A")) == TAKEN
    assert code_of(await try_to_register(owner, there, **ELSEWHERE, series="B")) == (201, "")


async def test_of_many_that_ask_for_a_series_at_once_one_has_it(owner: Person):
    branches = [await branch(owner) for _ in range(5)]
    exempt = {"status": "exempt", "gstin": None}

    answers = await asyncio.gather(*(try_to_register(owner, one, **exempt) for one in branches))

    assert sorted(code_of(answer) for answer in answers) == [(201, "")] + [(400, "VALIDATION_ERROR")] * 4


async def test_a_number_that_was_drawn_is_not_lost(till: Till, platform: Platform):
    await taxed(till.owner, till.hall.id)
    student = await till.hall.enrol()
    tenant = TenantId(UUID(till.owner.tenant_id))
    await till.bill(platform, student, ("fee", 118), tax=18)
    library = await platform.libraries.get_library(system(tenant_id=tenant), library_id=UUID(till.hall.id))
    async with platform.tenancy.connection(tenant) as connection:
        posted = await connection.value("SELECT transaction_id FROM payments.papers")

    with pytest.raises(ConstraintViolated, match="paper_once"):
        async with platform.tenancy.transaction(tenant) as tx:
            await write_papers_of_bill(tx, library, UUID(student["id"]), today(), transaction_id=posted)
    await till.bill(platform, student, ("fee", 118), tax=18)

    assert await numbers(till, "tax_invoice") == [f"TI-{YEAR}-{number:05}" for number in (1, 2)]
