"""Series nobody should trust: what each is told; the figures of what is forecast are finite all the same."""

import numpy as np
from unit.prediction.markets import days_of, garch_returns

ROWS = 300
DAYS = days_of(ROWS)
WALK = 100 * np.exp(np.cumsum(garch_returns(ROWS, 1)))


def _with(place, value):
    closes = WALK.copy()
    closes[place] = value
    return DAYS, closes


def _split():
    closes = WALK.copy()
    closes[200:] /= 4 * closes[200] / closes[199]
    return DAYS, closes


def _gap():
    is_kept = np.ones(ROWS, dtype=bool)
    is_kept[100:180] = False
    return DAYS[is_kept], WALK[is_kept]


WARNED = {
    "constant for a third": (_with(slice(200, None), WALK[200]), "stale_prices"),
    "a gap of months": (_gap(), "gap"),
    "a split nobody applied": (_split(), "suspected_split"),
    "volatility of 1e12": ((DAYS, np.where(np.arange(ROWS) % 2, 1e12, 1.0)), "wild_prices"),
    "one close in another unit": (_with(150, WALK[150] * 1_000), "wild_prices"),
}
"""Forecast, with this warning."""

REFUSED = {
    "constant": ((DAYS, np.full(ROWS, 100.0)), "The price is 100 at each of the last 300 closes"),
    "two points": ((DAYS[:2], WALK[:2]), "at least 30"),
    "a close every two months": ((DAYS[::42], WALK[::42]), "at least 30"),
    "a zero": (_with(50, 0.0), "zero"),
    "a close twice": (
        (np.concatenate((DAYS, DAYS[-1:])), np.append(WALK, WALK[-1])),
        "line 302, close: close has the same",
    ),
    "a day twice": (
        (np.concatenate((DAYS, DAYS[-1:])), np.append(WALK, 99.0)),
        "line 302, close: close has another close",
    ),
    "the future": (
        (np.append(DAYS, np.datetime64("2098-01-03")), np.append(WALK, 99.0)),
        "line 302, date: 2098-01-03 lies in the future",
    ),
}
"""Refused, with this word in the reason."""
