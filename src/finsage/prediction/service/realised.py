"""What came: the price that judges a forecast, and whether it can be held against the price it was made at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np

from finsage.market.service.matrix import PriceMatrix
from finsage.prediction.price_model.history import split_ratio, splits_in


@dataclass(frozen=True, slots=True)
class Realised:
    """The day and the price that judge a forecast; a portfolio's price is its value.

    ``is_split``: between the two days the price moved like a split that nobody applied, so the two say nothing of each
    other. ``variance``: the sum of squared returns on the way, None where nobody knows it.
    """

    day: date
    price: Decimal
    log_return: float
    is_split: bool = False
    variance: float | None = None


@dataclass(frozen=True, slots=True)
class Closes:
    """Closes to judge by, with the column of each asset."""

    matrix: PriceMatrix
    columns: Mapping[UUID, int]


def closes_of(matrix: PriceMatrix) -> Closes:
    """The same with its columns by asset."""
    return Closes(matrix, {asset_id: column for column, asset_id in enumerate(matrix.asset_ids)})


def first_close(closes: Closes, asset_id: UUID, day: date, as_of: date, last_close: float) -> Realised | None:
    """The first close on or after a day; None where there is none yet.

    Closes that were restated for a split since the forecast was made are compared with the restated close of its day.
    """
    matrix, column = closes.matrix, closes.columns[asset_id]
    at = np.flatnonzero((matrix.days >= np.datetime64(day)) & ~np.isnan(matrix.closes[:, column]))
    if not len(at):
        return None
    close = float(matrix.closes[at[0], column])
    restated = restated_by(closes, asset_id, as_of, last_close)
    on_the_way = (matrix.days > np.datetime64(as_of)) & (matrix.days <= matrix.days[at[0]])
    path = matrix.closes[on_the_way, column]
    path = np.concatenate(([last_close / restated], path[~np.isnan(path)]))
    found: date = matrix.days[at[0]].item()
    return Realised(
        found,
        Decimal(repr(close * restated)),
        float(np.log(close * restated / last_close)),
        has_split(closes, asset_id, as_of, found),
        float((np.diff(np.log(path)) ** 2).sum()),
    )


def restated_by(closes: Closes, asset_id: UUID, as_of: date, last_close: float) -> float:
    """What today's closes are to be multiplied by: the split since which the close of a day is written otherwise."""
    matrix, column = closes.matrix, closes.columns[asset_id]
    at = int(np.searchsorted(matrix.days, np.datetime64(as_of)))
    if at == len(matrix.days) or matrix.days[at] != np.datetime64(as_of) or np.isnan(matrix.closes[at, column]):
        return 1.0
    ratio = last_close / float(matrix.closes[at, column])
    return 1.0 if split_ratio(ratio) is None else ratio


def has_split(closes: Closes, asset_id: UUID, first: date, last: date) -> bool:
    """Whether a close after the first day, to the last, moved like a split."""
    matrix, column = closes.matrix, closes.columns[asset_id]
    is_there = ~np.isnan(matrix.closes[:, column]) & (matrix.days <= np.datetime64(last))
    days = matrix.days[is_there]
    found = splits_in(np.diff(np.log(matrix.closes[is_there, column])))
    return any(days[at + 1] > np.datetime64(first) for at in found)
