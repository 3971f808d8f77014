"""Work of this slice that no request waits for."""

from __future__ import annotations

from finsage.market.service import rates, simulated
from finsage.market.service.rates import RatesLoaded
from finsage.platform.database import Database
from finsage.platform.jobs import JobContext, JobRegistry

jobs = JobRegistry()


async def load_ecb_rates(database: Database) -> RatesLoaded:
    """Load the exchange rates FinSage brings along; a start runs this before it serves. Safe to repeat.

    Raises:
        RatesUnavailable: the file is not installed.
    """
    async with database.write() as session:
        return await rates.load_ecb_rates(session)


@jobs.job("market.load_rates")
async def load_rates(job: JobContext) -> None:
    """The same, asked for by name."""
    async with job.effect() as session:
        await rates.load_ecb_rates(session)


@jobs.job(simulated.EXTEND)
async def extend_simulated_prices(job: JobContext) -> None:
    """Give a tenant's simulated assets the prices of the days since; runs daily while there are any."""
    async with job.effect() as session:
        await simulated.extend_simulated_prices(session, job.tenant_id)
