"""Portfolios: list, open, read, change, erase."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from finsage.platform.caller import Caller
from finsage.platform.unit import IfMatch, Reading, UnitRoute, Writing, entity_tag, requires
from finsage.portfolio.schemas.portfolios import PortfolioChange, PortfolioIn, PortfolioList, PortfolioOut
from finsage.portfolio.service import portfolios as service
from finsage.portfolio.service.portfolios import Listed

router = APIRouter(prefix="/portfolios", tags=["portfolios"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Writer = Annotated[Caller, requires("portfolio:write")]


@router.get("")
async def list_portfolios(_: Reader, session: Reading) -> PortfolioList:
    """The portfolios of the tenant, in the order they were opened."""
    return PortfolioList(items=[_shape(item) for item in await service.list_portfolios(session)], next_cursor=None)


@router.post("", status_code=201)
async def open_portfolio(caller: Writer, session: Writing, body: PortfolioIn, response: Response) -> PortfolioOut:
    """Open a portfolio in one base currency."""
    opened = _shape(await service.open_portfolio(session, caller, body.model_dump()))
    response.headers["Location"] = f"/api/v1/portfolios/{opened.id}"
    return opened


@router.get("/{portfolio_id}")
async def get_portfolio(_: Reader, session: Reading, portfolio_id: UUID) -> PortfolioOut:
    """One portfolio."""
    return _shape(await service.get_portfolio(session, portfolio_id))


@router.patch("/{portfolio_id}")
async def change_portfolio(
    caller: Writer, session: Writing, portfolio_id: UUID, body: PortfolioChange, if_match: IfMatch
) -> PortfolioOut:
    """Rename a portfolio or change its policies; its figures follow at once."""

    def check(present: Listed) -> None:
        if if_match is not None:
            if_match(entity_tag(_shape(present)))

    changes = body.model_dump(exclude_unset=True, exclude_none=True)
    return _shape(await service.change_portfolio(session, caller, portfolio_id, changes, check=check))


@router.delete("/{portfolio_id}", status_code=204)
async def erase_portfolio(
    caller: Writer, session: Writing, portfolio_id: UUID, confirm: Annotated[str | None, Query(max_length=200)] = None
) -> None:
    """Erase a portfolio and its books. One with transactions must be confirmed by its name."""
    await service.erase_portfolio(session, caller, portfolio_id, confirm=confirm)


def _shape(item: Listed) -> PortfolioOut:
    portfolio = item.portfolio
    return PortfolioOut(
        id=portfolio.id,
        name=portfolio.name,
        base_currency=portfolio.base_currency,
        lot_method=portfolio.lot_method,  # type: ignore[arg-type]  # the database checks the word
        lot_scope=portfolio.lot_scope,  # type: ignore[arg-type]
        cash=portfolio.cash,  # type: ignore[arg-type]
        fees_in_cost=portfolio.fees_in_cost,
        oversell=portfolio.oversell,  # type: ignore[arg-type]
        time_zone=portfolio.time_zone,
        is_demo=portfolio.is_demo,
        transactions_count=item.transactions_count,
        market_value=item.market_value,
        as_of=item.as_of,
        created_at=portfolio.created_at,
        updated_at=portfolio.updated_at,
    )
