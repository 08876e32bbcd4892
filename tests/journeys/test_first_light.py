"""The main job, as an owner does it on the first day."""

import httpx2
from tests.people import PASSWORD


async def test_an_owner_registers_and_keeps_students(client: httpx2.AsyncClient):
    registration = {
        "first_name": "Meera",
        "business_name": "Meera Reading Room",
        "email": "meera@example.in",
        "phone": "98111 22333",
        "password": PASSWORD,
    }

    answer = await client.post("/api/v1/auth/register", json=registration)

    assert answer.status_code == 201
    tokens = answer.json()["data"]["tokens"]
    signed_in = {"authorization": f"Bearer {tokens['access_token']}"}
    library = await client.post("/api/v1/libraries", json={"name": "Main hall"}, headers=signed_in)
    assert library.status_code == 201
    student = {"first_name": "Ravi", "phone": "98765 43210", "library_id": library.json()["data"]["id"]}
    created = await client.post("/api/v1/students", json=student, headers=signed_in)
    assert created.json()["data"]["phone"] == "+919876543210"
    found = await client.get("/api/v1/students", params={"search": "rav"}, headers=signed_in)
    assert [one["first_name"] for one in found.json()["data"]] == ["Ravi"]
    change = {"version": 1, "last_name": "Verma"}
    changed = await client.put(
        f"/api/v1/students/{created.json()['data']['id']}", json=change, headers=signed_in
    )
    assert changed.json()["data"]["last_name"] == "Verma"
