"""What the jobs of forecasts cost: CPU seconds per 1,000 assets and three horizons, and memory.

    uv run --group test python benchmarks/daily_run.py [ASSETS [ROWS]]

Made from nothing is what the weekly refit leaves to the next run, a day later is the daily refresh, and training is the
monthly retrain without the replay that judges it. Prices are made up (GARCH-t). Reading and writing the database are
not counted; ``matrix.py`` measures the reading.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.forecast import forecast
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.preparation import keep, prepare, with_kept_fits
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.price_model.weights import train
from finsage.prediction.service.making import result_of

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from unit.prediction.markets import garch_returns, history_of


def main() -> None:
    assets, rows = (int(one) for one in sys.argv[1:3]) if len(sys.argv) == 3 else (200, 3000)
    histories = {f"A{number}": history_of(garch_returns(rows, number)) for number in range(assets)}
    classes = dict.fromkeys(histories, "equity")
    weights = shipped_weights()
    prepare(market({"A0": histories["A0"]}, classes), weights, {})  # loads LightGBM and its trees
    yesterday = {name: one.until(len(one) - 1) for name, one in histories.items()}
    kept = {}
    for label, known in (("from nothing", yesterday), ("a day later", histories)):
        steps = {}
        before = time.process_time()
        members = {name: with_kept_fits(one, kept.get(name)) for name, one in market(known, classes).items()}
        steps["filters and features"] = time.process_time() - before
        before = time.process_time()
        prepared = prepare(members, weights, kept)
        steps["GARCH fits and sigmas"] = time.process_time() - before
        before = time.process_time()
        for name, member in members.items():
            for days in TRAINED_DAYS:
                result_of(forecast(member, weights, days, prepared[name]), member, 1.0)
        steps["forecasts and baselines"] = time.process_time() - before
        kept = {name: keep(members[name], one) for name, one in prepared.items()}
        told = ", ".join(f"{step} {seconds * 1000 / assets:.2f}" for step, seconds in steps.items())
        print(f"{label:<13} {sum(steps.values()) * 1000 / assets:6.2f} s per 1,000 assets: {told}")
    before = time.process_time()
    last = max(one.days[-1] for one in histories.values())
    train(market(histories, classes), name="bench", before=last, seed=1)
    print(f"training      {(time.process_time() - before) * 1000 / assets:6.2f} s per 1,000 assets")
    size = np.mean([sum(one.nbytes for one in state.sigmas.values()) for state in kept.values()])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"kept per asset {size / 1024:.1f} KiB; peak {peak:.0f} MiB; {assets} assets of {rows} rows")
    print(f"load {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
