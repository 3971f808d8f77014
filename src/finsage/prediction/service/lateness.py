"""When a close comes too late to judge a forecast by."""

from __future__ import annotations

from datetime import date

import numpy as np

LATE_ROWS_MAX = 5


def is_too_late(due: date, last: date, *, is_daily: bool) -> bool:
    """Whether more than five rows of a calendar lie between the day a forecast is of and another, not before it.

    Args:
        due: the day the forecast is of.
        last: that of the close that judges it, or the newest whole day while there is none.
        is_daily: of a calendar with weekends; of one without, those are no rows.
    """
    rows = (last - due).days if is_daily else int(np.busday_count(due, last))
    return rows > LATE_ROWS_MAX
