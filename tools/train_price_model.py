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

import numpy as np

from finsage.market.ecb import open_rate_file, read_rate_years
from finsage.prediction.backtest.walkforward import TESTED_ROWS
from finsage.prediction.model_files import write_directory
from finsage.prediction.price_model.features import NAMES, market
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import History, read_history
from finsage.prediction.price_model.weight_files import to_files
from finsage.prediction.price_model.weights import train
from finsage.prediction.service.training import walk_table

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


def main() -> None:
    """Train and judge, or judge alone."""
    file = open_rate_file()
    assets = histories(file.content)
    walk = walk_table(assets, dict.fromkeys(assets, "fx"), seed=SEED)
    print(json.dumps(walk["table"], indent=1))
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
        "walk_forward": walk,
        "licence": "Apache-2.0",
    }
    write_directory(SHIPPED / name, to_files(weights, card))
    print(f"wrote {SHIPPED / name}")


if __name__ == "__main__":
    main()
