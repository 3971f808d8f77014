"""The HTTP surface of the slice: parse, call one service function, shape the answer."""

from __future__ import annotations

from fastapi import APIRouter

from finsage.prediction.routes import advice, goals, predictions

PUBLIC_ROUTES = predictions.PUBLIC_ROUTES

router = APIRouter()
for part in (predictions, goals, advice):
    router.include_router(part.router)
