"""The application: routers of all slices in one FastAPI, behind the gateway's pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from finsage import __version__
from finsage.gateway.exchange import ASGIApp
from finsage.gateway.health import Check, readiness_checks
from finsage.gateway.identity_door import IdentityAuthenticator
from finsage.gateway.pipeline import build_pipeline
from finsage.gateway.problems import install_problem_handlers
from finsage.identity import service as identity_service
from finsage.migrations import head
from finsage.platform.compute import ComputeProcess
from finsage.platform.database import Database
from finsage.platform.event_hub import EventHub
from finsage.platform.outside import Outside
from finsage.platform.settings import Settings
from finsage.platform.shared.opening import open_shared_store
from finsage.services import API, PUBLIC_ROUTES, routers

if TYPE_CHECKING:
    from finsage.platform.shared.store import RedisStore

WEBUI = Path(__file__).parent / "webui"


@dataclass(frozen=True, slots=True)
class Application:
    """What a server serves, and what must be closed when it stops.

    Whoever serves closes ``events`` before the last answers are waited for, ``outside`` and ``store`` after them.
    """

    asgi: ASGIApp
    identity: identity_service.Identity
    outside: Outside
    events: EventHub
    api: FastAPI
    store: RedisStore | None = None

    def build_routes(self) -> None:
        """Do what the framework leaves to the first request under each prefix: up to half a second for all.

        Any thread may; a request that comes meanwhile waits for the part it needs.
        """
        for _ in iter_route_contexts(self.api.routes):
            pass

    def close(self) -> None:
        """Stop the threads that hash passwords."""
        self.identity.close()


def build_app(
    settings: Settings,
    database: Database,
    *,
    checks: Mapping[str, Check] | None = None,
    compute: ComputeProcess | None = None,
) -> Application:
    """Put everything together; nothing is started and the database is not asked yet.

    Args:
        settings: of the installation.
        database: the pool routes use.
        checks: readiness checks; the usual ones when none are given.
        compute: takes over the requests that are too much for this process; without one they are answered here.
    """
    identity = identity_service.open_identity(settings)
    api = build_api()
    checks = readiness_checks(settings, database, expected_revision=head()) if checks is None else checks
    store = open_shared_store(settings)
    if store is not None:
        checks = {**checks, "redis": store.look}
    api.state.settings, api.state.database, api.state.identity = settings, database, identity
    api.state.checks, api.state.compute = checks, compute
    outside = Outside(settings, database)
    api.state.outside = outside
    events = EventHub(database, partial(identity_service.living_sessions, database))
    api.state.events = events
    asgi = build_pipeline(
        api,
        settings=settings,
        changes=database.changes,
        authenticator=IdentityAuthenticator(database, identity),
        public_routes=PUBLIC_ROUTES,
        checks=checks,
        webui=WEBUI if (WEBUI / "index.html").is_file() else None,
        store=store,
    )
    return Application(asgi, identity, outside, events, api, store)


def build_api() -> FastAPI:
    """The routers alone: what the API description is made from."""
    api = FastAPI(
        title="FinSage",
        version=__version__,
        description="One exact ledger and returns that can be explained.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        routes=_mounted(),
        generate_unique_id_function=_operation_id,
    )
    install_problem_handlers(api)
    return api


@cache
def _mounted() -> list[BaseRoute]:
    """The routes of all slices, which know nothing of an application: a process works them out once."""
    everything = APIRouter(generate_unique_id_function=_operation_id)
    for router in routers():
        everything.include_router(router, prefix=API)
    return everything.routes


def openapi() -> dict[str, Any]:
    """The API description."""
    return build_api().openapi()


def _operation_id(route: APIRoute) -> str:
    return route.name
