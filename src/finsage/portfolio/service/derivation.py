"""Lots and holdings follow from the drafts, in the transaction of the write that changes them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

from finsage.finance.checkpoint import SPACING
from finsage.finance.ledger import Entry, Ledger, fold
from finsage.finance.money import ZERO, exact, unit_price
from finsage.finance.results import LotView, Position
from finsage.finance.trail import TRANSIT
from finsage.finance.transaction import AT_MARKET, DAY_LAST
from finsage.finance.valuation import Market
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import BookCorrupt
from finsage.portfolio.service import books, valuations
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.memory import MEMORY, TRANSACTIONS_MAX, Known
from finsage.portfolio.store import derived
from finsage.portfolio.store.derived import StoredHolding, StoredLot
from finsage.portfolio.store.portfolios import Portfolio, drop_valuation, version_of

Balances = dict[tuple[str, str], Decimal]


async def fold_book(session: ReadSession, book: Book, *, with_trail: bool = True) -> Ledger:
    """Fold all drafts of a book, from where it may start. Prices are loaded too: in-kind flows are valued at them.

    Args:
        with_trail: keep the postings of what is folded, what figures are made of, and checkpoints for the next fold;
            without it a ledger folded from the beginning takes a tenth of the memory.
    """
    market, options = await market_for(session, book), books.options_of(book.portfolio)
    known = MEMORY.recall(book.portfolio)
    is_remembered = with_trail and len(book.drafts) <= TRANSACTIONS_MAX
    return await asyncio.to_thread(
        fold,
        book.drafts,
        market,
        options,
        sink=None if with_trail else _forget,
        resume=known.checkpoints if known else None,
        checkpoints=SPACING if is_remembered else None,
        is_trail_kept=with_trail or known is not None,
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
    lots = tuple(await asyncio.to_thread(_lots, ledger))
    held = tuple(_holdings(book, ledger))
    await derived.replace_lots(session, tenant_id, portfolio_id, lots, known.lots if known else None)
    await derived.replace_holdings(session, tenant_id, portfolio_id, held, known.holdings if known else None)
    await drop_valuation(session, portfolio_id)
    await valuations.request_refresh(session, tenant_id, portfolio_id)
    if ledger.checkpoints is None:
        MEMORY.forget(portfolio_id)
        return
    read = {str(header.id) for header in book.headers}
    drafts = {draft.id: draft for draft in book.drafts if draft.id in read}
    version = await version_of(session, portfolio_id)
    MEMORY.remember(portfolio_id, Known(version, ledger.checkpoints, drafts, lots, held))


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


def _lots(ledger: Ledger) -> list[StoredLot]:
    return [_lot(lot) for lot in ledger.lots()]


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


def _holdings(book: Book, ledger: Ledger) -> list[StoredHolding]:
    held: dict[str, list[Position]] = defaultdict(list)
    for position in ledger.positions():
        if not position.is_cash:
            held[position.asset].append(position)
    missing: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for record in ledger.missing_acquisitions:
        missing[record.asset] += record.quantity
    first: dict[str, date] = {}
    for lot in ledger.lots():
        first[lot.asset] = min(lot.acquired_on, first.get(lot.asset, DAY_LAST))
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
