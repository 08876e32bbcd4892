"""Which of a service's processes is asked."""

import contextlib
from collections import Counter

import pytest

from studyspot.kernel.errors import Unavailable
from studyspot.kernel.remote import instances
from studyspot.kernel.remote.instances import IN_FLIGHT_MAX, Instance, Instances


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(instances, "time", clock)
    return clock


def fail(one: Instance) -> None:
    with one.asked() as asked:
        asked.failed()


def answer(one: Instance) -> None:
    with one.asked() as asked:
        asked.answered()


def three() -> Instances:
    return Instances("students", ["http://a:1", "http://b:2/", "http://c:3"])


def test_nobody_to_ask_is_a_mistake():
    with pytest.raises(ValueError, match="students"):
        Instances("students", [])


def test_the_least_busy_is_asked():
    service = three()
    first = service.pick()
    with first.asked():
        second = service.pick()
        with second.asked():
            third = service.pick()
            assert len({first, second, third}) == 3
            with third.asked(), service.pick().asked():
                assert sorted(one.busy for one in (first, second, third)) == [1, 1, 2]
        assert {service.pick() for _ in range(50)} == {second, third}


def test_who_is_asked_no_more_is_busy_no_more_however_it_ended():
    service = Instances("students", ["http://a:1"])
    one = service.pick()
    with pytest.raises(KeyError), one.asked():
        raise KeyError
    assert one.busy == 0


def test_those_that_are_as_busy_share():
    service = three()
    asked = Counter(service.pick().url for _ in range(600))

    assert asked.keys() == {"http://a:1", "http://b:2", "http://c:3"}
    assert min(asked.values()) > 100


def test_a_failed_one_is_left_alone_until_its_pause_is_over(clock: Clock):
    service = three()
    failed = service.pick()
    fail(failed)

    assert failed not in {service.pick() for _ in range(100)}
    clock.now += 0.24
    assert failed not in {service.pick() for _ in range(100)}
    clock.now += 0.02
    assert failed in {service.pick() for _ in range(100)}


def test_after_each_pause_a_single_request_tries_it_until_one_is_answered(clock: Clock):
    service = Instances("students", ["http://a:1"])
    one = service.pick()
    fail(one)
    for _ in range(3):  # it is an upload that takes its time, or its client went away
        clock.now += 0.26
        with service.pick().asked(), pytest.raises(Unavailable):
            service.pick()

    clock.now += 0.26
    answer(service.pick())
    with one.asked():
        assert service.pick() is one


def test_a_slow_request_from_before_keeps_nobody_from_trying_it_again(clock: Clock):
    service = Instances("students", ["http://a:1"])
    one = service.pick()
    with one.asked():
        fail(one)
        with pytest.raises(Unavailable):
            service.pick()
        clock.now += 0.26
        answer(service.pick())

        assert service.pick() is one


def pause(one: Instance, clock: Clock) -> float:
    """For how long it is left alone after it failed now."""
    fail(one)
    return one.not_before - clock.now


def test_the_pause_doubles_up_to_five_seconds_and_starts_again_small(clock: Clock):
    service = Instances("students", ["http://a:1"])
    one = service.pick()
    pauses = []
    for _ in range(8):
        pauses.append(pause(one, clock))
        clock.now = one.not_before
        assert service.pick() is one
    assert pauses == [0.25, 0.5, 1, 2, 4, 5, 5, 5]

    answer(one)

    assert pause(one, clock) == 0.25


def test_many_requests_that_fail_at_once_count_once(clock: Clock):
    one = three().pick()
    with contextlib.ExitStack() as stack:
        for asked in [stack.enter_context(one.asked()) for _ in range(100)]:
            asked.failed()
            clock.now += 0.01

    assert one.failures == 1
    assert one.not_before == pytest.approx(1000.25)


def test_who_is_silent_towards_everybody_has_failed(clock: Clock):
    one = three().pick()
    with one.asked() as early, one.asked() as late:
        clock.now += 0.99
        late.timed_out()
        assert one.failures == 0  # it was hardly given time
        clock.now += 0.02
        answer(one)
        early.timed_out()
        assert one.failures == 0  # others were answered meanwhile
    with one.asked() as asked:
        clock.now += 1.01
        asked.timed_out()
    assert one.failures == 1


def test_one_on_which_too_many_wait_is_asked_no_more():
    service = Instances("students", ["http://a:1", "http://b:2"])
    hanging, well = service.pick(), service.pick()
    while well is hanging:
        well = service.pick()
    with contextlib.ExitStack() as stack:
        for _ in range(IN_FLIGHT_MAX):
            stack.enter_context(hanging.asked())
        assert {service.pick() for _ in range(50)} == {well}
        for _ in range(IN_FLIGHT_MAX):
            stack.enter_context(well.asked())
        with pytest.raises(Unavailable):
            service.pick()
    service.pick()


def test_those_that_stay_when_addresses_change_are_known_still(clock: Clock):
    service = Instances("students", ["http://a:1", "http://b:2"])
    failed, well = service.pick(), service.pick()
    while well is failed:
        well = service.pick()
    fail(failed)

    service.are_at([failed.url, "http://c:3", "http://c:3"])

    assert service.urls == [failed.url, "http://c:3"]
    assert {service.pick().url for _ in range(50)} == {"http://c:3"}


def test_when_all_have_failed_it_is_said_at_once_with_the_time_to_wait(clock: Clock):
    service = three()
    for _ in range(3):
        fail(service.pick())

    with pytest.raises(Unavailable) as raised:
        service.pick()

    assert raised.value.retry_after_seconds == 1
    assert "http" not in raised.value.message


def test_the_time_to_wait_is_that_of_the_one_who_is_back_first(clock: Clock):
    service = Instances("students", ["http://a:1", "http://b:2"])
    for seconds in (4.5, 3.2):
        one = service.pick()
        fail(one)
        one.not_before = clock.now + seconds

    with pytest.raises(Unavailable) as raised:
        service.pick()

    assert raised.value.retry_after_seconds == 4


def test_one_that_was_asked_just_now_is_not_asked_again():
    service = Instances("students", ["http://a:1", "http://b:2"])
    one = service.pick()

    assert all(service.pick(besides=one) is not one for _ in range(50))
    alone = Instances("students", ["http://a:1"])
    with pytest.raises(Unavailable):
        alone.pick(besides=alone.pick())
