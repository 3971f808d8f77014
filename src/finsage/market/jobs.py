"""Work of this slice that no request waits for."""

from __future__ import annotations

from finsage.market.service import backfill, candles, intraday, live_rates, names, news_refresh, refresh, simulated
from finsage.platform.jobs import JobContext, JobRegistry

jobs = JobRegistry()
jobs.job(refresh.REFRESH, every=refresh.EVERY)(refresh.refresh)
jobs.job(refresh.REFRESH_NOW)(refresh.refresh_now)
jobs.job(refresh.BACKFILL)(backfill.backfill)
jobs.job(candles.KEEP, every=candles.EVERY)(candles.keep)
jobs.job(intraday.REFRESH, every=intraday.EVERY)(intraday.refresh_candles)
jobs.job(live_rates.REFRESH, every=live_rates.EVERY)(live_rates.refresh_rates)
jobs.job(news_refresh.REFRESH, every=news_refresh.EVERY)(news_refresh.refresh)
jobs.job(news_refresh.FETCH_FEED)(news_refresh.fetch_feed)
jobs.job(names.CHECK, every=names.EVERY)(names.check_names)


@jobs.job(simulated.EXTEND)
async def extend_simulated_prices(job: JobContext) -> None:
    """Give a tenant's simulated assets the prices of the days since; runs daily while there are any."""
    async with job.effect() as session:
        await simulated.extend_simulated_prices(session, job.tenant_id)
