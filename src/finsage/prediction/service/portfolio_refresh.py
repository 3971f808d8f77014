"""The daily run over portfolios: each as it stands, over the trained horizons, stored and scored like an asset's.

Once a day for each, after the assets: the closes of the day before are in by six in the morning, in UTC.
"""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

from finsage.errors import FinSageError
from finsage.platform.database import allow_idling
from finsage.platform.events import tell
from finsage.platform.jobs import JobContext
from finsage.portfolio.errors import PortfolioNotFound
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service.making import confidence_scores
from finsage.prediction.service.portfolio_making import of_portfolio
from finsage.prediction.service.portfolios import COMPUTE_SECONDS, Holdings, holdings_of
from finsage.prediction.store import outcomes as outcome_store
from finsage.prediction.store import portfolio_runs as run_store
from finsage.prediction.store import predictions as store
from finsage.prediction.store import states as state_store
from finsage.prediction.store.predictions import Prediction


async def refresh_portfolios(
    job: JobContext, tenant_id: UUID, portfolio_ids: list[UUID], weights: Weights, until: date
) -> None:
    """Forecast portfolios of a tenant; one that cannot be forecast is noted with the reason and stops no other."""
    for portfolio_id in portfolio_ids:
        refused, made = None, list[Prediction]()
        try:
            made = await _made(job, tenant_id, portfolio_id, weights, until)
        except PortfolioNotFound:
            continue
        except FinSageError as error:
            if error.kind != "invalid":
                raise
            refused = error.detail
        async with job.database.write(tenant_id, is_announced=bool(made)) as session:
            await store.add(session, made)
            if made:
                await tell(session, tenant_id, "forecasts")
            await run_store.note(session, tenant_id, portfolio_id, until, refused)


async def _made(
    job: JobContext, tenant_id: UUID, portfolio_id: UUID, weights: Weights, until: date
) -> list[Prediction]:
    async with job.database.read(tenant_id) as session:
        await allow_idling(session, COMPUTE_SECONDS)
        holdings = await holdings_of(session, portfolio_id, until)
        states = await state_store.read(session, tenant_id, holdings.asset_ids)
        confidence = confidence_scores(await outcome_store.covered(session))

    def all_horizons(held: Holdings) -> list[Prediction]:
        return [
            of_portfolio(held, states, days, weights=weights, tenant_id=tenant_id, user_id=None, confidence=confidence)
            for days in TRAINED_DAYS
        ]

    return await asyncio.to_thread(all_horizons, holdings)
