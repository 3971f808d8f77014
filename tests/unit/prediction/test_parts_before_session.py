"""What takes seconds to load is loaded before a request's transaction opens: PostgreSQL ends one that idles."""

from __future__ import annotations

import inspect

import pytest
from fastapi.routing import APIRoute

from finsage.platform.unit import _read_session, _session
from finsage.prediction.routes import advice, goals, predictions
from finsage.prediction.routes.loading import part

ROUTES = [
    route for module in (advice, goals, predictions) for route in module.router.routes if isinstance(route, APIRoute)
]
LOAD = part("views").dependency.__qualname__


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_parts_are_loaded_before_the_transaction_opens(route: APIRoute) -> None:
    calls = [one.call for one in route.dependant.dependencies]
    opened = next((place for place, call in enumerate(calls) if call in {_read_session, _session}), len(calls))
    assert LOAD not in [getattr(call, "__qualname__", "") for call in calls[opened:]]
    assert opened == len(calls) or "await loaded(" not in inspect.getsource(route.endpoint)
