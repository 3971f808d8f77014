"""Members of the ensemble that an asset's own history is enough for, and the filters that the others build on."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
import scipy

from finsage.prediction.price_model.history import Floats, History
from finsage.quant.ewma import FLOOR, ewma_from_start, ewma_onward, ewma_variance, weight_of_half_life
from finsage.quant.garch import GarchT, NotFitted, backcast, fit_garch_t, variance_over, variances

HALF_LIVES = (1.5, 5.0, 11.0, 22.0, 66.0, 250.0)
REFERENCE = 22.0
RISKMETRICS_WEIGHT = 0.06
GARCH_WINDOW = 1_500
GARCH_EVERY = 63
GARCH_ROWS_MIN = 250
_FITTED_BY = f"1 scipy {scipy.__version__}".encode()
"""The method and its tools: what another version fitted is fitted anew. Counted up with every change to the fit."""

_GARCH_FIRST = -(-GARCH_ROWS_MIN // GARCH_EVERY) * GARCH_EVERY


_WEIGHTS = (*(weight_of_half_life(rows) for rows in HALF_LIVES), RISKMETRICS_WEIGHT)


@dataclass(frozen=True, slots=True)
class Filters:
    """Running variances per row of a history: by half-life in rows, and with the weight 0.06 of RiskMetrics.

    Attributes:
        means: one line per half-life and one for RiskMetrics, without their floor; shape (7, rows).
        first: the row of the history that they begin at.
    """

    means: Floats
    first: int = 0

    @property
    def by_half_life(self) -> dict[float, Floats]:
        """The variances by half-life in rows."""
        return {rows: self.means[place] + FLOOR for place, rows in enumerate(HALF_LIVES)}

    @property
    def riskmetrics(self) -> Floats:
        """The variance with the weight of RiskMetrics."""
        return np.asarray(self.means[-1] + FLOOR, dtype=np.float64)

    @property
    def reference(self) -> Floats:
        """The variance everything scale-free is measured against: half-life 22 rows."""
        return np.asarray(self.means[HALF_LIVES.index(REFERENCE)] + FLOOR, dtype=np.float64)

    def since(self, first: int) -> Filters:
        """The same from a later row on."""
        return Filters(self.means[:, first - self.first :], first)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the running variances of a history had come: ``means`` of a ``Filters`` after so many rows."""

    rows: int
    means: Floats


@dataclass(frozen=True, slots=True)
class GarchPath:
    """GARCH-t along a history as it was known at each row; NaN where no model was fitted yet.

    Attributes:
        following: variance of the next row, shape (rows,).
        models: the fitted ones with the row they were fitted at: it and all later rows up to the next fit use them.
    """

    following: Floats
    models: tuple[tuple[int, GarchT], ...]

    def over(self, rows: int, first: int = 0) -> Floats:
        """Variance over the next rows, per row from one on."""
        found = np.full(len(self.following) - first, np.nan)
        for begin, end, model in self._stretches(first):
            found[begin - first : end - first] = variance_over(self.following[begin:end], model, rows)
        return found

    def degrees(self, first: int = 0) -> Floats:
        """Degrees of freedom of the innovations, per row from one on."""
        found = np.full(len(self.following) - first, np.nan)
        for begin, end, model in self._stretches(first):
            found[begin - first : end - first] = model.nu
        return found

    def _stretches(self, first: int) -> list[tuple[int, int, GarchT]]:
        ends = [*(row for row, _ in self.models[1:]), len(self.following)]
        # Without a model there is one end and no stretch.
        found = zip(self.models, ends, strict=False)
        return [(max(row, first), end, model) for (row, model), end in found if end > first]


def filters(history: History) -> Filters:
    """The running variances of a history."""
    return Filters(np.stack([ewma_from_start(history.returns, weight) for weight in _WEIGHTS]))


def filters_onward(histories: Sequence[History], reached: Sequence[Reached]) -> list[Filters]:
    """The running variances of many histories from the last row they had come to, the same to the last bit."""
    found: list[Filters] = [_NONE] * len(histories)
    by_new = defaultdict[int, list[int]](list)
    for place, (history, one) in enumerate(zip(histories, reached, strict=True)):
        by_new[len(history) - one.rows].append(place)
    for new, places in by_new.items():
        before = np.stack([reached[place].means for place in places], axis=1)
        returns = np.stack([histories[place].returns[len(histories[place]) - new :] for place in places])
        after = [ewma_onward(returns, weight, one) for weight, one in zip(_WEIGHTS, before, strict=True)]
        joined = np.concatenate([before[:, :, None], np.stack(after)], axis=2)
        for column, place in enumerate(places):
            found[place] = Filters(joined[:, column], reached[place].rows - 1)
    return found


def turbulence(history: History) -> Floats:
    """Logarithm of the variance of a week over that of a quarter, per row."""
    return _turbulence(*(ewma_variance(history.returns, weight_of_half_life(rows)) for rows in _TURBULENT))


def turbulence_of(made: Filters) -> Floats:
    """The same of filters that are there."""
    return _turbulence(*(made.means[HALF_LIVES.index(rows)] + FLOOR for rows in _TURBULENT))


def _turbulence(short: Floats, long: Floats) -> Floats:
    return np.asarray(np.log(short / long), dtype=np.float64)


_TURBULENT = (5.0, 66.0)
_NONE = Filters(np.empty((len(_WEIGHTS), 0)))


class SharedFits:
    """What was fitted to the last different pasts, for histories that are made anew each time.

    A model depends on the returns it is fitted to alone, so whoever has the same may take it. Threads may share it.
    """

    MOST = 16_384
    """Models that are kept: those that forecasts of some seven hundred assets need."""

    def __init__(self) -> None:
        self._found: dict[bytes, GarchT | None] = {}
        self._lock = Lock()

    def of(self, window: Floats) -> GarchT | None:
        """The model of these returns, None where the fit fails."""
        key = _digest(window)
        with self._lock:
            if key in self._found:
                return self._found[key]
        model = _fitted(window)
        with self._lock:
            self._found[key] = model
            if len(self._found) > self.MOST:
                del self._found[next(iter(self._found))]
        return model


class GarchFits:
    """GARCH-t models of one history by the row they are fitted at, each fitted when it is first asked for.

    A model depends on the returns before its row alone, so every horizon shares it.

    Args:
        history: any; nothing is fitted with fewer than 250 returns.
        known: models fitted before, by row, None where the fit failed; they are taken as they are.
        windows: a digest of the returns each of them was fitted to.
        reached: a row and the variance of the row after it by the model that serves there; what is known goes on
            from there.
        shared: where models of the same returns may be, and what is fitted goes.
    """

    def __init__(
        self,
        history: History,
        known: Mapping[int, GarchT | None] | None = None,
        windows: Mapping[int, bytes] | None = None,
        reached: tuple[int, float] | None = None,
        shared: SharedFits | None = None,
    ) -> None:
        self.shared = shared
        self._history = history
        self._found: dict[int, GarchT | None] = dict(known or {})
        self._windows: dict[int, bytes] = dict(windows or {})
        self._reached = reached
        self._last: tuple[int, GarchPath] | None = None

    @classmethod
    def of_same_windows(
        cls,
        history: History,
        known: Mapping[int, GarchT | None],
        windows: Mapping[int, bytes],
        shared: SharedFits | None = None,
    ) -> GarchFits:
        """With those of the models that were fitted to the very returns that the history has before their row."""
        same = {
            row: digest for row, digest in windows.items() if row <= len(history) and _short(history, row) == digest
        }
        return cls(history, {row: known[row] for row in same}, same, shared=shared)

    @property
    def found(self) -> Mapping[int, GarchT | None]:
        """What was fitted or known so far, by row."""
        return self._found

    def window(self, row: int) -> bytes:
        """Eight bytes that say what the model of a row was fitted to and by which method."""
        if row not in self._windows:
            self._windows[row] = _short(self._history, row)
        return self._windows[row]

    def path(self, *, first: int = 0) -> GarchPath:
        """GARCH-t fitted anew at every 63rd row and filtered in between, each row from what was known then.

        The rows of the fits depend on the history alone, so that a forecast is the same made today or walked to later.
        A fit that fails keeps the model before it.

        Args:
            first: rows before it may stay NaN: they are not needed.
        """
        if self._last is None or self._last[0] > first:
            self._last = first, self._path(first)
        return self._last[1]

    def _path(self, first: int) -> GarchPath:
        rows = len(self._history)
        following = np.full(rows, np.nan)
        models: list[tuple[int, GarchT]] = []
        start = max(first // GARCH_EVERY * GARCH_EVERY, _GARCH_FIRST)
        for row in range(start, rows, GARCH_EVERY):
            model = self._at(row) or (models[-1][1] if models else self._before(row))
            if model is None:
                continue
            models.append((row, model))
            end = min(row + GARCH_EVERY, rows)
            begin, found = self._following(row, end, model, first)
            following[begin:end] = found
        return GarchPath(following, tuple(models))

    def _following(self, row: int, end: int, model: GarchT, first: int) -> tuple[int, Floats]:
        """The rows of a stretch that are needed, and the variances after each of them."""
        returns = self._history.returns
        if self._reached is not None and row <= self._reached[0] < end and self._reached[0] <= first:
            at, before = self._reached
            return at, np.concatenate(([before], variances(returns[at + 1 : end], model, before)))
        seen = returns[max(0, row - GARCH_WINDOW) : end]
        return row, variances(seen, model, backcast(seen))[row - end :]

    def _before(self, row: int) -> GarchT | None:
        """The newest model that was fitted before a row, None where every fit failed."""
        while row > _GARCH_FIRST:
            row -= GARCH_EVERY
            if (model := self._at(row)) is not None:
                return model
        return None

    def _at(self, row: int) -> GarchT | None:
        if row not in self._found:
            window = _window(self._history, row)
            self._found[row] = _fitted(window) if self.shared is None else self.shared.of(window)
        return self._found[row]


def _window(history: History, row: int) -> Floats:
    return history.returns[max(0, row - GARCH_WINDOW) : row]


def _short(history: History, row: int) -> bytes:
    return _digest(_window(history, row))[:8]


def _digest(window: Floats) -> bytes:
    digest = hashlib.sha256(_FITTED_BY)
    digest.update(np.ascontiguousarray(window).data)
    return digest.digest()


def _fitted(window: Floats) -> GarchT | None:
    try:
        return fit_garch_t(window)
    except NotFitted:
        return None
