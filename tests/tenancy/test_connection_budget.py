"""The budget alone, with connections that only count how they are treated."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from studyspot.kernel.errors import Unavailable
from studyspot.kernel.ids import TenantId, new_id
from studyspot.tenancy import connections
from studyspot.tenancy.connections import ConnectionBudget, Key

A, B, C, D = [(TenantId(new_id()), 1, 0) for _ in range(4)]


class Line:
    """A connection of the server below."""

    def __init__(self, server: "Server", key: Key) -> None:
        self.server, self.key = server, key
        self.users = 0
        self.is_closed = False
        self.dirty = False

    @property
    def is_reusable(self) -> bool:
        return not self.is_closed and not self.dirty

    def drop(self) -> None:
        """Ended by the server, as it does at a restart."""
        if not self.is_closed:
            self.is_closed = True
            self.server.open[self.key] -= 1

    async def close(self) -> None:
        try:
            await pause(2)
        finally:
            self.drop()


class Server:
    """Counts connections, those being opened too, and refuses to have more than it was promised."""

    def __init__(self, *, total: int, each: int) -> None:
        self.total, self.each = total, each
        self.open: Counter[Key] = Counter()
        self.opened: list[Key] = []
        self.most = 0
        self.refuses = False

    async def connect(self, key: Key) -> Any:
        self.open[key] += 1
        self.most = max(self.most, self.open.total())
        assert self.open.total() <= self.total
        assert self.open[key] <= self.each
        try:
            await pause(3)
            self.may_refuse()
        except BaseException:
            self.open[key] -= 1
            raise
        self.opened.append(key)
        return Line(self, key)

    def may_refuse(self) -> None:
        if self.refuses:
            raise Unavailable("no")


class Desk:
    """A budget and its server together."""

    def __init__(self, *, total: int = 4, each: int = 2, wait_seconds: float = 5.0) -> None:
        self.server = Server(total=total, each=each)
        self.budget = ConnectionBudget(total=total, each=each, wait_seconds=wait_seconds)

    @contextlib.asynccontextmanager
    async def use(self, key: Key) -> AsyncIterator[Line]:
        async with self.budget.use(key, lambda: self.server.connect(key)) as line:
            assert line.key == key
            assert not line.is_closed
            assert line.users == 0
            line.users += 1
            try:
                yield line
            finally:
                line.users -= 1

    async def hold(self, key: Key, until: asyncio.Event, done: list[Any] | None = None, name: Any = None):
        async with self.use(key):
            if done is not None:
                done.append(name)
            await until.wait()

    def assert_nothing_leaked(self) -> None:
        assert self.budget.held == self.budget.idle == self.server.open.total()
        assert self.budget._held_by == +self.server.open
        assert self.budget._waiting_count == 0
        assert not self.budget._waiting


async def pause(steps: int) -> None:
    for _ in range(steps):
        await asyncio.sleep(0)


async def test_there_are_never_more_than_the_total_nor_more_than_a_share():
    desk = Desk(total=4, each=2)

    async def work(key: Key) -> None:
        async with desk.use(key):
            await pause(2)

    await asyncio.gather(*(work(key) for _ in range(50) for key in (A, B, C, D)))

    assert desk.server.most == 4
    desk.assert_nothing_leaked()


async def test_an_idle_connection_is_used_again_by_its_tenant():
    desk = Desk()

    async with desk.use(A) as first:
        pass
    async with desk.use(A) as second:
        pass

    assert second is first
    assert desk.server.opened == [A]


async def test_the_idle_connection_of_who_was_quiet_longest_makes_room():
    desk = Desk(total=3, each=1)
    for key in (A, B, C, A):  # so B was quiet for longest
        async with desk.use(key):
            pass

    async with desk.use(D):
        assert desk.server.open[B] == 0
        assert desk.server.open[A] == desk.server.open[C] == 1


async def test_a_connection_that_ended_meanwhile_is_not_handed_out():
    desk = Desk()
    async with desk.use(A) as first:
        pass
    first.drop()

    async with desk.use(A) as second:
        assert second is not first

    desk.assert_nothing_leaked()


async def test_a_connection_with_an_open_transaction_is_closed_and_not_handed_on():
    desk = Desk()
    async with desk.use(A) as first:
        first.dirty = True

    assert first.is_closed
    desk.assert_nothing_leaked()


async def test_a_connection_whose_task_was_cancelled_is_closed_and_not_handed_on():
    desk = Desk()
    until = asyncio.Event()
    task = asyncio.create_task(desk.hold(A, until))
    await pause(10)
    task.cancel()
    await asyncio.wait({task})

    assert desk.budget.held == 0
    desk.assert_nothing_leaked()


async def test_waiting_ends_in_a_refusal_that_says_when_to_come_back():
    desk = Desk(total=1, each=1, wait_seconds=0.05)

    async with desk.use(A):
        with pytest.raises(Unavailable) as refused:
            async with desk.use(B):
                pass

    assert refused.value.retry_after_seconds
    desk.assert_nothing_leaked()


async def test_who_came_first_is_served_first():
    desk = Desk(total=1, each=1)
    until, order = asyncio.Event(), []
    first = asyncio.create_task(desk.hold(A, until))
    await pause(10)
    others = [asyncio.create_task(desk.hold(B, until, order, number)) for number in range(10)]
    await pause(10)
    until.set()
    await asyncio.gather(first, *others)

    assert order == list(range(10))


async def test_tenants_that_wait_take_turns():
    """A tenant with a thousand requests in line holds up another one's single request only shortly."""
    desk = Desk(total=1, each=1)
    order: list[str] = []

    async def work(key: Key, name: str) -> None:
        async with desk.use(key):
            order.append(name)
            await pause(1)

    busy = [asyncio.create_task(work(A, "busy")) for _ in range(400)]
    await pause(5)
    await asyncio.gather(*busy, asyncio.create_task(work(B, "quiet")))

    assert order.index("quiet") <= connections.HANDED_ON_MAX + 2


async def test_two_busy_tenants_do_not_open_a_connection_for_every_request():
    desk = Desk(total=1, each=1)

    async def work(key: Key) -> None:
        async with desk.use(key):
            await pause(1)

    await asyncio.gather(*(work(key) for _ in range(200) for key in (A, B)))

    assert len(desk.server.opened) < 400 / connections.HANDED_ON_MAX + 4


async def test_who_waits_for_his_share_does_not_hold_up_others():
    desk = Desk(total=4, each=2)
    until = asyncio.Event()
    tasks = [asyncio.create_task(desk.hold(A, until)) for _ in range(5)]
    await pause(10)

    async with asyncio.timeout(1), desk.use(B):
        assert desk.server.open[A] == 2

    until.set()
    await asyncio.gather(*tasks)
    desk.assert_nothing_leaked()


async def test_a_tenant_whose_line_is_full_is_refused_while_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(connections, "WAITING_EACH_MAX", 3)
    desk = Desk(total=4, each=2)
    until = asyncio.Event()
    tasks = [asyncio.create_task(desk.hold(A, until)) for _ in range(2 + 3)]
    await pause(10)

    with pytest.raises(Unavailable):
        async with desk.use(A):
            pass
    async with asyncio.timeout(1), desk.use(B):
        pass

    until.set()
    await asyncio.gather(*tasks)


async def test_a_full_waiting_room_refuses_nobody_who_can_be_served_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "WAITING_MAX", 3)
    desk = Desk(total=4, each=2)
    until = asyncio.Event()
    tasks = [asyncio.create_task(desk.hold(A, until)) for _ in range(2 + 3)]
    await pause(10)

    async with asyncio.timeout(1), desk.use(B):
        pass

    until.set()
    await asyncio.gather(*tasks)


async def test_a_failed_opening_frees_its_place():
    desk = Desk(total=1, each=1)
    desk.server.refuses = True
    with pytest.raises(Unavailable):
        async with desk.use(A):
            pass
    desk.server.refuses = False

    async with asyncio.timeout(1), desk.use(B):
        pass

    desk.assert_nothing_leaked()


async def test_closing_idle_connections_leaves_the_used_ones():
    desk = Desk()
    async with desk.use(A), desk.use(A) as used:
        async with desk.use(B) as idle:
            pass
        await desk.budget.close_idle()
        assert idle.is_closed
        assert not used.is_closed
    desk.assert_nothing_leaked()


async def test_connections_of_which_there_was_news_are_used_by_nobody_after_it():
    desk = Desk()
    over = asyncio.Event()
    held = asyncio.create_task(desk.hold(A, over))
    async with desk.use(A), desk.use(B):
        pass

    await asyncio.gather(*desk.budget.outdate(A[0]))
    assert desk.server.open == {A: 1, B: 1}  # the idle one is gone
    over.set()
    await held
    assert desk.server.open[A] == 0  # and now the one that was in use
    async with desk.use(A):
        pass
    assert desk.server.opened.count(A) == 3
    desk.assert_nothing_leaked()


@pytest.mark.parametrize("twice", [False, True])
async def test_cancellation_at_any_point_leaks_nothing(twice: bool):
    """One task goes through waiting, evicting, opening, using and giving back; cancelled at each step."""
    for step in range(40):
        desk = Desk(total=2, each=1)
        until = asyncio.Event()
        async with desk.use(B):
            pass  # an idle one to evict
        holder = asyncio.create_task(desk.hold(A, until))
        await pause(5)
        blocker = asyncio.create_task(desk.hold(C, until))
        await pause(8)
        victim = asyncio.create_task(desk.hold(D, until))
        heir = asyncio.create_task(desk.hold(D, until))
        asyncio.get_running_loop().call_soon(until.set) if step % 2 else until.set()
        await pause(step // 2)
        victim.cancel()
        if twice:
            await pause(1)
            victim.cancel()
        async with asyncio.timeout(2):
            await asyncio.wait({victim})
            await asyncio.gather(holder, blocker, heir)
        desk.assert_nothing_leaked()


@pytest.mark.parametrize("seed", range(12))
async def test_a_storm_leaks_nothing(seed: int):
    chance = random.Random(seed)
    desk = Desk(
        total=chance.choice([1, 2, 5]), each=chance.choice([1, 2]), wait_seconds=chance.choice([0.005, 5])
    )
    keys: list[Key] = [(TenantId(new_id()), 1) for _ in range(chance.choice([1, 3, 12]))]
    served = 0

    async def work() -> None:
        nonlocal served
        await pause(chance.randrange(60))
        with contextlib.suppress(Unavailable, LookupError):
            async with desk.use(chance.choice(keys)) as line:
                served += 1
                await pause(chance.randrange(4))
                match chance.randrange(20):
                    case 0:
                        line.drop()
                    case 1:
                        line.dirty = True
                    case 2:
                        raise LookupError

    async def disturb() -> None:
        for _ in range(60):
            await pause(3)
            desk.server.refuses = chance.random() < 0.2
            assert desk.budget.held <= desk.server.total
            for task in chance.sample(tasks, 6):
                task.cancel()
            if chance.random() < 0.2:
                await desk.budget.close_idle()
            if chance.random() < 0.2:
                await asyncio.gather(*desk.budget.outdate(chance.choice(keys)[0]))
        desk.server.refuses = False

    tasks = [asyncio.create_task(work()) for _ in range(400)]
    async with asyncio.timeout(10):
        ended = await asyncio.gather(disturb(), *tasks, return_exceptions=True)

    assert [how for how in ended if isinstance(how, Exception)] == []
    assert served
    desk.assert_nothing_leaked()
