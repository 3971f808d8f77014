"""The daily refresh, which brings states up to date, gives what working out every row of every asset gives."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.prediction import slow_way
from unit.prediction.markets import days_of, garch_returns

from finsage.market.service.matrix import PriceMatrix, Tracked
from finsage.prediction.price_model import volatility
from finsage.prediction.price_model.levels import SHOWN
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.service.histories import histories_of
from finsage.prediction.service.making import confidence_scores
from finsage.prediction.service.refresh import Inputs, make
from finsage.prediction.service.scales import Scales
from finsage.quant.garch import fit_garch_t

NEAR = {"abs": 1e-9, "rel": 0}


def closes(seed, rows):
    """Three assets, a column each: of them one has a gap and one began later."""
    found = np.column_stack([100 * np.exp(np.cumsum(garch_returns(rows, seed + at))) for at in range(3)])
    found[rows // 2 : rows // 2 + 20, 1] = np.nan
    found[:40, 2] = np.nan
    return found


def run(inputs_closes, ids, rows, states, weights):
    days = days_of(len(inputs_closes))[:rows]
    matrix = PriceMatrix(tuple(ids), days, inputs_closes[:rows])
    classes = ("equity", "equity", "fx")
    tracked = [
        Tracked(one, str(one), kind, "USD", is_simulated=False, last_day=days[-1].astype(date))
        for one, kind in zip(ids, classes, strict=True)
    ]
    inputs = Inputs(uuid4(), tracked, matrix, weights, states, confidence_scores([]), Scales())
    return histories_of(tracked, matrix), make(inputs, set(ids))


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000), st.integers(820, 1_300), st.lists(st.integers(1, 3), min_size=1, max_size=2))
def test_a_refresh_is_what_the_slow_way_gives(seed, rows, steps):
    pytest.importorskip("lightgbm", reason="LightGBM cannot be loaded: libgomp1 is missing")
    weights, ids = shipped_weights(), [uuid4() for _ in range(3)]
    known, states = closes(seed, rows + sum(steps)), []
    for end in (rows, *(rows + np.cumsum(steps))):
        read, made = run(known, ids, end, states, weights)
        states = made.states
    for one in made.predictions:
        name, result = str(one.subject_id), one.prediction_result
        quantiles, at_risk, beyond = slow_way.forecast(read.histories, read.classes, name, weights, one.horizon_days)
        assert result["quantiles"] == pytest.approx(quantiles, **NEAR)
        assert [result["var"][f"{1 - tail:g}"] for tail in slow_way.TAILS] == pytest.approx(at_risk, **NEAR)
        assert [result["es"][f"{1 - tail:g}"] for tail in slow_way.TAILS] == pytest.approx(beyond, **NEAR)
        history, horizon = read.histories[name], result["horizon_rows"]
        assert result["baselines"]["random-walk-EQ500"] == pytest.approx(slow_way.random_walk(history, horizon), **NEAR)
    assert len(made.predictions) == 9
    assert len(made.predictions[0].prediction_result["quantiles"]) == len(SHOWN)


def test_a_refit_and_a_changed_close_keep_the_models_whose_window_is_the_same(monkeypatch):
    weights, ids, fitted = shipped_weights(), [uuid4() for _ in range(3)], []
    known = closes(5, 900)
    _, first = run(known, ids, 899, [], weights)
    _, expected = run(known, ids, 900, [], weights)
    monkeypatch.setattr(volatility, "fit_garch_t", lambda window: fitted.append(len(window)) or fit_garch_t(window))

    forgotten = [replace(one, history_sha256="", model_sha256="") for one in first.states]
    _, again = run(known, ids, 900, forgotten, weights)
    assert results(again) == results(expected)
    assert again.states == expected.states
    assert not fitted

    changed = known.copy()
    changed[700, 0] *= 1.05
    _, corrected = run(changed, ids, 900, first.states, weights)
    assert fitted == [756, 819, 882], "those before the correction stay"
    _, from_nothing = run(changed, ids, 900, [], weights)
    # What the others looked at of its turbulence in the past, they look at again with the next refit.
    assert results(corrected, ids[0]) == results(from_nothing, ids[0])
    assert corrected.states[0] == from_nothing.states[0]


def results(made, asset=None):
    return [one.prediction_result for one in made.predictions if asset in {None, one.subject_id}]
