"""Do the probabilities of ranks know more than that every rank is as likely: ranked probability score on real shares.

    uv run --group oracle python benchmarks/ranks.py [FOLDER]

FOLDER as of ``forecasts.py``. The shares of the evaluation set that are forecast on the same days, the largest such
group, over 30 days: at every fifth of the last 750 rows the probability of each fifth of the ranking by return, from
the forecasts of each and the days they have in common, beside what came. The score is the mean over the five cells of
the squared difference of what is summed up to each; lower is better. The interval holds 90 %, of blocks of 13 weeks.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from forecasts import SEED, read
from portfolios import SAMPLED, STEPS, forecast_on_the_same_days

from finsage.prediction.backtest.scores import skill_of
from finsage.prediction.backtest.walkforward import OURS, walk_forward
from finsage.prediction.price_model.joint import Joint, together
from finsage.prediction.price_model.levels import at_levels

DAYS = 30


def main():
    folder = Path(next((one for one in sys.argv[1:] if Path(one).is_dir()), "../shared/data"))
    began = time.process_time()
    histories, classes = read(folder, is_held_out=False)
    shares = {name: one for name, one in histories.items() if classes[name] == "equity"}
    tracks = walk_forward(shares, dict.fromkeys(shares, "equity"), (DAYS,), seed=SEED)
    names = max(forecast_on_the_same_days(tracks), key=len)
    tracked = {track.asset: track for track in tracks}
    days = tracked[names[0]].days
    found = np.array([scored([tracked[name] for name in names], [shares[name] for name in names], place)
                      for place in range(len(days))])  # fmt: skip
    skill = skill_of([(days, (found[:, 0], found[:, 1]))], seed=SEED)
    print(f"{len(names)} shares, {len(days)} days: score {found[:, 0].mean():.4f}, every rank as likely"
          f" {found[:, 1].mean():.4f}; skill {skill.value:+.2%} [{skill.low:+.2%}, {skill.high:+.2%}];"
          f" {time.process_time() - began:.0f} s CPU")  # fmt: skip


def scored(tracks, histories, place):
    """The score of the probabilities of one day's ranks, and of equal ones."""
    day = tracks[0].days[place]
    past = [one.until(int(np.searchsorted(one.days, day)) + 1) for one in histories]
    levels, _ = together([STEPS] * len(past), past, DAYS, seed=SEED)
    samples = [at_levels(track.quantiles[OURS][place], SAMPLED) for track in tracks]
    columns = [np.interp(levels[:, at], STEPS, one) for at, one in enumerate(samples)]
    said, came = ranks(np.column_stack(columns)), ranks(np.array([[track.outcome[place] for track in tracks]]))
    return score(said, came), score(np.full_like(came, 1.0 / came.shape[1]), came)


def ranks(scenarios):
    return Joint(dict.fromkeys(range(scenarios.shape[1])), scenarios, ()).rank_probabilities()


def score(said, came):
    return float(((np.cumsum(said, axis=1) - np.cumsum(came, axis=1)) ** 2).mean())


if __name__ == "__main__":
    main()
