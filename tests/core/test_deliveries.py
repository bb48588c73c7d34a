"""A transaction that the homeserver left lying is asked for; another appservice's numbers stop nothing."""

from __future__ import annotations

import pytest

from bridge.core.deliveries import WATCH_S, Deliveries, number_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def take(deliveries: Deliveries, *numbers: int) -> list[int]:
    """Offer transactions; those that are taken."""
    taken = []
    for number in numbers:
        if deliveries.may_take(str(number)):
            deliveries.taken(str(number))
            taken.append(number)
    return taken


def test_what_comes_in_order_is_taken(clock: Clock) -> None:
    assert take(Deliveries(4, clock), 5, 6, 6, 7) == [5, 6, 6, 7]


def test_a_jump_is_refused_until_the_missing_one_has_come(clock: Clock) -> None:
    assert take(Deliveries(4, clock), 6, 5, 6, 7) == [5, 6, 7]


def test_a_jump_that_is_anothers_stops_nothing_for_long(clock: Clock) -> None:
    deliveries = Deliveries(4, clock)
    assert take(deliveries, 6, 6, 9, 9, 12, 12) == [6, 9, 12]
    assert take(deliveries, 15, 18, 21) == [15, 18, 21]


def test_a_jump_that_nothing_is_before_is_told_of(clock: Clock) -> None:
    deliveries, told = Deliveries(4, clock), []
    deliveries.jumped = lambda: told.append(deliveries.last)
    assert take(deliveries, 6, 5, 6, 7) == [5, 6, 7]
    assert told == []
    assert take(deliveries, 9, 9) == [9]
    assert told == [7]


def test_a_missing_one_that_came_keeps_the_watch_up(clock: Clock) -> None:
    deliveries = Deliveries(4, clock)
    for start in (5, 10, 15, 20, 25):
        assert take(deliveries, start + 1, start, start + 1, *range(start + 2, start + 5)) == [*range(start, start + 5)]


def test_without_trouble_numbers_are_not_looked_at(clock: Clock) -> None:
    deliveries = Deliveries(4, clock)
    clock.now = WATCH_S + 1
    assert take(deliveries, 9, 20) == [9, 20]
    deliveries.watch()
    assert take(deliveries, 22) == []


def test_the_first_one_ever_and_one_without_a_number_are_taken(clock: Clock) -> None:
    assert take(Deliveries(None, clock), 77, 78) == [77, 78]
    assert Deliveries(4, clock).may_take("m1234.5")
    assert number_of("۱۲") is None
    assert number_of("12") == 12
