"""The contest for the champion's place: judged on what nobody learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from unit.prediction.markets import garch_returns, history_of, small_market

from finsage.prediction.backtest.walkforward import OURS, replay
from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.price_model.weights import Weights, train
from finsage.prediction.service.contest import ORIGINS, contest, verdict


def members_of(histories):
    return market(histories, dict.fromkeys(histories, "equity"))


def test_nothing_is_judged_on_what_was_learned():
    history, weights = history_of(garch_returns(900, 3)), shipped_weights().without_boosting()
    members = members_of({"A": history})
    cut = history.days[-1] - np.timedelta64(40, "D")
    found = contest(members, weights, weights, before=cut)
    assert not found.is_promoted
    assert str(cut) in found.detail
    found = contest(members, weights, weights, before=history.days[-ORIGINS])
    assert "CRPS +0.00% [+0.00%, +0.00%]" in found.detail


def test_an_asset_without_a_loss_leaves_the_others_beside_their_own_days():
    models = shipped_weights().without_boosting().horizons[1]
    late = history_of(garch_returns(900, 4))
    late = replace(late, days=late.days + np.timedelta64(700, "D"))
    members = members_of({"A": history_of(garch_returns(900, 3)), "B": late})
    champion = [replay(name, one, models, 1, tested_rows=ORIGINS) for name, one in members.items()]
    knew = np.repeat(champion[0].outcome[:, None], 11, axis=1)
    challenger = [replace(champion[0], quantiles={**champion[0].quantiles, OURS: knew}), champion[1]]
    alone = verdict({1: (champion[1:], champion[1:])})
    assert "CRPS +0.00%" in alone.detail
    assert verdict({1: (champion, challenger)}).detail.split("CRPS")[1] == alone.detail.split("CRPS")[1]


def trained(young):
    histories, classes = small_market(rows=1_150)
    histories["Y"], classes["Y"] = young, "young"
    return train(market(histories, classes), name="x", before=np.datetime64("2019-03-01"), seed=1)


def test_what_a_class_lends_had_ended_before_the_day():
    days = np.busday_offset(np.datetime64("2019-02-22"), np.arange(400))
    young = [replace(history_of(garch_returns(400, seed)), days=days) for seed in (8, 9)]
    first, second = (trained(one) for one in young)
    assert "young" not in first.pools, "nothing of it had ended: a Student-t serves"
    assert (first.residuals("young", 30) == Weights().residuals("young", 30)).all()
    assert first.pools["fx"].variance == second.pools["fx"].variance
