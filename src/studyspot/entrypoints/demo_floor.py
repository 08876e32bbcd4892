"""What stands in the demo's libraries, how their day is divided, and what they sell."""

from typing import Any

import msgspec

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import Caller
from studyspot.kernel.values import ClockTime
from studyspot.services.libraries.contract import Library, NewFeePlan, NewSeats, NewShift, NewZone

ZONES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"name": "Main hall", "is_air_conditioned": True},
        {"rows": {"first": "A", "last": "D", "each": 15}, "features": ["Lamp", "Socket"]},
    ),
    (
        {"name": "Silent room", "is_air_conditioned": True, "is_silent": True},
        {"rows": {"first": "E", "last": "E", "each": 10}, "features": ["Lamp", "Socket", "Partition"]},
    ),
    ({"name": "Women's zone", "is_for_women": True}, {"rows": {"first": "W", "last": "W", "each": 10}}),
    (
        {"name": "Lockers"},
        {"kind": "locker", "codes": [f"L{number:02}" for number in range(1, 21)]},
    ),
]
SHIFTS = [
    ("Morning", "06:00", "14:00"),
    ("Evening", "14:00", "22:00"),
    ("Night", "22:00", "06:00"),
    ("Full day", "06:00", "22:00"),
]
PLANS: list[dict[str, Any]] = [
    {
        "name": "Monthly, a seat of your own",
        "kind": "reserved",
        "period": "monthly",
        "price": 800_00,
        "registration_fee": 200_00,
        "deposit": 500_00,
        "late_fee": 50_00,
        "is_popular": True,
        "features": ["Wi-Fi", "RO water"],
    },
    {
        "name": "Monthly, any free seat",
        "kind": "unreserved",
        "period": "monthly",
        "hours_a_day": 8,
        "price": 600_00,
        "registration_fee": 200_00,
    },
    {"name": "Day pass", "kind": "unreserved", "period": "daily", "price": 60_00},
]
"""Prices in paise."""


async def furnish(platform: Platform, owner: Caller, library: Library) -> None:
    """Makes what is not there yet."""
    libraries, library_id = platform.libraries, library.id
    known = await libraries.list_zones(owner, library_id=library_id, page=1, limit=100)
    zones = {zone.name: zone for zone in known.items}
    for described, seats in ZONES:
        zone = zones.get(described["name"])
        if zone is None:
            new = msgspec.convert(described, NewZone)
            zone = await libraries.create_zone(owner, library_id=library_id, zone=new)
        if not zone.seats + zone.lockers:
            wanted = msgspec.convert({"zone_id": zone.id, **seats}, NewSeats)
            await libraries.create_seats(owner, library_id=library_id, seats=wanted)
    shifts = await libraries.list_shifts(owner, library_id=library_id, page=1, limit=100)
    is_open_at_night = library.opening_time == library.closing_time
    for name, starts, ends in SHIFTS:
        if name not in {shift.name for shift in shifts.items} and (is_open_at_night or name != "Night"):
            shift = NewShift(name=name, starts=ClockTime(starts), ends=ClockTime(ends))
            await libraries.create_shift(owner, library_id=library_id, shift=shift)
    plans = await libraries.list_plans(owner, library_id=library_id, page=1, limit=100)
    for plan in PLANS:
        if plan["name"] not in {one.name for one in plans.items}:
            new_plan = msgspec.convert({"library_id": library_id, **plan}, NewFeePlan)
            await libraries.create_plan(owner, plan=new_plan)
