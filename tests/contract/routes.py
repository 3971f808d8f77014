"""The route table as the application serves it: what every generated test of the contract runs over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from finsage.app import build_api, openapi
from finsage.platform.unit import UNSAFE, UnitRoute
from finsage.services import API, PUBLIC_ROUTES

OBJECT_KINDS = frozenset(
    {
        "portfolio_id",
        "asset_id",
        "transaction_id",
        "import_id",
        "job_id",
        "session_id",
        "template_id",
        "quarantine_id",
        "prediction_id",
        "goal_id",
        "advice_id",
        "watchlist_id",
        "feed_id",
    }
)
"""Path parameters that name an object of a tenant or a person."""

PLAIN_PARAMETERS = {"model_id": "risk:from-price", "base": "EUR", "quote": "USD", "provider": "newsapi"}
"""Path parameters that name what belongs to everyone, and a value for each."""

NAMED_IN_QUERY = {("GET", "/sentiment"): {"asset": "asset_id"}}
"""Routes that name their object in the query: the parameter, and the kind of object."""

# The description of the API is what a client reads before it has an account.
OUTSIDE = frozenset({("GET", f"{API}/openapi.json")})


@dataclass(frozen=True)
class Route:
    """One method at one path."""

    method: str
    path: str
    scopes: tuple[str, ...]
    has_body: bool
    is_unit: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path.removeprefix(API)

    @property
    def is_public(self) -> bool:
        return (self.method, self.path) in PUBLIC_ROUTES

    @property
    def is_unsafe(self) -> bool:
        return self.method in UNSAFE

    @property
    def parameters(self) -> tuple[str, ...]:
        return (*re.findall(r"{(\w+)}", self.path), *NAMED_IN_QUERY.get(self.key, {}).values())

    @property
    def names_an_object(self) -> bool:
        return bool(OBJECT_KINDS & set(self.parameters))

    def __str__(self) -> str:
        return " ".join(self.key)


def _scopes(dependant: Dependant) -> Iterator[str]:
    scope = getattr(dependant.call, "scope", None)
    if isinstance(scope, str):
        yield scope
    for inner in dependant.dependencies:
        yield from _scopes(inner)


def _routes() -> list[Route]:
    found = []
    for context in iter_route_contexts(build_api().routes):
        route: Any = context
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            if (method, route.path) in OUTSIDE:
                continue
            original = context.original_route
            assert isinstance(original, APIRoute), f"{route.path} is no route of a slice"
            scopes = tuple(_scopes(route.dependant))
            is_unit = isinstance(original, UnitRoute)
            found.append(Route(method, route.path, scopes, route.body_field is not None, is_unit))
    return sorted(found, key=lambda route: (route.path, route.method))


@cache
def description() -> dict[str, Any]:
    """The API description, made when a test first asks: it costs more than to collect a hundred tests."""
    return openapi()


ROUTES = _routes()
PRIVATE = [route for route in ROUTES if not route.is_public]
UNSAFE_ROUTES = [route for route in PRIVATE if route.is_unsafe]
READING = [route for route in PRIVATE if not route.is_unsafe]

# Followed in tests of their own, through a real server: here an answer is looked at when it is whole.
ENDLESS = frozenset({("GET", "/events")})
ENDING = [route for route in ROUTES if route.key not in ENDLESS]

REPRESENTATIVE = {
    ("POST", "/portfolios"),
    ("DELETE", "/portfolios/{portfolio_id}"),
    ("PUT", "/portfolios/{portfolio_id}/targets"),
    ("POST", "/portfolios/{portfolio_id}/transactions"),
    ("PATCH", "/transactions/{transaction_id}"),
    ("POST", "/portfolios/{portfolio_id}/imports"),
    ("POST", "/imports/{import_id}/confirm"),
    ("PUT", "/assets/{asset_id}/prices"),
    ("POST", "/watchlists/{watchlist_id}/items"),
    ("POST", "/predictions"),
    ("DELETE", "/me/sessions/{session_id}"),
    # And what reads, or needs nobody to be signed in.
    ("GET", "/portfolios"),
    ("GET", "/portfolios/{portfolio_id}/performance"),
    ("GET", "/assets/{asset_id}/prices"),
    ("GET", "/predictions"),
    ("GET", "/me"),
    ("POST", "/auth/login"),
    ("POST", "/auth/logout"),
}
"""Of each kind of request (a body, none, a file, a removal) and of each slice some.

What one place does for all routes is asked of these in every run.
"""


def some_of(routes: list[Route], *, always: Callable[[Route], bool] = lambda _: False) -> pytest.MarkDecorator:
    """Ask each route: the representative ones, and those of ``always``, in every run, the others in campaigns."""
    marked = [
        route if route.key in REPRESENTATIVE or always(route) else pytest.param(route, marks=pytest.mark.slow)
        for route in routes
    ]
    return pytest.mark.parametrize("route", marked, ids=str)
