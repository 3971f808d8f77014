"""Members of the ensemble that an asset's own history is enough for, and the filters that the others build on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finsage.prediction.price_model.history import Floats, History
from finsage.quant.ewma import ewma_variance, weight_of_half_life
from finsage.quant.garch import GarchT, NotFitted, backcast, fit_garch_t, variance_over, variances

HALF_LIVES = (1.5, 5.0, 11.0, 22.0, 66.0, 250.0)
REFERENCE = 22.0
RISKMETRICS_WEIGHT = 0.06
GARCH_WINDOW = 1_500
GARCH_EVERY = 63
GARCH_ROWS_MIN = 250


@dataclass(frozen=True, slots=True)
class Filters:
    """Running variances per row of a history: by half-life in rows, and with the weight 0.06 of RiskMetrics."""

    by_half_life: Mapping[float, Floats]
    riskmetrics: Floats

    @property
    def reference(self) -> Floats:
        """The variance everything scale-free is measured against: half-life 22 rows."""
        return self.by_half_life[REFERENCE]


@dataclass(frozen=True, slots=True)
class GarchPath:
    """GARCH-t along a history as it was known at each row; NaN where no model was fitted yet.

    Attributes:
        following: variance of the next row, shape (rows,).
        models: the fitted ones with the row they were fitted at: it and all later rows up to the next fit use them.
    """

    following: Floats
    models: tuple[tuple[int, GarchT], ...]

    def over(self, rows: int) -> Floats:
        """Variance over the next rows, per row."""
        found = np.full(len(self.following), np.nan)
        for first, last, model in self._stretches():
            found[first:last] = variance_over(self.following[first:last], model, rows)
        return found

    def degrees(self) -> Floats:
        """Degrees of freedom of the innovations, per row."""
        found = np.full(len(self.following), np.nan)
        for first, last, model in self._stretches():
            found[first:last] = model.nu
        return found

    def _stretches(self) -> list[tuple[int, int, GarchT]]:
        ends = [*(row for row, _ in self.models[1:]), len(self.following)]
        # Without a model there is one end and no stretch.
        return [(row, end, model) for (row, model), end in zip(self.models, ends, strict=False)]


def filters(history: History) -> Filters:
    """The running variances of a history."""
    by_half_life = {rows: ewma_variance(history.returns, weight_of_half_life(rows)) for rows in HALF_LIVES}
    return Filters(by_half_life, ewma_variance(history.returns, RISKMETRICS_WEIGHT))


class GarchFits:
    """GARCH-t models of one history by the row they are fitted at, each fitted when it is first asked for.

    A model depends on the returns before its row alone, so every horizon shares it.

    Args:
        history: any; nothing is fitted with fewer than 250 returns.
        known: models fitted before, by row, None where the fit failed; they are taken as they are.
    """

    def __init__(self, history: History, known: Mapping[int, GarchT | None] | None = None) -> None:
        self._history = history
        self._found: dict[int, GarchT | None] = dict(known or {})

    @property
    def found(self) -> Mapping[int, GarchT | None]:
        """What was fitted or known so far, by row."""
        return self._found

    def path(self, *, first: int = 0) -> GarchPath:
        """GARCH-t fitted anew at every 63rd row and filtered in between, each row from what was known then.

        The rows of the fits depend on the history alone, so that a forecast is the same made today or walked to later.
        A fit that fails keeps the model before it.

        Args:
            first: rows before it may stay NaN: they are not needed.
        """
        returns = self._history.returns
        following = np.full(len(returns), np.nan)
        models: list[tuple[int, GarchT]] = []
        start = max(first // GARCH_EVERY * GARCH_EVERY, -(-GARCH_ROWS_MIN // GARCH_EVERY) * GARCH_EVERY)
        for row in range(start, len(returns), GARCH_EVERY):
            model = self._at(row) or (models[-1][1] if models else None)
            if model is None:
                continue
            models.append((row, model))
            end = min(row + GARCH_EVERY, len(returns))
            seen = returns[max(0, row - GARCH_WINDOW) : end]
            following[row:end] = variances(seen, model, backcast(seen))[row - end :]
        return GarchPath(following, tuple(models))

    def _at(self, row: int) -> GarchT | None:
        if row not in self._found:
            self._found[row] = _fitted(self._history.returns[max(0, row - GARCH_WINDOW) : row])
        return self._found[row]


def _fitted(window: Floats) -> GarchT | None:
    try:
        return fit_garch_t(window)
    except NotFitted:
        return None
