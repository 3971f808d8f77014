"""A GARCH model is fitted once per row of a history, whichever horizon asks first, and changes nothing."""

import numpy as np
from unit.prediction.markets import garch_returns, history_of

from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.forecast import forecast
from finsage.prediction.price_model.volatility import GarchFits
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
