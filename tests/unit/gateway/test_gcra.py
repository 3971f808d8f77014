"""The limiter: never more than the burst at once, never more than the rate in the long run."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.gateway.gcra import Gcra


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@settings(max_examples=60, deadline=None)
@given(
    per_minute=st.integers(1, 600),
    burst=st.integers(1, 50),
    waits=st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_in_no_window_more_than_burst_and_rate_pass(per_minute, burst, waits):
    clock = Clock()
    limit = Gcra(per_minute=per_minute, burst=burst, clock=clock)
    passed = []
    for wait in waits:
        clock.now += wait
        if limit.take("key").is_allowed:
            passed.append(clock.now)
    rate = per_minute / 60
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + rate * (passed[last] - passed[first]) + 1e-6


@settings(max_examples=60, deadline=None)
@given(per_minute=st.integers(1, 600), burst=st.integers(1, 50), count=st.integers(1, 80))
def test_who_waits_as_told_is_let_in_and_a_refusal_costs_nothing(per_minute, burst, count):
    clock = Clock()
    limit = Gcra(per_minute=per_minute, burst=burst, clock=clock)
    verdicts = [limit.take("key") for _ in range(count)]
    assert [verdict.is_allowed for verdict in verdicts] == [number < burst for number in range(count)]
    if count > burst:
        clock.now += verdicts[-1].retry_after_seconds
        assert limit.take("key").is_allowed


def test_remaining_counts_down_and_all_is_back_when_said():
    clock = Clock()
    limit = Gcra(per_minute=60, burst=3, clock=clock)
    verdicts = [limit.take("key") for _ in range(3)]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0]
    assert verdicts[-1].reset_seconds == 3
    clock.now += 3
    assert limit.take("key").remaining == 2


def test_keys_do_not_share_and_are_bounded_least_recently_used_first():
    limit = Gcra(per_minute=1, burst=1, keys_max=2, clock=Clock())
    assert limit.take("a").is_allowed
    assert limit.take("b").is_allowed
    assert not limit.take("a").is_allowed
    assert limit.take("c").is_allowed
    assert len(limit) == 2
    assert not limit.take("b").is_allowed
    assert limit.take("a").is_allowed, "the oldest key was forgotten"
