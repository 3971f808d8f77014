"""Lots and holdings follow from the drafts, in the transaction of the write that changes them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from finsage.finance.checkpoint import SPACING, Checkpoints
from finsage.finance.ledger import Entry, Ledger, fold
from finsage.finance.money import ZERO, exact, unit_price
from finsage.finance.results import LotView, Position
from finsage.finance.trail import TRANSIT
from finsage.finance.transaction import AT_MARKET, DAY_LAST
from finsage.finance.valuation import Market
from finsage.finance.workings import Workings
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import BookCorrupt
from finsage.portfolio.service import books, valuations
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.memory import MEMORY, TRANSACTIONS_MAX, Desk, Known, PoolKey
from finsage.portfolio.store import derived
from finsage.portfolio.store.derived import StoredHolding, StoredLot
from finsage.portfolio.store.portfolios import Portfolio, drop_valuation, version_of

_LOTS_AT_ONCE = 20_000
Balances = dict[tuple[str, str], Decimal]


async def fold_book(
    session: ReadSession, book: Book, *, with_trail: bool = True, before: Checkpoints | None = None
) -> Ledger:
    """Fold all drafts of a book, from where it may start. Prices are loaded too: in-kind flows are valued at them.

    Args:
        with_trail: keep the postings of what is folded, what figures are made of, and checkpoints for the next fold;
            without it a ledger folded from the beginning takes a tenth of the memory.
        before: of a fold of nearly the same book, to go on from where nothing stored is known; only for a ledger of
            which nothing is to be stored.
    """
    market, options = await market_for(session, book), books.options_of(book.portfolio)
    known = MEMORY.recall(book.portfolio)
    resume = known.checkpoints if known else before
    is_remembered = with_trail and len(book.drafts) <= TRANSACTIONS_MAX
    return await asyncio.to_thread(
        fold,
        book.drafts,
        market,
        options,
        sink=None if with_trail else _forget,
        resume=resume,
        checkpoints=SPACING if is_remembered else None,
        is_trail_kept=with_trail or resume is not None,
    )


def _forget(_entry: Entry) -> None:
    pass


async def market_for(session: ReadSession, book: Book) -> Market:
    """What a fold of the book needs: rates, and prices where units move without money."""
    return await books.market_of(session, book, until=DAY_LAST, with_prices=_needs_prices(book))


async def rebuild(session: WriteSession, tenant_id: UUID, portfolio: Portfolio) -> None:
    """Derive lots and holdings anew from what is stored.

    Raises:
        BookCorrupt: the derived units disagree with the balances the database summed.
    """
    MEMORY.forget(portfolio.id)
    book = await books.load(session, portfolio)
    # Nothing is compared with the postings stored here: the next write begins anew, and does so.
    ledger = await fold_book(session, book, with_trail=False)
    await store(session, tenant_id, book, ledger)


async def store(session: WriteSession, tenant_id: UUID, book: Book, ledger: Ledger) -> None:
    """Write what a fold derived, after checking it against the balances, and remember it for the next.

    Raises:
        BookCorrupt: the derived units disagree with the balances the database summed.
    """
    portfolio_id, known = book.portfolio.id, MEMORY.recall(book.portfolio)
    await _check(session, portfolio_id, balances(ledger))
    if ledger.checkpoints is None:
        pools: _Pools = {}
        first = await _stream_lots(session, tenant_id, portfolio_id, ledger)
    else:
        pools, first = await _store_lots(session, tenant_id, portfolio_id, ledger, known)
    held = tuple(_holdings(book, ledger, first))
    await derived.replace_holdings(session, tenant_id, portfolio_id, held, known.holdings if known else None)
    await drop_valuation(session, portfolio_id)
    await valuations.request_refresh(session, tenant_id, portfolio_id)
    if ledger.checkpoints is None:
        MEMORY.forget(portfolio_id)
        return
    drafts = {draft.id: draft for draft in book.drafts}
    headers = {name: header for name, header in book.known.items() if name in drafts}
    read = {name: drafts[name] for name in headers}
    version = await version_of(session, portfolio_id)
    desk = known.desk if known else Desk(Workings(), Workings())
    found = Known(version, ledger.checkpoints, frozenset(drafts), read, headers, pools, held, desk)
    MEMORY.remember(portfolio_id, found)


_Pools = dict[PoolKey, tuple[object, list[StoredLot]]]
_First = dict[str, date]
"""The day each asset's first lot was acquired."""


async def _store_lots(
    session: WriteSession, tenant_id: UUID, portfolio_id: UUID, ledger: Ledger, known: Known | None
) -> tuple[_Pools, _First]:
    """Put the lots of a ledger in the place of those stored; pools that hold what they held are not gone through."""
    before = known.pools if known else {}
    pools = await asyncio.to_thread(_pools_of, ledger, before)
    new = [lot for key, (held, lots) in pools.items() if not _holds_still(before, key, held) for lot in lots]
    old = [lot for key, (held, lots) in before.items() if not _holds_still(pools, key, held) for lot in lots]
    await derived.replace_lots(session, tenant_id, portfolio_id, new, old if known else None)
    first: _First = {}
    for _, lots in pools.values():
        _note_first(first, lots)
    return pools, first


def _pools_of(ledger: Ledger, before: Mapping[PoolKey, tuple[object, list[StoredLot]]]) -> _Pools:
    pools: _Pools = {}
    for pool in ledger.pools():
        key, held = pool.key, pool.content()
        lots = before[key][1] if _holds_still(before, key, held) else [_lot(lot) for lot in pool.lots()]
        pools[key] = held, lots
    return pools


def _holds_still(pools: Mapping[PoolKey, tuple[object, list[StoredLot]]], key: PoolKey, held: object) -> bool:
    return key in pools and pools[key][0] is held


async def _stream_lots(session: WriteSession, tenant_id: UUID, portfolio_id: UUID, ledger: Ledger) -> _First:
    """Put the lots of a ledger in the place of those stored; there may be very many: a batch of them is in memory."""
    first: _First = {}
    batches = _batches(ledger, first)
    await derived.drop_lots(session, portfolio_id)
    while batch := await asyncio.to_thread(next, batches, None):
        await derived.insert_lots(session, tenant_id, portfolio_id, batch)
    return first


def _batches(ledger: Ledger, first: _First) -> Iterator[list[StoredLot]]:
    batch: list[StoredLot] = []
    for pool in ledger.pools():
        lots = [_lot(lot) for lot in pool.lots()]
        _note_first(first, lots)
        batch += lots
        if len(batch) >= _LOTS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _note_first(first: _First, lots: Sequence[StoredLot]) -> None:
    """Of a pool's lots the oldest comes first."""
    if lots and (lots[0].asset not in first or lots[0].acquired_on < first[lots[0].asset]):
        first[lots[0].asset] = lots[0].acquired_on


def balances(ledger: Ledger) -> Balances:
    """Units per (account, asset) that the postings of a ledger leave; zeros and what is in transit are left out."""
    return {
        (account, asset): amount
        for (_, account, asset), amount in ledger.state.booked.items()
        if amount and not account.startswith(TRANSIT)
    }


async def _check(session: ReadSession, portfolio_id: UUID, folded: Balances) -> None:
    stored = await derived.balances_of(session, portfolio_id)
    if stored != folded:
        account, asset = min(key for key in stored.keys() | folded.keys() if stored.get(key) != folded.get(key))
        raise BookCorrupt(
            f"The balance of {asset} in {account} is {stored.get((account, asset), ZERO)}, its transactions make "
            f"{folded.get((account, asset), ZERO)}."
        )


def _needs_prices(book: Book) -> bool:
    # Only units that move without money are valued at a market price.
    return any(draft.type in AT_MARKET or draft.fee_currency is not None for draft in book.drafts)


def _lot(lot: LotView) -> StoredLot:
    return StoredLot(
        id=lot.id,
        account=lot.account,
        asset=lot.asset,
        acquired_on=lot.acquired_on,
        quantity_acquired=lot.quantity_acquired,
        quantity=lot.quantity,
        cost_basis=lot.cost if lot.cost is not None else ZERO,
        cost_basis_local=lot.cost_in_asset_currency if lot.cost_in_asset_currency is not None else ZERO,
        fee_cost=lot.fee_cost if lot.fee_cost is not None else ZERO,
    )


def _holdings(book: Book, ledger: Ledger, first: Mapping[str, date]) -> list[StoredHolding]:
    held: dict[str, list[Position]] = defaultdict(list)
    for position in ledger.positions():
        if not position.is_cash:
            held[position.asset].append(position)
    missing: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for record in ledger.missing_acquisitions:
        missing[record.asset] += record.quantity
    keys = sorted(held.keys() | missing.keys())
    with exact():
        return [_holding(book, key, held[key], missing[key], first.get(key)) for key in keys]


def _holding(
    book: Book, key: str, positions: list[Position], missing: Decimal, purchased_on: date | None
) -> StoredHolding:
    quantity = sum((position.quantity for position in positions), ZERO)
    cost = sum((position.cost or ZERO for position in positions), ZERO)
    local = sum((position.cost_in_asset_currency or ZERO for position in positions), ZERO)
    return StoredHolding(
        asset=key,
        symbol=book.label(key),
        quantity=quantity,
        average_price=unit_price(local, quantity) if quantity else None,
        cost_basis=cost,
        missing_quantity=missing,
        purchased_on=purchased_on,
    )
