"""The job of identity: clearing away what has ended."""

from __future__ import annotations

from datetime import timedelta

from finsage.identity import service
from finsage.platform.jobs import JobContext, JobRegistry

jobs = JobRegistry()


@jobs.job("identity.expire_sessions", every=timedelta(hours=1))
async def expire_sessions(job: JobContext) -> None:
    """Delete ended sessions and what belongs to them."""
    async with job.effect() as session:
        await service.expire(session)
