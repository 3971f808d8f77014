"""What came of the forecast of a portfolio: what it held when it was made, at the prices of the day that judges it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from finsage.market.service.matrix import PriceMatrix
from finsage.market.service.rates import rate_series
from finsage.platform.database import ReadSession
from finsage.prediction.service.portfolios import in_currency, rate_closes
from finsage.prediction.service.realised import Realised
from finsage.prediction.store.predictions import Prediction


async def realised_of_portfolio(
    session: ReadSession, one: Prediction, matrix: PriceMatrix, until: date
) -> Realised | None:
    """The return of what a portfolio held; None where a part has no close on or after the day yet."""
    parts = one.input_data["parts"]
    rates = await rate_series(
        session, sorted({one.currency, *(part["currency"] for part in parts)} - {"EUR"}), until=until
    )
    growth, last_day = 0.0, one.matures_on
    for part in parts:
        if part["last"] is None:
            growth += part["weight"]
            continue
        if part["asset_id"] is None:
            days, closes = rate_closes(rates, part["currency"], one.currency)
        else:
            column = matrix.asset_ids.index(UUID(part["asset_id"]))
            days, closes = in_currency(matrix, column, rates, part["currency"], one.currency)
        at = int(np.searchsorted(days, np.datetime64(one.matures_on)))
        if at == len(days):
            return None
        growth += part["weight"] * float(closes[at]) / part["last"]
        last_day = max(last_day, days[at].item())
    if growth <= 0:
        # Nothing is left: as near to it as a logarithm can say.
        growth = 1e-6
    value = (one.last_close * Decimal(repr(growth))).quantize(Decimal("1e-8"))
    return Realised(min(last_day, until + timedelta(days=1)), value, float(np.log(growth)))
