"""Whose rows are read: never another tenant's, whatever happens at the same time."""

import asyncio
import random

import pytest

from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.connections import WrongDatabase
from studyspot.tenancy.engine import Tenancy
from tests.tenancy.town import Town, reserve, sign_up


async def _write_names(tenancy: Tenancy, tenants: list[TenantId]) -> None:
    for tenant_id in tenants:
        async with tenancy.transaction(tenant_id) as tx:
            await tx.run("INSERT INTO notes VALUES ($1)", str(tenant_id))


async def test_ten_thousand_requests_through_four_connections_read_their_own_rows(town: Town):
    # D71: one pool per tenant and process, never evicted.
    async with town.engine(total=4, each=2) as tenancy:
        await town.prepare(tenancy)
        tenants = [await sign_up(tenancy) for _ in range(6)]
        await _write_names(tenancy, tenants)
        chance = random.Random(7)
        requests = [chance.choice(tenants) for _ in range(10_000)]
        waiting = iter(requests)
        counts: list[int] = []

        async def work() -> None:
            for tenant_id in waiting:
                async with tenancy.connection(tenant_id) as connection:
                    assert await connection.column("SELECT text FROM notes") == [str(tenant_id)]

        async def count() -> None:
            async with town.owner("postgres") as server:
                while True:
                    counts.append(
                        await server.value(
                            "SELECT count(*) FROM pg_stat_activity"
                            " WHERE usename = 'studyspot_app' AND datname LIKE 't\\_%'"
                        )
                    )
                    await asyncio.sleep(0.01)

        counting = asyncio.create_task(count())
        await asyncio.gather(*(work() for _ in range(32)))
        counting.cancel()
        await asyncio.wait({counting})

    assert max(counts) <= 4
    assert len(counts) > 50


async def test_cancelled_and_failing_requests_leave_no_row_to_the_next_one(town: Town):
    async with town.engine(total=2, each=2) as tenancy:
        await town.prepare(tenancy)
        tenants = [await sign_up(tenancy) for _ in range(3)]
        await _write_names(tenancy, tenants)
        chance = random.Random(7)

        async def work(tenant_id: TenantId, end: str) -> None:
            async with tenancy.transaction(tenant_id) as tx:
                assert await tx.column("SELECT text FROM notes") == [str(tenant_id)]
                if end != "good":
                    await tx.run("INSERT INTO notes VALUES ('not to be kept')")
                if end == "failed":
                    raise LookupError
                if end == "cancelled":
                    await tx.value("SELECT pg_sleep(10)")

        tasks = []
        for _ in range(300):
            end = chance.choice(["good", "good", "failed", "cancelled"])
            tasks.append(asyncio.create_task(work(chance.choice(tenants), end)))
            if end == "cancelled":
                asyncio.get_running_loop().call_later(chance.random(), tasks[-1].cancel)
        ended = await asyncio.gather(*tasks, return_exceptions=True)

        unforeseen = [
            how for how in ended if not isinstance(how, LookupError | asyncio.CancelledError | None)
        ]
        assert unforeseen == []
        assert tenancy.databases._budget.held == tenancy.databases._budget.idle
        for tenant_id in tenants:
            async with tenancy.connection(tenant_id) as connection:
                assert await connection.column("SELECT text FROM notes") == [str(tenant_id)]


@pytest.mark.parametrize(
    "stamp",
    [
        "UPDATE tenancy.identity SET tenant_id = gen_random_uuid()",
        "UPDATE tenancy.identity SET generation = generation + 1",
        "DELETE FROM tenancy.identity",
    ],
)
async def test_a_database_with_another_stamp_is_never_used(town: Town, stamp: str):
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        tenant_id = await sign_up(tenancy)
        (home,) = await town.homes()
        async with town.owner(home.database) as database:
            await database.run(stamp)

            with pytest.raises(WrongDatabase):
                async with tenancy.connection(tenant_id):
                    pytest.fail("the wrong database was handed out")

            assert tenancy.databases._budget.held == 0
            assert await _connections_of_the_app(database) == 0


async def _connections_of_the_app(database) -> int:
    left = -1
    for _ in range(50):  # the server takes a moment to end a session
        left = await database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename <> user"
        )
        if left == 0:
            break
        await asyncio.sleep(0.02)
    return left


async def test_a_tenant_that_moved_unnoticed_is_found_at_the_next_try(town: Town):
    """The cache was not told (no announcements here): the stamp of the old place sends us to ask again."""
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        tenant_id = await sign_up(tenancy)
        await tenancy.registry.placement(tenant_id)
        (home,) = await town.homes()
        async with town.owner(home.database) as database, town.owner("control") as control:
            await database.run("UPDATE tenancy.identity SET generation = 2")
            await control.run("UPDATE tenancy.placements SET generation = 2")

        with pytest.raises(WrongDatabase):
            async with tenancy.connection(tenant_id):
                pass
        async with tenancy.connection(tenant_id) as connection:
            assert await connection.value("SELECT generation FROM tenancy.identity") == 2


async def test_a_lost_database_is_a_refusal_and_keeps_no_place(town: Town):
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        tenant_id = await sign_up(tenancy)
        (home,) = await town.homes()
        async with town.owner("postgres") as server:
            await server.run(f"DROP DATABASE {home.database} WITH (FORCE)")

        with pytest.raises(Unavailable):
            async with tenancy.connection(tenant_id):
                pass

        assert tenancy.databases._budget.held == 0


async def test_a_tenant_that_is_only_reserved_is_not_served(town: Town):
    # D66: a tenant whose provisioning failed stayed half made and visible.
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        tenant_id = await reserve(tenancy)

        with pytest.raises(Unavailable, match="being prepared"):
            async with tenancy.connection(tenant_id):
                pass


async def test_connections_ended_by_the_server_are_replaced(town: Town):
    async with town.engine() as tenancy:
        await town.prepare(tenancy)
        tenant_id = await sign_up(tenancy)
        async with tenancy.connection(tenant_id) as before:
            first = await before.value("SELECT pg_backend_pid()")
        async with town.owner("postgres") as server:
            await server.run("SELECT pg_terminate_backend($1)", first)
        await asyncio.sleep(0.1)

        async with tenancy.connection(tenant_id) as after:
            assert await after.value("SELECT pg_backend_pid()") != first
