"""A portfolio as the models see it: what it holds today, each part in base currency, and the same held in the past."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from finsage.finance.money import ZERO, exact
from finsage.market.errors import AssetNotFound
from finsage.market.service.assets import Asset, assets_by_ids
from finsage.market.service.matrix import PriceMatrix, adjusted_matrix
from finsage.market.service.rates import RateSeries, rate_series
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, allow_idling
from finsage.portfolio.service import figures
from finsage.prediction.errors import NothingToForecast
from finsage.prediction.price_model.features import Member, market
from finsage.prediction.price_model.forecast import standstill
from finsage.prediction.price_model.history import Days, Floats, History, Notice, days_in_common, read_history
from finsage.prediction.price_model.volatility import SharedFits
from finsage.prediction.service.histories import FIRST_DAY, history_of
from finsage.prediction.service.scales import Scales
from finsage.prediction.store import scales as scale_store

COMPUTE_SECONDS = 300
UNMODELLED_MOST = 0.2
PORTFOLIO = "portfolio"
MONEY = "fx"
"""The class of money in a foreign currency."""

_EURO = "EUR"
_FITS = SharedFits()
"""The past of what a portfolio holds, in its currency, is stored nowhere; what was fitted to it serves tomorrow too."""

_COMMON_MIN = 2


@dataclass(frozen=True, slots=True)
class Part:
    """Something a portfolio holds: an asset, or money in a currency; ``weight`` is its fraction of the value.

    ``asset_class`` is fx for money. ``member`` names it in the market; None where it cannot be forecast or needs not
    be, as money in base currency. ``tenant_id`` is whose the asset is: its owner's outcomes say how wide it is made.
    """

    asset_id: UUID | None
    label: str
    currency: str
    weight: float
    member: str | None
    asset_class: str = MONEY
    is_simulated: bool = False
    tenant_id: UUID = PUBLIC_TENANT


@dataclass(frozen=True, slots=True)
class Holdings:
    """A portfolio in the market of its parts.

    Attributes:
        value: in base currency.
        members: the parts that can be forecast, in base currency.
        notices: what is left out.
        is_simulated: whether any part is.
        scales: by tenant, how wide forecasts of its assets are made.
    """

    portfolio_id: UUID
    base_currency: str
    value: Decimal
    parts: tuple[Part, ...]
    members: Mapping[str, Member]
    notices: tuple[Notice, ...]
    is_simulated: bool
    scales: Mapping[UUID, Scales]

    def widened(self, horizon_days: int) -> dict[str, float]:
        """How many times as wide each member is made, the same as where it is forecast alone."""
        return {
            part.member: self.scales[part.tenant_id].of(
                part.asset_id, horizon_days, part.asset_class, is_simulated=part.is_simulated
            )
            for part in self.parts
            if part.member is not None
        }

    @property
    def weights(self) -> dict[str, float]:
        """Fraction of value by member."""
        found: dict[str, float] = {}
        for part in self.parts:
            if part.member is not None:
                found[part.member] = found.get(part.member, 0.0) + part.weight
        return found

    @property
    def asset_ids(self) -> list[UUID]:
        """The assets it holds."""
        return [part.asset_id for part in self.parts if part.asset_id is not None]

    @property
    def as_of(self) -> np.datetime64:
        """The newest day any part has a close of."""
        return max(member.history.days[-1] for member in self.members.values())

    def inputs(self, scales: Mapping[str, float] | None = None) -> dict[str, Any]:
        """What a forecast of it is made of, and how many times as wide each part was made, where it was."""
        factors = scales or {}
        digest = hashlib.sha256()
        for name, member in sorted(self.members.items()):
            digest.update(f"{name}:{self.weights[name]!r}:{member.history.sha256()}\n".encode())
        histories = [member.history for member in self.members.values()]
        return {
            "sha256": digest.hexdigest(),
            "rows": min(len(one) for one in histories),
            "from": str(max(one.days[0] for one in histories)),
            "to": str(self.as_of),
            "calendar": "daily" if all(one.is_daily for one in histories) else "weekdays",
            "parts": [
                {
                    "asset_id": str(part.asset_id) if part.asset_id else None,
                    "label": part.label,
                    "currency": part.currency,
                    "weight": round(part.weight, 10),
                    "last": self.members[part.member].history.last_close if part.member else None,
                    "scale": factors.get(part.member) if part.member else None,
                }
                for part in self.parts
            ],
        }


async def holdings_of(
    session: ReadSession, portfolio_id: UUID, until: date, *, also: Collection[UUID] = ()
) -> Holdings:
    """What a portfolio holds, with the histories of its parts in base currency.

    Args:
        session: of the tenant.
        portfolio_id: the portfolio.
        until: the last day that is looked at.
        also: assets that come with it at weight 0 where it does not hold them.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        AssetNotFound: one of those that are to come with it.
        NothingToForecast: it is empty, or too much of it has no prices to go by.
    """
    found = await figures.evaluate_portfolio(session, portfolio_id, start=None, end=until)
    await allow_idling(session, COMPUTE_SECONDS)
    base = found.book.portfolio.base_currency
    views = [view for view in figures.holding_views(found) if view.holding.market_value]
    cash = [line for line in figures.cash_lines(found) if line.value]
    with exact():
        value = sum((view.holding.market_value or ZERO for view in views), ZERO)
        value += sum((line.value or ZERO for line in cash), ZERO)
    if value <= 0:
        raise NothingToForecast("The portfolio holds nothing of value.")
    held = [(view.asset, float(view.holding.market_value or 0)) for view in views]
    held += [(asset, 0.0) for asset in await _others(session, also, {asset.id for asset, _ in held})]
    currencies = {base, *(asset.currency for asset, _ in held), *(line.currency for line in cash)}
    matrix = await adjusted_matrix(session, [asset.id for asset, _ in held], FIRST_DAY, until)
    rates = await rate_series(session, sorted(currencies - {_EURO}), until=until)
    closes: dict[str, tuple[Days, Floats]] = {
        str(asset.id): in_currency(matrix, column, rates, asset.currency, base)
        for column, (asset, _) in enumerate(held)
    }
    closes |= {line.currency: rate_closes(rates, line.currency, base) for line in cash if line.currency != base}
    classes = {str(asset.id): asset.asset_class for asset, _ in held}
    members, refused = _members(closes, classes)
    share = float(value)
    parts = [
        Part(
            asset.id, asset.symbol, asset.currency, worth / share, _named(str(asset.id), members), asset.asset_class,
            asset.is_simulated, asset.tenant_id,
        )
        for asset, worth in held
    ]  # fmt: skip
    parts += [
        Part(None, line.currency, line.currency, float(line.value or 0) / share, _named(line.currency, members))
        for line in cash
    ]
    notices = _left_out(parts, refused, base)
    is_simulated = any(asset.is_simulated for asset, _ in held)
    scales = {
        tenant_id: Scales(await scale_store.read(session, tenant_id, {part.asset_class for part in parts}))
        for tenant_id in {part.tenant_id for part in parts}
    }
    return Holdings(portfolio_id, base, value, tuple(parts), members, notices, is_simulated, scales)


async def _others(session: ReadSession, wanted: Collection[UUID], held: Collection[UUID]) -> list[Asset]:
    ids = sorted(set(wanted) - set(held))
    found = await assets_by_ids(session, ids)
    missing = [one for one in ids if one not in found]
    if missing:
        raise AssetNotFound(f"There is no asset {missing[0]}. GET /assets?query= finds one.")
    return [found[one] for one in ids]


def _named(name: str, members: Mapping[str, Member]) -> str | None:
    return name if name in members else None


def _members(
    closes: Mapping[str, tuple[Days, Floats]], classes: Mapping[str, str]
) -> tuple[dict[str, Member], dict[str, str]]:
    histories: dict[str, History] = {}
    refused: dict[str, str] = {}
    for name, (days, values) in closes.items():
        one = history_of(days, values)
        if isinstance(one, History):
            histories[name] = one
        else:
            refused[name] = one
    if not histories:
        raise NothingToForecast("Nothing in the portfolio has enough prices to be forecast.")
    if all(standstill(history) for history in histories.values()):
        raise NothingToForecast("Nothing in the portfolio ever changed its price, so no odds can be told.")
    return market(histories, {name: classes.get(name, MONEY) for name in histories}, shared=_FITS), refused


def _left_out(parts: Sequence[Part], refused: Mapping[str, str], base: str) -> tuple[Notice, ...]:
    missing = [part for part in parts if part.member is None and (part.asset_id is not None or part.currency != base)]
    share = sum(abs(part.weight) for part in missing)
    if share > UNMODELLED_MOST:
        named = ", ".join(part.label for part in missing[:5])
        raise NothingToForecast(
            f"{share:.0%} of the portfolio cannot be forecast ({named}): their histories of prices are too short."
        )
    return tuple(
        Notice("not_modelled", f"{part.label}, {part.weight:.1%} of the value, is taken as unchanging: "
               f"{refused.get(str(part.asset_id or part.currency), 'it has no prices.')}")
        for part in missing
    )  # fmt: skip


def in_currency(
    matrix: PriceMatrix, column: int, rates: Mapping[str, RateSeries], currency: str, base: str
) -> tuple[Days, Floats]:
    """The closes of an asset in another currency, at the last rate on or before each day."""
    is_there = ~np.isnan(matrix.closes[:, column])
    days, closes = matrix.days[is_there], matrix.closes[is_there, column]
    if currency == base:
        return days, closes
    converted = closes * _per_euro(rates, base, days) / _per_euro(rates, currency, days)
    known = np.isfinite(converted)
    return days[known], converted[known]


def rate_closes(rates: Mapping[str, RateSeries], currency: str, base: str) -> tuple[Days, Floats]:
    """What one unit of a currency was worth in another, on the days that have rates."""
    series = rates.get(currency) or rates.get(base)
    if series is None:
        return np.array([], dtype="datetime64[D]"), np.array([])
    days = series.days
    values = _per_euro(rates, base, days) / _per_euro(rates, currency, days)
    known = np.isfinite(values)
    return days[known], values[known]


def _per_euro(rates: Mapping[str, RateSeries], currency: str, days: Days) -> Floats:
    """Units of a currency for one euro, the last known per day; NaN before the first."""
    if currency == _EURO:
        return np.ones(len(days))
    series = rates.get(currency)
    if series is None or not len(series.days):
        return np.full(len(days), np.nan)
    place = np.searchsorted(series.days, days, side="right") - 1
    return np.where(place < 0, np.nan, series.floats()[np.maximum(place, 0)])


def as_one(holdings: Holdings) -> Member | None:
    """The portfolio as one asset that was held in the past with the weights of today, on the days all parts have.

    None where they have none in common.
    """
    common = days_in_common([member.history for member in holdings.members.values()])
    if len(common) < _COMMON_MIN:
        return None
    weights = holdings.weights
    gains = np.zeros(len(common) - 1)
    for name, member in holdings.members.items():
        history = member.history
        logs = history.log_closes[np.searchsorted(history.days, common)]
        gains += weights[name] * np.expm1(np.diff(logs))
    # More than everything cannot be lost in a row: only shorts held constant would.
    values = np.concatenate(([1.0], np.cumprod(np.maximum(1.0 + gains, 1e-6))))
    history = read_history(common, values)
    if not len(history):
        return None
    return market({PORTFOLIO: history}, {PORTFOLIO: PORTFOLIO}, shared=_FITS)[PORTFOLIO]
