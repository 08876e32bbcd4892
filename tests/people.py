"""The cast of the tests: owners, staff, students and operators, each with a signed-in client."""

import itertools
from typing import Any

import httpx2
import msgspec

from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.kernel.validation import read_value
from studyspot.services.tenants.contract import Registration, TenantChange
from studyspot.services.users.contract import NewMember, NewPlatformUser
from tests.topology import Topology

PASSWORD = "a quiet seat by the window"
_NUMBERS = itertools.count(1)


class Person(msgspec.Struct):
    """Somebody signed in. `get`, `post`, `put` and `delete` speak to the API as them."""

    client: httpx2.AsyncClient
    email: str
    account_id: str
    tenant_id: str | None
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access_token}"}

    async def get(self, path: str, **kwargs: Any) -> httpx2.Response:
        return await self._send("GET", path, **kwargs)

    async def post(self, path: str, json: Any = None, **kwargs: Any) -> httpx2.Response:
        return await self._send("POST", path, **({"json": json} if json is not None else {}), **kwargs)

    async def put(self, path: str, json: Any = None, **kwargs: Any) -> httpx2.Response:
        return await self._send("PUT", path, json=json, **kwargs)

    async def delete(self, path: str, **kwargs: Any) -> httpx2.Response:
        return await self._send("DELETE", path, **kwargs)

    async def _send(self, method: str, path: str, **kwargs: Any) -> httpx2.Response:
        headers = self.headers | kwargs.pop("headers", {})
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **kwargs)


class People:
    """Makes people. Each call makes somebody new."""

    def __init__(self, topology: Topology, client: httpx2.AsyncClient) -> None:
        self._topology = topology
        self._platform = topology.platform
        self._client = client

    async def owner(self, plan: str = "professional") -> Person:
        number = next(_NUMBERS)
        given = {
            "first_name": "Asha",
            "last_name": "Rao",
            "business_name": f"Quiet Corner {number}",
            "email": f"owner{number}@example.in",
            "password": PASSWORD,
        }
        registration = read_value(given, Registration)
        signed_in = await self._platform.tenants.register(system(), registration=registration)
        tenant_id = signed_in.user.tenant_id
        assert tenant_id is not None
        if plan != "free":
            tenant = await self._platform.tenants.get_tenant(system(), tenant_id=tenant_id)
            change = read_value({"version": tenant.version, "subscription_plan": plan}, TenantChange)
            await self._platform.tenants.change_tenant(system(), tenant_id=tenant_id, change=change)
            self._topology.forget(tenant_id)
        return self._person(signed_in)

    async def member(self, owner: Person, role: str) -> Person:
        """Somebody who works for the owner's business."""
        email = f"{role}{next(_NUMBERS)}@example.in"
        given = {"email": email, "first_name": "Mohan", "password": PASSWORD, "role": role}
        assert owner.tenant_id is not None
        as_system = system(tenant_id=TenantId(_uuid(owner.tenant_id)))
        await self._platform.users.add_member(as_system, member=read_value(given, NewMember))
        return await self.sign_in(email)

    async def platform_user(self, role: str) -> Person:
        email = f"{role}{next(_NUMBERS)}@studyspot.example"
        given = {"email": email, "first_name": "Olga", "password": PASSWORD, "role": role}
        user = read_value(given, NewPlatformUser)
        await self._platform.users.create_platform_user(system(), user=user)
        return await self.sign_in(email)

    async def sign_in(self, email: str, password: str = PASSWORD) -> Person:
        answer = await self._client.post("/api/v1/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        return Person(
            self._client,
            email,
            data["user"]["id"],
            data["user"]["tenant_id"],
            data["tokens"]["access_token"],
            data["tokens"]["refresh_token"],
        )

    def _person(self, signed_in: Any) -> Person:
        return Person(
            self._client,
            signed_in.user.email,
            str(signed_in.user.id),
            str(signed_in.user.tenant_id),
            signed_in.tokens.access_token,
            signed_in.tokens.refresh_token,
        )


def _uuid(text: str) -> Any:
    return msgspec.convert(text, TenantId)
