"""Transfers as one act: both sides recorded together, and sides that were recorded apart brought together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from finsage.finance.money import ZERO, exact
from finsage.finance.ordering import in_order
from finsage.finance.transaction import TRANSFERS, Draft, TransactionType
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import NotAPair
from finsage.portfolio.service import books, changes, derivation, transactions
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.transactions import Header, Request
from finsage.portfolio.store import portfolios as portfolio_store

HOURS_APART_MAX = 72
LOSS_MAX = Decimal("0.02")
_HASH = re.compile(r"\b(?:0x)?[0-9a-fA-F]{64}\b")
_SIDES = {kind.value for kind in TRANSFERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Units or money to move. ``out`` is the side that leaves, without a group; the other side follows from it."""

    out: Request
    to_account: str
    to_portfolio: UUID | None = None


async def transfer(
    session: WriteSession, caller: Caller, portfolio_id: UUID, wanted: Wanted, *, accept_missing: bool = False
) -> tuple[UUID, ...]:
    """Record both sides of a transfer, both or neither; the ids, the side that leaves first.

    Within a portfolio the lots move with cost and dates. To another portfolio they do too: it receives one transfer in
    per lot, with the day it was acquired and its cost, in the asset's currency and, where both portfolios count in the
    same, in the base currency. Fees that were part of the cost stay part of it.

    Raises:
        PortfolioNotFound, and as ``transactions.record_batch``.
    """
    group = str(clock.new_id())
    out = replace(wanted.out, draft=replace(wanted.out.draft, group=group))
    if wanted.to_portfolio in {None, portfolio_id}:
        into = _other_side(out, wanted.to_account)
        done = await transactions.record_batch(
            session, caller, portfolio_id, [out, into], accept_missing=accept_missing
        )
        return done.ids
    assert wanted.to_portfolio is not None, "the case of None was taken above"
    await portfolio_store.lock_portfolios(session, {portfolio_id, wanted.to_portfolio})
    arriving = await _arriving(session, portfolio_id, wanted.to_portfolio, out, wanted.to_account)
    left = await transactions.record_batch(session, caller, portfolio_id, [out], accept_missing=accept_missing)
    came = await transactions.record_batch(session, caller, wanted.to_portfolio, arriving, accept_missing=True)
    return left.ids + came.ids


def _other_side(out: Request, account: str) -> Request:
    draft = replace(
        out.draft,
        type=TransactionType.TRANSFER_IN,
        account=account,
        cash_account=None,
        fee=ZERO,
        fee_currency=None,
        lot_ids=(),
        lot_quantities=(),
    )
    return replace(out, draft=draft)


async def _arriving(session: ReadSession, from_id: UUID, to_id: UUID, out: Request, account: str) -> list[Request]:
    source, target = await books.find(session, from_id), await books.find(session, to_id)
    plain = _other_side(out, account)
    [draft] = await transactions.prepare(session, from_id, [out])
    if draft.asset is None or not books.is_asset_key(draft.asset):
        return [plain]
    moved = await _moved(session, await books.load(session, source), draft)
    book = await books.with_drafts(session, Book(source, {}, (), {}), [draft])
    asset = book.asset(draft.asset)
    assert asset is not None, "prepared drafts name known assets"
    is_same_base = source.base_currency == target.base_currency and asset.currency != source.base_currency
    legs = []
    for lot in moved:
        settled = is_same_base and lot.local and lot.base is not None
        legs.append(
            replace(
                plain,
                draft=replace(
                    plain.draft,
                    quantity=lot.quantity,
                    unit_price=None,
                    gross=lot.local,
                    currency=asset.currency,
                    acquired_on=lot.acquired_on,
                    settle_currency=source.base_currency if settled else None,
                    settle_amount=lot.base if settled else None,
                ),
            )
        )
    with exact():
        rest = (draft.quantity or ZERO) - sum((lot.quantity for lot in moved), ZERO)
    if rest > 0:
        legs.append(replace(plain, draft=replace(plain.draft, quantity=rest, gross=ZERO, currency=asset.currency)))
    return legs


@dataclass(frozen=True, slots=True)
class _Moved:
    acquired_on: date
    quantity: Decimal
    local: Decimal | None
    base: Decimal | None


async def _moved(session: ReadSession, book: Book, draft: Draft) -> list[_Moved]:
    """The parts of lots that a draft takes out, at its place in the order of events; those its fee takes go nowhere."""
    draft = replace(draft, fee=ZERO, fee_currency=None)
    order = [step.draft for step in in_order((*book.drafts, draft))]
    at = next(index for index, item in enumerate(order) if item.id == draft.id)
    without = await books.with_drafts(session, book, order[:at])
    with_it = await books.with_drafts(session, book, order[: at + 1])
    before, after = await derivation.fold_book(session, without), await derivation.fold_book(session, with_it)
    left = {lot.id: lot for lot in after.lots()}
    moved = []
    with exact():
        for lot in before.lots():
            rest = left.get(lot.id)
            gone = lot.quantity - (rest.quantity if rest else ZERO)
            if lot.asset != draft.asset or gone <= 0:
                continue
            local = _less(lot.cost_in_asset_currency, rest.cost_in_asset_currency if rest else ZERO)
            moved.append(_Moved(lot.acquired_on, gone, local, _less(lot.cost, rest.cost if rest else ZERO)))
    return moved


def _less(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    return None if before is None or after is None else before - after


# ----------------------------------------------------------------------------------------------------- pairing


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two transfers that may be the sides of one; ``difference`` units, never below zero, were lost on the way."""

    out: Header
    into: Header
    difference: Decimal
    seconds_apart: int | None
    has_same_hash: bool


async def suggestions(session: ReadSession, portfolio_id: UUID) -> list[Suggestion]:
    """Transfers without a partner that may belong together, the likeliest first; each side at most once.

    The same asset, at most 72 hours (without times: 3 days) apart, at most 2 % lost on the way, another account.

    Raises:
        PortfolioNotFound.
    """
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    outs, ins = _unpartnered(book)
    found = [s for out in outs for into in ins if (s := _suggestion(out, into)) is not None]
    found.sort(key=lambda s: (not s.has_same_hash, s.difference, abs(_instant(s.into) - _instant(s.out))))
    taken: set[UUID] = set()
    best = []
    for item in found:
        if not taken & {item.out.id, item.into.id}:
            taken |= {item.out.id, item.into.id}
            best.append(item)
    return best


def _unpartnered(book: Book) -> tuple[list[Header], list[Header]]:
    by_id = book.known
    steps = [step for step in in_order(book.drafts) if step.draft.type in TRANSFERS and not step.is_partnered]
    sides = (TransactionType.TRANSFER_OUT, TransactionType.TRANSFER_IN)
    outs, ins = ([by_id[step.draft.id] for step in steps if step.draft.type is side] for side in sides)
    return outs, ins


def _suggestion(out: Header, into: Header) -> Suggestion | None:
    if _key(out) != _key(into) or out.account == into.account:
        return None
    sent, came = _units(out), _units(into)
    with exact():
        difference = sent - came
        is_near = ZERO <= difference <= sent * LOSS_MAX
    apart = _instant(into) - _instant(out)
    is_timed = out.executed_at is not None and into.executed_at is not None
    if not is_near or abs(apart.total_seconds()) > HOURS_APART_MAX * 3600 or not _can_lose(out, difference):
        return None
    hashes = _hashes(out) & _hashes(into)
    return Suggestion(out, into, difference, int(apart.total_seconds()) if is_timed else None, bool(hashes))


def _can_lose(out: Header, difference: Decimal) -> bool:
    """What was lost becomes a fee in units; a fee in something else would have to give way."""
    draft = out.draft
    is_asset = "asset" in draft
    return not difference or "fee" not in draft or (is_asset and draft.get("fee_currency") == draft["asset"])


def _key(header: Header) -> str:
    return str(header.draft.get("asset") or header.draft.get("currency") or header.currency)


def _units(header: Header) -> Decimal:
    return Decimal(header.draft.get("quantity") or header.draft.get("gross") or "0")


def _instant(header: Header) -> datetime:
    return header.executed_at or datetime.combine(header.booked_on, time(12), UTC)


def _hashes(header: Header) -> set[str]:
    return {found.lower().removeprefix("0x") for found in _HASH.findall(header.note)}


async def pair(
    session: WriteSession, caller: Caller, portfolio_id: UUID, out_id: UUID, in_id: UUID
) -> tuple[UUID, ...]:
    """Make two recorded transfers the sides of one; the ids of those that stand for them.

    Both are corrected: they share a group, what was lost on the way is a fee in units, and the side that arrives takes
    over cost and dates in the place of its own.

    Raises:
        TransactionNotFound, AlreadyReversed.
        NotAPair: other assets or the same account, more than 2 % lost, more units arrived than left, or one of them
            has its partner.
    """
    await portfolio_store.lock_portfolios(session, {portfolio_id})
    sides = await changes.chosen(session, portfolio_id, [out_id, in_id])
    out, into = sides[0], sides[-1]
    kinds = (out.type, into.type)
    found = _suggestion(out, into) if kinds == ("transfer_out", "transfer_in") else None
    if found is None:
        raise NotAPair(
            "They must be a transfer out and a transfer in of the same asset in two accounts, at most 72 hours apart, "
            "with at most 2 % lost on the way."
        )
    if partners := [item for item in await changes.partners_of(session, sides) if item.type in _SIDES]:
        raise NotAPair(f"{partners[0].id} is the other side of one of them already. Reverse that one first.")
    group = str(clock.new_id())
    first, second = changes.request_of(out), changes.request_of(into)
    leaving = replace(first.draft, group=group, **_with_loss(first.draft, found.difference))
    arriving = replace(
        second.draft, group=group, gross=second.draft.gross if second.draft.asset is None else None, unit_price=None,
        acquired_on=None, fx_rate=None, settle_currency=None, settle_amount=None,
    )  # fmt: skip
    done = await transactions.replace_all(
        session,
        caller,
        portfolio_id,
        [out, into],
        [replace(first, draft=leaving), replace(second, draft=arriving)],
        note="paired",
        accept_missing=True,
    )
    return done.ids


def _with_loss(draft: Draft, difference: Decimal) -> dict[str, Any]:
    """The fields of a side that leaves, when a part of it never arrives."""
    if not difference:
        return {}
    with exact():
        fee = draft.fee + difference
        if draft.asset is None:
            return {"gross": (draft.gross or ZERO) - difference, "fee": fee}
        return {"quantity": (draft.quantity or ZERO) - difference, "fee": fee, "fee_currency": draft.asset}
