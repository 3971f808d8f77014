"""Days on which the markets this program assumes are open."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

TRADING_DAYS_PER_YEAR = 252
DAYS_PER_YEAR = 365


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    Source: Meeus/Jones/Butcher.
    """
    golden, century, year_of_century = year % 19, year // 100, year % 100
    leap_century, rest_century = divmod(century, 4)
    moon = (19 * golden + century - leap_century - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * rest_century + 2 * (year_of_century // 4) - moon - year_of_century % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int) -> tuple[date, ...]:
    """1 January, Good Friday, Easter Monday, 1 May and 24 to 26 December."""
    sunday = easter(year).toordinal()
    return (
        date(year, 1, 1),
        date.fromordinal(sunday - 2),
        date.fromordinal(sunday + 1),
        date(year, 5, 1),
        date(year, 12, 24),
        date(year, 12, 25),
        date(year, 12, 26),
    )


@lru_cache(maxsize=64)
def is_open(first: int, count: int) -> NDArray[np.bool_]:
    """Whether each day from the ordinal ``first`` is a trading day; shape (count,)."""
    days = np.arange(first, first + count)
    open_days = (days - 1) % 7 < 5
    for year in range(date.fromordinal(first).year, date.fromordinal(first + max(count - 1, 0)).year + 1):
        closed = np.array([day.toordinal() for day in holidays(year)]) - first
        open_days[closed[(closed >= 0) & (closed < count)]] = False
    open_days.flags.writeable = False
    return open_days
