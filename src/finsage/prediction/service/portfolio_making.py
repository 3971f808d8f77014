"""The forecast of what a portfolio holds: its parts move together as they did."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from finsage.platform import clock
from finsage.prediction.price_model.joint import Joint, joint, risk_of
from finsage.prediction.price_model.levels import SHOWN
from finsage.prediction.price_model.preparation import with_kept_fits
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service.making import (
    Confidence,
    baselines_of,
    by_confidence,
    day_of,
    kept_by_name,
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
    kept = kept_by_name(states, weights)
    members = {name: with_kept_fits(member, kept.get(name)) for name, member in holdings.members.items()}
    scales = holdings.widened(horizon_days)
    together = joint(members, weights, horizon_days, seed=SEED, scales=scales)
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
        rung=min((one.rung for one in together.forecasts.values()), key=("class", "pooled", "full").index),
        model_id=weights.id,
        model_sha256=weights.sha256,
        input_data=holdings.inputs(scales),
        prediction_result=_joint_result(holdings, together, horizon_days),
        confidence_score=confidence.of(
            str(holdings.portfolio_id), horizon_days, PORTFOLIO, is_simulated=holdings.is_simulated
        ),
        created_at=clock.now(),
    )


def _joint_result(holdings: Holdings, together: Joint, days: int) -> dict[str, Any]:
    gains = together.gains(holdings.weights)
    logs = np.log(np.maximum(1.0 + gains, 1e-6))
    at_risk, beyond = risk_of(gains)
    sigma = float(np.std(logs))
    # Parts move together on the days of the slowest.
    slowest = min((member.history for member in holdings.members.values()), key=lambda one: one.rows_per_year)
    rows = slowest.horizon_rows(days)
    seen = {(one.code, one.detail): one for single in together.forecasts.values() for one in single.notices}
    of_parts = {notice.code: notice for notice in seen.values()}
    one = as_one(holdings)
    return {
        "quantiles": rounded(np.quantile(logs, SHOWN)),
        "var": by_confidence(at_risk),
        "es": by_confidence(beyond),
        "sigma": round(sigma, 10),
        "volatility": round(sigma * float(np.sqrt(slowest.rows_per_year / rows)), 10),
        "horizon_rows": rows,
        "baselines": baselines_of([one], [one.history.horizon_rows(days)])[0] if one is not None else {},
        "notices": notices_of((*holdings.notices, *together.notices, *of_parts.values())),
    }
