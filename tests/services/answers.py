"""How the tests of the rooms read answers."""

from typing import Any

import httpx2
from tests.people import Person


async def made(owner: Person, path: str, body: dict[str, Any]) -> Any:
    """What was made by it."""
    answer = await owner.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    """The code is empty when nothing is wrong."""
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def faults_of(answer: httpx2.Response) -> set[tuple[str, str]]:
    return {(fault["field"], fault["code"]) for fault in answer.json()["error"]["details"]}


async def taxed(owner: Person, library_id: str, **fields: Any) -> dict[str, Any]:
    """Registers the library with GST from long ago on, as a regular one unless said otherwise."""
    body = {
        "from_on": "2020-04-01",
        "status": "regular",
        "legal_name": "Asha Reading Rooms",
        "gstin": "27AAPFU0939F1ZV",
        "state_code": "27",
    }
    registration: dict[str, Any] = await made(
        owner, f"/libraries/{library_id}/tax-registrations", body | fields
    )
    return registration
