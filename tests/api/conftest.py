"""Tokens signed by hand with the platform's own key: any role, any age, without a sign-in."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.people import People, Person

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import new_id
from studyspot.kernel.settings import Settings
from studyspot.kernel.tokens import AUDIENCE, sign
from studyspot.kernel.vault import Vault
from studyspot.services.auth.rules import PERMISSIONS
from studyspot.services.auth.service.keys import Keys

Token = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
async def token(platform: Platform, settings: Settings) -> Token:
    """`token("owner@tenant", tenant_id)` gives the headers of somebody in that role."""
    assert settings.secret_key is not None
    key = await Keys(platform.control, Vault(settings.secret_key.get_secret_value())).signing_key()

    def make(
        role: str,
        tenant_id: str | None = None,
        *,
        account_id: str | None = None,
        subject_id: str | None = None,
        lives_seconds: int = 900,
    ) -> dict[str, str]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": settings.token_issuer,
            "aud": AUDIENCE,
            "sub": account_id or str(new_id()),
            "sid": str(new_id()),
            "jti": str(new_id()),
            "iat": now - 1000,
            "nbf": now - 1000,
            "exp": now + lives_seconds,
            "role": role.removesuffix("@tenant"),
            "permissions": sorted(PERMISSIONS[role]),
        }
        if role.endswith("@tenant"):
            claims |= {"tenant_id": tenant_id, "subject_id": subject_id}
        headers = {"authorization": f"Bearer {sign(key, claims)}"}
        return headers if "tenant_id" in claims else headers | {"x-tenant-id": tenant_id or ""}

    return make


@pytest.fixture(scope="module")
async def house(people: People) -> Person:
    """The owner of a business that these tests share."""
    return await people.owner()


@pytest.fixture(scope="session")
async def foreign_ids(people: People) -> dict[str, str]:
    """One object of each kind in somebody else's business, by the prefix of its address."""
    stranger = await people.owner()

    async def make(path: str, body: dict[str, Any]) -> Any:
        answer = await stranger.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    library = (await make("/libraries", {"name": "Far away"}))["id"]
    zone = (await make(f"/libraries/{library}/zones", {"name": "Far away"}))["id"]
    seats = await make(f"/libraries/{library}/seats", {"zone_id": zone, "codes": ["F1", "F2"]})
    shift = {"name": "Far away", "starts": "06:00", "ends": "12:00"}
    student = (await make("/students", {"first_name": "Far", "phone": "+919811100000"}))["id"]
    starts = datetime.now(UTC) + timedelta(days=1)
    ends = (starts + timedelta(hours=1)).isoformat()
    booking = {
        "library_id": library,
        "student_id": student,
        "starts_at": starts.isoformat(),
        "ends_at": ends,
    }
    outage = {"seat_id": seats[0]["id"], "reason": "Far away", "starts_at": ends}
    plan = {"library_id": library, "name": "Far", "kind": "unreserved", "period": "daily", "price": 100}
    charge = {"library_id": library, "student_id": student, "kind": "fine", "label": "Far", "amount": 100}
    payment = {"library_id": library, "student_id": student, "method": "cash", "amount": 100}
    expense = {"library_id": library, "category": "rent", "amount_paise": 100}
    drawer = {"library_id": library, "opening_paise": 100}
    waiver = {"charge_id": (await make("/payments/charges", charge))["id"], "amount": 1, "reason": "Far"}
    ticket = {"library_id": library, "student_id": student, "title": "Far", "description": "Far away"}
    ticket_id = (await make("/tickets", ticket))["id"]
    lead = await make("/leads", {"name": "Far", "phone": "+919811100077"})
    friend = (await make("/students", {"first_name": "Friend", "phone": "+919811100078"}))["student_code"]
    brought = await make("/students", {"first_name": "Brought", "phone": "+919811100080"})
    referral = {"code": friend, "student_id": brought["id"]}
    seat_plan = {"library_id": library, "name": "Seat", "kind": "reserved", "period": "daily", "price": 100}
    shift_id = (await make(f"/libraries/{library}/shifts", shift))["id"]
    waiting = {
        "student_id": student,
        "plan_id": (await make("/fee-plans", seat_plan))["id"],
        "shift_ids": [shift_id],
        "starts_on": str(starts.date()),
    }
    plan_id = (await make("/fee-plans", plan))["id"]
    brought = await stranger.post(
        "/memberships/import",
        files={"file": ("far.csv", b"Name,Mobile,From,To\nFar,9811100001,01/11,30/11\n")},
        params={"library_id": library},
    )
    assert brought.status_code == 200, brought.text
    membership = {"student_id": student, "plan_id": plan_id, "starts_on": str(starts.date())}
    paper = {"kind": "pan", "last_four": "123F"}
    payment_id = (await make("/payments", payment))["id"]
    receipt = (await stranger.get(f"/payments/{payment_id}/receipt")).json()["data"]
    await make("/attendance/check-in", {"library_id": library, "student_id": student})
    assert (await stranger.post("/attendance/leave", {"student_id": student})).status_code == 200
    (leave,) = (await stranger.get("/attendance/leaves")).json()["data"]
    seated = {
        "student_id": (await make("/students", {"first_name": "Third", "phone": "+919811100079"}))["id"],
        "plan_id": waiting["plan_id"],
        "seat_id": seats[1]["id"],
        "shift_ids": [shift_id],
        "starts_on": str((starts + timedelta(days=3)).date()),
    }
    seated_id = (await make("/memberships", seated))["id"]
    days = {"first_on": seated["starts_on"], "last_on": seated["starts_on"]}
    (absence,) = await make(f"/memberships/{seated_id}/absences", days)
    soon = {"from_on": "2020-01-01", "status": "unregistered", "state_code": "27"}
    guardian = {"name": "Far", "relation": "other", "phone": "+919811100001"}
    return {
        "/api/v1/students/guardians": (await make(f"/students/{student}/guardians", guardian))["id"],
        "/api/v1/students/id-proofs": (await make(f"/students/{student}/id-proofs", paper))["id"],
        "/api/v1/fee-plans": plan_id,
        "/api/v1/coupons": (await make("/coupons", {"code": "FAR", "kind": "fixed", "value": 100}))["id"],
        "/api/v1/memberships": (await make("/memberships", membership))["id"],
        "/api/v1/memberships/imports": brought.json()["data"]["import_id"],
        "/api/v1/libraries": library,
        "/api/v1/libraries/zones": zone,
        "/api/v1/libraries/tax-registrations": (await make(f"/libraries/{library}/tax-registrations", soon))[
            "id"
        ],
        "/api/v1/memberships/absences": absence["id"],
        "/api/v1/attendance/leaves": leave["id"],
        "/api/v1/payments/papers": receipt["id"],
        "/api/v1/libraries/seats": seats[0]["id"],
        "/api/v1/libraries/shifts": shift_id,
        "/api/v1/bookings": (await make("/bookings", booking))["id"],
        "/api/v1/bookings/outages": (await make("/bookings/outages", outage))["id"],
        "/api/v1/attendance/students": student,
        "/api/v1/waitlist": (await make("/waitlist", waiting))["id"],
        "/api/v1/payments": payment_id,
        "/api/v1/payments/charges": (await make("/payments/charges", charge))["id"],
        "/api/v1/payments/expenses": (await make("/payments/expenses", expense))["id"],
        "/api/v1/payments/approvals": (await make("/payments/approvals", {"waiver": waiver}))["id"],
        "/api/v1/payments/drawer-sessions": (await make("/payments/drawer-sessions", drawer))["id"],
        "/api/v1/payments/students": student,
        "/api/v1/students": student,
        "/api/v1/students/me/academic-goals": student,
        "/api/v1/students/me/tickets": ticket_id,
        "/api/v1/tickets": ticket_id,
        "/api/v1/leads": lead["id"],
        "/api/v1/referrals": (await make("/referrals", referral))["id"],
        "/api/v1/users": (await people.member(stranger, "staff")).account_id,
        # Staff are looked up among the platform's only, and whoever may look up tenants sees all of them.
        "/api/v1/admin/users": stranger.account_id,
        "/api/v1/tenants": stranger.account_id,
    }
