"""What advice said of the past and what happened: falls, ends and the recommended weights on real closes.

    uv run --group oracle python benchmarks/advice.py [FOLDER] [--years YEARS] [--every MONTHS]

FOLDER (``../shared/data`` where none is named) holds ``daily_close.parquet``; these prices may not be shipped, and
without them there is nothing to do. From many days on, the paths of a mixed household are made of what was known then
and looked at beside what its weights, brought back every day, came to. Ends are also looked at with the mean that came
to be in the place of the stated one: what is left is the shape. Windows overlap, and assets fall together: so many
days are far fewer independent ones.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet

from finsage.prediction.advice_model.candidates import Universe, Wanted, candidates
from finsage.prediction.advice_model.choice import choose
from finsage.prediction.advice_model.odds import make_paths
from finsage.prediction.advice_model.premia import Premia
from finsage.prediction.advice_model.questionnaire import LIMITS
from finsage.prediction.advice_model.worlds import known_of
from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.history import read_history
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.quant.goals import Plan
from finsage.quant.limits import InfeasibleConstraints

SEED = 1
FIRST = np.datetime64("2008-01-01")
DAYS_A_YEAR = 252
MEMBERS = 5


def main() -> None:
    folder = Path(next((one for one in sys.argv[1:] if Path(one).is_dir()), "../shared/data"))
    if not (folder / "daily_close.parquet").exists():
        print(f"No daily_close.parquet in {folder}: nothing to look at.")
        return
    years, every = option("--years", 1), option("--every", 6)
    weights = shipped_weights()
    began, found, advised = time.process_time(), [], []
    for name, assets in households(folder).items():
        days = common_days(assets)
        starts = days[(days >= FIRST)][:: every * 21]
        for start in starts[starts <= days[-1] - np.timedelta64(366 * years, "D")]:
            seen = market(
                {one: read_history(at[at <= start], closes[at <= start]) for one, (_, at, closes) in assets.items()},
                {one: kind for one, (kind, _, _) in assets.items()},
            )
            premia = Premia()
            expected = np.array([premia.expected(one, member.asset_class) for one, member in seen.items()])
            known = known_of(seen, weights, expected, premia.cash_rate, seed=SEED)
            paths = make_paths(known.world, 12 * years, seed=SEED)
            held = np.full(len(seen), 1.0 / len(seen))
            course = paths.course(held, 0.0)
            fall, growth = what_happened(assets, start, years)
            ends = course.growth.prod(axis=1)
            centred = ends * growth_mean(assets, years) / ends.mean()
            found.append((
                name, fall > np.quantile(course.drawdown, 0.95), (course.drawdown < fall).mean(),
                (ends < growth).mean(), (centred < growth).mean(),
            ))  # fmt: skip
            advised += recommended(known, seen, premia, paths, years)
    print(f"{len(found)} starts, {years} years each; {time.process_time() - began:.0f} s CPU\n")
    print("household: starts, falls beyond the one in twenty, mean place of the fall; ends inside 80 %,")
    print("their mean place; inside 80 % with the mean that came to be")
    for name in (*dict.fromkeys(one[0] for one in found), None):
        some = [one[1:] for one in found if name in (None, one[0])]
        beyond, fallen, ended, centred = (np.array(column, dtype=float) for column in zip(*some, strict=True))
        print(f"{name or 'all':<10} {len(some):>4} {beyond.mean():6.1%} {fallen.mean():5.2f};"
              f" {inside(ended):6.1%} {ended.mean():5.2f}; {inside(centred):6.1%}")  # fmt: skip
    money, largest, count, falls = (np.array(column) for column in zip(*advised, strict=True))
    print(f"\nrecommended within profile 3: money {np.quantile(money, (0, 0.5, 1)).round(2)}, largest weight"
          f" {np.quantile(largest, (0, 0.5, 1)).round(2)}, assets {np.quantile(count, (0, 0.5, 1)).round(0)};"
          f" fall of one path in twenty at most {falls.max():.1%}")  # fmt: skip


def option(name: str, standard: int) -> int:
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else standard


def households(folder):
    """Five assets each, by class; the last from three of them."""
    table = pyarrow.parquet.read_table(folder / "daily_close.parquet", columns=["asset", "cls", "date", "close"])
    names, groups = (np.array(table[column].cast("string").to_pylist()) for column in ("asset", "cls"))
    days = table["date"].to_numpy().astype("datetime64[D]")
    closes = table["close"].to_numpy().astype(np.float64)
    evaluated = set((folder / "evaluation_assets.csv").read_text().replace(",", "\n").split())

    def some(group, count, kind):
        long = [
            name
            for name in sorted(set(names[groups == group].tolist()) & evaluated)
            if days[names == name].min() < FIRST - np.timedelta64(600, "D")
        ]
        return {name: (kind, days[names == name], closes[names == name]) for name in long[:count]}

    return {
        "shares": some("us_equity", MEMBERS, "equity"),
        "uk shares": some("uk_equity", MEMBERS, "equity"),
        "currencies": some("fx", MEMBERS, "fx"),
        "mixed": some("us_equity", 2, "equity") | some("uk_equity", 1, "equity") | some("fx", 2, "fx"),
    }


def common_days(assets):
    columns = [at for _, at, _ in assets.values()]
    common = columns[0]
    for one in columns[1:]:
        common = np.intersect1d(common, one)
    return common


def gains(assets, start, end):
    """Simple daily gains of equal weights that are brought back every day."""
    common = common_days(assets)
    common = common[(common >= start) & (common <= end)]
    matrix = np.column_stack([closes[np.searchsorted(at, common)] for _, at, closes in assets.values()])
    return (matrix[1:] / matrix[:-1] - 1.0).mean(axis=1)


def what_happened(assets, start, years):
    values = np.cumprod(1.0 + gains(assets, start, start + np.timedelta64(round(365.25 * years), "D")))
    peaks = np.maximum(np.maximum.accumulate(values), 1.0)
    return 1.0 - (values / peaks).min(), values[-1]


def growth_mean(assets, years):
    """End over beginning in the mean of all that came."""
    every = gains(assets, FIRST, np.datetime64("2100-01-01"))
    return (1.0 + every.mean()) ** (DAYS_A_YEAR * years)


def inside(places):
    return ((places >= 0.1) & (places <= 0.9)).mean()


def recommended(known, seen, premia, paths, years):
    expected = known.world.first.growth - 1.0
    universe = Universe(
        names=tuple(seen), classes=tuple(member.asset_class for member in seen.values()), returns=known.returns,
        expected=expected, weights=np.zeros(len(seen)), money=1.0, cash_rate=premia.cash_rate, days=known.world.days,
    )  # fmt: skip
    wanted, plan = Wanted(LIMITS[3]), Plan(100.0, 100.0 * 1.04**years, 12 * years)
    try:
        chosen = choose(paths, universe, wanted, candidates(universe, wanted), plan).chosen
    except InfeasibleConstraints as error:
        print(f"nothing within the limits: {error}")
        return []
    weights = chosen.candidate.weights
    return [(chosen.candidate.money, weights.max(), (weights > 0.01).sum(), chosen.judged.drawdown)]


if __name__ == "__main__":
    main()
