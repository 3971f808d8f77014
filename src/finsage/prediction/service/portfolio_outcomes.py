"""What came of the forecast of a portfolio: what it held when it was made, at the prices of the day that judges it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np

from finsage.market.service.rates import RateSeries, rate_series
from finsage.platform.database import ReadSession
from finsage.prediction.price_model.history import split_ratio
from finsage.prediction.service.portfolios import in_currency, rate_closes
from finsage.prediction.service.realised import Closes, Realised, has_split
from finsage.prediction.store.predictions import Prediction


async def rates_of(session: ReadSession, made: Sequence[Prediction], until: date) -> Mapping[str, RateSeries]:
    """The rates that judge these forecasts of portfolios, read once for all."""
    currencies = {part["currency"] for one in made for part in one.input_data["parts"]} | {one.currency for one in made}
    return await rate_series(session, sorted(currencies - {"EUR"}), until=until) if made else {}


def realised_of_portfolio(one: Prediction, closes: Closes, rates: Mapping[str, RateSeries]) -> Realised | None:
    """The return of what a portfolio held; None where a part has no close on or after the day yet."""
    growth, last_day, is_split = 0.0, one.matures_on, False
    for part in one.input_data["parts"]:
        if part["last"] is None:
            growth += part["weight"]
            continue
        restated = 1.0
        if part["asset_id"] is None:
            days, values = rate_closes(rates, part["currency"], one.currency)
        else:
            asset_id = UUID(part["asset_id"])
            column = closes.columns[asset_id]
            days, values = in_currency(closes.matrix, column, rates, part["currency"], one.currency)
            before = int(np.searchsorted(days, np.datetime64(one.as_of), side="right")) - 1
            if before >= 0:
                ratio = part["last"] / float(values[before])
                restated = 1.0 if split_ratio(ratio) is None else ratio
        at = int(np.searchsorted(days, np.datetime64(one.matures_on)))
        if at == len(days):
            return None
        day: date = days[at].item()
        if part["asset_id"] is not None:
            is_split = is_split or has_split(closes, UUID(part["asset_id"]), one.as_of, day)
        growth += part["weight"] * float(values[at]) * restated / part["last"]
        last_day = max(last_day, day)
    if growth <= 0:
        # Nothing is left: as near to it as a logarithm can say.
        growth = 1e-6
    value = (one.last_close * Decimal(repr(growth))).quantize(Decimal("1e-8"))
    return Realised(last_day, value, float(np.log(growth)), is_split)
