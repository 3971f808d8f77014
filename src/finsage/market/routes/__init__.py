"""The HTTP surface of the slice: parse, call one service function, shape the answer."""

from __future__ import annotations

from fastapi import APIRouter

from finsage.market.routes import assets, data_health, json_sources, news, provider_keys, quality, search, watchlists

router = APIRouter()
for part in (assets, json_sources, quality, search, watchlists, data_health, provider_keys, news):
    router.include_router(part.router)
