"""What the tests of this room share: a hall, and how refusals are read."""

from typing import Any

from tests.people import Person


async def open_hall(owner: Person, name: str = "Hall", **fields: Any) -> dict[str, Any]:
    answer = await owner.post("/libraries", {"name": name} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def faults_of(answer: Any) -> set[tuple[str, str]]:
    return {(fault["field"], fault["code"]) for fault in answer.json()["error"]["details"]}


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def furnish(owner: Person, **rows: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A library and a zone in it."""
    library = await open_hall(owner)
    answer = await owner.post(f"/libraries/{library['id']}/zones", {"name": "Silent"} | rows)
    assert answer.status_code == 201, answer.text
    return library, answer.json()["data"]
