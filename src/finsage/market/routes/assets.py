"""Assets, prices, exchange rates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Form, Query, Response
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool

from finsage.finance.transaction import DAY_FIRST, DAY_LAST
from finsage.market.candles import Width
from finsage.market.price_files import FILE_BYTES_MAX, read_price_file
from finsage.market.schemas import assets as schemas
from finsage.market.service import assets, candles, identifiers, price_import, prices, rates
from finsage.market.service.assets import Asset, AssetClass, AssetDraft
from finsage.market.service.identifiers import Identifier
from finsage.market.service.prices import DatedValue
from finsage.market.service.splits import AssetSplit
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.paging import LIMIT_DEFAULT, LIMIT_MAX
from finsage.platform.unit import Reading, UnitOfWork, UnitRoute, Writing, requires
from finsage.platform.wire import Day, Text, plain

router = APIRouter(route_class=UnitRoute, tags=["market"])

Reader = Annotated[Caller, requires("market:read")]
Writer = Annotated[Caller, requires("market:write")]
Search = Annotated[Text, Query(max_length=200, description="Start of a symbol, words of a name, or an ISIN")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, Query(max_length=2_000)]


@router.get("/assets")
async def list_assets(
    _: Reader,
    session: Reading,
    query: Search = "",
    asset_class: AssetClass | None = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> schemas.AssetList:
    """Assets of everyone and of this tenant: exact symbols and ISINs first, then symbols, then names."""
    page = await assets.find_assets(session, query=query, asset_class=asset_class, limit=limit, after=cursor)
    latest = await prices.latest_prices(session, [asset.id for asset in page.items], on=clock.today("UTC"))
    items = [asset_out(asset, latest.get(asset.id)) for asset in page.items]
    return schemas.AssetList(items=items, next_cursor=page.next_cursor)


@router.post("/assets", status_code=201)
async def add_asset(caller: Writer, session: Writing, body: schemas.AssetIn, response: Response) -> schemas.AssetAdded:
    """Add a custom asset to this tenant; with identifiers its history is asked for at once."""
    draft = AssetDraft(**body.model_dump(exclude={"identifiers"}))
    given = [Identifier(item.scheme, item.value) for item in body.identifiers]
    asset, job_id = await identifiers.add_identified(session, caller, draft, given)
    response.headers["Location"] = f"/api/v1/assets/{asset.id}"
    return schemas.AssetAdded(**asset_out(asset, None).model_dump(), job_id=job_id)


@router.get("/assets/{asset_id}/identifiers")
async def get_identifiers(_: Reader, session: Reading, asset_id: UUID) -> schemas.IdentifiersOut:
    """What an asset is called at providers, in the order in which they are asked, and on its chain."""
    return _identifiers(await identifiers.identifiers_of(session, asset_id))


@router.put("/assets/{asset_id}/identifiers")
async def put_identifiers(
    caller: Writer, session: Writing, asset_id: UUID, body: schemas.IdentifiersIn
) -> schemas.IdentifiersPut:
    """Say what an asset of this tenant is called at providers: from then on they are asked for its prices."""
    given = [Identifier(item.scheme, item.value) for item in body.items]
    job_id = await identifiers.put_identifiers(session, caller, asset_id, given)
    return schemas.IdentifiersPut(items=body.items, job_id=job_id)


@router.get("/assets/{asset_id}/prices", response_model=schemas.PriceHistory)
async def list_prices(  # noqa: PLR0917 - one argument per parameter of the query string
    _: Reader,
    session: Reading,
    asset_id: UUID,
    from_: Annotated[Day, Query(alias="from")] = DAY_FIRST,
    to: Day = DAY_LAST,
    prices_are: schemas.PricesAre = "as_traded",
    interval: Literal["1d"] = "1d",  # noqa: ARG001 - the only one there is; part of the contract
) -> Response:
    """The closes of an asset by day, with the gaps between them and the splits since.

    As traded, or with ``prices_are=split_adjusted`` in units of today, so that days on both sides of a split compare.
    """
    history = await prices.price_history(session, asset_id, from_, to, is_adjusted=prices_are == "split_adjusted")
    # Encoded by hand: a model per row costs several times the query of a long history.
    body = {
        "asset_id": asset_id,
        "currency": history.currency,
        "prices_are": prices_are,
        "items": [{"day": row.day, "close": plain(row.close), "source": row.source} for row in history.items],
        "gaps": [{"from": gap.first, "to": gap.last, "days": gap.days} for gap in history.gaps],
        "splits": _splits(history.splits),
    }
    return Response(msgspec.json.encode(body), media_type="application/json")


@router.get("/assets/{asset_id}/candles", response_model=schemas.CandleList)
async def list_candles(  # noqa: PLR0917 - one argument per parameter of the query string
    _: Reader,
    session: Reading,
    asset_id: UUID,
    interval: Width = "1d",
    from_: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    to: AwareDatetime | None = None,
    prices_are: schemas.PricesAre = "as_traded",
) -> Response:
    """Open, high, low and close per interval: 1 min for 30 days, 5 min for a year, 1 h for five, days for ever.

    Those from ``from`` to before ``to``, ascending, 5,000 at most; without ``from`` the newest 500. As traded, or with
    ``prices_are=split_adjusted`` prices and volumes in units of today.
    """
    is_adjusted = prices_are == "split_adjusted"
    found = await candles.candles_of(session, asset_id, interval, from_, to, is_adjusted=is_adjusted)
    body = {
        "asset_id": asset_id,
        "currency": found.currency,
        "prices_are": prices_are,
        "splits": _splits(found.splits),
        "interval": interval,
        "kept_days": found.kept_days,
        "items": [
            {
                "start": clock.in_utc(one.start),
                "open": plain(one.open),
                "high": plain(one.high),
                "low": plain(one.low),
                "close": plain(one.close),
                "volume": None if one.volume is None else plain(one.volume),
            }
            for one in found.items
        ],
    }
    return Response(msgspec.json.encode(body), media_type="application/json")


@router.put("/assets/{asset_id}/prices")
async def put_prices(caller: Writer, session: Writing, asset_id: UUID, body: schemas.PricesIn) -> schemas.PricesPut:
    """Enter closes by hand; they are this tenant's alone and stand before the public ones on their day."""
    closes = [(item.day, item.close) for item in body.items]
    written = await prices.put_prices(session, caller, asset_id, closes)
    return schemas.PricesPut(written=written.written, unchanged=written.unchanged)


@router.post("/prices/import")
async def import_prices(
    caller: Writer, unit: UnitOfWork, form: Annotated[schemas.PriceFileForm, Form()]
) -> schemas.PriceImportOut:
    """Import a CSV of closes: ``date,symbol,close[,currency]``, or ``date`` and a column per symbol.

    Nothing is written where anything is wrong: the problem lists every error with its line. Symbols nobody knows are
    left out and listed, or become custom assets with ``create_assets``.
    """
    content = await form.file.read(FILE_BYTES_MAX + 1)
    file = await run_in_threadpool(read_price_file, content)
    done = await price_import.import_prices(
        await unit.session(), caller, file, create_assets=form.create_assets, currency=form.currency
    )
    return schemas.PriceImportOut(
        rows_read=done.rows_read,
        rows_written=done.rows_written,
        rows_unchanged=done.rows_unchanged,
        assets_created=done.assets_created,
        errors=[],
        unknown_symbols=done.unknown_symbols,
        gaps=_gaps(done.gaps),
    )


@router.get("/fx/{base}/{quote}")
async def get_rate(
    _: Reader, session: Reading, base: str, quote: str, day: Annotated[Day | None, Query()] = None
) -> schemas.RateOut:
    """The exchange rate of a pair: the last on or before a day, today without one."""
    found = await rates.rate(session, base, quote, day or clock.today("UTC"))
    return schemas.RateOut(
        base=found.base,
        quote=found.quote,
        rate=found.rate,
        as_of=found.as_of,
        source=found.source,
        is_stale=found.is_stale,
        path=list(found.path),
    )


@router.get("/currencies")
async def list_currencies(_: Reader, session: Reading) -> schemas.CurrencyList:
    """Every currency by code, with the day of its newest rate."""
    items = [
        schemas.CurrencyOut(
            code=one.currency.code,
            name=one.currency.name,
            minor_units=one.currency.minor_units,
            rates_until=one.rates_until,
        )
        for one in await rates.known_currencies(session)
    ]
    return schemas.CurrencyList(items=items, next_cursor=None)


def asset_out(asset: Asset, latest: DatedValue | None) -> schemas.AssetOut:
    """An asset as the wire has it, with the age of its newest price as of today."""
    return schemas.AssetOut(
        id=asset.id,
        symbol=asset.symbol,
        name=asset.name,
        asset_class=asset.asset_class,
        currency=asset.currency,
        isin=asset.isin,
        mic=asset.mic,
        scope=asset.scope,
        is_simulated=asset.is_simulated,
        latest_price=_latest(asset, latest) if latest else None,
    )


def _splits(items: Iterable[AssetSplit]) -> list[dict[str, object]]:
    return [
        {
            "day": one.day,
            "units_before": plain(one.units_before),
            "units_after": plain(one.units_after),
            "source": one.source,
        }
        for one in items
    ]


def _identifiers(items: Iterable[Identifier]) -> schemas.IdentifiersOut:
    return schemas.IdentifiersOut(
        items=[schemas.IdentifierBody(scheme=item.scheme, value=item.value) for item in items]
    )


def _latest(asset: Asset, latest: DatedValue) -> schemas.LatestPrice:
    age_days = (clock.today("UTC") - latest.day).days
    return schemas.LatestPrice(
        price=latest.value,
        currency=asset.currency,
        as_of=latest.day,
        age_days=age_days,
        is_stale=age_days > asset.stale_after_days,
    )


def _gaps(gaps: Iterable[price_import.SymbolGap]) -> list[schemas.SymbolGap]:
    return [
        schemas.SymbolGap.model_validate(
            {"symbol": one.symbol, "from": one.gap.first, "to": one.gap.last, "days": one.gap.days}
        )
        for one in gaps
    ]
