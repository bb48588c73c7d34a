"""A clock that is set while things wait."""

from __future__ import annotations

import pytest

from bridge.core.waited import Waited
from tests.core.fakes import Clock

HOUR = 3_600_000


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waited(clock: Clock) -> Waited:
    return Waited(24 * HOUR, clock, clock.steady)


def test_it_tells_what_the_clock_tells(clock: Clock, waited: Waited) -> None:
    at = waited.now()
    clock.hours(5)
    assert (waited.now(), waited.since(at)) == (at + 5 * HOUR, 5 * HOUR)


def test_what_waits_since_before_a_clock_was_set_ahead_has_waited_as_long_as_it_has(
    clock: Clock, waited: Waited
) -> None:
    at = waited.now()
    clock.hours(1)
    clock.ahead = 30 * HOUR
    assert waited.since(at) == HOUR
    clock.hours(2)
    clock.ahead = 0
    assert waited.since(at) == 3 * HOUR


def test_what_waits_since_a_clock_was_behind_for_a_moment_is_no_older_for_it(clock: Clock, waited: Waited) -> None:
    clock.ahead = -30 * HOUR
    at = waited.now()
    clock.hours(1)
    clock.ahead = 0
    assert waited.since(at) == HOUR


def test_a_clock_that_stays_ahead_is_believed_in_the_end(clock: Clock, waited: Waited) -> None:
    """As when it was wrong at the start, and was put right."""
    clock.ahead = 30 * HOUR
    at = waited.now()
    clock.hours(23)
    assert waited.since(at) < 0
    clock.hours(2)
    assert waited.since(at) == 25 * HOUR
