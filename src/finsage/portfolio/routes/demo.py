"""The simulated portfolios: added with one click, removed with one click."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, Writing, requires
from finsage.portfolio.schemas.portfolios import DemoOut
from finsage.portfolio.service import demo as service

router = APIRouter(prefix="/demo", tags=["demo"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Writer = Annotated[Caller, requires("portfolio:write")]


@router.get("")
async def get_demo(_: Reader, session: Reading) -> DemoOut:
    """Whether the simulated portfolios are there."""
    ids = await service.demo_portfolios(session)
    return DemoOut(is_present=bool(ids), portfolio_ids=ids)


@router.post("", status_code=201)
async def add_demo(caller: Writer, session: Writing) -> DemoOut:
    """Add simulated assets, prices and a portfolio of them; does nothing when they are there."""
    await service.add_demo(session, caller)
    return DemoOut(is_present=True, portfolio_ids=await service.demo_portfolios(session))


@router.delete("", status_code=204)
async def remove_demo(caller: Writer, session: Writing) -> None:
    """Remove what the demo added; what the user recorded stays."""
    await service.remove_demo(session, caller)
