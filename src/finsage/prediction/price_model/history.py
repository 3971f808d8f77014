"""A history of closes as the models read it: checked, sorted, as log returns with the gaps marked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from finsage.errors import Fault, Invalid

MISSING_ROWS_MAX = 5
ROWS_MIN = 30
_DAYS_PER_YEAR = 365
_TRADING_ROWS, _DAILY_ROWS = 252, 365
_WEEKEND_SHARE = 0.2
_FAULTS_MAX = 100
_STALE_WINDOW, _STALE_SHARE = 60, 0.2
_SPLIT_RATIOS = np.array([2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100, 3 / 2], dtype=np.float64)
_SPLIT_NEAR, _SPLIT_SIGMAS = 0.01, 8.0
_MAD_TO_SIGMA = 1.4826
_SPLIT_LEAST = float(np.log(_SPLIT_RATIOS.min())) - 2.0 * _SPLIT_NEAR
_WILD, _WILD_USUAL, _WILD_SHARE = float(np.log(10.0)), 0.2, 0.5

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]


class InvalidHistory(Invalid):
    """These prices cannot be forecast from."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the data that whoever reads a forecast should know; ``code`` is stable."""

    code: str
    detail: str


@dataclass(frozen=True)
class History:
    """Log returns of an asset.

    Attributes:
        days: day of each return (its end), shape (rows,), strictly ascending.
        returns: log returns, shape (rows,), finite.
        log_closes: logarithm of the close at the end of each return, shape (rows,).
        parts: which unbroken stretch a return belongs to, shape (rows,), ascending; no window straddles two.
        is_daily: traded every day of the week rather than on weekdays.
        spacing: days of that calendar from one close to the next, as usual in the last year: 1, or 5 for what is priced
            once a week.
        notices: what was noticed.
    """

    days: Days
    returns: Floats
    log_closes: Floats
    parts: NDArray[np.int64]
    is_daily: bool
    spacing: int = 1
    notices: tuple[Notice, ...] = ()

    def __len__(self) -> int:
        return len(self.returns)

    def horizon_rows(self, days: int) -> int:
        """How many rows a horizon in calendar days has: one per day of the calendar and spacing, at least one."""
        in_calendar = days if self.is_daily else 5 * days / 7
        return max(1, int(np.floor(in_calendar / self.spacing + 0.5)))

    @property
    def rows_per_year(self) -> float:
        """What a variance per row is annualised with: 365 rows or 252, less where closes are rare."""
        return (_DAILY_ROWS if self.is_daily else _TRADING_ROWS) / self.spacing

    @property
    def last_close(self) -> float:
        """The newest close."""
        return float(np.exp(self.log_closes[-1]))

    def until(self, rows: int) -> History:
        """The first so many returns, as they were known then."""
        cut = {name: getattr(self, name)[:rows] for name in ("days", "returns", "log_closes", "parts")}
        return replace(self, **cut)

    def on(self, days: Days) -> History:
        """The history as it looks to who sees the closes of these days alone; all of them are its own."""
        at = np.searchsorted(self.days, days)
        return read_history(days, np.exp(self.log_closes[at]))

    def sha256(self, rows: int | None = None) -> str:
        """SHA-256 of days, closes and calendar, or of the first rows of them; worked out once."""
        count = len(self) if rows is None else rows
        if count not in self._digests:
            digest = hashlib.sha256(b"daily" if self.is_daily else b"weekdays")
            if self.spacing > 1:
                digest.update(f" every {self.spacing}".encode())
            digest.update(np.ascontiguousarray(self.days[:count]).view(np.int64).data)
            digest.update(np.ascontiguousarray(self.log_closes[:count]).data)
            self._digests[count] = digest.hexdigest()
        return self._digests[count]

    @cached_property
    def _digests(self) -> dict[int, str]:
        return {}

    @cached_property
    def _sums(self) -> Floats:
        return np.concatenate(([0.0], np.cumsum(self.returns)))

    @cached_property
    def _square_sums(self) -> Floats:
        return np.concatenate(([0.0], np.cumsum(self.returns**2)))

    def ahead(self, rows: int, first: int = 0) -> Floats:
        """Sum of the next returns per row, from a row on: the target; NaN where one is missing or a gap between."""
        return self._ahead(self._sums, rows, first)

    def variance_ahead(self, rows: int) -> Floats:
        """Sum of the next squared returns per row; NaN as in ``ahead``."""
        return self._ahead(self._square_sums, rows, 0)

    def behind(self, rows: int, first: int = 0) -> Floats:
        """Sum of the last returns per row, from a row on, its own included; NaN as in ``ahead``."""
        found = np.full(len(self) - first, np.nan)
        if rows <= len(self):
            begin = max(rows - 1, first)
            whole = self.parts[begin:] == self.parts[begin - rows + 1 : len(self) - rows + 1]
            sums = self._sums[begin + 1 :] - self._sums[begin - rows + 1 : -rows]
            found[begin - first :] = np.where(whole, sums, np.nan)
        return found

    def _ahead(self, sums: Floats, rows: int, first: int) -> Floats:
        found = np.full(len(self) - first, np.nan)
        if first + rows < len(self):
            whole = self.parts[first + rows :] == self.parts[first:-rows]
            found[:-rows] = np.where(whole, sums[first + rows + 1 :] - sums[first + 1 : -rows], np.nan)
        return found


def read_history(days: Days, closes: Floats) -> History:
    """Check closes and turn them into returns.

    Prices are neither filled nor clipped: up to five missing rows make one return, a longer gap drops it.

    Args:
        days: datetime64[D], any order, shape (closes,).
        closes: adjusted for splits, shape (closes,).

    Raises:
        InvalidHistory: a close is not above zero or not finite, a day stands twice, or fewer than two closes;
            every fault names its row, counted from 1.
    """
    is_ascending = bool((days[1:] > days[:-1]).all())
    _refuse(days, closes, is_ascending=is_ascending)
    notices: list[Notice] = []
    if not is_ascending:
        order = np.argsort(days, kind="stable")
        days, closes = days[order], closes[order]
        notices.append(Notice("unsorted", "The prices were not in the order of their days and have been sorted."))
    is_daily = trades_daily(days)
    kept = _are_near(days, is_daily=is_daily)
    recent = max(_first_recent(days) - 1, 0)
    apart = _rows_between(days[recent:-1], days[recent + 1 :], is_daily=is_daily)
    spacing = _usual(apart[kept[recent:]])
    if spacing > 1:
        detail = f"A close comes only every {spacing} rows of its calendar: nothing shorter can be told apart."
        notices.append(Notice("sparse_prices", detail))
    if not kept.all():
        gaps = np.flatnonzero(~kept)
        named = ", ".join(f"{days[at]} to {days[at + 1]}" for at in gaps[:3])
        notices.append(Notice("gap", f"{len(gaps)} gaps of more than {MISSING_ROWS_MAX} rows: {named}."))
    logs = np.log(closes)
    returns = np.diff(logs)
    notices += _suspicions(days[1:], returns)
    return History(
        days=days[1:][kept],
        returns=returns[kept],
        log_closes=logs[1:][kept],
        parts=np.cumsum(~kept, dtype=np.int64)[kept],
        is_daily=is_daily,
        spacing=spacing,
        notices=tuple(notices),
    )


def days_in_common(histories: Sequence[History]) -> Days:
    """The days on which all of them have a return, ascending; of at least one history."""
    common = histories[0].days
    for history in histories[1:]:
        common = np.intersect1d(common, history.days)
    return common


def trades_daily(days: Days) -> bool:
    """Whether at least a fifth of the rows of the last 365 days are Saturdays and Sundays; the days ascend."""
    return bool((~np.is_busday(days[_first_recent(days) :])).mean() >= _WEEKEND_SHARE)


def _first_recent(days: Days) -> int:
    """The place of the first of the last 365 days; the days ascend."""
    return int(np.searchsorted(days, days[-1] - np.timedelta64(_DAYS_PER_YEAR, "D"), side="right"))


def _usual(apart: NDArray[np.int64]) -> int:
    """How far closes are apart as a rule; next to each other where nobody knows."""
    return int(np.median(apart)) if len(apart) else 1


def _refuse(days: Days, closes: Floats, *, is_ascending: bool) -> None:
    if len(days) < 2:
        raise InvalidHistory(f"A history needs at least two closes, {len(days)} are there.")
    if is_ascending and (np.isfinite(closes) & (closes > 0)).all():
        return
    order = np.argsort(days, kind="stable")
    is_twice = np.zeros(len(days), dtype=np.bool_)
    is_twice[order[1:]] = days[order[1:]] == days[order[:-1]]
    found = [
        (~np.isfinite(closes), "the close must be a number"),
        (np.isfinite(closes) & (closes <= 0), "the close must be above zero; leave the day out where there was none"),
        (is_twice, "the day stands twice"),
    ]
    faults = [
        Fault(f"row {row + 1}", f"{days[row]}: {detail}.") for is_bad, detail in found for row in np.flatnonzero(is_bad)
    ]
    if faults:
        raise InvalidHistory("The prices cannot be used.", faults=tuple(faults[:_FAULTS_MAX]))


def _are_near(days: Days, *, is_daily: bool) -> NDArray[np.bool_]:
    """Whether at most five rows are missing between a day and the next."""
    most = MISSING_ROWS_MAX + 1
    near = np.asarray(days[1:] - days[:-1] <= np.timedelta64(most, "D"), dtype=np.bool_)
    # No more rows than days lie between two days, so only the others are counted.
    far = np.flatnonzero(~near)
    near[far] = _rows_between(days[far], days[far + 1], is_daily=is_daily) <= most
    return near


def _rows_between(first: Days, last: Days, *, is_daily: bool) -> NDArray[np.int64]:
    if is_daily:
        return (last - first).astype(np.int64)
    # A price dated on a weekend counts for the next weekday.
    return np.maximum(np.busday_count(first, last, weekmask="1111100"), 1).astype(np.int64)


def splits_in(returns: Floats) -> dict[int, float]:
    """Returns that look like a split, by row: within 1 % of a usual ratio and beyond eight robust sigmas of all."""
    if not (np.abs(returns) >= _SPLIT_LEAST).any():
        return {}
    spread = np.median(np.abs(returns - np.median(returns))) * _MAD_TO_SIGMA
    jumps = np.flatnonzero(np.abs(returns) > _SPLIT_SIGMAS * max(float(spread), 1e-5))
    found = {int(at): split_ratio(float(np.exp(returns[at]))) for at in jumps}
    return {at: ratio for at, ratio in found.items() if ratio is not None}


def split_ratio(change: float) -> float | None:
    """The usual ratio of a split that a price changed by, or its inverse; None where it is near none."""
    ratio = max(change, 1.0 / change)
    near = float(_SPLIT_RATIOS[np.argmin(np.abs(_SPLIT_RATIOS / ratio - 1.0))])
    return near if abs(near / ratio - 1.0) <= _SPLIT_NEAR else None


def _suspicions(days: Days, returns: Floats) -> list[Notice]:
    found = [
        Notice("suspected_split", f"{days[at]}: the price moved like a split of {ratio:g}.")
        for at, ratio in splits_in(returns).items()
    ]
    sizes = np.abs(returns)
    if len(wild := np.flatnonzero(sizes > _WILD)):
        detail = (
            f"{len(wild)} of {len(returns)} returns change the price more than tenfold, the first on {days[wild[0]]}"
        )
        found.append(Notice("wild_prices", f"{detail}: wrong prices or another unit look like this."))
    elif (sizes >= _WILD_USUAL).mean() > _WILD_SHARE:
        found.append(Notice("wild_prices", f"More than half of the returns are beyond {np.expm1(_WILD_USUAL):.0%}."))
    recent = returns[-_STALE_WINDOW:]
    if len(recent) == _STALE_WINDOW and (recent == 0).mean() >= _STALE_SHARE:
        found.append(Notice("stale_prices", "A fifth or more of the last 60 returns are exactly zero."))
    return found
