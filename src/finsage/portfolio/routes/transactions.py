"""Transactions: record, list, read, reverse, correct."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from finsage.errors import Fault
from finsage.finance.money import ZERO
from finsage.finance.transaction import Draft, PoolLeg, TransactionType
from finsage.platform import clock, paging
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession
from finsage.platform.unit import Reading, UnitRoute, Writing, requires
from finsage.platform.wire import Day, Text, plain
from finsage.portfolio.errors import InvalidTransaction
from finsage.portfolio.schemas.portfolios import AccountList, AccountOut
from finsage.portfolio.schemas.transactions import (
    Batch,
    BatchOut,
    Correction,
    PartnerOut,
    PoolLegIn,
    PostingOut,
    ReversalIn,
    TransactionDetail,
    TransactionIn,
    TransactionList,
    TransactionOut,
)
from finsage.portfolio.service import changes, naming
from finsage.portfolio.service import transactions as service
from finsage.portfolio.service.naming import Names
from finsage.portfolio.service.transactions import Header, Narrowed, Request

router = APIRouter(tags=["transactions"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Writer = Annotated[Caller, requires("portfolio:write")]

Sort = Literal[
    "day", "-day", "type", "-type", "symbol", "-symbol", "account", "-account", "total_amount", "-total_amount",
    "recorded_at", "-recorded_at",
]  # fmt: skip


@router.get("/portfolios/{portfolio_id}/transactions", response_model=TransactionList)
async def list_transactions(  # noqa: PLR0917 - one argument per filter of the query string
    _: Reader,
    session: Reading,
    portfolio_id: UUID,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT_DEFAULT,
    cursor: str | None = None,
    sort: Sort = "-day",
    type: Annotated[list[TransactionType] | None, Query()] = None,  # noqa: A002 - the field's name
    asset_id: UUID | None = None,
    account: Annotated[Text | None, Query(max_length=200)] = None,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
    query: Annotated[Text | None, Query(max_length=200)] = None,
    import_id: UUID | None = None,
    tag: Annotated[Text | None, Query(max_length=50)] = None,
    include_reversed: bool = False,
) -> Response:
    """A page of transactions, newest first unless ``sort`` says otherwise."""
    narrowed = Narrowed(
        types=tuple(item.value for item in type or ()),
        asset_id=asset_id,
        account=account,
        since=since,
        until=until,
        query=query,
        import_id=import_id,
        tag=tag,
        include_reversed=include_reversed,
    )
    page, total = await service.list_transactions(
        session, portfolio_id, narrowed, sort=sort, after=_after(cursor, sort), limit=limit
    )
    names = await naming.names_of(session, page)
    # Encoded by hand: a page of 500 rows through a model per row costs several times the query.
    body = {
        "items": [row_of(header, names) for header in page],
        "next_cursor": _cursor(page[-1], sort) if len(page) == limit else None,
        "total": total,
    }
    return Response(msgspec.json.encode(body), media_type="application/json")


@router.post("/portfolios/{portfolio_id}/transactions", status_code=201)
async def record_transaction(
    caller: Writer, session: Writing, portfolio_id: UUID, body: TransactionIn, response: Response
) -> TransactionOut:
    """Record a transaction. Lots and holdings follow in the same database transaction."""
    request = await request_of(session, portfolio_id, body, "")
    header = await service.record(session, caller, portfolio_id, request, accept_missing=body.accept_missing)
    response.headers["Location"] = f"/api/v1/transactions/{header.id}"
    return await shape_of(session, header)


@router.post("/portfolios/{portfolio_id}/transactions:batch", status_code=201)
async def record_batch(caller: Writer, session: Writing, portfolio_id: UUID, body: Batch) -> BatchOut:
    """Record up to 10,000 transactions together, all or none."""
    requests = [
        await request_of(session, portfolio_id, item, f"/transactions/{index}")
        for index, item in enumerate(body.transactions)
    ]
    done = await service.record_batch(session, caller, portfolio_id, requests, accept_missing=body.accept_missing)
    return BatchOut(created=len(done.ids), ids=list(done.ids))


@router.get("/transactions/{transaction_id}")
async def get_transaction(_: Reader, session: Reading, transaction_id: UUID) -> TransactionDetail:
    """A transaction with its postings."""
    return await detail_of(session, transaction_id)


@router.post("/transactions/{transaction_id}/reversal", status_code=201)
async def reverse_transaction(
    caller: Writer, session: Writing, transaction_id: UUID, body: ReversalIn
) -> TransactionOut:
    """Book the opposite of a transaction on its own day."""
    header = await service.reverse(session, caller, transaction_id, note=body.note, accept_missing=body.accept_missing)
    return await shape_of(session, header)


@router.post("/transactions/{transaction_id}/correction", status_code=201)
async def correct_transaction(
    caller: Writer, session: Writing, transaction_id: UUID, body: TransactionIn
) -> Correction:
    """Reverse a transaction and record its replacement, both or neither."""
    original, _ = await service.get_transaction(session, transaction_id)
    request = await request_of(session, original.portfolio_id, body, "")
    reversal, replacement = await service.correct(
        session, caller, transaction_id, request, accept_missing=body.accept_missing
    )
    return Correction(reversal=await shape_of(session, reversal), replacement=await shape_of(session, replacement))


@router.get("/portfolios/{portfolio_id}/accounts")
async def list_accounts(_: Reader, session: Reading, portfolio_id: UUID) -> AccountList:
    """The accounts of a portfolio with their number of transactions."""
    rows = await service.list_accounts(session, portfolio_id)
    return AccountList(items=[AccountOut(name=name, transactions_count=n) for name, n in rows], next_cursor=None)


async def detail_of(session: ReadSession, transaction_id: UUID) -> TransactionDetail:
    """A transaction with its postings and partners as it travels.

    Raises:
        TransactionNotFound.
    """
    header, postings = await service.get_transaction(session, transaction_id)
    names = await naming.names_of(session, [header], [posting.asset for posting in postings])
    is_in_force = header.reversed_by_id is None and header.reverses_id is None
    partners = await changes.partners_of(session, [header]) if is_in_force else []
    shaped = [
        PostingOut(
            kind=posting.kind,
            account=posting.account,
            asset_id=names.asset_id(posting.asset),
            asset=names.label(posting.asset),
            amount=posting.amount,
        )
        for posting in postings
    ]
    return TransactionDetail(**row_of(header, names), postings=shaped, partners=[_partner(item) for item in partners])


def _partner(header: Header) -> PartnerOut:
    draft = header.draft
    return PartnerOut(
        id=header.id,
        portfolio_id=header.portfolio_id,
        type=header.type,
        day=header.booked_on,
        account=header.account,
        quantity=draft.get("quantity"),
        gross=draft.get("gross"),
        acquired_on=draft.get("acquired_on"),
    )


async def request_of(session: ReadSession, portfolio_id: UUID, body: TransactionIn, pointer: str) -> Request:
    """What a body asks for; its faults stand under ``pointer``.

    Raises:
        InvalidTransaction: it says no day, or an instant without an offset.
    """
    day = body.day
    if body.executed_at is not None:
        if body.executed_at.tzinfo is None:
            raise InvalidTransaction(faults=(Fault(f"{pointer}/executed_at", "give the offset: 2026-03-01T12:00:00Z"),))
        time_zone = await service.time_zone_of(session, portfolio_id)
        day = day or clock.day_of(body.executed_at, time_zone)
    if day is None:
        raise InvalidTransaction(faults=(Fault(f"{pointer}/day", "day or executed_at is needed"),))
    legs = tuple(PoolLeg(_leg_key(leg, f"{pointer}/legs/{at}"), leg.quantity) for at, leg in enumerate(body.legs))
    draft = Draft(
        id="",
        type=body.type,
        booked_on=day,
        executed_at=body.executed_at,
        asset=str(body.asset_id) if body.asset_id else body.symbol,
        to_asset=str(body.to_asset_id) if body.to_asset_id else body.to_symbol,
        quantity=body.quantity,
        unit_price=body.unit_price,
        gross=body.gross,
        fee=body.fee or ZERO,
        fee_currency=body.fee_currency,
        tax=body.tax or ZERO,
        currency=body.currency,
        fx_rate=body.fx_rate,
        settle_currency=body.settle_currency,
        settle_amount=body.settle_amount,
        ratio=body.ratio,
        to_quantity=body.to_quantity,
        cost_fraction=body.cost_fraction,
        to_account=body.to_account,
        legs=legs,
        acquired_on=body.acquired_on,
        lot_ids=tuple(body.lot_ids),
        lot_quantities=tuple(body.lot_quantities),
        account=body.account,
        cash_account=body.cash_account,
        group=body.group,
        pointer=pointer,
    )
    return Request(draft=draft, note=body.note, tags=tuple(body.tags))


def _leg_key(leg: PoolLegIn, pointer: str) -> str:
    if leg.asset_id is None and leg.symbol is None:
        raise InvalidTransaction(faults=(Fault(f"{pointer}/asset_id", "asset_id or symbol is needed"),))
    return str(leg.asset_id) if leg.asset_id else leg.symbol or ""


async def shape_of(session: ReadSession, header: Header) -> TransactionOut:
    """A transaction as it travels."""
    names = await naming.names_of(session, [header])
    return TransactionOut(**row_of(header, names))


def row_of(header: Header, names: Names) -> dict[str, Any]:
    """A transaction as JSON values; the stored draft holds decimals as the text they were given in."""
    draft = header.draft
    key, to_key = draft.get("asset"), draft.get("to_asset")
    return {
        "id": str(header.id),
        "portfolio_id": str(header.portfolio_id),
        "type": header.type,
        "day": header.booked_on.isoformat(),
        "executed_at": _instant(header.executed_at),
        "account": header.account,
        "cash_account": draft.get("cash_account"),
        "asset_id": str(header.asset_id) if header.asset_id else None,
        "symbol": names.symbol(header),
        "asset_name": names.name(key) if key else None,
        "quantity": draft.get("quantity"),
        "unit_price": draft.get("unit_price"),
        "currency": draft.get("currency") or names.currency(key) or header.currency,
        "gross": draft.get("gross"),
        "fee": draft.get("fee"),
        "fee_currency": names.label(draft["fee_currency"]) if "fee_currency" in draft else None,
        "tax": draft.get("tax"),
        "total_amount": plain(header.total_amount) if header.total_amount is not None else None,
        "total_currency": header.currency,
        "fx_rate": draft.get("fx_rate"),
        "settle_currency": draft.get("settle_currency"),
        "settle_amount": draft.get("settle_amount"),
        "ratio": draft.get("ratio"),
        "to_asset_id": str(names.asset_id(to_key)) if to_key and names.asset_id(to_key) else None,
        "to_symbol": names.label(to_key) if to_key else None,
        "to_quantity": draft.get("to_quantity"),
        "cost_fraction": draft.get("cost_fraction"),
        "acquired_on": draft.get("acquired_on"),
        "lot_ids": draft.get("lot_ids", []),
        "lot_quantities": draft.get("lot_quantities", []),
        "group": draft.get("group"),
        "to_account": draft.get("to_account"),
        "legs": [
            {
                "asset_id": str(names.asset_id(leg["asset"])) if names.asset_id(leg["asset"]) else None,
                "symbol": names.label(leg["asset"]),
                "quantity": leg["quantity"],
            }
            for leg in draft.get("legs", ())
        ],
        "note": header.note,
        "tags": header.tags,
        "import_id": str(header.import_id) if header.import_id else None,
        "reverses_id": str(header.reverses_id) if header.reverses_id else None,
        "reversed_by_id": str(header.reversed_by_id) if header.reversed_by_id else None,
        "recorded_at": _instant(header.recorded_at),
        "sequence": header.sequence,
    }


def _instant(value: datetime | None) -> str | None:
    return clock.instant_text(value) if value is not None else None


def _cursor(last: Header, sort: str) -> str:
    return paging.encode_cursor(sort, str(_sort_value(last, sort)), last.sequence)


def _sort_value(header: Header, sort: str) -> Any:
    values = {
        "day": header.booked_on,
        "type": header.type,
        "symbol": header.symbol or "",
        "account": header.account,
        "total_amount": header.total_amount if header.total_amount is not None else ZERO,
        "recorded_at": header.recorded_at.isoformat(),
    }
    return values[sort.lstrip("-")]


def _after(cursor: str | None, sort: str) -> tuple[Any, int] | None:
    if cursor is None:
        return None
    given, value, sequence = paging.decode_cursor(cursor, str, str, int)
    if given != sort:
        raise paging.InvalidCursor("The cursor belongs to a list in another order; start again without it.")
    read: dict[str, Callable[[str], Any]] = {
        "day": date.fromisoformat,
        "total_amount": Decimal,
        "recorded_at": datetime.fromisoformat,
    }
    convert = read.get(sort.lstrip("-"), str)
    try:
        return convert(str(value)), int(sequence)
    except (ValueError, ArithmeticError) as error:
        raise paging.InvalidCursor("The cursor holds what this order cannot; start again without it.") from error
