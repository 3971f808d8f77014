"""Work of this slice that no request waits for."""

from __future__ import annotations

from finsage.market.service import simulated
from finsage.platform.jobs import JobContext, JobRegistry

jobs = JobRegistry()


@jobs.job(simulated.EXTEND)
async def extend_simulated_prices(job: JobContext) -> None:
    """Give a tenant's simulated assets the prices of the days since; runs daily while there are any."""
    async with job.effect() as session:
        await simulated.extend_simulated_prices(session, job.tenant_id)
