"""Work of the slice that no request waits for."""

from __future__ import annotations

from uuid import UUID

from finsage.platform.events import tell
from finsage.platform.jobs import JobContext, JobRegistry
from finsage.portfolio.service import import_reverts, large_imports
from finsage.portfolio.service import valuations as service

jobs = JobRegistry()
jobs.job(large_imports.READ)(large_imports.read)
jobs.job(large_imports.BOOK)(large_imports.book)
jobs.job(import_reverts.REVERT)(import_reverts.carry_out)


@jobs.job(service.REFRESH)
async def refresh_valuation(job: JobContext) -> None:
    """Value a portfolio again after its books changed."""
    async with job.effect() as session:
        await service.refresh(session, job.tenant_id, UUID(job.payload["portfolio_id"]))
        # Here and not where books are written: a page that asks now finds the value too.
        await tell(session, job.tenant_id, "books")
