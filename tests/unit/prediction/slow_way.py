"""The forecast row by row and asset by asset, as its definition says: an oracle that nobody would run daily."""

from contextlib import suppress

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtri

from finsage.prediction.price_model.levels import LEVELS, SHOWN
from finsage.quant.garch import NotFitted, fit_garch_t

HALF_LIVES = (1.5, 5.0, 11.0, 22.0, 66.0, 250.0)
TAILS = (0.01, 0.025, 0.05, 0.1)


def ewma(returns, weight):
    value, found = np.mean(returns[:60] ** 2), []
    for one in returns:
        value = (1 - weight) * value + weight * one * one
        found.append(value + 1e-10)
    return np.array(found)


def by_half_life(history):
    return {rows: ewma(history.returns, 1 - 2 ** (-1 / rows)) for rows in HALF_LIVES}


def turbulence(histories):
    found = {}
    for history in histories:
        filters = by_half_life(history)
        for day, short, long in zip(history.days, filters[5.0], filters[66.0], strict=True):
            found.setdefault(day, []).append(np.log(short / long))
    return {day: np.mean(values) for day, values in found.items()}


def features(history, of_class, of_all):
    filters = by_half_life(history)
    sigma = np.sqrt(filters[22.0])

    def momentum(row, rows):
        window = slice(row - rows + 1, row + 1)
        is_whole = row - rows + 1 >= 0 and len(set(history.parts[window])) == 1
        return history.returns[window].sum() / (sigma[row] * np.sqrt(rows)) if is_whole else np.nan

    return filters[22.0], np.array(
        [
            [
                *(np.log(filters[rows][row] / filters[22.0][row]) for rows in HALF_LIVES if rows != 22.0),
                abs(history.returns[row]) / sigma[row],
                history.returns[row] / sigma[row],
                *(momentum(row, rows) for rows in (5, 22, 66, 250)),
                of_class[day],
                of_all[day],
            ]
            for row, day in enumerate(history.days)
        ]
    )


def garch_ahead(history, horizon):
    """Variance over the horizon and degrees of freedom per row."""
    returns, model, fitted = history.returns, None, 0
    found = np.full((len(returns), 2), np.nan)
    for row in range(252, len(returns)):
        if row % 63 == 0:
            fitted = row
            with suppress(NotFitted):
                model = fit_garch_t(returns[max(0, row - 1500) : row])
            seen = returns[max(0, row - 1500) : row]
            squares = returns[max(0, row - 1500) :][:75] ** 2
            weights = 0.94 ** np.arange(len(squares))
            variance = (weights * squares).sum() / weights.sum() + 1e-10
            for one in seen if model else ():
                variance = model.omega + model.alpha * one * one + model.beta * variance
        if model is not None and fitted:
            variance = model.omega + model.alpha * returns[row] ** 2 + model.beta * variance
            mean, decay = model.omega / (1 - model.alpha - model.beta), model.alpha + model.beta
            found[row] = horizon * mean + (variance - mean) * (1 - decay**horizon) / (1 - decay), model.nu
    return found


def sigmas_and_boosted(history, of_class, of_all, models, horizon):
    reference, inputs = features(history, of_class, of_all)
    ratios = np.column_stack([np.ones(len(inputs)), np.exp(np.clip(inputs[:, :5], -4, 4))])
    har = np.clip((ratios * models.har).sum(axis=1), 0.1, 8)
    variances = [
        horizon * ewma(history.returns, 0.06),
        garch_ahead(history, horizon)[:, 0],
        horizon * reference * har,
        horizon * reference * models.boosted_ratios(inputs),
    ]
    sigma = np.array(
        [max(np.exp(np.mean([np.log(v) / 2 for v in row if np.isfinite(v)])), 1e-5) for row in np.transpose(variances)]
    )
    return sigma, models.boosted_scaled(inputs[-1:])[0] * np.sqrt(horizon * reference[-1])


def forecast(histories, classes, name, weights, days):
    """Quantiles at ``SHOWN``, value at risk and shortfall at ``TAILS``; of an asset with 750 returns or more."""
    history, models = histories[name], weights.horizons[days]
    horizon = history.horizon_rows(days)
    same = [one for other, one in histories.items() if classes[other] == classes[name]]
    sigma, boosted = sigmas_and_boosted(history, turbulence(same), turbulence(histories.values()), models, horizon)
    past = [
        history.returns[row + 1 : row + 1 + horizon].sum() / sigma[row]
        for row in range(max(len(history) - 1000 - horizon - 1, 60), len(history) - horizon)
        if history.parts[row] == history.parts[row + horizon]
    ]
    past = np.array(past[-1000:])
    made, shortfalls, depths = [], [], []
    for one in (past, np.concatenate([past, -past])):
        made.append(sigma[-1] * np.quantile(one, SHOWN))
        edges = [np.quantile(one, tail) for tail in TAILS]
        means = np.array([(1 - np.exp(sigma[-1] * one[one <= edge])).mean() for edge in edges])
        losses = 1 - np.exp(sigma[-1] * np.array(edges))
        shortfalls.append(means)
        depths.append([mean / loss if loss > 1e-12 else 1.0 for mean, loss in zip(means, losses, strict=True)])
    made.append(PchipInterpolator(ndtri(LEVELS), boosted)(ndtri(SHOWN)))
    losses = 1 - np.exp([made[-1][SHOWN.index(tail)] for tail in TAILS])
    shortfalls.append(
        np.minimum([x * d if x > 0 else x for x, d in zip(losses, np.mean(depths, axis=0), strict=True)], 1.0)
    )
    quantiles = np.mean(made, axis=0)
    at_risk = np.maximum(0.0, [1 - np.exp(quantiles[SHOWN.index(tail)]) for tail in TAILS])
    return quantiles, at_risk, np.maximum(np.mean(shortfalls, axis=0), at_risk)


def random_walk(history, horizon):
    past = [
        history.returns[row + 1 : row + 1 + horizon].sum()
        for row in range(len(history) - horizon)
        if history.parts[row] == history.parts[row + horizon]
    ]
    return np.quantile(past[-500:], LEVELS)
