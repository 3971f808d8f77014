"""What the application leaves to the first request, and what it does not."""

from __future__ import annotations

from typing import Any

import fastapi.routing
import httpx
import pytest

from finsage import app
from finsage.app import Application, build_api

pytestmark = pytest.mark.anyio


async def test_no_route_is_built_by_a_request_once_all_are(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another application of this process may have had them built already.
    app._mounted.cache_clear()
    api, built = build_api(), []
    build = fastapi.routing._EffectiveRouteContext.from_api_route.__func__

    def counting(cls: Any, **given: Any) -> Any:
        built.append(given)
        return build(cls, **given)

    monkeypatch.setattr(fastapi.routing._EffectiveRouteContext, "from_api_route", classmethod(counting))
    nothing: Any = None
    Application(asgi=api, identity=nothing, outside=nothing, events=nothing, api=api).build_routes()
    assert len(built) > 80
    built.clear()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://test") as client:
        answers = [await client.get(f"/api/v1/{path}") for path in ("me", "portfolios", "assets", "jobs/x", "nowhere")]
    assert {answer.status_code for answer in answers} <= {401, 404, 422}
    assert built == []
