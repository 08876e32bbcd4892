"""The whole API against its own document, with inputs that Schemathesis makes from it: good and bad ones."""

import asyncio
import copy
import itertools
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.api.conftest import Token
from tests.api.document import DOCUMENT
from tests.people import PASSWORD, People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.kernel.validation import read_value
from studyspot.services.students.contract import NewStudent
from studyspot.services.tenants.contract import TenantChange

CREATED = 201
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
]


def _signed_in() -> dict[str, Any]:
    """Who asks, and for which tenant, is set by the fuzzer and tested elsewhere."""
    document = copy.deepcopy(DOCUMENT)
    for item in document["paths"].values():
        for operation in item.values():
            operation["parameters"] = [
                one for one in operation.get("parameters", ()) if one["in"] != "header"
            ]
    return document


# Twenty rotations in a quarter of an hour make every token invalid, those of other tests too.
schema = schemathesis.openapi.from_dict(_signed_in()).exclude(path="/api/v1/auth/keys/rotate")


class Fuzzer:
    """Sends what Schemathesis made, as one person, and checks the answer.

    Good data gets the id and the version of something that is there, so that it gets as far as the database.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, client: httpx2.AsyncClient, headers: dict[str, str]
    ) -> None:
        self._loop = loop
        self._client = client
        self._headers = headers
        self._made: defaultdict[str, list[str]] = defaultdict(list)
        """Ids by the address where they were made."""

    def check(self, case: schemathesis.Case) -> None:
        if case.meta is not None and case.meta.generation.mode.is_positive and not _is_probe(case):
            self._deepen(case)
        kwargs = case.as_transport_kwargs(base_url="http://studyspot.test", headers=self._headers)
        prepared = requests.Request(**kwargs).prepare()
        content = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        request = self._client.build_request(
            str(prepared.method), str(prepared.url), headers=dict(prepared.headers), content=content
        )
        answer = self._loop.run_until_complete(self._client.send(request))
        skipped = {negative_data_rejection} if _is_let_through(case) else set()
        checks = [check for check in CHECKS if check not in skipped]
        case.validate_response(answer, checks=checks)
        if case.method == "POST" and case.operation.path in NEW and answer.status_code == CREATED:
            self._made[case.operation.path].append(answer.json()["data"]["id"])

    def _deepen(self, case: schemathesis.Case) -> None:
        collection = case.operation.path.partition("/{")[0]
        if case.path_parameters and collection in {
            *NEW,
            *IN_A_LIBRARY,
            OUTAGES,
            GUARDIANS,
            ID_PROOFS,
            *FUZZED,
        }:
            made = self._made[collection]
            if not made:
                made.append(self._make(collection))
            one = made.pop() if case.method == "DELETE" else made[-1]
            case.path_parameters = dict.fromkeys(case.path_parameters, one)
        if isinstance(case.body, dict):
            self._deepen_body(case, case.body)

    def _deepen_body(self, case: schemathesis.Case, body: dict[str, Any]) -> None:
        path = case.operation.path
        if case.method == "POST" and path in FUZZED:
            case.body = self._new(path) | {name: body[name] for name in body.keys() & FUZZED[path]}
        elif case.method == "POST" and path == OUTAGES:
            body["seat_id"] = self._make("/api/v1/libraries/seats")
        elif path.endswith("/consents"):
            body["guardian_id"] = self._make_guardian(case.formatted_path.rpartition("/")[0])
        elif path.endswith(("/quote", "/change")):
            body |= {"zone_id": None, "shift_ids": []}
            if path.endswith("/quote"):
                body |= {"student_id": self._make("/api/v1/students"), "coupon_code": None}
        elif "zone_id" in body:
            library = (case.path_parameters or {}).get("library_id")
            if library is None:
                library = self._ask("GET", case.formatted_path)["library_id"]
            body["zone_id"] = self._make_in(library, "zones")["id"]
        if "version" in body:
            one = case.formatted_path
            if case.method == "POST":  # something that is done to it
                one = one.rpartition("/")[0]
            body["version"] = self._ask("GET", one)["version"]

    def _make(self, collection: str) -> str:
        """One more object of that collection; its id."""
        if collection in IN_A_LIBRARY:
            return self._make_in(self._make("/api/v1/libraries"), collection.rpartition("/")[2])["id"]
        if collection == ID_PROOFS:
            student = f"/api/v1/students/{self._make('/api/v1/students')}"
            return self._ask("POST", f"{student}/id-proofs", json={"kind": "pan", "last_four": "123F"})["id"]
        if collection == GUARDIANS:
            return self._make_guardian(f"/api/v1/students/{self._make('/api/v1/students')}")
        return self._ask("POST", collection, json=self._new(collection))["id"]

    def _make_guardian(self, student: str) -> str:
        """Of the student at that address; there was one when nobody else has a place."""
        body = {"name": "Fuzzed", "relation": "other", "phone": f"+9197{next(_numbers):08}"}
        known = self._ask("GET", f"{student}/guardians")
        return (known or [self._ask("POST", f"{student}/guardians", json=body)])[0]["id"]

    def _new(self, collection: str) -> dict[str, Any]:
        """What makes one more."""
        makers: dict[str, Callable[[], dict[str, Any]]] = NEW | {
            BOOKINGS: self._new_booking,
            FEE_PLANS: self._new_plan,
            COUPONS: lambda: {"code": f"FUZZED-{next(_numbers)}", "kind": "percentage", "value": 1000},
            MEMBERSHIPS: self._new_membership,
            WAITLIST: self._new_waiting,
            OUTAGES: lambda: {"seat_id": self._make("/api/v1/libraries/seats"), "reason": "Fuzzed"},
            PAYMENTS: lambda: self._new_money() | {"method": "cash"},
            CHARGES: lambda: self._new_money() | {"kind": "fine", "label": "Fuzzed"},
            REFERRALS: self._new_referral,
            TICKETS: lambda: {
                "library_id": self._make("/api/v1/libraries"),
                "title": "Fuzzed",
                "description": "Fuzzed",
            },
            EXPENSES: lambda: {
                "library_id": self._make("/api/v1/libraries"),
                "category": "rent",
                "amount_paise": 100,
            },
            DRAWERS: lambda: {"library_id": self._make("/api/v1/libraries"), "opening_paise": 100},
            APPROVALS: lambda: {
                "waiver": {"charge_id": self._make(CHARGES), "amount": 100, "reason": "Fuzzed"}
            },
            TRANSFERS: lambda: {
                "library_id": self._make("/api/v1/libraries"),
                "direction": "in",
                "pocket": "bank",
                "amount_paise": 100,
            },
        }
        return makers[collection]()

    def _new_booking(self) -> dict[str, Any]:
        library = self._make("/api/v1/libraries")
        self._make_in(library, "seats")
        starts = datetime.now(UTC) + timedelta(hours=1)
        return {
            "library_id": library,
            "student_id": self._make("/api/v1/students"),
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=1)).isoformat(),
        }

    def _new_plan(self) -> dict[str, Any]:
        library = self._make("/api/v1/libraries")
        self._make_in(library, "seats")
        return {
            "library_id": library,
            "name": f"Fuzzed {next(_numbers)}",
            "kind": "unreserved",
            "period": "monthly",
            "price": 100_000,
        }

    def _new_referral(self) -> dict[str, Any]:
        friend = self._ask("POST", "/api/v1/students", json=NEW["/api/v1/students"]())
        return {"code": friend["student_code"], "student_id": self._make("/api/v1/students")}

    def _new_money(self) -> dict[str, Any]:
        library, student = self._make("/api/v1/libraries"), self._make("/api/v1/students")
        return {"library_id": library, "student_id": student, "amount": 100}

    def _new_membership(self) -> dict[str, Any]:
        return {
            "student_id": self._make("/api/v1/students"),
            "plan_id": self._make(FEE_PLANS),
            "starts_on": str(datetime.now(UTC).date()),
        }

    def _new_waiting(self) -> dict[str, Any]:
        plan = self._new_plan() | {"kind": "reserved"}
        return {
            "student_id": self._make("/api/v1/students"),
            "plan_id": self._ask("POST", FEE_PLANS, json=plan)["id"],
            "shift_ids": [self._make_in(plan["library_id"], "shifts")["id"]],
            "starts_on": str(datetime.now(UTC).date()),
        }

    def _make_in(self, library_id: str, kind: str) -> dict[str, Any]:
        """A zone, a seat or a shift of a library."""
        body = IN_A_LIBRARY[f"/api/v1/libraries/{kind}"]()
        if kind == "seats":
            body["zone_id"] = self._make_in(library_id, "zones")["id"]
        made = self._ask("POST", f"/api/v1/libraries/{library_id}/{kind}", json=body)
        return made[0] if kind == "seats" else made

    def _ask(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = self._loop.run_until_complete(
            self._client.request(method, path, headers=self._headers, **kwargs)
        )
        assert answer.is_success, answer.text
        return answer.json()["data"]


BOOKINGS, OUTAGES, FEE_PLANS = "/api/v1/bookings", "/api/v1/bookings/outages", "/api/v1/fee-plans"
MEMBERSHIPS, WAITLIST = "/api/v1/memberships", "/api/v1/waitlist"
ID_PROOFS = "/api/v1/students/id-proofs"
GUARDIANS = "/api/v1/students/guardians"
PAYMENTS, CHARGES = "/api/v1/payments", "/api/v1/payments/charges"
EXPENSES, TICKETS = "/api/v1/payments/expenses", "/api/v1/tickets"
DRAWERS, TRANSFERS = "/api/v1/payments/drawer-sessions", "/api/v1/payments/cash-transfers"
APPROVALS = "/api/v1/payments/approvals"
REFERRALS, COUPONS = "/api/v1/referrals", "/api/v1/coupons"
FUZZED = {
    BOOKINGS: {"hold"},
    FEE_PLANS: {"features", "deposit", "sibling_rate", "welcome_rate", "referral_reward"},
    COUPONS: {"description", "uses_max", "uses_each", "is_for_new", "is_active"},
    MEMBERSHIPS: {"draft", "renews"},
    WAITLIST: set(),
    PAYMENTS: {"amount"},
    CHARGES: {"amount", "label"},
    REFERRALS: set(),
    TICKETS: {"title", "description", "category", "priority"},
    APPROVALS: set(),
    DRAWERS: {"opening_paise"},
    TRANSFERS: {"direction", "pocket", "amount_paise", "note"},
    EXPENSES: {"category", "amount_paise", "payee", "note", "paid"},
}
"""What is left to chance of something new; the rest has to fit."""
_numbers = itertools.count(1)
NEW: dict[str, Callable[[], dict[str, Any]]] = {
    "/api/v1/libraries": lambda: {"name": f"Fuzzed {next(_numbers)}"},
    "/api/v1/students": lambda: {"first_name": "Fuzzed", "phone": f"+9196{next(_numbers):08}"},
    "/api/v1/leads": lambda: {"name": "Fuzzed", "phone": f"+9197{next(_numbers):08}"},
    "/api/v1/students/me/academic-goals": lambda: {"goal": "Fuzzed"},
    "/api/v1/users": lambda: {"first_name": "Fuzzed", "email": f"fuzzed{next(_numbers)}@example.in"},
    "/api/v1/admin/users": lambda: {
        "first_name": "Fuzzed",
        "email": f"fuzzed{next(_numbers)}@studyspot.example",
        "password": PASSWORD,
        "role": "support",
    },
    "/api/v1/tenants": lambda: {"name": "Fuzzed", "email": f"fuzzed{next(_numbers)}@example.in"},
}
"""Something to read, change and delete, by the address where it is made."""
IN_A_LIBRARY: dict[str, Callable[[], dict[str, Any]]] = {
    "/api/v1/libraries/zones": lambda: {"name": f"Fuzzed {next(_numbers)}"},
    "/api/v1/libraries/seats": lambda: {"codes": [f"F{next(_numbers)}"]},
    "/api/v1/libraries/shifts": lambda: {
        "name": f"Fuzzed {next(_numbers)}",
        "starts": "06:00",
        "ends": "06:00",
    },
}
"""The same for what stands in a library, and is addressed by itself."""


def _is_probe(case: schemathesis.Case) -> bool:
    """A method that the document does not know, say."""
    return case.method.lower() != case.operation.method.lower()


def _is_let_through(case: schemathesis.Case) -> bool:
    """`?status=null` counts as not given, and a parameter that nobody knows is not read."""
    given = case.query or {}
    known = {one["name"] for one in case.operation.definition.raw.get("parameters", ())}
    flat = [one for value in given.values() for one in (value if isinstance(value, list) else [value])]
    return None in flat or "null" in flat or not given.keys() <= known


@pytest.fixture(scope="session")
async def business(platform: Platform, people: People) -> Person:
    """One with room for all that is made here."""
    owner = await people.owner("enterprise")
    tenant_id = read_value(owner.tenant_id, TenantId)
    tenant = await platform.tenants.get_tenant(system(), tenant_id=tenant_id)
    wanted = {"version": tenant.version, "max_libraries": 10_000, "max_students": 10_000, "max_staff": 10_000}
    change = read_value(wanted, TenantChange)
    await platform.tenants.change_tenant(system(), tenant_id=tenant_id, change=change)
    return owner


@pytest.fixture(scope="session")
def owner_fuzzer(
    loop: asyncio.AbstractEventLoop, client: httpx2.AsyncClient, token: Token, business: Person
) -> Fuzzer:
    headers = token("owner@tenant", business.tenant_id, account_id=business.account_id)
    return Fuzzer(loop, client, headers)


@pytest.fixture(scope="session")
async def super_admin(people: People) -> Person:
    return await people.platform_user("super_admin")


@pytest.fixture(scope="session")
def super_admin_fuzzer(
    loop: asyncio.AbstractEventLoop,
    client: httpx2.AsyncClient,
    token: Token,
    business: Person,
    super_admin: Person,
) -> Fuzzer:
    headers = token("super_admin", business.tenant_id, account_id=super_admin.account_id)
    return Fuzzer(loop, client, headers)


@pytest.fixture(scope="session")
async def student(platform: Platform, business: Person) -> str:
    """Not made over HTTP: the owner may have been signed out everywhere by then."""
    new = read_value(NEW["/api/v1/students"](), NewStudent)
    caller = system(tenant_id=read_value(business.tenant_id, TenantId))
    return str((await platform.students.create_student(caller, student=new)).id)


@pytest.fixture(scope="session")
def student_fuzzer(
    loop: asyncio.AbstractEventLoop, client: httpx2.AsyncClient, token: Token, business: Person, student: str
) -> Fuzzer:
    headers = token("student@tenant", business.tenant_id, account_id=business.account_id, subject_id=student)
    return Fuzzer(loop, client, headers)


def _fuzzed(examples: int) -> settings:
    # Not derandomized: what one run does not find, another may; Hypothesis prints how to repeat it.
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )


def _asker(operation: Any) -> str:
    """Who asks in the short run, of those who may."""
    roles = operation.definition.raw.get("x-roles", ["owner@tenant"])
    return next(one for one in ("owner@tenant", "student@tenant", "super_admin") if one in roles)


for_owners = schema.include(lambda context: _asker(context.operation) == "owner@tenant")
for_students = schema.include(lambda context: _asker(context.operation) == "student@tenant")
for_operators = schema.include(lambda context: _asker(context.operation) == "super_admin")


@for_owners.parametrize()
@_fuzzed(4)
def test_an_owner_gets_what_the_document_says(case: schemathesis.Case, owner_fuzzer: Fuzzer):
    owner_fuzzer.check(case)


@for_students.parametrize()
@_fuzzed(4)
def test_a_student_gets_what_the_document_says(case: schemathesis.Case, student_fuzzer: Fuzzer):
    student_fuzzer.check(case)


@for_operators.parametrize()
@_fuzzed(4)
def test_a_super_admin_gets_what_the_document_says(case: schemathesis.Case, super_admin_fuzzer: Fuzzer):
    super_admin_fuzzer.check(case)


@pytest.mark.drill
@for_owners.parametrize()
@_fuzzed(200)
def test_an_owner_gets_it_for_long(case: schemathesis.Case, owner_fuzzer: Fuzzer):
    owner_fuzzer.check(case)


@pytest.mark.drill
@for_students.parametrize()
@_fuzzed(200)
def test_a_student_gets_it_for_long(case: schemathesis.Case, student_fuzzer: Fuzzer):
    student_fuzzer.check(case)


@pytest.mark.drill
@schema.exclude(lambda context: _asker(context.operation) == "student@tenant").parametrize()
@_fuzzed(200)
def test_a_super_admin_gets_it_for_long(case: schemathesis.Case, super_admin_fuzzer: Fuzzer):
    super_admin_fuzzer.check(case)
