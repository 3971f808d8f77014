"""Training on a user's own data: weights with a card, as files; no server and no network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from finsage.errors import Fault, Invalid
from finsage.prediction.backtest import scores
from finsage.prediction.backtest.walkforward import OURS, TESTED_ROWS, Track, walk_forward
from finsage.prediction.price_model import baselines, weight_files
from finsage.prediction.price_model.features import NAMES, market
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import History
from finsage.prediction.price_model.weights import train
from finsage.prediction.sentiment_model import model as sentiment
from finsage.prediction.sentiment_model import training as sentiment_training
from finsage.prediction.service.documents import Closes, read_histories
from finsage.prediction.service.watch import TRAINING_ASSETS_MIN

ASSETS_MIN, ROWS_MIN = TRAINING_ASSETS_MIN, 20_000
SEED = 1
_HELD_OUT = 10
"""Every tenth text, chosen by its hash, is not learned from but judged on."""


class TooLittleToTrainOn(Invalid):
    """There is too little data to train on."""


def train_price(closes: Closes, classes: Mapping[str, str], *, name: str, is_judged: bool) -> dict[str, bytes]:
    """The files of a price model trained on closes.

    Args:
        closes: by symbol.
        classes: the class of each.
        name: of the version.
        is_judged: also walk through the last rows and write down what the model was worth; takes minutes.

    Raises:
        InvalidCloses: prices are wrong.
        TooLittleToTrainOn: fewer than 20 assets or 20,000 returns.
        BoostingUnavailable: LightGBM cannot be loaded here.
    """
    return price_files(read_histories(closes), classes, name=name, is_judged=is_judged)


def price_files(
    histories: Mapping[str, History], classes: Mapping[str, str], *, name: str, is_judged: bool,
    before: np.datetime64 | None = None,
) -> dict[str, bytes]:  # fmt: skip
    """The same of histories; with ``before`` nothing on or after that day is learned from."""
    rows = sum(len(one) for one in histories.values())
    if len(histories) < ASSETS_MIN or rows < ROWS_MIN:
        raise TooLittleToTrainOn(
            f"{len(histories)} assets with {rows:,} returns are there; {ASSETS_MIN} with {ROWS_MIN:,} are needed."
        )
    last = max(one.days[-1] for one in histories.values())
    cut = last + np.timedelta64(1, "D") if before is None else before
    weights = train(market(histories, classes), name=name, before=cut, seed=SEED)
    card = {
        "trained_on": "The user's own closes",
        "data_sha256": _data_hash(histories),
        "assets": len(histories),
        "returns": rows,
        "from": str(min(one.days[0] for one in histories.values())),
        "to": str(min(last, cut - np.timedelta64(1, "D"))),
        "features": list(NAMES),
        "seed": SEED,
        "horizons": list(TRAINED_DAYS),
        "direction": "No direction is forecast: the sign of the median is right no more often than 'always up'.",
        "limits": ["Close to close only; assets that ceased are not in the data.", "Overlapping horizons."],
        "licence": "The user's own; not to be passed on where the prices may not be.",
    }
    if is_judged:
        card["walk_forward"] = walk_table(histories, classes)
    return weight_files.to_files(weights, card)


def _data_hash(histories: Mapping[str, History]) -> str:
    lines = "".join(f"{name} {one.sha256()}\n" for name, one in sorted(histories.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def walk_table(histories: Mapping[str, History], classes: Mapping[str, str], *, seed: int = SEED) -> dict[str, Any]:
    """What the model is worth on the last rows of these assets, as a card holds it."""
    tracks = walk_forward(histories, classes, TRAINED_DAYS, seed=seed)
    rows = [_walk_row([one for one in tracks if one.horizon_days == days], days, seed) for days in TRAINED_DAYS]
    return {"rows": TESTED_ROWS, "baselines": list(baselines.NAMES), "table": rows}


def _walk_row(tracks: Sequence[Track], days: int, seed: int) -> dict[str, Any]:
    row: dict[str, Any] = {"horizon_days": days, "forecasts": sum(len(track.days) for track in tracks)}
    for name, baseline, loss in (
        ("crps_skill", baselines.RANDOM_WALK, "crps"),
        ("tail_skill", baselines.RANDOM_WALK, "tail"),
        ("crps_skill_over_garch_t", baselines.GARCH, "crps"),
    ):
        skill = scores.skill(tracks, OURS, baseline, loss, seed=seed)
        row[name] = [round(one, 4) for one in (skill.value, skill.low, skill.high)]
    for level in (0.8, 0.95):
        row[f"coverage_{level:g}"] = round(scores.coverage(tracks, OURS, level).pooled, 4)
    row["qlike_minus_ewma"] = round(scores.qlike(tracks, OURS), 4)
    row["qlike_minus_ewma_median"] = round(float(np.median(scores.qlikes(tracks, OURS))), 4)
    return row


def train_sentiment(texts: Sequence[str], labels: Sequence[str], *, name: str) -> dict[str, bytes]:
    """The files of a sentiment model trained on labelled texts, judged on a tenth of them.

    Args:
        texts: at least some of every label.
        labels: ``negative``, ``positive`` or ``neutral``, one per text.
        name: of the version.

    Raises:
        TooFewTexts: see ``sentiment_model.training.train``.
        TooLittleToTrainOn: a label is none of the three; every fault names its line.
    """
    places: dict[str, int] = {label: place for place, label in enumerate(sentiment.LABELS)}
    faults = [
        Fault(f"line {line}", f"the label is one of {', '.join(places)}, not {label[:40]!r}")
        for line, label in enumerate(labels, start=2)
        if label not in places
    ]
    if faults:
        raise TooLittleToTrainOn("Some labels are unknown.", faults=tuple(faults[:50]))
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    pairs = [(text, places[label]) for text, label in zip(texts, labels, strict=True)]
    is_held_out = [digest[0] % _HELD_OUT == 0 for digest in digests]
    learned = [pair for pair, is_out in zip(pairs, is_held_out, strict=True) if not is_out]
    judged = [pair for pair, is_out in zip(pairs, is_held_out, strict=True) if is_out]
    made = sentiment_training.train([text for text, _ in learned], [place for _, place in learned], name=name)
    card = {
        "trained_on": "The user's own labelled texts",
        "texts": len(learned),
        "data_sha256": hashlib.sha256(b"".join(sorted(digests))).hexdigest(),
        "labels": list(sentiment.LABELS),
        "judged_on": f"{len(judged)} texts held out by their hash",
        "scores": sentiment_training.judge(made, [text for text, _ in judged], [place for _, place in judged])
        if judged
        else None,
        "limits": ["A reading of words, not of what they mean for a price."],
        "licence": "The user's own; the texts are not part of it",
    }
    return sentiment.to_files(made, card)
