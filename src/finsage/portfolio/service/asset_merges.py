"""Two assets that are one, and an asset with another name: what the books make of it.

A merge books every transaction in force that names the one asset anew with the other, each in the place and with the
turn of the one it stands for: the facts of before stay and are reversed, and lots, gains and returns are those of books
that named one asset from the start. Undoing it books them as they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
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
from finsage.portfolio.service import books, transactions, writing
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.figures import Figures, HoldingView, evaluate_portfolio, holding_views
from finsage.portfolio.service.transactions import Header, Request
from finsage.portfolio.store import asset_merges as store
from finsage.portfolio.store import labels, succession
from finsage.portfolio.store import portfolios as portfolio_store

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
    return asset


async def merge(session: WriteSession, caller: Caller, asset_id: UUID, into_id: UUID) -> Merged:
    """Take an asset for another one in all portfolios of the tenant.

    Raises:
        AssetNotFound: one is absent, or another tenant's.
        MergeRefused: they cannot be one.
    """
    # Whoever records meanwhile waits, and finds the other in the place of the one that is no more.
    await portfolio_store.lock_all(session)
    asset, into = await market.demand_mergeable(session, asset_id, into_id)
    # Before anything is booked: units that move without money are worth what its closes say.
    await market.merge(session, caller, asset, into)
    rebooked, note = 0, f"merged into {into.symbol}"
    for portfolio_id in await store.portfolios_of(session, asset_id):
        write = await writing.begin(session, caller, portfolio_id)
        headers, requests = await asyncio.to_thread(_merged, write.book, asset, into)
        if headers:
            done = await transactions.replace_in(write, headers, requests, note=note, accept_missing=True)
            pairs = zip((header.id for header in headers), done.ids, strict=True)
            await store.note(session, caller.tenant_id, asset_id, list(pairs))
            rebooked += len(headers)
    return Merged(into, rebooked)


def _merged(book: Book, asset: Asset, into: Asset) -> tuple[list[Header], list[Request]]:
    """What a book has of an asset, and the requests for the same of the other."""
    ours, theirs = str(asset.id), str(into.id)
    headers, requests = [], []
    for draft in book.drafts:
        if ours not in draft.asset_keys:
            continue
        header = book.known[draft.id]
        if {ours, theirs} <= {draft.asset, draft.to_asset, *(leg.asset for leg in draft.legs)}:
            raise MergeRefused(
                f"A transaction of {header.booked_on} has {asset.symbol} and {into.symbol} on different sides or in "
                "one pool: they are two assets. Reverse it first if it should not be there."
            )
        headers.append(header)
        requests.append(_request(header, draft.renamed({ours: theirs})))
    return headers, requests


async def unmerge(session: WriteSession, caller: Caller, asset_id: UUID) -> Merged:
    """Take them for two again: what the merge booked anew is booked as it was, what was recorded since stays.

    Raises:
        AssetNotFound: absent, or another tenant's.
        NotMerged: it is not merged.
    """
    await portfolio_store.lock_all(session)
    asset = await asset_by_id(session, asset_id)
    found = await market.merge_of(session, asset_id)
    pairs = await store.replaced_by(session, asset_id)
    await market.unmerge(session, caller, asset_id)
    sources = await _stored(session, [before for before, _ in pairs])
    originals = {str(after): sources[before] for before, after in pairs}
    back = {str(found.into_id): str(asset_id)} if found else {}
    rebooked, note = 0, f"no longer merged: {asset.symbol}"
    for portfolio_id in sorted({source.portfolio_id for source in originals.values()}):
        write = await writing.begin(session, caller, portfolio_id)
        made = [UUID(name) for name, source in originals.items() if source.portfolio_id == portfolio_id]
        heirs = await succession.lines(session, portfolio_id, made)
        # Of what stands in the place of a transaction since, only the asset is as it was.
        standing = {str(name) for name in {*made, *(heir for line in heirs.values() for heir in line)}}
        headers, requests = await asyncio.to_thread(_as_before, write.book, standing, originals, back)
        if headers:
            await transactions.replace_in(write, headers, requests, note=note, accept_missing=True)
            rebooked += len(headers)
    return Merged(asset, rebooked)


async def _stored(session: ReadSession, transaction_ids: Sequence[UUID]) -> dict[UUID, Header]:
    found: dict[UUID, Header] = {}
    # In parts: a statement takes 65,535 parameters.
    for start in range(0, len(transaction_ids), _PART):
        part = transaction_ids[start : start + _PART]
        found |= {header.id: header for header in await labels.headers_of(session, part)}
    return found


def _as_before(
    book: Book, standing: Collection[str], originals: Mapping[str, Header], back: Mapping[str, str]
) -> tuple[list[Header], list[Request]]:
    """Those in force of some transactions, and the requests for them with the assets they named before the merge."""
    headers, requests = [], []
    for draft in book.drafts:
        if draft.id not in standing:
            continue
        before = draft.renamed(back)
        if draft.id in originals:
            # It may have named both. Its lots go by the names they have now.
            source = books.draft_of(originals[draft.id])
            before = replace(source, lot_ids=draft.lot_ids, lot_quantities=draft.lot_quantities)
        headers.append(book.known[draft.id])
        requests.append(_request(book.known[draft.id], before))
    return headers, requests


def _request(header: Header, draft: Draft) -> Request:
    return Request(draft=draft, note=header.note, tags=tuple(header.tags), import_id=header.import_id)
