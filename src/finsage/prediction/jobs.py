"""Work of this slice that no request waits for.

The web process looks whether there is anything to do; kernels and their libraries are for the compute process.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from finsage.market import events
from finsage.platform.compute import HEAVY_FROM, weigh
from finsage.platform.jobs import JobContext, JobRegistry
from finsage.prediction.service import news_reading, watch

jobs = JobRegistry()
jobs.job(events.NEWS_STORED)(news_reading.read_news)
jobs.job("prediction.watch", every=timedelta(hours=1))(watch.watch)
jobs.job("prediction.refit", every=timedelta(days=7))(watch.refit)


@jobs.job("prediction.refresh_forecasts", every=timedelta(hours=1))
async def refresh_forecasts(job: JobContext) -> None:
    """The daily run: forecast what has a new close."""
    if await watch.is_forecast_due(job):
        weigh(HEAVY_FROM)
        await import_module("finsage.prediction.service.refresh").refresh(job)


@jobs.job(events.HISTORY_STORED)
async def refresh_history(job: JobContext) -> None:
    """The same for the job's tenant alone: who has just added an asset does not wait for the hour to be over."""
    if await watch.is_forecast_due(job, job.tenant_id):
        weigh(HEAVY_FROM)
        await import_module("finsage.prediction.service.refresh").refresh(job, job.tenant_id)


@jobs.job("prediction.score_matured", every=timedelta(hours=1))
async def score_matured(job: JobContext) -> None:
    """Judge the forecasts whose day has come."""
    if await watch.is_score_due(job):
        weigh(HEAVY_FROM)
        await import_module("finsage.prediction.service.scoring").score_matured(job)


@jobs.job("prediction.retrain", every=timedelta(days=30))
async def retrain(job: JobContext) -> None:
    """Train a challenger on the installation's own closes and let it answer if it is not worse."""
    if not await watch.is_enough_to_train_on(job):
        return
    weigh(HEAVY_FROM)
    await import_module("finsage.prediction.service.retrain").retrain(job)
