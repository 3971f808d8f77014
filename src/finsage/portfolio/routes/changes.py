"""Changes of recorded transactions: beside them, of many at once, and what a change would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from finsage.errors import Fault
from finsage.finance.results import LotView
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.unit import IfMatch, Reading, UnitRoute, Writing, entity_tag, requires
from finsage.portfolio.errors import InvalidTransaction
from finsage.portfolio.routes.shapes import missing_out, warnings_out
from finsage.portfolio.routes.transactions import detail_of, request_of
from finsage.portfolio.schemas.changes import (
    BulkIn,
    BulkOut,
    CashEffect,
    Effect,
    LabelsIn,
    LotEffect,
    ReplaceIn,
    ReplaceOut,
    TagList,
    TagOut,
)
from finsage.portfolio.schemas.transactions import TransactionDetail, TransactionIn
from finsage.portfolio.service import changes, transactions
from finsage.portfolio.service.changes import Labels
from finsage.portfolio.service.figures import asset_id
from finsage.portfolio.service.transactions import Header, Request

router = APIRouter(tags=["transactions"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Writer = Annotated[Caller, requires("portfolio:write")]


@router.patch("/transactions/{transaction_id}")
async def annotate_transaction(
    caller: Writer, session: Writing, transaction_id: UUID, body: LabelsIn, if_match: IfMatch
) -> TransactionDetail:
    """Change the note or the tags of a transaction. They are no fact of the ledger; everything else is corrected."""
    header = await transactions.find(session, transaction_id)
    if if_match is not None:
        await changes.hold_labels(session, header.portfolio_id)
        if_match(entity_tag(await detail_of(session, transaction_id)))
    labels = Labels(note=body.note, tags=tuple(body.tags) if body.tags is not None else None)
    await changes.annotate(session, caller, header.portfolio_id, [header], labels)
    return await detail_of(session, transaction_id)


@router.post("/portfolios/{portfolio_id}/transactions:bulk")
async def change_transactions(caller: Writer, session: Writing, portfolio_id: UUID, body: BulkIn) -> BulkOut:
    """Reverse, restore, tag, annotate or move up to 5,000 transactions to another account, all or none."""
    headers = await changes.sides(session, portfolio_id, body.ids, with_partners=body.with_partners)
    if body.action == "account":  # an account is one of this portfolio
        headers = [header for header in headers if header.portfolio_id == portfolio_id]
    new: dict[UUID, UUID] = {}
    for own_id, part in changes.by_portfolio(headers):
        new |= zip([header.id for header in part], await _change(session, caller, own_id, part, body), strict=False)
    ids = [header.id for header in headers]
    return BulkOut(changed=len(ids), ids=ids, new_ids=[new[item] for item in ids if item in new])


async def _change(
    session: WriteSession, caller: Caller, portfolio_id: UUID, headers: Sequence[Header], body: BulkIn
) -> tuple[UUID, ...]:
    accept = body.accept_missing
    match body.action:
        case "reverse":
            done = await transactions.reverse_all(
                session, caller, portfolio_id, headers, note=body.note, accept_missing=accept
            )
            return done.ids
        case "restore":
            return (await changes.restore(session, caller, portfolio_id, headers, accept_missing=accept)).ids
        case "account":
            if body.account is None:
                raise InvalidTransaction(faults=(Fault("/account", "the account to correct them to"),))
            moved = await changes.move_account(
                session, caller, portfolio_id, headers, body.account, accept_missing=accept
            )
            return moved.ids
        case _:
            await changes.annotate(session, caller, portfolio_id, headers, _labels(body))
            return ()


def _labels(body: BulkIn) -> Labels:
    tags = tuple(body.tags)
    if body.action == "note":
        return Labels(note=body.note)
    if not tags:
        raise InvalidTransaction(faults=(Fault("/tags", "name at least one tag"),))
    return Labels(add=tags) if body.action == "tag" else Labels(remove=tags)


@router.post("/portfolios/{portfolio_id}/transactions:replace", status_code=201)
async def replace_transactions(caller: Writer, session: Writing, portfolio_id: UUID, body: ReplaceIn) -> ReplaceOut:
    """Reverse some transactions and record others in their place, all or none: a correction of several at once."""
    gone = await changes.chosen(session, portfolio_id, body.ids)
    requests = await _requests(session, portfolio_id, body.transactions)
    if not gone and not requests:
        raise InvalidTransaction(faults=(Fault("/transactions", "nothing to change"),))
    done = await transactions.replace_all(
        session, caller, portfolio_id, gone, requests, note="corrected", accept_missing=body.accept_missing
    )
    return ReplaceOut(reversal_ids=list(done.reversals), ids=list(done.ids))


@router.post("/portfolios/{portfolio_id}/transactions:preview")
async def preview_transactions(_: Writer, session: Reading, portfolio_id: UUID, body: ReplaceIn) -> Effect:
    """What ``transactions:replace`` with the same body would do to lots and cash. Nothing is written."""
    requests = await _requests(session, portfolio_id, body.transactions)
    return _effect(await changes.preview(session, portfolio_id, body.ids, requests))


@router.get("/portfolios/{portfolio_id}/tags")
async def list_tags(_: Reader, session: Reading, portfolio_id: UUID) -> TagList:
    """The tags of a portfolio's transactions in force, by name."""
    rows = await changes.list_tags(session, portfolio_id)
    return TagList(items=[TagOut(name=name, transactions_count=n) for name, n in rows], next_cursor=None)


async def _requests(session: ReadSession, portfolio_id: UUID, bodies: Sequence[TransactionIn]) -> list[Request]:
    many = len(bodies) > 1
    return [
        await request_of(session, portfolio_id, item, f"/transactions/{index}" if many else "")
        for index, item in enumerate(bodies)
    ]


def _effect(effect: changes.Effect) -> Effect:
    book = effect.book
    return Effect(
        base_currency=book.portfolio.base_currency,
        lots=_lots(effect),
        cash=[CashEffect(account=a, currency=c, before=x, after=y) for a, c, x, y in effect.cash()],
        missing_acquisitions=missing_out((item, book.label(item.asset)) for item in effect.missing()),
        warnings=warnings_out(effect.warnings()),
    )


def _lots(effect: changes.Effect) -> list[LotEffect]:
    before, after = ({lot.id: lot for lot in side} for side in effect.lots())
    every: dict[str, LotView] = {**before, **after}
    shown = []
    for lot_id, lot in sorted(every.items(), key=lambda item: (item[1].acquired_on, item[0])):
        old, new = before.get(lot_id), after.get(lot_id)
        shown.append(
            LotEffect(
                id=lot_id,
                asset_id=asset_id(lot.asset),
                symbol=effect.book.label(lot.asset),
                account=lot.account,
                acquired_on=lot.acquired_on,
                quantity_before=old.quantity if old else None,
                quantity_after=new.quantity if new else None,
                cost_before=old.cost if old else None,
                cost_after=new.cost if new else None,
                unit_cost_before=old.unit_cost if old else None,
                unit_cost_after=new.unit_cost if new else None,
            )
        )
    return shown
