"""Connections to tenant databases: one budget per process for all tenants together.

There is no pool per tenant: ten thousand tenants would hold ten thousand idle connections. Idle ones of the
tenant that was quiet for longest are closed to make room, one tenant can hold only its share, and waiting is
bounded.
"""

import asyncio
import contextlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from math import inf
from uuid import UUID

import msgspec

from studyspot.kernel import clock
from studyspot.kernel.database import Connection, DatabaseMissing, connect
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.registry import Placement, Registry
from studyspot.tenancy.servers import Credentials, app_dsn

IDLE_SECONDS_MAX = 300.0
WAITING_MAX = 2_000
WAITING_EACH_MAX = 500
"""One busy tenant must not fill the waiting room: the others would be refused although there is room."""
HANDED_ON_MAX = 16

Key = tuple[TenantId, int, int]
"""A tenant, the generation of its placement, and how often there was news of it: a connection from before a
move, or from before writes were closed or opened, is never used after it.
"""


class WrongDatabase(RuntimeError):
    """A database carries another tenant's identity than the registry says. Nothing was read from it."""


class _Grant(msgspec.Struct):
    """A place in the budget: with an idle connection to reuse, or another tenant's to close first, or
    neither.

    `handed_on` counts how often the connection went from one task of its tenant straight to the next.
    """

    reuse: Connection | None = None
    evict: Connection | None = None
    handed_on: int = 0


class ConnectionBudget:
    """At most `total` connections, `each` per key. Idle ones are kept; the least recently used go first.

    Tenants that wait take turns, and within a tenant who came first is served first. A connection that comes
    free stays with its tenant for a few turns while that one waits too: to close it and open another for
    every single request would cost ten times as much as the request.

    All bookkeeping happens between two awaits, so that no task ever sees it half done. After each step nobody
    waits who could be served; so a newcomer who can be served at once overtakes nobody.
    """

    def __init__(self, *, total: int, each: int, wait_seconds: float) -> None:
        self._total = total
        self._each = each
        self._wait_seconds = wait_seconds
        self._held = 0
        self._held_by: Counter[Key] = Counter()
        self._idle: OrderedDict[Connection, tuple[Key, float]] = OrderedDict()
        self._outdated: set[Key] = set()
        self._idle_of: defaultdict[Key, list[Connection]] = defaultdict(list)
        self._waiting: OrderedDict[Key, deque[asyncio.Future[_Grant]]] = OrderedDict()
        self._waiting_count = 0

    @property
    def held(self) -> int:
        """Connections open or being opened."""
        return self._held

    @property
    def idle(self) -> int:
        """Connections open and used by nobody."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """Tasks that wait for one."""
        return self._waiting_count

    @property
    def total(self) -> int:
        return self._total

    @contextlib.asynccontextmanager
    async def use(
        self, key: Key, open_connection: Callable[[], Awaitable[Connection]]
    ) -> AsyncIterator[Connection]:
        """A connection for one task at a time.

        :raises Unavailable: when none comes free in time, or too many wait already.
        """
        grant = self._grant(key) or await self._wait(key)
        connection = grant.reuse or await self._open(key, grant, open_connection)
        try:
            yield connection
        except asyncio.CancelledError:
            # A statement may be half way to the server: such a connection is not handed on.
            await self._discard(key, connection)
            raise
        except BaseException:
            await self._give_back(key, connection, grant.handed_on)
            raise
        else:
            await self._give_back(key, connection, grant.handed_on)

    def outdate(self, tenant_id: TenantId) -> list[Awaitable[None]]:
        """Nobody gets the tenant's connections of this moment any more: those in use are closed when they
        come back, the idle ones by whoever awaits what is returned.
        """
        outdated = [key for key in self._held_by if key[0] == tenant_id]
        self._outdated.update(outdated)
        left = [(key, connection) for key in outdated for connection in self._idle_of.get(key, ())]
        for _, connection in left:
            self._remove_idle(connection)
        return [self._discard(key, connection) for key, connection in left]

    async def close_idle(self, *, unused_seconds: float = -inf) -> None:
        """Closes idle connections that nobody used for so long; without it all, though the clock went
        back.
        """
        now = clock.timestamp()
        for connection, (owner, since) in list(self._idle.items()):
            if now - since >= unused_seconds and connection in self._idle:
                self._remove_idle(connection)
                await self._discard(owner, connection)

    def _grant(self, key: Key) -> _Grant | None:
        while idle := self._idle_of.get(key):
            connection = idle[-1]
            self._remove_idle(connection)
            if connection.is_reusable:
                return _Grant(reuse=connection)
            self._let_go(key)
        if self._held_by[key] >= self._each:
            return None
        victim = None
        if self._held >= self._total:
            if not self._idle:
                return None
            victim, (owner, _) = next(iter(self._idle.items()))
            self._remove_idle(victim)
            self._let_go(owner)
        self._held += 1
        self._held_by[key] += 1
        return _Grant(evict=victim)

    async def _open(
        self, key: Key, grant: _Grant, open_connection: Callable[[], Awaitable[Connection]]
    ) -> Connection:
        try:
            if grant.evict is not None:
                await grant.evict.close()
            return await open_connection()
        except BaseException:
            self._let_go(key)
            self._serve_waiting()
            raise

    async def _wait(self, key: Key) -> _Grant:
        queue = self._waiting.get(key, ())
        if self._waiting_count >= WAITING_MAX or len(queue) >= WAITING_EACH_MAX:
            raise Unavailable("The platform is very busy. Try again shortly.", retry_after_seconds=5)
        granted: asyncio.Future[_Grant] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(granted)
        self._waiting_count += 1
        try:
            await asyncio.wait({granted}, timeout=self._wait_seconds)
        except asyncio.CancelledError:
            # What it may have been given in the same moment goes to the next in line.
            if granted.done():
                await self._decline(key, granted.result())
            else:
                self._leave(key, granted)
            raise
        if not granted.done():
            self._leave(key, granted)
            raise Unavailable("The platform is very busy. Try again shortly.", retry_after_seconds=2)
        return granted.result()

    async def _decline(self, key: Key, grant: _Grant) -> None:
        if grant.reuse is not None:
            await self._give_back(key, grant.reuse, grant.handed_on)
        elif grant.evict is not None:
            await self._discard(key, grant.evict)
        else:
            self._let_go(key)
            self._serve_waiting()

    async def _give_back(self, key: Key, connection: Connection, handed_on: int) -> None:
        if not connection.is_reusable or key in self._outdated:
            await self._discard(key, connection)
        elif key in self._waiting and handed_on < HANDED_ON_MAX:
            self._next_in_line(key).set_result(_Grant(reuse=connection, handed_on=handed_on + 1))
        else:
            self._idle[connection] = (key, clock.timestamp())
            self._idle_of[key].append(connection)
            self._serve_waiting()

    async def _discard(self, key: Key, connection: Connection) -> None:
        try:
            await connection.close()
        finally:
            self._let_go(key)
            self._serve_waiting()

    def _serve_waiting(self) -> None:
        """Passes over tenants that have their full share, of which there are never more than total / each."""
        while self._waiting and (self._held < self._total or self._idle):
            for key in self._waiting:
                if (grant := self._grant(key)) is not None:
                    self._next_in_line(key).set_result(grant)
                    break
            else:
                return

    def _next_in_line(self, key: Key) -> "asyncio.Future[_Grant]":
        """The first who waits for `key`, taken out of the line; then it is the turn of others."""
        granted = self._waiting[key][0]
        self._leave(key, granted)
        if key in self._waiting:
            self._waiting.move_to_end(key)
        return granted

    def _leave(self, key: Key, granted: "asyncio.Future[_Grant]") -> None:
        self._waiting[key].remove(granted)
        self._waiting_count -= 1
        if not self._waiting[key]:
            del self._waiting[key]

    def _remove_idle(self, connection: Connection) -> None:
        key, _ = self._idle.pop(connection)
        self._idle_of[key].remove(connection)
        if not self._idle_of[key]:
            del self._idle_of[key]

    def _let_go(self, key: Key) -> None:
        self._held -= 1
        self._held_by[key] -= 1
        if not self._held_by[key]:
            del self._held_by[key]
            self._outdated.discard(key)


class TenantDatabases:
    """The only way to a tenant's rows: name the tenant, get a connection to its database and to no other."""

    def __init__(
        self, registry: Registry, budget: ConnectionBudget, credentials: Credentials, *, statement_cache: bool
    ) -> None:
        self._registry = registry
        self._budget = budget
        self._credentials = credentials
        self._statement_cache = statement_cache
        self._closing: set[asyncio.Future[None]] = set()

    @contextlib.asynccontextmanager
    async def connection(self, tenant_id: TenantId) -> AsyncIterator[Connection]:
        """A connection outside any transaction: each statement stands alone.

        :raises NotFound, TenantSuspended, TenantInactive: when the tenant may not be served.
        :raises Unavailable: when no connection comes free in time, or the server does not answer.
        """
        placement = await self._registry.open_placement(tenant_id)
        key = (placement.tenant_id, placement.generation, self._registry.news_of(tenant_id))
        async with self._budget.use(key, lambda: self._open(placement)) as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def transaction(self, tenant_id: TenantId) -> AsyncIterator[Connection]:
        async with self.connection(tenant_id) as connection, connection.transaction():
            yield connection

    async def close_idle_for_good(self) -> None:
        """Runs for ever: gives back to the servers what nobody used for five minutes."""
        while True:
            await asyncio.sleep(IDLE_SECONDS_MAX / 10)
            await self._budget.close_idle(unused_seconds=IDLE_SECONDS_MAX)

    def hear(self, subject: str | None) -> None:
        """Lets go of connections that may lead to where a tenant lived before, so that nobody has to cut them
        off.
        """
        if subject is not None:
            for work in self._budget.outdate(TenantId(UUID(subject))):
                closing = asyncio.ensure_future(work)
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._closing)
        await self._budget.close_idle()

    async def _open(self, placement: Placement) -> Connection:
        dsn = app_dsn(placement.url, self._credentials, placement.database)
        try:
            connection = await connect(dsn, statement_cache=self._statement_cache)
        except DatabaseMissing:
            self._registry.forget(placement.tenant_id)
            raise Unavailable("The library's database is not available.", retry_after_seconds=5) from None
        try:
            await check_identity(connection, placement.tenant_id, placement.generation)
        except BaseException as problem:
            if isinstance(problem, WrongDatabase):
                self._registry.forget(placement.tenant_id)  # it may have moved a moment ago
            await connection.close()
            raise
        return connection


async def check_identity(connection: Connection, tenant_id: TenantId, generation: int) -> None:
    """:raises WrongDatabase: when the database on the other end is not the one the registry means."""
    stamped = await connection.one(_Identity, "SELECT tenant_id, generation FROM tenancy.identity")
    if stamped is None or (stamped.tenant_id, stamped.generation) != (tenant_id, generation):
        raise WrongDatabase(f"expected tenant {tenant_id} generation {generation}, found {stamped}")


class _Identity(msgspec.Struct):
    tenant_id: TenantId
    generation: int
