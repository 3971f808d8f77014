"""What came: the price that judges a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from finsage.market.service.matrix import PriceMatrix


@dataclass(frozen=True, slots=True)
class Realised:
    """The day and the price that judge a forecast; a portfolio's price is its value."""

    day: date
    price: Decimal
    log_return: float


def first_close(matrix: PriceMatrix, column: int, day: date, last_close: float) -> Realised | None:
    """The first close on or after a day; None where there is none yet."""
    at = np.flatnonzero((matrix.days >= np.datetime64(day)) & ~np.isnan(matrix.closes[:, column]))
    if not len(at):
        return None
    close = float(matrix.closes[at[0], column])
    found: date = matrix.days[at[0]].item()
    return Realised(found, Decimal(repr(close)), float(np.log(close / last_close)))
