"""Transfers between accounts and portfolios, and what is missing in the books."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from finsage.errors import Fault
from finsage.finance.transaction import TransactionType
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, Writing, requires
from finsage.portfolio.errors import InvalidTransaction
from finsage.portfolio.routes.transactions import request_of, row_of
from finsage.portfolio.schemas.transactions import TransactionIn, TransactionOut
from finsage.portfolio.schemas.transfers import (
    MissingList,
    MissingRecord,
    PairIn,
    RepairOut,
    SuggestionList,
    SuggestionOut,
    TransferIn,
    TransferOut,
)
from finsage.portfolio.service import books, missing, naming, transfers
from finsage.portfolio.service.transfers import Wanted

router = APIRouter(prefix="/portfolios/{portfolio_id}", tags=["transactions"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Writer = Annotated[Caller, requires("portfolio:write")]

_OWN_FIELDS = {"from_account", "to_account", "to_portfolio_id", "accept_missing"}


@router.post("/transfers", status_code=201)
async def record_transfer(caller: Writer, session: Writing, portfolio_id: UUID, body: TransferIn) -> TransferOut:
    """Record both sides of a transfer between two accounts, maybe of two portfolios, both or neither."""
    is_inside = body.to_portfolio_id in {None, portfolio_id}
    if is_inside and body.from_account == body.to_account:
        raise InvalidTransaction(faults=(Fault("/to_account", "must be another account"),))
    fields = body.model_dump(exclude=_OWN_FIELDS)
    draft = TransactionIn(type=TransactionType.TRANSFER_OUT, account=body.from_account, **fields)
    wanted = Wanted(
        out=await request_of(session, portfolio_id, draft, ""),
        to_account=body.to_account,
        to_portfolio=body.to_portfolio_id,
    )
    ids = await transfers.transfer(session, caller, portfolio_id, wanted, accept_missing=body.accept_missing)
    return TransferOut(ids=list(ids))


@router.post("/transfers:pair", status_code=201)
async def pair_transfers(caller: Writer, session: Writing, portfolio_id: UUID, body: PairIn) -> TransferOut:
    """Make two recorded transfers the sides of one: both are corrected, cost and dates go along."""
    return TransferOut(ids=list(await transfers.pair(session, caller, portfolio_id, body.out_id, body.in_id)))


@router.get("/transfer-suggestions")
async def list_transfer_suggestions(_: Reader, session: Reading, portfolio_id: UUID) -> SuggestionList:
    """Transfers without a partner that may belong together. Nothing is paired without being asked for."""
    found = await transfers.suggestions(session, portfolio_id)
    names = await naming.names_of(session, [header for item in found for header in (item.out, item.into)])
    items = [
        SuggestionOut(
            out=TransactionOut(**row_of(item.out, names)),
            into=TransactionOut(**row_of(item.into, names)),
            difference=item.difference,
            seconds_apart=item.seconds_apart,
            has_same_hash=item.has_same_hash,
        )
        for item in found
    ]
    return SuggestionList(items=items, next_cursor=None)


@router.get("/missing-acquisitions")
async def list_missing_acquisitions(_: Reader, session: Reading, portfolio_id: UUID) -> MissingList:
    """Units taken out that were never acquired, and the ways to mend each."""
    found = await missing.missing_acquisitions(session, portfolio_id)
    return MissingList(items=[_record(found.book, item) for item in found.items], next_cursor=None)


def _record(book: books.Book, record: missing.Record) -> MissingRecord:
    item = record.missing
    asset = book.asset(item.asset)
    return MissingRecord(
        asset_id=asset.id if asset else None,
        symbol=book.label(item.asset),
        day=item.day,
        quantity=item.quantity,
        account=item.account,
        transaction_id=UUID(item.transaction),
        currency=asset.currency if asset else None,
        repairs=[
            RepairOut(
                way=repair.way,
                day=repair.day,
                quantity=repair.quantity,
                account=repair.account,
                from_account=repair.from_account,
                unit_price=repair.unit_price,
                price_on=repair.price_on,
            )
            for repair in record.repairs
        ],
    )
