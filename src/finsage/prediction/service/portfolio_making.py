"""The forecast of what a portfolio holds: its parts move together as they did."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from finsage.platform import clock
from finsage.prediction.price_model.forecast import Forecast, forecast
from finsage.prediction.price_model.history import Floats, Notice
from finsage.prediction.price_model.joint import joint
from finsage.prediction.price_model.levels import EQUAL_STEPS, SHOWN
from finsage.prediction.price_model.mixture import TAILS
from finsage.prediction.price_model.preparation import with_kept_fits
from finsage.prediction.price_model.scale import scaled
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service.making import (
    Confidence,
    baselines_of,
    by_confidence,
    day_of,
    kept_of,
    matures_on,
    notices_of,
    rounded,
)
from finsage.prediction.service.portfolios import PORTFOLIO, Holdings, as_one
from finsage.prediction.store.predictions import Prediction
from finsage.prediction.store.states import State

SEED = 1


def of_portfolio(
    holdings: Holdings,
    states: list[State],
    horizon_days: int,
    *,
    weights: Weights,
    tenant_id: UUID,
    user_id: UUID | None,
    confidence: Confidence,
) -> Prediction:
    """The forecast of what a portfolio holds; slow, so by a thread.

    Raises:
        NothingInCommon: the parts have too few days in common.
    """
    kept = {str(one.asset_id): kept_of(one) for one in states if str(one.asset_id) in holdings.members}
    members = {name: with_kept_fits(member, kept.get(name)) for name, member in holdings.members.items()}
    scales = holdings.widened(horizon_days)
    if len(members) == 1:
        [(name, member)] = members.items()
        single = scaled(forecast(member, weights, horizon_days), scales[name])
        gains = holdings.weights[name] * np.expm1(single.samples[EQUAL_STEPS])
        forecasts: Mapping[str, Forecast] = {name: single}
        notices: tuple[Notice, ...] = ()
    else:
        together = joint(members, weights, horizon_days, seed=SEED, scales=scales)
        gains, forecasts, notices = together.gains(holdings.weights), together.forecasts, together.notices
    as_of = day_of(holdings.as_of)
    return Prediction(
        id=clock.new_id(),
        tenant_id=tenant_id,
        as_of=as_of,
        user_id=user_id,
        subject_kind="portfolio",
        subject_id=holdings.portfolio_id,
        asset_class=PORTFOLIO,
        is_simulated=holdings.is_simulated,
        horizon_days=horizon_days,
        matures_on=matures_on(as_of, horizon_days),
        last_close=Decimal(f"{holdings.value:.15g}"),
        currency=holdings.base_currency,
        rung=min((one.rung for one in forecasts.values()), key=("class", "pooled", "full").index),
        model_id=weights.id,
        model_sha256=weights.sha256,
        input_data=holdings.inputs(scales),
        prediction_result=_joint_result(holdings, forecasts, gains, (*holdings.notices, *notices)),
        confidence_score=confidence.of(
            str(holdings.portfolio_id), horizon_days, PORTFOLIO, is_simulated=holdings.is_simulated
        ),
        created_at=clock.now(),
    )


def _joint_result(
    holdings: Holdings, forecasts: Mapping[str, Forecast], gains: Floats, notices: tuple[Notice, ...]
) -> dict[str, Any]:
    rows = max(one.horizon_rows for one in forecasts.values())
    logs = np.log(np.maximum(1.0 + gains, 1e-6))
    at_risk, beyond = {}, {}
    for tail in TAILS:
        edge = np.quantile(gains, tail)
        confidence = round(1.0 - tail, 3)
        at_risk[confidence] = max(0.0, -float(edge))
        beyond[confidence] = max(at_risk[confidence], -float(gains[gains <= edge].mean()))
    sigma = float(np.std(logs))
    days = next(iter(forecasts.values())).horizon_days
    seen = {(one.code, one.detail): one for forecast_ in forecasts.values() for one in forecast_.notices}
    of_parts = {notice.code: notice for notice in seen.values()}
    one = as_one(holdings)
    return {
        "quantiles": rounded(np.quantile(logs, SHOWN)),
        "var": by_confidence(at_risk),
        "es": by_confidence(beyond),
        "sigma": round(sigma, 10),
        "volatility": round(sigma * float(np.sqrt(365 / days)), 10),
        "horizon_rows": rows,
        "baselines": baselines_of(one, one.history.horizon_rows(days)) if one is not None else {},
        "notices": notices_of((*notices, *of_parts.values())),
    }
