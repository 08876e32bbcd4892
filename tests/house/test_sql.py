"""SQL stands in one file of a room, about that room's own tables, and PostgreSQL understands all of it."""

import ast
import importlib
import inspect
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from tests.house.source import ROOM_NAMES, SOURCE, modules, place, strings, tree
from tests.people import People

from studyspot.entrypoints.floorplan import ROOMS, control_history, tenant_history
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.ids import TenantId
from studyspot.kernel.migrations import History
from studyspot.tenancy.engine import KERNEL_SCHEMA

STATEMENT = re.compile(
    r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|GRANT)\s", re.MULTILINE
)
SCHEMAS = [*ROOM_NAMES, "tenancy"]
READ_BY_AGREEMENT = {
    "auth": {"users.published_memberships", "tenancy.tenants"},
    "bookings": {
        "libraries.published_seats",
        "libraries.published_libraries",
        "libraries.published_coupons",
        "students.published_students",
        "students.published_hold",
        "students.published_minors",
        "students.published_referrals",
        "payments.published_bills",
        "payments.published_dues",
    },
    "payments": {
        "students.published_students",
        "students.published_recipients",
        "libraries.published_registrations",
    },
    "libraries": {
        "students.published_students_by_library",
        "students.published_students",
        "students.published_siblings",
        "students.published_referrals",
        "bookings.published_taken",
        "bookings.published_members",
        "bookings.published_redemptions",
        "bookings.published_sales",
        "payments.published_dues",
        "payments.published_cash",
    },
    "students": {
        "bookings.published_terms",
        "bookings.published_visits",
        "bookings.published_bookings",
        "bookings.published_leaves",
        "bookings.published_waitlist",
        "bookings.published_taken",
        "bookings.published_members",
        "bookings.published_sales",
        "payments.published_dues",
        "payments.published_holdings",
    },
    "tenants": {"tenancy.tenants", "tenancy.placements", "tenancy.cells"},
    "users": {"tenancy.tenants"},
}
"""Rooms of the control database that read the registry, or a view that another room publishes."""
MADE_WHEN_CALLED = {"services/students/store/records.py update_students"}
"""Their column names are chosen in the function, from the code's own words."""
SQL_ARGUMENT = {"all": 1, "one": 1, "page": 1, "value": 0, "column": 0, "run": 0}


def stores(room: str) -> list[Path]:
    """A file, or a folder of them."""
    return [path for path in modules() if place(path).startswith(f"services/{room}/store")]


STORES = [path for room in ROOM_NAMES for path in stores(room)]


@pytest.mark.parametrize("path", modules(), ids=place)
def test_sql_stands_only_in_stores(path: Path):
    floor = place(path).partition("/")[0]
    if floor in {"kernel", "tenancy"} or path in STORES or place(path) == "entrypoints/setup.py":
        return

    assert [text for text in strings(path) if STATEMENT.search(text)] == []


@pytest.mark.parametrize("room", ROOM_NAMES)
def test_a_store_names_no_other_rooms_tables(room: str):
    named = {
        name
        for path in stores(room)
        for text in strings(path)
        for name in re.findall(rf"\b(?:{'|'.join(SCHEMAS)})\.[a-z_]+\b", text)
        if not name.startswith(f"{room}.")
    }

    assert named <= READ_BY_AGREEMENT.get(room, set())


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_migration_names_other_rooms_only_in_foreign_keys(room):
    for path in room.migrations.glob("*.sql"):
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        text = re.sub(r"REFERENCES [a-z_.]+ \([a-z_, ]+\)", "", text)
        named = set(re.findall(rf"\b(?:{'|'.join(SCHEMAS)})\.[a-z_]+\b", text))

        assert {name for name in named if not name.startswith(f"{room.name}.")} == set()


@pytest.mark.parametrize("history", [control_history(), tenant_history()], ids=["control", "tenant"])
def test_migrations_are_numbered_without_a_gap(history: History):
    """A late one could otherwise slip in below the number that every database has reached already. One that
    both histories have gets its number in the longer one, and the other goes on from there.
    """
    shared = {int(path.name[:4]) for path in KERNEL_SCHEMA.glob("*.sql")}
    numbers = [one.number for one in history.migrations]
    late = [number for before, number in itertools.pairwise([0, *numbers]) if number != before + 1]

    assert set(late) <= (shared if history == control_history() else set())


class Statement(msgspec.Struct, frozen=True):
    where: str
    sql: str


def _statements(path: Path) -> Iterator[Statement]:
    """What each function of a store sends, for every combination of its flags."""
    module = importlib.import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))
    for function in tree(path).body:
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        where = f"{place(path)} {function.name}"
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                position = SQL_ARGUMENT.get(call.func.attr, len(call.args))
                text = call.args[position] if position < len(call.args) else None
                if isinstance(text, ast.JoinedStr | ast.Constant):
                    yield from _written_out(where, text, module, function.name)


def _written_out(where: str, text: ast.expr, module: ModuleType, name: str) -> Iterator[Statement]:
    code = compile(ast.Expression(text), where, "eval")
    parameters = inspect.signature(getattr(module, name)).parameters.values()
    flags = [one.name for one in parameters if one.annotation is bool]
    for values in itertools.product([False, True], repeat=len(flags)):
        try:
            yield Statement(where, eval(code, vars(module), dict(zip(flags, values, strict=True))))
        except NameError:
            yield Statement(where, "")


STATEMENTS = [one for path in [*STORES, SOURCE / "tenancy" / "registry.py"] for one in _statements(path)]


def test_the_statements_were_found():
    assert len(STATEMENTS) > 60
    assert {one.where for one in STATEMENTS if not one.sql} == MADE_WHEN_CALLED


async def test_postgresql_understands_every_statement(platform: Platform, people: People):
    owner = await people.owner("free")
    tenant_id = msgspec.convert(owner.tenant_id, TenantId)
    tenant_rooms = {room.name for room in ROOMS if room.database == "tenant"}

    async def misunderstood(connection: Any, statements: list[Statement]) -> list[str]:
        wrong = []
        for one in statements:
            try:
                await connection.raw.prepare(one.sql)
            except Exception as problem:  # noqa: BLE001 - all of them are told at once
                wrong.append(f"{one.where}: {problem}")
        return wrong

    written = [one for one in STATEMENTS if one.sql]
    in_tenant = [one for one in written if one.where.split("/")[1] in tenant_rooms]
    in_control = [one for one in written if one not in in_tenant]
    async with platform.control.connection() as connection:
        assert await misunderstood(connection, in_control) == []
    async with platform.tenancy.connection(tenant_id) as connection:
        assert await misunderstood(connection, in_tenant) == []
    assert in_tenant
