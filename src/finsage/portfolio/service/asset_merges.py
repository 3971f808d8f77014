"""Two assets that are one, and an asset with another name: what the books make of it.

A merge books every transaction in force that names the one asset anew with the other, each in the place and with the
turn of the one it stands for: the facts of before stay and are reversed, and lots, gains and returns are those of books
that named one asset from the start. Undoing it books them as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.transaction import Draft
from finsage.market.errors import InvalidAsset, MergeRefused
from finsage.market.service import merges as market
from finsage.market.service.assets import Asset, asset_by_id
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.service import books, changes, transactions
from finsage.portfolio.service.figures import Figures, HoldingView, evaluate_portfolio, holding_views
from finsage.portfolio.service.memory import MEMORY
from finsage.portfolio.service.transactions import Header, Request
from finsage.portfolio.store import asset_merges as store
from finsage.portfolio.store import labels, succession
from finsage.portfolio.store import transactions as transaction_store

_PART = 10_000


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge or its end did: the asset that is shown from now on, and how many transactions were booked anew."""

    asset: Asset
    rebooked: int


@dataclass(frozen=True, slots=True)
class Held:
    """An asset in one portfolio; ``view`` is None where it was held and is no more."""

    figures: Figures
    view: HoldingView | None


async def holdings_of(session: ReadSession, asset_id: UUID) -> list[Held]:
    """What every portfolio of the tenant holds, or held, of an asset.

    Raises:
        AssetNotFound: absent, or another tenant's.
    """
    await asset_by_id(session, asset_id)
    found = []
    for portfolio_id in await store.booked_in(session, asset_id):
        figures = await evaluate_portfolio(session, portfolio_id, start=None, end=None, with_day=True)
        views = {view.asset.id: view for view in holding_views(figures)}
        found.append(Held(figures, views.get(asset_id)))
    return found


async def change_asset(session: WriteSession, caller: Caller, asset_id: UUID, values: Mapping[str, Any]) -> Asset:
    """Change what an asset of the tenant is called; its transactions are the same as before.

    Raises:
        AssetNotFound, NotOwnAsset, AssetExists.
        InvalidAsset: also the currency of an asset that transactions name.
    """
    if "currency" in values:
        asset = await asset_by_id(session, asset_id)
        if values["currency"] != asset.currency and await store.portfolios_of(session, asset_id):
            detail = "stays as it is: transactions name the asset"
            raise InvalidAsset("The currency cannot change.", faults=(Fault("/currency", detail),))
    asset = await market.change_asset(session, caller, asset_id, values)
    await store.rename_holdings(session, asset_id, asset.symbol)
    for portfolio_id in await store.booked_in(session, asset_id):
        # It knows the holdings by their names.
        MEMORY.forget(portfolio_id)
    return asset


async def merge(session: WriteSession, caller: Caller, asset_id: UUID, into_id: UUID) -> Merged:
    """Take an asset for another one in all portfolios of the tenant.

    Raises:
        AssetNotFound: one is absent, or another tenant's.
        MergeRefused: they cannot be one.
    """
    asset, into = await market.demand_mergeable(session, asset_id, into_id)
    rebooked = 0
    pairs: list[tuple[UUID, UUID]] = []
    for portfolio_id in await store.portfolios_of(session, asset_id):
        headers = [one for one in await transaction_store.in_force(session, portfolio_id) if _names(one, asset_id)]
        requests = [_merged(header, asset, into) for header in headers]
        if headers:
            note = f"merged into {into.symbol}"
            done = await transactions.replace_all(
                session, caller, portfolio_id, headers, requests, note=note, accept_missing=True
            )
            pairs += zip((header.id for header in headers), done.ids, strict=True)
            rebooked += len(headers)
    await market.merge(session, caller, asset, into)
    await store.note(session, caller.tenant_id, asset_id, pairs)
    return Merged(into, rebooked)


async def unmerge(session: WriteSession, caller: Caller, asset_id: UUID) -> Merged:
    """Take them for two again: what the merge booked anew is booked as it was, what was recorded since stays.

    Raises:
        AssetNotFound: absent, or another tenant's.
        NotMerged: it is not merged.
    """
    asset = await asset_by_id(session, asset_id)
    found = await market.merge_of(session, asset_id)
    rebooked = 0
    pairs = await store.replaced_by(session, asset_id)
    originals = {after: before for before, after in pairs}
    sources = await _stored(session, list(originals.values()))
    for portfolio_id in sorted({one.portfolio_id for one in sources.values()}):
        mine = [after for after, before in originals.items() if sources[before].portfolio_id == portfolio_id]
        headers = await _standing(session, portfolio_id, mine)
        into_id = found.into_id if found else asset_id
        requests = [
            _as_before(header, sources.get(originals.get(header.id, header.id)), into_id, asset_id)
            for header in headers
        ]
        if headers:
            note = f"no longer merged: {asset.symbol}"
            await transactions.replace_all(
                session, caller, portfolio_id, headers, requests, note=note, accept_missing=True
            )
            rebooked += len(headers)
    await market.unmerge(session, caller, asset_id)
    return Merged(asset, rebooked)


async def _stored(session: ReadSession, transaction_ids: Sequence[UUID]) -> dict[UUID, Header]:
    found: dict[UUID, Header] = {}
    # In parts: a statement takes 65,535 parameters.
    for start in range(0, len(transaction_ids), _PART):
        part = transaction_ids[start : start + _PART]
        found |= {header.id: header for header in await labels.headers_of(session, part)}
    return found


async def _standing(session: ReadSession, portfolio_id: UUID, made: Sequence[UUID]) -> list[Header]:
    """Those in force of the transactions that a merge booked, or of what stands in their place since."""
    lines = await succession.lines(session, portfolio_id, made)
    ids = {*made, *(heir for heirs in lines.values() for heir in heirs)}
    return [header for header in await transaction_store.in_force(session, portfolio_id) if header.id in ids]


def _names(header: Header, asset_id: UUID) -> bool:
    return str(asset_id) in books.draft_of(header).asset_keys


def _merged(header: Header, asset: Asset, into: Asset) -> Request:
    request = changes.request_of(header)
    ours, theirs = str(asset.id), str(into.id)
    if {request.draft.asset, request.draft.to_asset} == {ours, theirs}:
        raise MergeRefused(
            f"A transaction of {header.booked_on} makes {into.symbol} of {asset.symbol}, or the other way round: they "
            "are two assets. Reverse it first if it should not be there."
        )
    return replace(request, draft=_with_asset(request.draft, ours, theirs))


def _as_before(header: Header, source: Header | None, into_id: UUID, asset_id: UUID) -> Request:
    """The request for what stands here, with the asset it named before the merge."""
    request = changes.request_of(header)
    if source is not None and source.id != header.id:
        return replace(request, draft=books.draft_of(source))
    return replace(request, draft=_with_asset(request.draft, str(into_id), str(asset_id)))


def _with_asset(draft: Draft, before: str, after: str) -> Draft:
    def now(key: str | None) -> str | None:
        return after if key == before else key

    return replace(
        draft,
        asset=now(draft.asset),
        to_asset=now(draft.to_asset),
        fee_currency=now(draft.fee_currency),
        legs=tuple(leg._replace(asset=after) if leg.asset == before else leg for leg in draft.legs),
    )
