"""Writing the JSON that ``finsage evaluate`` answers with: money as strings, ratios as numbers, the same bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from finsage.finance.money import plain, plain_money
from finsage.finance.results import (
    AssetReport,
    Charges,
    Evaluation,
    Gain,
    Holding,
    LotView,
    Match,
    MissingAcquisition,
    Notice,
    Performance,
    Risk,
    Roai,
    Series,
)

RATIO_PLACES = 12

Json = dict[str, Any]


def render(document: Json) -> str:
    """JSON text, ending with a line break; keys in the order given."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def evaluation_json(evaluation: Evaluation) -> Json:
    """An evaluation as the contract shows it."""
    document: Json = {
        "period": [evaluation.start.isoformat(), evaluation.end.isoformat()],
        "holdings": [_holding(row) for row in evaluation.holdings],
        "lots": [_lot(row) for row in evaluation.lots],
        "realised": {**_gain(evaluation.realised), "matches": [_match(row) for row in evaluation.matches]},
        "unrealised": _gain(evaluation.unrealised),
        "income": _money(evaluation.income),
        "fees": _charges(evaluation.fees),
        "taxes": _charges(evaluation.taxes),
        "market_value": _money(evaluation.market_value),
        "invested": _money(evaluation.invested),
        "cash": {currency: _money(amount) for currency, amount in evaluation.cash.items()},
        "performance": performance_json(evaluation.performance),
        "risk": risk_json(evaluation.risk),
        "by_symbol": {asset: _asset_report(report) for asset, report in evaluation.by_asset.items()},
        "identity": {
            "left": _money(evaluation.identity.left),
            "right": _money(evaluation.identity.right),
            "embedded_gain": _money(evaluation.identity.embedded_gain),
        },
        "missing_acquisitions": [_missing(row) for row in evaluation.missing_acquisitions],
        "warnings": [notice_json(row) for row in evaluation.warnings],
    }
    if evaluation.series is not None:
        document["series"] = _series(evaluation.series)
    return document


def performance_json(performance: Performance) -> Json:
    """Gain and rates; ``roots`` only when there are several."""
    document: Json = {
        "simple_gain": _money(performance.simple_gain),
        "simple_return": _ratio(performance.simple_return),
        "twr": _ratio(performance.twr),
        "twr_annualised": _ratio(performance.twr_annualised),
        "mwr": _ratio(performance.mwr),
        "mwr_period": _ratio(performance.mwr_period),
        "modified_dietz": _ratio(performance.modified_dietz),
    }
    if performance.roots:
        document["roots"] = [_ratio(root) for root in performance.roots]
    if performance.roai is not None:
        document["roai"] = _roai(performance.roai)
    return _with_reasons(document, performance.reasons)


def risk_json(risk: Risk) -> Json:
    """Fluctuation and drawdown."""
    document: Json = {
        "volatility": _ratio(risk.volatility),
        "volatility_period": _ratio(risk.volatility_period),
        "semi_volatility_period": _ratio(risk.semi_volatility_period),
        "drawdown_max": _ratio(risk.drawdown_max),
        "drawdown_days": risk.drawdown_days,
        "recovery_days": risk.recovery_days,
    }
    return _with_reasons(document, risk.reasons)


def notice_json(notice: Notice) -> Json:
    """A warning; members that say nothing are left out."""
    members = {
        "code": notice.code,
        "detail": notice.detail,
        "transaction": notice.transaction,
        "symbol": notice.asset,
        "date": notice.day.isoformat() if notice.day else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _with_reasons(document: Json, reasons: Mapping[str, str]) -> Json:
    return {**document, "reasons": dict(sorted(reasons.items()))} if reasons else document


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else plain_money(amount)


def _number(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _ratio(value: float | None) -> float | None:
    """Twelve decimals: the last bits of a float64 sum differ between processors."""
    return None if value is None or not math.isfinite(value) else round(value, RATIO_PLACES) + 0.0


def _gain(row: Gain) -> Json:
    return {"gain": _money(row.gain), "price": _money(row.price), "fx": _money(row.fx)}


def _charges(row: Charges) -> Json:
    return {"total": _money(row.total), "expensed": _money(row.expensed), "in_cost": _money(row.in_cost)}


def _place(portfolio: str, account: str) -> Json:
    return {name: value for name, value in (("portfolio", portfolio), ("account", account)) if value}


def _holding(row: Holding) -> Json:
    return {
        "symbol": row.asset,
        "currency": row.currency,
        "quantity": plain(row.quantity),
        "cost": _money(row.cost),
        "average_price": _number(row.average_price),
        "market_value": _money(row.market_value),
        "price": _number(row.price),
        "price_date": row.price_on.isoformat() if row.price_on else None,
        "age_days": row.age_days,
        "stale": row.is_stale,
        "no_price": row.is_at_cost,
    }


def _lot(row: LotView) -> Json:
    return {
        "id": row.id,
        "symbol": row.asset,
        **_place(row.portfolio, row.account),
        "acquired_on": row.acquired_on.isoformat(),
        "quantity_acquired": plain(row.quantity_acquired),
        "quantity": plain(row.quantity),
        "unit_cost": _number(row.unit_cost),
        "cost": _money(row.cost),
        "fee_cost": _money(row.fee_cost),
        "tax_cost": _money(row.tax_cost),
    }


def _match(row: Match) -> Json:
    return {
        "transaction": row.transaction,
        "symbol": row.asset,
        **_place(row.portfolio, row.account),
        "lot": row.lot,
        "acquired_on": row.acquired_on.isoformat() if row.acquired_on else None,
        "date": row.disposed_on.isoformat(),
        "quantity": plain(row.quantity),
        "cost": _money(row.cost),
        "proceeds": _money(row.proceeds),
        "gain": _money(row.gain),
        "held_days": row.held_days,
        "term": row.term.value,
        "reason": row.reason,
    }


def _missing(row: MissingAcquisition) -> Json:
    return {
        "transaction": row.transaction,
        "symbol": row.asset,
        **_place(row.portfolio, row.account),
        "date": row.day.isoformat(),
        "quantity": plain(row.quantity),
    }


def _roai(row: Roai) -> Json:
    return {
        "net": _ratio(row.net),
        "gross": _ratio(row.gross),
        "net_end_fx": _ratio(row.net_end_fx),
        "gross_end_fx": _ratio(row.gross_end_fx),
        "twi": _money(row.twi),
    }


def _asset_report(row: AssetReport) -> Json:
    return {
        "quantity": plain(row.quantity),
        "cost": _money(row.cost),
        "market_value": _money(row.market_value),
        "realised": _gain(row.realised),
        "unrealised": _gain(row.unrealised),
        "income": _money(row.income),
        "fees": _charges(row.fees),
        "taxes": _charges(row.taxes),
        "performance": performance_json(row.performance),
        "risk": risk_json(row.risk),
    }


def _series(series: Series) -> Json:
    columns = ("value", "invested", "flow", "gain", "twr", "drawdown")
    return {
        "date": np.datetime_as_string(series.days, unit="D").tolist(),
        **{name: _floats(getattr(series, name)) for name in columns},
    }


def _floats(values: Iterable[float]) -> list[float | None]:
    return [_ratio(float(value)) for value in values]
