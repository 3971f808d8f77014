"""Markets to forecast: simulated returns with the clustering, the tails and the common moves of real ones."""

import numpy as np

from finsage.prediction.price_model.history import History, read_history

FIRST = np.datetime64("2015-01-05")


def days_of(count, *, is_daily=False):
    return FIRST + np.arange(count) if is_daily else np.busday_offset(FIRST, np.arange(count))


def history_of(returns, *, is_daily=False, start=100.0) -> History:
    closes = start * np.exp(np.concatenate(([0.0], np.cumsum(returns))))
    return read_history(days_of(len(closes), is_daily=is_daily), closes)


def garch_returns(rows, seed, *, sigma=0.01, nu=5.0, alpha=0.08, beta=0.9):
    random = np.random.default_rng(seed)
    shocks = random.standard_t(nu, rows) * np.sqrt((nu - 2) / nu)
    variance, found = sigma**2, np.empty(rows)
    for row in range(rows):
        found[row] = np.sqrt(variance) * shocks[row]
        variance = (1 - alpha - beta) * sigma**2 + alpha * found[row] ** 2 + beta * variance
    return found


def small_market(assets=4, rows=1_150, *, changed_rows=0):
    """Histories and classes by name; the last rows may be replaced by a wild future."""
    histories = {}
    for number in range(assets):
        returns = garch_returns(rows, number, sigma=0.006 + 0.002 * number)
        if changed_rows:
            returns[-changed_rows:] = np.random.default_rng(9).normal(0, 0.2, changed_rows)
        histories[f"A{number}"] = history_of(returns)
    return histories, {name: "fx" if place % 2 else "equity" for place, name in enumerate(histories)}
