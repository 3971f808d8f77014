"""Reading and writing assets."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Uuid,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import insert

from finsage.market.asset import Asset, AssetClass
from finsage.market.tables import asset_merges, assets, former_symbols
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession

MINE = func.current_setting("app.tenant").cast(Uuid)
"""The tenant of the session."""

_COLUMNS = tuple(
    assets.c[name]
    for name in (
        "id",
        "tenant_id",
        "symbol",
        "name",
        "asset_class",
        "currency",
        "isin",
        "mic",
        "is_simulated",
    )
)
_SEEN = assets.c.tenant_id.in_([MINE, literal(PUBLIC_TENANT)])
_MERGED = exists().where(asset_merges.c.tenant_id == MINE, asset_merges.c.asset_id == assets.c.id)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class SymbolLookup:
    """What a file or a form says about an asset. Empty parts say nothing."""

    symbol: str
    isin: str | None = None
    mic: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class AssetKey:
    """Where a list of assets stands: its sort keys."""

    rank: int
    symbol: str
    id: UUID


async def by_ids(session: ReadSession, ids: Collection[UUID]) -> dict[UUID, Asset]:
    """The assets with these ids that the session may see."""
    rows = await session.execute(select(*_COLUMNS).where(_SEEN, assets.c.id.in_(ids)))
    return {row.id: _asset(row) for row in rows}


async def page(
    session: ReadSession, *, query: str, asset_class: AssetClass | None, limit: int, after: AssetKey | None
) -> list[tuple[AssetKey, Asset]]:
    """Assets whose symbol starts with the query, whose name has words that do, or whose ISIN it is.

    Exact symbols and ISINs come first, then symbols, then names; without a query all, by symbol. One that was merged
    into another is left out, and found is the other; one that was renamed is found by what it was called, too.
    """
    wanted = query.strip().lower()
    lower = func.lower(assets.c.symbol)
    rank = _rank(wanted)
    statement = select(rank.label("rank"), lower.label("sort_symbol"), *_COLUMNS).where(_SEEN, ~_MERGED)
    if wanted:
        statement = statement.where(or_(_matches(assets, wanted), assets.c.id.in_(await _formerly(session, wanted))))
    if asset_class is not None:
        statement = statement.where(assets.c.asset_class == asset_class)
    if after is not None:
        keys = (literal(after.rank), literal(after.symbol), literal(after.id))
        statement = statement.where(tuple_(rank, lower, assets.c.id) > tuple_(*keys))
    rows = await session.execute(statement.order_by(rank, lower, assets.c.id).limit(limit))
    return [(AssetKey(row.rank, row.sort_symbol, row.id), _asset(row)) for row in rows]


def _rank(wanted: str) -> ColumnElement[int]:
    if not wanted:
        return literal(0, Integer)
    is_exact = or_(func.lower(assets.c.symbol) == wanted, assets.c.isin == wanted.upper())
    return case((is_exact, 0), (_starts(assets.c.symbol, wanted), 1), else_=2)


async def _formerly(session: ReadSession, wanted: str) -> set[UUID]:
    """The assets that were called so, or that others which are called so were merged into."""
    columns = former_symbols.c
    is_called = or_(*(_starts(column, wanted) for column in (columns.symbol, columns.name)))
    renamed = select(columns.asset_id).where(is_called)
    others = assets.alias()
    merged = select(asset_merges.c.into_id).join(others, others.c.id == asset_merges.c.asset_id)
    return set((await session.execute(union(renamed, merged.where(_matches(others, wanted))))).scalars())


def _starts(column: ColumnElement[str], wanted: str) -> ColumnElement[bool]:
    return func.lower(column).startswith(wanted, autoescape=True)


def _matches(assets: FromClause, wanted: str) -> ColumnElement[bool]:
    found = [_starts(assets.c.symbol, wanted), assets.c.isin == wanted.upper()]
    words = " & ".join(f"{word}:*" for word in _WORD.findall(wanted))
    if words:
        # Written as the index idx_assets_words has it, so that it is used.
        vector = func.to_tsvector(text("'simple'"), assets.c.name)
        found.append(vector.bool_op("@@")(func.to_tsquery(text("'simple'"), words)))
    return or_(*found)


async def by_symbols(session: ReadSession, symbols: Collection[str], isins: Collection[str]) -> list[Asset]:
    """Every asset with one of these symbols (in any case) or ISINs."""
    lowered = {symbol.lower() for symbol in symbols}
    found = or_(func.lower(assets.c.symbol).in_(lowered), and_(assets.c.isin.is_not(None), assets.c.isin.in_(isins)))
    rows = await session.execute(select(*_COLUMNS).where(_SEEN, found).order_by(assets.c.symbol, assets.c.id))
    return [_asset(row) for row in rows]


async def add(session: WriteSession, new: Sequence[Asset]) -> set[UUID]:
    """Insert assets; those whose symbol, market and currency the tenant has already are left out.

    Returns:
        The ids that were inserted.
    """
    if not new:
        return set()
    statement = insert(assets).values([asdict(asset) for asset in new]).on_conflict_do_nothing().returning(assets.c.id)
    return set((await session.execute(statement)).scalars())


async def simulated(session: ReadSession, tenant_id: UUID) -> list[Asset]:
    """The tenant's simulated assets."""
    rows = await session.execute(select(*_COLUMNS).where(assets.c.tenant_id == tenant_id, assets.c.is_simulated))
    return [_asset(row) for row in rows]


async def remove(session: WriteSession, tenant_id: UUID, ids: Collection[UUID]) -> int:
    """Delete assets of a tenant; their prices are the caller's to delete first."""
    statement = delete(assets).where(assets.c.tenant_id == tenant_id, assets.c.id.in_(ids))
    return (await session.execute(statement)).rowcount


def _asset(row: Row[Any]) -> Asset:
    return Asset(
        row.id,
        row.tenant_id,
        row.symbol,
        row.name,
        row.asset_class,
        row.currency,
        row.isin,
        row.mic,
        row.is_simulated,
    )
