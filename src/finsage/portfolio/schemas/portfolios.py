"""The wire shapes of portfolios, their accounts and the demo."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from finsage.platform.wire import Dec, Name, Wire
from finsage.portfolio.schemas.fields import Cash, Currency, LotMethod, LotScope, Oversell


class PortfolioIn(Wire):
    """A portfolio to open."""

    name: Name
    base_currency: Currency
    lot_method: LotMethod = "fifo"
    lot_scope: LotScope = "account"
    cash: Cash = "tracked"
    fees_in_cost: bool = True
    oversell: Oversell = "missing"
    time_zone: str = "UTC"


class PortfolioChange(Wire):
    """What may change of a portfolio; a field left out stays. The base currency is for life."""

    name: Name | None = None
    lot_method: LotMethod | None = None
    lot_scope: LotScope | None = None
    cash: Cash | None = None
    fees_in_cost: bool | None = None
    oversell: Oversell | None = None
    time_zone: str | None = None


class PortfolioOut(Wire):
    """A portfolio. ``market_value`` is the last one computed, of day ``as_of``; null while that is under way."""

    id: UUID
    name: str
    base_currency: str
    lot_method: LotMethod
    lot_scope: LotScope
    cash: Cash
    fees_in_cost: bool
    oversell: Oversell
    time_zone: str
    is_demo: bool
    transactions_count: int
    market_value: Dec | None
    as_of: date | None
    created_at: datetime
    updated_at: datetime


class PortfolioList(Wire):
    """Portfolios in the order they were opened."""

    items: list[PortfolioOut]
    next_cursor: str | None


class AccountOut(Wire):
    """A broker, wallet or exchange inside a portfolio."""

    name: str
    transactions_count: int


class AccountList(Wire):
    """Accounts by name."""

    items: list[AccountOut]
    next_cursor: str | None


class DemoOut(Wire):
    """Whether the simulated portfolios are there."""

    is_present: bool
    portfolio_ids: list[UUID]
