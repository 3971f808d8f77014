"""A GARCH model is fitted once per row of a history, whichever horizon asks first, and changes nothing."""

import numpy as np
from unit.prediction.markets import garch_returns, history_of

from finsage.prediction.price_model import volatility
from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.forecast import forecast
from finsage.prediction.price_model.volatility import GarchFits, SharedFits
from finsage.prediction.price_model.weight_files import shipped_weights

HORIZONS = (1, 7, 30)


def one_asset(rows=900):
    return market({"A": history_of(garch_returns(rows, 3))}, {"A": "equity"})["A"]


def test_horizons_share_what_was_fitted():
    shared = one_asset()
    together = [forecast(shared, shipped_weights(), days) for days in HORIZONS]
    fitted = dict(shared.garch.found)
    alone = [forecast(one_asset(), shipped_weights(), days) for days in HORIZONS]
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one.samples, other.samples)
    assert set(fitted) == set(range(252, 900, 63))
    again = forecast(shared, shipped_weights(), 1)
    assert all(shared.garch.found[row] is model for row, model in fitted.items())
    assert np.array_equal(again.samples, together[0].samples)


def test_what_is_known_is_not_fitted_again():
    history = history_of(garch_returns(900, 3))
    first = GarchFits(history)
    path = first.path()
    taken = GarchFits(history, {**first.found, 315: None})
    again = taken.path()
    assert again.models[1] == (315, path.models[0][1]), "a fit that failed keeps the model before it"
    assert np.array_equal(again.following[378:], path.following[378:])
    assert taken.found[315] is None


def test_a_history_made_anew_takes_what_was_fitted_to_the_same_returns(monkeypatch):
    returns, shared, fitted = garch_returns(900, 3), SharedFits(), []
    fit = volatility.fit_garch_t
    monkeypatch.setattr(volatility, "fit_garch_t", lambda window: fitted.append(len(window)) or fit(window))
    first = GarchFits(history_of(returns), shared=shared).path()
    assert len(fitted) == len(range(252, 900, 63))
    longer = GarchFits(history_of(np.append(returns, 0.01)), shared=shared)
    assert longer.path().models == first.models
    assert len(fitted) == len(range(252, 900, 63)), "a day later nothing is fitted again"
    GarchFits(history_of(np.append(returns[:400] * 1.5, returns[400:])), shared=shared).path()
    assert len(fitted) == 2 * len(range(252, 900, 63)), "but to other returns it is"


def test_no_more_is_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(SharedFits, "MOST", 3)
    shared, history, fitted = SharedFits(), history_of(garch_returns(900, 3)), []
    path = GarchFits(history, shared=shared).path()
    fit = volatility.fit_garch_t
    monkeypatch.setattr(volatility, "fit_garch_t", lambda window: fitted.append(len(window)) or fit(window))
    for row, model in path.models[-3:]:
        assert shared.of(history.returns[:row]) == model
    assert fitted == []
    shared.of(history.returns[:252])
    assert fitted == [252]
