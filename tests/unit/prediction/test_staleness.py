"""When a forecast is stale: old closes, or weights older than any that were tested."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from finsage.prediction.service.staleness import CLOSES_DAYS_MAX, WEIGHTS_DAYS_MAX, staleness, trained_until

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("closes", "weights", "codes"),
    [
        (0, 29, []),
        (CLOSES_DAYS_MAX, WEIGHTS_DAYS_MAX, []),
        (CLOSES_DAYS_MAX + 1, None, ["old_closes"]),
        (0, WEIGHTS_DAYS_MAX + 1, ["old_weights"]),
        (400, 4_000, ["old_closes", "old_weights"]),
    ],
)
def test_the_limits(closes, weights, codes):
    learned = None if weights is None else TODAY - timedelta(days=weights)
    found = staleness(TODAY - timedelta(days=closes), learned, TODAY)
    assert [code for code, _ in found.reasons] == codes
    assert found.is_stale == bool(codes)
    assert (found.closes_days, found.weights_days) == (closes, weights)


@pytest.mark.parametrize("card", [{}, {"to": None}, {"to": "soon"}])
def test_a_card_that_does_not_say_makes_nothing_up(card):
    assert trained_until(card) is None
