"""Whatever door it is tried at, no Aadhaar number is kept."""

import csv
import io
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.api.document import OPERATIONS, Operation, resolved
from tests.people import People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.aadhaar import holds_aadhaar
from studyspot.kernel.ids import TenantId

NUMBER = "2345 6789 0124"
OTHER_NUMBERS = {"identifier", "password", "current_password", "refresh_token", "reference"}
"""What signs somebody in is not kept; the reference of a UPI payment has twelve digits, too."""


def _texts(schema: dict[str, Any]) -> Iterator[str]:
    """The names of a body's free texts."""
    for name, found in resolved(schema).get("properties", {}).items():
        is_text = "string" in (found.get("type"), *(found.get("type") or ()))
        is_free = not ({"format", "enum", "pattern"} & found.keys()) or found.get("pattern") == r"^[^\n]*$"
        if is_text and is_free and "phone" not in name:
            yield name


DOORS = [
    one for one in OPERATIONS if one.body and not one.is_public and set(_texts(one.body)) - OTHER_NUMBERS
]


@pytest.mark.parametrize("door", DOORS, ids=str)
async def test_every_free_text_of_every_body_is_looked_at(door: Operation, operator: Person, chain: Person):
    wanted = set(_texts(door.body or {})) - OTHER_NUMBERS
    headers = {"x-tenant-id": chain.tenant_id or ""}
    answer = await operator.client.request(
        door.method, door.address(), json=dict.fromkeys(wanted, NUMBER), headers=operator.headers | headers
    )

    assert answer.status_code == 400, answer.text
    faults = answer.json()["error"]["details"]
    assert {fault["field"] for fault in faults if fault["code"] == "aadhaar_number"} == wanted
    assert not holds_aadhaar(answer.text)


async def test_after_a_try_at_every_other_door_there_is_none_in_the_database(
    people: People, platform: Platform, upload: Callable[..., Awaitable[httpx2.Response]]
):
    owner = await people.owner()
    student = {"first_name": "Asha", "phone": "+919812300001"}
    assert (await owner.post("/students", student, headers={"x-request-id": "234567890124"})).is_success
    search = {"search": NUMBER}
    assert (await owner.get("/students/export", params=search)).is_success

    rows = [student | {"phone": "+919812300002", "notes": NUMBER}, {"first_name": NUMBER, NUMBER: NUMBER}]
    refused = await owner.post("/students/bulk-import", {"students": rows})
    assert refused.status_code == 422
    assert "aadhaar_number" in refused.text
    assert not holds_aadhaar(refused.text)

    table = io.StringIO()
    csv.writer(table).writerows(
        [
            ["Name", "Mobile", "Email", "Remarks", "Aadhaar No", f"No {NUMBER}"],
            ["Ravi", "9812300003", "", f"card {NUMBER}", NUMBER, "1"],
            [NUMBER, "9812300004", "", "", NUMBER, "1"],
            ["Om", "9812300005", "234567890124@example.in", "", "", ""],
        ]
    )
    taken = await upload(owner, table.getvalue().encode())
    assert taken.status_code == 200, taken.text
    assert not holds_aadhaar(taken.text)
    assert [row["status"] for row in taken.json()["data"]["rows"]] == ["created", "created", "failed"]
    named = {"file": (f"card {NUMBER}.csv", b"Name,Mobile\nOm,9812300006\n")}
    refused = await owner.post("/students/import", files=named)
    assert refused.json()["error"]["details"][0]["field"] == "file"

    key = {"idempotency-key": NUMBER}
    refused = await owner.post("/students", student | {"phone": "+919812300007"}, headers=key)
    assert refused.json()["error"]["details"][0]["field"] == "Idempotency-Key"

    assert await _kept(platform, TenantId(UUID(owner.tenant_id))) == []


async def _kept(platform: Platform, tenant_id: TenantId) -> list[str]:
    """Rows in which a number stands, of all tables that the application may read."""
    kept = []
    async with platform.tenancy.connection(tenant_id) as connection:
        tables = await connection.column(
            """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                AND has_table_privilege(c.oid, 'SELECT')
            """
        )
        assert {"students.students", "audit.entries"} <= set(tables)
        for table in set(tables) - {"audit.links"}:  # hashes, in which any digits stand
            rows = await connection.column(f"SELECT t::text FROM {table} t")
            kept += [f"{table}: {row}" for row in rows if holds_aadhaar(row)]
    return kept
