"""Trains the price model that FinSage ships, on the reference rates of the European Central Bank alone.

    uv run python tools/train_price_model.py          train, judge, write a new version
    uv run python tools/train_price_model.py --judge   walk through the past again and print the table of the card

Exchange rates may be reused freely when the source is named; prices of shares and coins may not be shipped, nor what
was trained on them. ``--check`` trains again and compares every byte.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from finsage.market.ecb import open_rate_file, read_rate_years
from finsage.prediction.backtest import scores
from finsage.prediction.backtest.walkforward import OURS, TESTED_ROWS, walk_forward
from finsage.prediction.model_files import write_directory
from finsage.prediction.price_model import baselines
from finsage.prediction.price_model.features import NAMES, market
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import History, read_history
from finsage.prediction.price_model.weight_files import to_files
from finsage.prediction.price_model.weights import train

SHIPPED = Path(__file__).resolve().parent.parent / "src" / "finsage" / "models" / "price"
SEED = 20_261_120
ROWS_MIN = 2_000
# A currency that is held to the euro has little to learn from but the days it is let go.
SIGMA_LEAST = 0.0015


def histories(content: bytes) -> dict[str, History]:
    """Euros for one unit of each floating currency that is still quoted, with eight years of rates and no long gap."""
    days: dict[str, list[str]] = {}
    rates: dict[str, list[str]] = {}
    for year in read_rate_years(content):
        days.setdefault(year.currency, []).extend(year.days)
        rates.setdefault(year.currency, []).extend(year.rates)
    read = {
        currency: read_history(np.array(days[currency], "datetime64[D]"), 1.0 / np.array(rates[currency], np.float64))
        for currency in sorted(days)
    }
    last = max(one.days[-1] for one in read.values())
    return {
        currency: one
        for currency, one in read.items()
        if len(one) >= ROWS_MIN
        and not one.parts.any()
        and one.days[-1] == last
        and one.returns[-TESTED_ROWS:].std() >= SIGMA_LEAST
    }


def judged(assets: dict[str, History]) -> list[dict[str, Any]]:
    """The scores of a walk through the last rows, per horizon, to four decimals."""
    tracks = walk_forward(assets, dict.fromkeys(assets, "fx"), TRAINED_DAYS, seed=SEED)
    found = []
    for days in TRAINED_DAYS:
        of_horizon = [track for track in tracks if track.horizon_days == days]
        row: dict[str, Any] = {"horizon_days": days, "forecasts": sum(len(track.days) for track in of_horizon)}
        for name, baseline, loss in (
            ("crps_skill", baselines.RANDOM_WALK, "crps"),
            ("tail_skill", baselines.RANDOM_WALK, "tail"),
            ("crps_skill_over_garch_t", baselines.GARCH, "crps"),
        ):
            skill = scores.skill(of_horizon, OURS, baseline, loss, seed=SEED)
            row[name] = [round(one, 4) for one in (skill.value, skill.low, skill.high)]
        for level in (0.8, 0.95):
            row[f"coverage_{level:g}"] = round(scores.coverage(of_horizon, OURS, level).pooled, 4)
        row["qlike_minus_ewma"] = round(scores.qlike(of_horizon, OURS), 4)
        found.append(row)
    return found


def main() -> None:
    """Train and judge, or judge alone."""
    file = open_rate_file()
    assets = histories(file.content)
    table = judged(assets)
    print(json.dumps(table, indent=1))
    if "--judge" in sys.argv:
        return
    last = max(one.days[-1] for one in assets.values())
    name = f"ecb-{last}"
    members = market(assets, dict.fromkeys(assets, "fx"))
    weights = train(members, name=name, before=last + np.timedelta64(1, "D"), seed=SEED)
    card = {
        "trained_on": "Reference rates of the European Central Bank, euros for one unit of a currency",
        "data_source": "European Central Bank",
        "data_sha256": hashlib.sha256(file.content).hexdigest(),
        "assets": sorted(assets),
        "from": str(min(one.days[0] for one in assets.values())),
        "to": str(last),
        "features": list(NAMES),
        "seed": SEED,
        "horizons": list(TRAINED_DAYS),
        "direction": "No direction is forecast: the sign of the median is right no more often than 'always up'.",
        "limits": [
            "Trained on exchange rates; on other classes the scores are somewhat lower than of a model trained there.",
            "Close to close only; currencies that ceased are not in the data.",
            "Forecasts of five- and twenty-one-row horizons overlap.",
        ],
        "walk_forward": {"rows": TESTED_ROWS, "baselines": [baselines.RANDOM_WALK, baselines.GARCH], "table": table},
        "licence": "Apache-2.0",
    }
    write_directory(SHIPPED / name, to_files(weights, card))
    print(f"wrote {SHIPPED / name}")


if __name__ == "__main__":
    main()
