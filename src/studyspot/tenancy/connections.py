"""Connections to tenant databases: one budget per process for all tenants together.

There is no pool per tenant: ten thousand tenants would hold ten thousand idle connections. Idle ones of the
tenant that was quiet for longest are closed to make room, one tenant can hold only its share, and waiting is
bounded.
"""

import asyncio
import contextlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from studyspot.kernel import clock
from studyspot.kernel.database import Connection, DatabaseMissing, connect
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.registry import Placement, Registry
from studyspot.tenancy.servers import Credentials, app_dsn

IDLE_SECONDS_MAX = 300.0
WAITING_MAX = 2_000

Key = tuple[TenantId, int]
"""A tenant and the generation of its placement: a connection from before a move is never used after it."""


class WrongDatabase(RuntimeError):
    """A database carries another tenant's identity than the registry says. Nothing was read from it."""


class _Grant(msgspec.Struct):
    """A place in the budget: with an idle connection to reuse, or another tenant's to close first, or
    neither.
    """

    reuse: Connection | None = None
    evict: Connection | None = None


class ConnectionBudget:
    """At most `total` connections, `each` per key. Idle ones are kept; the least recently used go first.

    All bookkeeping happens between two awaits, so that no task ever sees it half done.
    """

    def __init__(self, *, total: int, each: int, wait_seconds: float) -> None:
        self._total = total
        self._each = each
        self._wait_seconds = wait_seconds
        self._held: Counter[Key] = Counter()
        self._idle: OrderedDict[Connection, tuple[Key, float]] = OrderedDict()
        self._idle_of: defaultdict[Key, list[Connection]] = defaultdict(list)
        self._waiters: deque[tuple[Key, asyncio.Future[_Grant]]] = deque()

    @property
    def held(self) -> int:
        """Connections open or being opened."""
        return self._held.total()

    @contextlib.asynccontextmanager
    async def use(
        self, key: Key, open_connection: Callable[[], Awaitable[Connection]]
    ) -> AsyncIterator[Connection]:
        """A connection for one task at a time.

        :raises Unavailable: when none comes free in time, or too many wait already.
        """
        grant = self._grant(key) if not self._waiters else None
        connection = await self._redeem(key, grant or await self._wait(key), open_connection)
        try:
            yield connection
        except asyncio.CancelledError:
            # A statement may be half way to the server: such a connection is not handed on.
            await self._discard(key, connection)
            raise
        except BaseException:
            self._give_back(key, connection)
            raise
        else:
            self._give_back(key, connection)

    async def close_idle(self, *, key: Key | None = None, unused_seconds: float = 0.0) -> None:
        """Closes idle connections, of one key or of all, that nobody used for so long."""
        now = clock.now().timestamp()
        for connection, (owner, since) in list(self._idle.items()):
            if key in {None, owner} and now - since >= unused_seconds and connection in self._idle:
                self._remove_idle(connection)
                await self._discard(owner, connection)

    def _grant(self, key: Key) -> _Grant | None:
        while idle := self._idle_of.get(key):
            connection = idle[-1]
            self._remove_idle(connection)
            if not connection.is_closed:
                return _Grant(reuse=connection)
            self._held[key] -= 1
        if self._held[key] >= self._each:
            return None
        if self.held < self._total:
            self._held[key] += 1
            return _Grant()
        if self._idle:
            victim, (owner, _) = next(iter(self._idle.items()))
            self._remove_idle(victim)
            self._let_go(owner)
            self._held[key] += 1
            return _Grant(evict=victim)
        return None

    async def _wait(self, key: Key) -> _Grant:
        if len(self._waiters) >= WAITING_MAX:
            raise Unavailable("The platform is very busy. Try again shortly.", retry_after_seconds=5)
        granted: asyncio.Future[_Grant] = asyncio.get_running_loop().create_future()
        self._waiters.append((key, granted))
        self._serve_waiters()
        try:
            done, _ = await asyncio.wait({granted}, timeout=self._wait_seconds)
        except asyncio.CancelledError:
            await self._refuse_grant(key, granted)
            raise
        if done:
            return granted.result()
        self._waiters.remove((key, granted))
        raise Unavailable("The platform is very busy. Try again shortly.", retry_after_seconds=2)

    async def _refuse_grant(self, key: Key, granted: "asyncio.Future[_Grant]") -> None:
        """The task that waited is gone; what it may have been given meanwhile goes to the next in line."""
        if not granted.done():
            self._waiters.remove((key, granted))
            return
        grant = granted.result()
        if grant.reuse is not None:
            self._give_back(key, grant.reuse)
        elif grant.evict is not None:
            await self._discard(key, grant.evict)
        else:
            self._let_go(key)
            self._serve_waiters()

    async def _redeem(
        self, key: Key, grant: _Grant, open_connection: Callable[[], Awaitable[Connection]]
    ) -> Connection:
        if grant.reuse is not None:
            return grant.reuse
        try:
            if grant.evict is not None:
                await grant.evict.close()
            return await open_connection()
        except BaseException:
            self._let_go(key)
            self._serve_waiters()
            raise

    def _give_back(self, key: Key, connection: Connection) -> None:
        if connection.is_closed:
            self._let_go(key)
        else:
            self._idle[connection] = (key, clock.now().timestamp())
            self._idle_of[key].append(connection)
        self._serve_waiters()

    async def _discard(self, key: Key, connection: Connection) -> None:
        try:
            await connection.close()
        finally:
            self._let_go(key)
            self._serve_waiters()

    def _serve_waiters(self) -> None:
        """In order of arrival; one whose tenant has its full share does not hold up the others."""
        for waiter in list(self._waiters):
            if self.held >= self._total and not self._idle:
                return
            key, granted = waiter
            if granted.done():
                self._waiters.remove(waiter)
            elif (grant := self._grant(key)) is not None:
                self._waiters.remove(waiter)
                granted.set_result(grant)

    def _remove_idle(self, connection: Connection) -> None:
        key, _ = self._idle.pop(connection)
        self._idle_of[key].remove(connection)
        if not self._idle_of[key]:
            del self._idle_of[key]

    def _let_go(self, key: Key) -> None:
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]


class TenantDatabases:
    """The only way to a tenant's rows: name the tenant, get a connection to its database and to no other."""

    def __init__(
        self, registry: Registry, budget: ConnectionBudget, credentials: Credentials, *, statement_cache: bool
    ) -> None:
        self._registry = registry
        self._budget = budget
        self._credentials = credentials
        self._statement_cache = statement_cache

    @contextlib.asynccontextmanager
    async def connection(self, tenant_id: TenantId) -> AsyncIterator[Connection]:
        """A connection outside any transaction: each statement stands alone.

        :raises NotFound, TenantSuspended, TenantInactive: when the tenant may not be served.
        :raises Unavailable: when no connection comes free in time, or the server does not answer.
        """
        placement = await self._registry.open_placement(tenant_id)
        key = (placement.tenant_id, placement.generation)
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

    async def close(self) -> None:
        await self._budget.close_idle()

    async def _open(self, placement: Placement) -> Connection:
        dsn = app_dsn(placement.url, self._credentials, placement.database)
        try:
            connection = await connect(dsn, statement_cache=self._statement_cache)
        except DatabaseMissing:
            raise Unavailable("The library's database is not available.", retry_after_seconds=5) from None
        try:
            await check_identity(connection, placement.tenant_id, placement.generation)
        except BaseException:
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
