"""Quality of the price model on real prices: skill over the baselines, coverage, variance, value at risk, seconds.

    uv run --group oracle python benchmarks/forecasts.py [FOLDER] [--held-out]

FOLDER holds ``daily_close.parquet`` (asset, cls, date, close) and ``evaluation_assets.csv`` (asset, class); these
prices may not be shipped. Models are trained anew on the assets tested, each on what had ended by then. ``--held-out``
takes the assets that are not in the evaluation set: none of them was looked at while the model was built.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet

from finsage.prediction.backtest import scores
from finsage.prediction.backtest.walkforward import OURS, walk_forward
from finsage.prediction.price_model import baselines
from finsage.prediction.price_model.history import read_history
from finsage.prediction.price_model.mixture import TAILS
from finsage.prediction.risk_model.coverage_tests import acerbi_szekely, christoffersen, kupiec

SEED = 7
HORIZONS = (1, 7, 30)
ROWS_MIN = 2_010
# Pegged, broken by a gap of ten years, or no price that can be held.
UNFIT = {"DKKEUR", "ISKEUR", "VIX", "WTI", "NASDAQ"}
CLASSES = {"us_equity": "equity", "uk_equity": "equity"}


def main():
    is_held_out = "--held-out" in sys.argv
    folder = Path(next((one for one in sys.argv[1:] if Path(one).is_dir()), "../shared/data"))
    histories, classes = read(folder, is_held_out=is_held_out)
    before = time.process_time()
    tracks = walk_forward(histories, classes, HORIZONS, seed=SEED)
    seconds = time.process_time() - before
    print(f"{len(histories)} assets, {'held out' if is_held_out else 'evaluation set'}; {seconds:.0f} s CPU\n")
    print(
        "days method: CRPS skill over the random walk; over GARCH-t; 2.5 % pinball; inside 80 %, 95 %; QLIKE (median)"
    )
    for days in HORIZONS:
        of_horizon = [track for track in tracks if track.horizon_days == days]
        for method in (OURS, baselines.GARCH):
            crps = shown(scores.skill(of_horizon, method, baselines.RANDOM_WALK, "crps", seed=SEED))
            over = shown(scores.skill(of_horizon, method, baselines.GARCH, "crps", seed=SEED))
            tail = shown(scores.skill(of_horizon, method, baselines.RANDOM_WALK, "tail", seed=SEED))
            inside = [scores.coverage(of_horizon, method, level).pooled for level in (0.8, 0.95)]
            qlike = scores.qlikes(of_horizon, method)
            told = f"{qlike.mean():+.3f} ({np.median(qlike):+.3f})"
            print(f"{days:>4} {method:<8} {crps}; {over}; {tail}; {inside[0]:.2%}, {inside[1]:.2%}; {told}")
    print("\nvalue at risk of 1 day: breaches, assets that pass Kupiec and Christoffersen at 5 %, mean Z2")
    for tail in TAILS:
        print(f"{tail:>6.1%} {passes([track for track in tracks if track.horizon_days == 1], tail)}")


def read(folder, *, is_held_out):
    with (folder / "evaluation_assets.csv").open() as stream:
        evaluated = {row["asset"] for row in csv.DictReader(stream)}
    table = pyarrow.parquet.read_table(folder / "daily_close.parquet", columns=["asset", "cls", "date", "close"])
    names, groups = (np.array(table[column].cast("string").to_pylist()) for column in ("asset", "cls"))
    days = table["date"].to_numpy().astype("datetime64[D]")
    closes = table["close"].to_numpy().astype(np.float64)
    others = set(names.tolist()) - evaluated - UNFIT
    histories, classes = {}, {}
    for name in sorted(others if is_held_out else evaluated):
        at = names == name
        history = read_history(days[at], closes[at])
        if len(history) >= ROWS_MIN or not is_held_out:
            group = str(groups[at][0])
            histories[name], classes[name] = history, CLASSES.get(group, group)
    return histories, classes


def shown(skill):
    return f"{skill.value:+.2%} [{skill.low:+.2%}, {skill.high:+.2%}]"


def passes(tracks, tail):
    place = TAILS.index(tail)
    rates, single, joint, depth = [], [], [], []
    for track in tracks:
        losses = -np.expm1(track.outcome)
        is_breach = losses > track.risk.value_at_risk[:, place]
        rates.append(is_breach.mean())
        single.append(kupiec(is_breach, tail).p_value > 0.05)
        joint.append(christoffersen(is_breach, tail).p_value > 0.05)
        depth.append(acerbi_szekely(losses, is_breach, track.risk.expected_shortfall[:, place], tail))
    return f"{np.mean(rates):.2%}  {np.mean(single):.0%}  {np.mean(joint):.0%}  {np.mean(depth):+.3f}"


if __name__ == "__main__":
    main()
