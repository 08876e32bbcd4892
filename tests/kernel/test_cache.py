"""What is remembered in front of something slow, and when it is forgotten."""

import asyncio
from collections import Counter

import pytest

from studyspot.kernel.cache import Cache
from studyspot.kernel.telemetry.measures import CACHE


class Shelf:
    """Something slow whose answers change: `asked` counts the questions, `go_on` lets them be answered."""

    def __init__(self) -> None:
        self.answers: dict[str, str | None] = {"a": "old", "b": "old", "c": "old"}
        self.asked: Counter[str] = Counter()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def find(self, key: str) -> str | None:
        self.asked[key] += 1
        answer = self.answers[key]
        await self.go_on.wait()
        if answer == "broken":
            raise ConnectionError(key)
        return answer


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def cache_of(shelf: Shelf, *, size_max: int = 10, ttl_seconds: float = 60) -> Cache[str, str]:
    return Cache("test", shelf.find, size_max=size_max, ttl_seconds=ttl_seconds)


async def test_what_is_known_is_not_asked_again(shelf: Shelf):
    cache = cache_of(shelf)
    assert [await cache.get("a") for _ in range(3)] == ["old"] * 3
    assert shelf.asked["a"] == 1


async def test_all_who_wait_share_one_question(shelf: Shelf):
    cache = cache_of(shelf)
    shelf.go_on.clear()
    waiting = [asyncio.create_task(cache.get("a")) for _ in range(20)]
    await asyncio.sleep(0)
    shelf.go_on.set()

    assert await asyncio.gather(*waiting) == ["old"] * 20
    assert shelf.asked["a"] == 1


async def test_who_stops_waiting_does_not_take_the_answer_from_the_others(shelf: Shelf):
    cache = cache_of(shelf)
    shelf.go_on.clear()
    hasty, patient = (asyncio.create_task(cache.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    shelf.go_on.set()

    assert await patient == "old"


async def test_it_is_asked_again_when_the_answer_is_too_old(shelf: Shelf):
    cache = cache_of(shelf, ttl_seconds=0.05)
    await cache.get("a")
    shelf.answers["a"] = "new"
    await asyncio.sleep(0.06)

    assert await cache.get("a") == "new"


async def test_of_too_many_the_one_goes_that_nobody_asked_for(shelf: Shelf):
    cache = cache_of(shelf, size_max=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        await cache.get(key)
    assert shelf.asked == {"a": 1, "b": 2, "c": 1}


@pytest.mark.parametrize("nothing", [None, "broken"])
async def test_that_there_is_nothing_is_not_remembered(shelf: Shelf, nothing: str | None):
    cache = cache_of(shelf)
    shelf.answers["a"] = nothing
    assert await asyncio.gather(cache.get("a"), return_exceptions=True) != ["old"]
    shelf.answers["a"] = "new"

    assert await cache.get("a") == "new"


@pytest.mark.parametrize("forget", [lambda cache: cache.forget("a"), lambda cache: cache.forget_all()])
async def test_an_answer_overtaken_by_news_is_handed_out_but_not_remembered(shelf: Shelf, forget):
    cache = cache_of(shelf)
    shelf.go_on.clear()
    early = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    shelf.answers["a"] = "new"
    forget(cache)
    shelf.go_on.set()

    assert await early == "old"
    assert await cache.get("a") == "new"


async def test_hits_misses_and_sets_are_counted(shelf: Shelf):
    cache = cache_of(shelf)
    before = {outcome: CACHE.by_key["test", outcome] for outcome in ("hit", "miss", "set")}
    for key in ("a", "a", "a", "b"):
        await cache.get(key)

    counted = {outcome: CACHE.by_key["test", outcome] - before[outcome] for outcome in before}
    assert counted == {"hit": 2, "miss": 2, "set": 2}
