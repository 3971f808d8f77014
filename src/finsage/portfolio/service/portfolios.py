"""Opening, changing, listing and erasing portfolios."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from finsage.errors import Fault
from finsage.market.service import currencies
from finsage.platform import audit, clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import PortfolioNotEmpty, UnknownCurrency, UnknownTimeZone
from finsage.portfolio.service import books, derivation
from finsage.portfolio.service.memory import MEMORY
from finsage.portfolio.store import portfolios as store
from finsage.portfolio.store.portfolios import Portfolio


@dataclass(frozen=True, slots=True)
class Listed:
    """A portfolio with the figures a list shows; the value is the last one computed, as of ``as_of``."""

    portfolio: Portfolio
    transactions_count: int
    market_value: Decimal | None
    as_of: date | None


async def list_portfolios(session: ReadSession) -> list[Listed]:
    """The tenant's portfolios in the order they were opened."""
    counts = await store.count_transactions(session)
    values = await store.list_valuations(session)
    listed = []
    for portfolio in await store.list_portfolios(session):
        value = values.get(portfolio.id)
        listed.append(
            Listed(
                portfolio,
                counts.get(portfolio.id, 0),
                value.market_value if value else None,
                value.as_of if value else None,
            )
        )
    return listed


async def get_portfolio(session: ReadSession, portfolio_id: UUID) -> Listed:
    """One portfolio.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    await books.find(session, portfolio_id)
    return next(item for item in await list_portfolios(session) if item.portfolio.id == portfolio_id)


async def open_portfolio(session: WriteSession, caller: Caller, values: Mapping[str, Any]) -> Listed:
    """Open a portfolio.

    Args:
        values: name, base_currency and any of the policies of a portfolio.

    Raises:
        UnknownCurrency, UnknownTimeZone: a value names nothing that exists.
    """
    _check(values)
    portfolio_id = clock.new_id()
    await store.insert_portfolio(session, caller.tenant_id, {"id": portfolio_id, "user_id": caller.user_id, **values})
    await audit.record(session, caller, "portfolio.opened", object_kind="portfolio", object_id=portfolio_id)
    return await get_portfolio(session, portfolio_id)


async def change_portfolio(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    values: Mapping[str, Any],
    *,
    check: Callable[[Listed], None] | None = None,
) -> Listed:
    """Rename a portfolio or change its policies; lots and holdings follow at once.

    Args:
        values: the policies that change.
        check: refuses by raising; sees the portfolio as it is while nobody else can change it.

    Raises:
        PortfolioNotFound, UnknownTimeZone.
    """
    _check(values)
    await store.lock_portfolio(session, portfolio_id)
    portfolio = await books.find(session, portfolio_id)
    if check is not None:
        check(await get_portfolio(session, portfolio_id))
    await store.update_portfolio(session, portfolio_id, dict(values))
    if values.keys() - {"name", "time_zone"}:
        await derivation.rebuild(session, caller.tenant_id, await books.find(session, portfolio_id))
    changed = {"before": {name: getattr(portfolio, name) for name in values}, "after": dict(values)}
    await audit.record(
        session, caller, "portfolio.changed", object_kind="portfolio", object_id=portfolio_id, detail=changed
    )
    return await get_portfolio(session, portfolio_id)


async def erase_portfolio(session: WriteSession, caller: Caller, portfolio_id: UUID, *, confirm: str | None) -> None:
    """Erase a portfolio with its books; one that has transactions only when its name is given.

    Raises:
        PortfolioNotFound, PortfolioNotEmpty.
    """
    portfolio = await books.find(session, portfolio_id)
    if confirm != portfolio.name and await store.has_transactions(session, portfolio_id):
        raise PortfolioNotEmpty(
            "This portfolio has transactions. Send ?confirm= with its exact name to erase them for good."
        )
    erased = await store.erase_portfolio(session, portfolio_id)
    # Nobody could ask for it any more, but what is gone shall not stay in memory until something drives it out.
    MEMORY.forget(portfolio_id)
    await audit.record(
        session,
        caller,
        "portfolio.erased",
        object_kind="portfolio",
        object_id=portfolio_id,
        detail={"transactions": erased},
    )


def _check(values: Mapping[str, Any]) -> None:
    currency = values.get("base_currency")
    if currency is not None and not currencies.is_currency(currency):
        raise UnknownCurrency(
            f"{currency} is not a currency FinSage knows; GET /api/v1/currencies lists them.",
            faults=(Fault("/base_currency", f"{currency} is unknown"),),
        )
    zone = values.get("time_zone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        raise UnknownTimeZone(
            f"{zone} is not an IANA time zone; Europe/Berlin is one.", faults=(Fault("/time_zone", "unknown"),)
        )
