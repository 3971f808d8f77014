"""Do forecasts of portfolios hold what they say: coverage with parts as the model says and as wide as they are made.

    uv run --group oracle python benchmarks/portfolios.py [FOLDER]

FOLDER as of ``forecasts.py``, whose walk this goes on from: of each asset its forecasts of the last 750 rows and what
came of them. Portfolios are made up: six assets in equal parts, drawn by a seed, of the evaluation set's that trade on
weekdays. At every fifth row each is forecast from its parts and the days they have in common, once with every part as
the model says and once with the factor that the outcomes of its asset and class would have given it by then.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from forecasts import HORIZONS, SEED, read

from finsage.prediction.backtest.walkforward import OURS, walk_forward
from finsage.prediction.price_model.joint import together
from finsage.prediction.price_model.levels import LEVELS, at_levels
from finsage.prediction.price_model.scale import RATIOS_MAX, adaptive_scale

PORTFOLIOS_EACH, PARTS, STEP = 2, 6, 5
STEPS = (np.arange(2_000) + 0.5) / 2_000
SAMPLED = tuple(np.clip(STEPS, LEVELS[0], LEVELS[-1]))
BANDS = ((0.1, 0.9), (0.025, 0.975))
MIDDLE = len(STEPS) // 2
LOW, MEDIAN, HIGH = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))


def main():
    folder = Path(next((one for one in sys.argv[1:] if Path(one).is_dir()), "../shared/data"))
    histories, classes = read(folder, is_held_out=False)
    tracks = walk_forward(histories, classes, HORIZONS, seed=SEED)
    shown(histories, classes, tracks)


def shown(histories, classes, tracks):
    before = time.process_time()
    random = np.random.default_rng(SEED)
    drawn = [
        sorted(random.choice(names, PARTS, replace=False).tolist())
        for names in forecast_on_the_same_days(tracks)
        for _ in range(PORTFOLIOS_EACH)
    ]
    print(f"{len(drawn)} portfolios of {PARTS} assets; inside 80 %, 95 %; factors of the parts")
    for days in HORIZONS:
        tracked = {track.asset: track for track in tracks if track.horizon_days == days}
        spreads = {name: spreads_of(track, histories[name]) for name, track in tracked.items()}
        found = [one for portfolio in drawn for one in walked(portfolio, histories, classes, tracked, spreads)]
        told = [
            ", ".join(f"{np.mean([one[kind][band] for one in found]):.2%}" for band in range(len(BANDS)))
            for kind in ("plain", "wide")
        ]
        factors = np.quantile([one["scales"] for one in found], (0.1, 0.9))
        print(
            f"{days:>3} days, {len(found):>5} forecasts: as the model says {told[0]}; as they are made {told[1]};"
            f" factors {factors[0]:.3f} to {factors[1]:.3f}"
        )
    print(f"{time.process_time() - before:.0f} s CPU")


def forecast_on_the_same_days(tracks):
    """Groups of assets that have the same days of origin over every horizon, of at least as many as a portfolio has."""
    days = {}
    for track in tracks:
        days.setdefault(track.asset, []).append(track.days.tobytes())
    groups = {}
    for name, ones in sorted(days.items()):
        groups.setdefault(tuple(ones), []).append(name)
    return [names for names in groups.values() if len(names) >= PARTS]


def spreads_of(track, history):
    """Of each origin the day its outcome came, and how far that lay from the median over half the 80 % band."""
    quantiles = track.quantiles[OURS]
    rows = history.horizon_rows(track.horizon_days)
    came = history.days[np.searchsorted(history.days, track.days) + rows]
    half = (quantiles[:, HIGH] - quantiles[:, LOW]) / 2.0
    return came, np.abs(track.outcome - quantiles[:, MEDIAN]) / half


def factor(name, day, classes, spreads):
    def known(one):
        came, ratios = spreads[one]
        return ratios[came <= day][-RATIOS_MAX:]

    of_class = np.concatenate([known(one) for one in spreads if classes[one] == classes[name]])
    return adaptive_scale(known(name), of_class)


def walked(portfolio, histories, classes, tracked, spreads):
    """Per origin whether the gain lay inside each band, and the factors of the parts."""
    days = tracked[portfolio[0]].horizon_days
    origins = tracked[portfolio[0]].days
    for place in range(0, len(origins), STEP if days == HORIZONS[0] else 1):
        day = origins[place]
        past = [histories[name].until(int(np.searchsorted(histories[name].days, day)) + 1) for name in portfolio]
        # Which steps come together is a matter of the past alone, however wide the samples are.
        levels, _ = together([STEPS] * PARTS, past, days, seed=SEED)
        samples = [at_levels(tracked[name].quantiles[OURS][place], SAMPLED) for name in portfolio]
        scales = [factor(name, day, classes, spreads) for name in portfolio]
        wide = [one[MIDDLE] + scale * (one - one[MIDDLE]) for one, scale in zip(samples, scales, strict=True)]
        came = np.mean([np.expm1(tracked[name].outcome[place]) for name in portfolio])
        yield {"plain": inside(samples, levels, came), "wide": inside(wide, levels, came), "scales": scales}


def inside(samples, levels, came):
    columns = [np.interp(levels[:, place], STEPS, one) for place, one in enumerate(samples)]
    gains = np.expm1(np.column_stack(columns)).mean(axis=1)
    return [bool(np.quantile(gains, low) <= came <= np.quantile(gains, high)) for low, high in BANDS]


if __name__ == "__main__":
    main()
