"""How the installation is doing, for its administrators."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from sqlalchemy import text

from finsage import __version__
from finsage.platform import clock
from finsage.platform.audit import record
from finsage.platform.caches import clear, layers
from finsage.platform.caller import Caller
from finsage.platform.queue import measure_queue
from finsage.platform.settings import Settings
from finsage.platform.unit import Reading, UnitRoute, Writing, requires
from finsage.platform.wire import Wire

STARTED_AT = clock.now()

router = APIRouter(route_class=UnitRoute, tags=["system"])


class DatabaseStatus(Wire):
    """The database server and how much this installation keeps in it."""

    server_version: str
    embedded: bool
    size_bytes: int


class WorkerStatus(Wire):
    """Jobs that wait, and jobs that failed for good and are kept for a look."""

    queued: int
    held: int


class CheckStatus(Wire):
    """One readiness check."""

    name: str
    ok: bool
    detail: str


class CacheStatus(Wire):
    """What a cache of this process did since it started; ``held_bytes`` is null where it is not in its memory.

    ``failed`` are look-ups that told nothing: no answer in time, or not what had been put there.
    """

    name: str
    hits: int
    misses: int
    outdated: int
    failed: int
    evicted: int
    held_bytes: int | None


class SystemStatus(Wire):
    """Version, database, jobs, caches and checks of this process."""

    version: str
    started_at: datetime
    database: DatabaseStatus
    worker: WorkerStatus
    caches: list[CacheStatus]
    checks: list[CheckStatus]


@router.get("/system/status")
async def get_system_status(
    request: Request, session: Reading, _: Annotated[Caller, requires("admin")]
) -> SystemStatus:
    """Version, database, jobs and readiness."""
    settings: Settings = request.app.state.settings
    row = (await session.execute(_DATABASE)).one()
    queues = await measure_queue(session)
    return SystemStatus(
        version=__version__,
        started_at=STARTED_AT,
        database=DatabaseStatus(
            server_version=row.version, embedded=settings.database_url is None, size_bytes=row.size_bytes
        ),
        worker=WorkerStatus(queued=sum(q.depth for q in queues), held=sum(q.held for q in queues)),
        caches=[CacheStatus(**asdict(layer)) for layer in layers()],
        checks=[await _look(name, check) for name, check in request.app.state.checks.items()],
    )


class CacheClearing(Wire):
    """Which caches to empty."""

    tag: Literal["everything", "answers", "outbound"] = "everything"


@router.post("/system/caches/clear", status_code=204)
async def clear_caches(
    request: Request, session: Writing, body: CacheClearing, caller: Annotated[Caller, requires("admin")]
) -> None:
    """Empty what is kept to be quicker, in every process. No figure depends on it."""
    await record(session, caller, "caches.cleared", detail={"tag": body.tag})
    # In a transaction of its own, of no tenant: no harm where the audit's is then undone.
    await clear(request.app.state.database, request.app.state.settings, body.tag)


_DATABASE = text(
    "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS size_bytes"
)


async def _look(name: str, check: Any) -> CheckStatus:
    try:
        return CheckStatus(name=name, ok=True, detail=await check())
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its finding
        return CheckStatus(name=name, ok=False, detail=str(error))
