"""What a path made of years has not: the memory of one year for the next, in returns and in their variance.

    uv run --group oracle python benchmarks/paths.py [FOLDER]

FOLDER as of ``forecasts.py``. Of every asset of the evaluation set with at least 15 years of weekdays: the variance of
its log return over two to five years beside as many times that of one (the variance ratio; one where years know nothing
of each other), how the logarithm of the variance in a year goes with that of the year before, and of a month with that
of months before, and how far years differ in variance. The same of paths as long, made of years as those of a goal
are, 200 times: how far the estimate itself goes astray, and what it is expected to be. Intervals hold 90 %: of the past
from blocks of five years of calendar months, the same for all assets; of the paths from one history to another.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from forecasts import SEED, read

from finsage.prediction.advice_model.odds import LATER_YEARS
from finsage.prediction.advice_model.worlds import known_of
from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.quant.paths import MONTHS, simulated_years

MONTHS_LEAST = 15 * MONTHS
YEARS = (2, 3, 5)
LAGS = (1, 6, 12, 24, 36)
BLOCK = 5 * MONTHS
DRAWS, PATHS = 2_000, 200
OUTSIDE = (0.05, 0.95)


def main():
    folder = Path(next((one for one in sys.argv[1:] if Path(one).is_dir()), "../shared/data"))
    began = time.process_time()
    histories, classes = read(folder, is_held_out=False)
    past, columns = {}, {}
    for name, member in market(histories, classes).items():
        found = by_month(member.history)
        if not member.history.is_daily and len(found[0]) >= MONTHS_LEAST:
            past[name], columns[name] = found, made_of_years(member)
    first = min(one[0][0] for one in past.values())
    count = max(one[0][-1] for one in past.values()) - first + 1
    real = np.full((2, count, len(past)), np.nan)
    for place, (months, logs, squares) in enumerate(past.values()):
        real[0, months - first, place], real[1, months - first, place] = logs, squares
    random = np.random.default_rng(SEED)
    blocks = random.integers(count, size=(DRAWS, -(-count // BLOCK)))
    drawn = ((blocks[:, :, None] + np.arange(BLOCK)) % count).reshape(DRAWS, -1)[:, :count]
    made = [figures(as_long(columns, real, random)) for _ in range(PATHS)]
    print(f"{len(past)} assets, {min(map(len, (one[0] for one in past.values()))) // 12} to {count // 12} years")
    print("past [90 %]; paths [90 % of histories]")
    for name, terms in figures(real).items():
        draws = [ratio(terms, at) for at in drawn]
        paths = [ratio(one[name], slice(None)) for one in made]
        print(f"{name:<44} {shown(ratio(terms, slice(None)), draws)}; {shown(np.mean(paths), paths)}")
    print(f"{time.process_time() - began:.0f} s CPU")


def by_month(history):
    """Whole calendar months, counted from year 0, with the sums of their log returns and of their squares."""
    months = history.days.astype("datetime64[M]").astype(np.int64)
    first, place = months[0], months - months[0]
    sums = [np.bincount(place, values)[1:-1] for values in (history.returns, history.returns**2)]
    return np.arange(first + 1, first + 1 + len(sums[0])), *sums


def made_of_years(member):
    """Log returns and squares by month of later years of a goal's paths, shape (2, years, 12)."""
    world = known_of({"it": member}, shipped_weights(), np.zeros(1), 0.0, seed=SEED).world
    random = np.random.default_rng(SEED)
    begun = world.past_variances[random.integers(len(world.past_variances), size=LATER_YEARS)]
    years = simulated_years(
        world.residuals, begun, world.later, usual=world.past_variances.mean(axis=0), days=world.days,
        count=LATER_YEARS, random=random,
    )  # fmt: skip
    logs = np.log1p(years[:, :, 0].astype(np.float64)).reshape(len(years), MONTHS, -1)
    return np.stack([logs.sum(axis=2), (logs**2).sum(axis=2)])


def as_long(columns, real, random):
    """Paths of years in the place of the past, with its months that are missing."""
    count = real.shape[1]
    years = random.integers(LATER_YEARS, size=(len(columns), -(-count // MONTHS)))
    joined = [one[:, at].reshape(2, -1)[:, :count] for one, at in zip(columns.values(), years, strict=True)]
    return np.where(np.isnan(real), np.nan, np.stack(joined, axis=2))


def figures(months):
    """By name two terms per calendar month, means over assets; the figure is the quotient of their sums."""
    logs, squares = months
    found = {}
    usual = mean(logs, 0)
    one = over(logs - usual, MONTHS) ** 2
    size = mean(one, 0)
    for years in YEARS:
        many = over(logs - usual, MONTHS * years) ** 2
        # A mean that is the sample's own makes long sums small: so much smaller, were there no memory.
        length = np.isfinite(logs).sum(axis=0)
        fair = (1.0 - MONTHS * years / length) / (1.0 - MONTHS / length)
        found[f"variance over {years} years by {years} times a year's"] = (
            mean(many / (size * years * fair), 1), mean(one / size, 1),
        )  # fmt: skip
    variance = np.log(np.maximum(over(squares, MONTHS), 1e-12))
    found["ln variance of a year, correlation with the next"] = together(variance, MONTHS)
    variance -= mean(variance, 0)
    found["mean square of ln variance of a year"] = (mean(variance**2, 1), np.ones(len(variance)))
    monthly = np.log(np.maximum(squares, 1e-12))
    for lag in LAGS:
        found[f"ln variance of a month, correlation {lag} months on"] = together(monthly, lag)
    return found


def over(values, months):
    """Sums over so many months that begin with each; NaN where they are not all there."""
    start = np.zeros((1, values.shape[1]))
    is_there = np.concatenate([start, np.cumsum(np.isfinite(values), 0)])
    sums = np.concatenate([start, np.cumsum(np.nan_to_num(values), 0)])
    found = np.full(values.shape, np.nan)
    whole = is_there[months:] - is_there[:-months] == months
    found[: len(values) - months + 1] = np.where(whole, sums[months:] - sums[:-months], np.nan)
    return found


def together(values, lag):
    apart = values - mean(values, 0)
    spread = mean(apart**2, 0)
    product = np.full(values.shape, np.nan)
    product[:-lag] = apart[:-lag] * apart[lag:] / spread
    return mean(product, 1), mean(apart**2 / spread, 1)


def mean(values, axis=None):
    """Of what is there; NaN where nothing is."""
    count = np.isfinite(values).sum(axis=axis)
    return np.divide(np.nansum(values, axis=axis), count, out=np.full(np.shape(count), np.nan), where=count > 0)


def ratio(terms, at):
    above, below = terms[0][at], terms[1][at]
    return mean(above) / mean(below)


def shown(value, draws):
    low, high = np.quantile(draws, OUTSIDE)
    return f"{value:6.3f} [{low:6.3f}, {high:6.3f}]"


if __name__ == "__main__":
    main()
