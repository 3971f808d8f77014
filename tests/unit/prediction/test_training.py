"""Training on one's own data, and the contest that decides whether what came of it may answer."""

from dataclasses import replace

import numpy as np
import pytest
from unit.prediction.markets import small_market

from finsage.prediction.backtest.walkforward import OURS, replay
from finsage.prediction.model_files import opened
from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.sentiment_model.model import LABELS, from_files
from finsage.prediction.sentiment_model.training import judge
from finsage.prediction.service.contest import contest, verdict
from finsage.prediction.service.training import TooLittleToTrainOn, price_files, train_sentiment

TEXTS = [
    (f"{word} {number} shares {word} again", label)
    for number in range(30)
    for word, label in (("soars", "positive"), ("plunges", "negative"), ("meets", "neutral"))
]


def test_texts_of_ones_own_make_a_model_with_a_card():
    files = train_sentiment([text for text, _ in TEXTS], [label for _, label in TEXTS], name="mine")
    model, card = from_files(files)
    assert model.read("Company soars").label == "positive"
    assert card["id"] == "mine"
    assert 0 < card["texts"] < len(TEXTS)
    assert "soars" not in str(card), "texts are not kept"
    assert opened(files)[2] == model.sha256


def test_a_label_that_nothing_held_out_has_is_not_judged():
    """A tenth of few texts may lack a label; what there is of the others is a number, for no card holds NaN."""
    model, _ = from_files(train_sentiment([text for text, _ in TEXTS], [label for _, label in TEXTS], name="mine"))
    texts = ["it soars", "it plunges"]
    assert judge(model, texts, [LABELS.index("positive"), LABELS.index("negative")])["f1"] == 1.0
    assert judge(model, texts, [LABELS.index("positive")] * 2)["f1"] == pytest.approx(1 / 3, abs=1e-4)


def test_an_unknown_label_names_its_line():
    with pytest.raises(TooLittleToTrainOn) as found:
        train_sentiment(["a", "b"], ["positive", "great"], name="mine")
    assert found.value.faults[0].pointer == "line 3"


def test_too_small_a_market_is_refused():
    histories, classes = small_market(3)
    with pytest.raises(TooLittleToTrainOn, match="3 assets"):
        price_files(histories, classes, name="mine", is_judged=False)


LONG_AGO = np.datetime64("2000-01-01")


@pytest.fixture(scope="module")
def members():
    histories, classes = small_market(3, 1_000)
    return market(histories, classes)


def test_the_same_model_is_not_worse_than_itself(members):
    found = contest(members, shipped_weights(), shipped_weights(), before=LONG_AGO)
    assert "+0.00% [+0.00%, +0.00%]" in found.detail


def test_a_worse_model_and_one_whose_bands_are_wrong_are_kept_out(members):
    weights = shipped_weights()
    wild = replace(
        weights, horizons={days: replace(one, har=one.har * 40.0) for days, one in weights.horizons.items()}
    ).without_boosting()
    assert not contest(members, weights, wild, before=LONG_AGO).is_promoted


def test_a_challenger_whose_scores_are_worse_is_kept_out(members):
    tracks = [replay("A0", members["A0"], shipped_weights().horizons[1], 1, tested_rows=250)]
    off = [replace(one, quantiles={OURS: one.quantiles[OURS] * 3.0}) for one in tracks]
    found = verdict({1: (tracks, off)})
    assert not found.is_promoted
    assert "worse" in found.detail


def test_the_young_are_no_judges():
    histories, classes = small_market(2, 500)
    found = contest(market(histories, classes), shipped_weights(), shipped_weights(), before=LONG_AGO)
    assert not found.is_promoted
    assert "No asset has" in found.detail


def test_a_flat_market_decides_nothing():
    assert not verdict({1: ([], [])}).is_promoted
