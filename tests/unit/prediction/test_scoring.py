"""What judges a forecast: the close of its day, unless a split that nobody applied lies between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pytest

from finsage.market.service.matrix import PriceMatrix
from finsage.prediction.price_model.levels import SHOWN
from finsage.prediction.service.realised import closes_of
from finsage.prediction.service.scoring import judge
from finsage.prediction.store.predictions import Prediction

ASSET, TENANT, FIRST = uuid4(), uuid4(), date(2026, 1, 1)
UNTIL = FIRST + timedelta(days=99)
MADE = FIRST + timedelta(days=80)


def matrix(values):
    days = np.datetime64(FIRST) + np.arange(len(values))
    return closes_of(PriceMatrix((ASSET,), days, np.array(values, dtype=float)[:, None]))


def walk(*, seed=1):
    return 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, 100)))


def forecast(last, *, kind="asset", parts=()):
    quantiles = [float(0.05 * (level - 0.5)) for level in SHOWN]
    return Prediction(
        id=uuid4(),
        tenant_id=TENANT,
        as_of=MADE,
        user_id=None,
        subject_kind=kind,
        subject_id=ASSET,
        asset_class="equity",
        is_simulated=False,
        horizon_days=7,
        matures_on=MADE + timedelta(days=7),
        last_close=Decimal(repr(float(last))),
        currency="EUR",
        rung="full",
        model_id="m",
        model_sha256="",
        input_data={"calendar": "daily", "parts": list(parts)},
        prediction_result={"quantiles": quantiles, "baselines": {}, "var": {"0.95": 0.1, "0.99": 0.2}, "sigma": 0.03},
        confidence_score=None,
        created_at=datetime(2026, 3, 22, tzinfo=UTC),
    )


def part(last):
    return {"asset_id": str(ASSET), "label": "A", "currency": "EUR", "weight": 0.6, "last": float(last)}


CASH = {"asset_id": None, "label": "EUR", "currency": "EUR", "weight": 0.4, "last": None}


@pytest.mark.parametrize("kind", ["asset", "portfolio"])
def test_an_ordinary_close_judges(kind):
    closes = walk()
    [found] = judge([forecast(closes[80], kind=kind, parts=(part(closes[80]), CASH))], matrix(closes), {}, UNTIL)
    growth = closes[87] / closes[80]
    assert found.state == "scored"
    assert found.log_return == pytest.approx(np.log(growth if kind == "asset" else 0.6 * growth + 0.4))


@pytest.mark.parametrize("kind", ["asset", "portfolio"])
@pytest.mark.parametrize("ratio", [2.0, 10.0, 1 / 3])
def test_across_a_split_that_nobody_applied_nothing_is_scored(kind, ratio):
    closes = walk()
    closes[84:] /= ratio * closes[84] / closes[83]
    [found] = judge([forecast(closes[80], kind=kind, parts=(part(closes[80]), CASH))], matrix(closes), {}, UNTIL)
    assert (found.state, found.log_return) == ("unscorable", None)


@pytest.mark.parametrize("kind", ["asset", "portfolio"])
def test_closes_restated_for_a_split_are_compared_with_the_restated_close(kind):
    as_made = walk()
    [found] = judge(
        [forecast(as_made[80], kind=kind, parts=(part(as_made[80]), CASH))], matrix(as_made / 4.0), {}, UNTIL
    )
    growth = as_made[87] / as_made[80]
    assert found.state == "scored"
    assert found.log_return == pytest.approx(np.log(growth if kind == "asset" else 0.6 * growth + 0.4))
    if kind == "asset":
        assert float(found.realised_price) == pytest.approx(as_made[87])


def test_a_split_before_the_forecast_or_after_its_day_is_nothing_to_it():
    closes = walk()
    closes[:70] *= 2.0 * closes[70] / closes[69]
    closes[90:] /= 3.0 * closes[90] / closes[89]
    [found] = judge([forecast(closes[80])], matrix(closes), {}, UNTIL)
    assert found.state == "scored"


def test_a_crash_that_is_no_split_is_scored():
    closes = walk()
    closes[84:] *= 0.36
    [found] = judge([forecast(closes[80])], matrix(closes), {}, UNTIL)
    assert found.state == "scored"
    assert found.inside_95 is False
