"""The one table of slices: what each mounts, which jobs it brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from finsage.identity import jobs as identity_jobs
from finsage.identity import routes as identity_routes
from finsage.market import jobs as market_jobs
from finsage.market import routes as market_routes
from finsage.market import tables as market_tables
from finsage.market.service import intraday as market_intraday
from finsage.market.service import splits as market_splits
from finsage.platform import event_route, system
from finsage.platform import jobs as platform_jobs
from finsage.platform.jobs import JobRegistry
from finsage.platform.resealing import SealedColumn
from finsage.portfolio import jobs as portfolio_jobs
from finsage.portfolio import routes as portfolio_routes
from finsage.portfolio.service.held import held_assets
from finsage.portfolio.service.splits import splits_of_books
from finsage.prediction import jobs as prediction_jobs
from finsage.prediction import routes as prediction_routes

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice's router and jobs, and which of its columns hold encrypted secrets."""

    router: APIRouter
    jobs: JobRegistry
    sealed: tuple[SealedColumn, ...] = ()


SLICES: Mapping[str, Slice] = {
    "identity": Slice(identity_routes.router, identity_jobs.jobs),
    "market": Slice(market_routes.router, market_jobs.jobs, market_tables.SEALED),
    "portfolio": Slice(portfolio_routes.router, portfolio_jobs.jobs),
    "prediction": Slice(prediction_routes.router, prediction_jobs.jobs),
}

market_splits.told_by(splits_of_books)
market_intraday.owned_by(held_assets)

PUBLIC_ROUTES = frozenset(
    (method, API + path) for method, path in identity_routes.PUBLIC_ROUTES | prediction_routes.PUBLIC_ROUTES
)
"""Method and full path of every route that asks for no caller."""


def sealed_columns() -> list[SealedColumn]:
    """Every column of the slices that holds encrypted secrets."""
    return [column for part in SLICES.values() for column in part.sealed]


def all_jobs() -> JobRegistry:
    """The jobs of every slice in one table."""
    registry = JobRegistry()
    for part in SLICES.values():
        registry.include(part.jobs)
    return registry


def routers() -> list[APIRouter]:
    """The routers to mount under ``/api/v1``."""
    return [*(part.router for part in SLICES.values()), platform_jobs.router, event_route.router, system.router]
