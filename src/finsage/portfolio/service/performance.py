"""Performance of any scope and period: a portfolio or a part of it, a benchmark beside it, or all portfolios as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.benchmark import Benchmark, measure_benchmark
from finsage.finance.combined import Combined, combine
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import fold
from finsage.finance.options import CalendarChoice, Options
from finsage.finance.results import Evaluation, Notice
from finsage.finance.tag_scope import notices_of_tag
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market
from finsage.market.service import assets as market_assets
from finsage.market.service import currencies
from finsage.market.service.assets import Asset
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.errors import UnknownCurrency
from finsage.portfolio.service import books, scopes
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.memory import MEMORY
from finsage.portfolio.service.scopes import Question, Scoped, ScopeKind
from finsage.portfolio.store import portfolios as store


@dataclass(frozen=True, slots=True)
class Compared:
    """A benchmark and its figures."""

    asset: Asset
    figures: Benchmark


@dataclass(frozen=True, slots=True)
class Measurement:
    """Figures of a scope; ``key`` and ``label`` name the account, asset or tag.

    ``fees_in_cost`` None: each portfolio follows its own policy.
    """

    kind: ScopeKind
    key: str | None
    label: str | None
    base_currency: str
    options: Options
    fees_in_cost: bool | None
    figures: Evaluation | Combined
    benchmark: Compared | None
    notices: tuple[Notice, ...]


async def measure_portfolio(
    session: ReadSession, portfolio_id: UUID, question: Question, *, start: date | None, end: date | None
) -> Measurement:
    """Measure a portfolio, or a part of it, from the end of ``start`` to the end of ``end``.

    Args:
        session: of the tenant.
        portfolio_id: the portfolio.
        question: scope, policies and benchmark.
        start: not before the day before the first transaction of the scope, which None means.
        end: None means today in the portfolio's time zone.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        AssetNotFound: there is no such benchmark.
        InvalidScope: more than one scope, or one that names nothing of this portfolio.
        IdentityBroken: the figures do not add up; none is shown.
    """
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    part = scopes.scoped(book, question)
    until = end or clock.today(portfolio.time_zone)
    benchmark = await _benchmark(session, question)
    market = await _market(session, book, benchmark, until)
    # Off the event loop: a large book takes a while, and others wait for their answers.
    return await asyncio.to_thread(_measure, part, market, benchmark, start, until)


async def measure_all(
    session: ReadSession, question: Question, *, currency: str | None, start: date | None, end: date | None
) -> Measurement:
    """Measure all portfolios of the tenant as one, in one currency.

    Args:
        session: of the tenant.
        question: policies and benchmark.
        currency: None means that of the portfolio opened first.
        start: not before the day before the first transaction, which None means.
        end: None means today, where it is latest.

    Raises:
        UnknownCurrency, AssetNotFound, IdentityBroken.
    """
    if currency is not None and not currencies.is_currency(currency):
        detail = f"{currency} is not a currency FinSage knows; GET /api/v1/currencies lists them."
        raise UnknownCurrency(detail, faults=(Fault("/currency", f"{currency} is unknown"),))
    portfolios = await store.list_portfolios(session)
    base = currency or (portfolios[0].base_currency if portfolios else "EUR")
    until = end or max((clock.today(one.time_zone) for one in portfolios), default=clock.today("UTC"))
    benchmark = await _benchmark(session, question)
    loaded = []
    for portfolio in portfolios:
        book = rebased(await books.load(session, portfolio), base)
        loaded.append((book, await _market(session, book, benchmark, until)))
    return await asyncio.to_thread(_measure_all, loaded, question, base, benchmark, start=start, until=until)


def rebased(book: Book, currency: str) -> Book:
    """The book measured in another currency: what its drafts leave to the base currency stays in the old one."""
    before = book.portfolio.base_currency
    if before == currency:
        return book
    drafts = tuple(_spelt_out(draft, before) for draft in book.drafts)
    return replace(book, portfolio=replace(book.portfolio, base_currency=currency), drafts=drafts)


def _spelt_out(draft: Draft, base: str) -> Draft:
    currency = draft.currency if draft.asset is not None else draft.currency or base
    has_rate = draft.fx_rate is not None or draft.settle_amount is not None
    return replace(draft, currency=currency, settle_currency=draft.settle_currency or (base if has_rate else None))


async def _benchmark(session: ReadSession, question: Question) -> Asset | None:
    if question.benchmark_id is None:
        return None
    return await market_assets.asset_by_id(session, question.benchmark_id)


async def _market(session: ReadSession, book: Book, benchmark: Asset | None, until: date) -> Market:
    extra = {} if benchmark is None else {benchmark.id: benchmark}
    return await books.market_of(session, replace(book, assets={**book.assets, **extra}), until=until, with_prices=True)


def _measure(scoped: Scoped, market: Market, benchmark: Asset | None, start: date | None, until: date) -> Measurement:
    since, until = scopes.period_of(scoped.first, start, until)
    drafts, before = _until(scoped.drafts, until), MEMORY.start_of(scoped.book.portfolio.id)
    # What is said of a tag is found in the entries of all transactions.
    resume = before.checkpoints if before and scoped.kind != "tag" else None
    ledger = fold(drafts, market, scoped.options, through=until, resume=resume)
    figures = evaluate_ledger(ledger, since, until, by_asset=False)
    notices = scoped.notices
    if scoped.kind == "tag":
        whole = fold(_until(scoped.book.drafts, until), market, books.options_of(scoped.book.portfolio), through=until)
        notices += notices_of_tag(whole, ledger)
    return Measurement(
        scoped.kind,
        scoped.key,
        scoped.label,
        market.base_currency,
        scoped.options,
        scoped.options.fees_in_cost,
        figures,
        _compared(benchmark, market, scoped.options, figures, scoped.book.drafts),
        figures.warnings + notices,
    )


def _measure_all(
    loaded: Sequence[tuple[Book, Market]],
    question: Question,
    base: str,
    benchmark: Asset | None,
    *,
    start: date | None,
    until: date,
) -> Measurement:
    drafts = [draft for book, _ in loaded for draft in book.drafts]
    since, until = scopes.period_of(scopes.first_day(drafts), start, until)
    parts: list[Evaluation] = []
    for book, market in loaded:
        options, before = scopes.options_of(book, question, book.drafts), MEMORY.start_of(book.portfolio.id)
        resume = before.checkpoints if before else None
        ledger = fold(_until(book.drafts, until), market, options, through=until, resume=resume)
        parts.append(evaluate_ledger(ledger, since, until, by_asset=False))
    is_crypto = scopes.is_crypto_only([book for book, _ in loaded], drafts)
    calendar = CalendarChoice.ALL_DAYS if is_crypto else CalendarChoice.TRADING
    options = Options(flow_timing=question.flow_timing, calendar=calendar)
    figures = combine(parts, options, start=since, end=until)
    compared = _compared(benchmark, loaded[0][1], options, figures, drafts) if loaded else None
    notices = tuple(notice for part in parts for notice in part.warnings)
    return Measurement("all", None, None, base, options, question.fees_in_cost, figures, compared, notices)


def _until(drafts: Sequence[Draft], until: date) -> list[Draft]:
    return [draft for draft in drafts if draft.booked_on <= until]


def _compared(
    asset: Asset | None, market: Market, options: Options, figures: Evaluation | Combined, drafts: Sequence[Draft]
) -> Compared | None:
    if asset is None:
        return None
    found = measure_benchmark(
        market.assets[str(asset.id)],
        market,
        options,
        start=figures.start,
        end=figures.end,
        first=figures.start_value,
        flows=figures.flows,
        splits=_until(drafts, figures.end),
    )
    return Compared(asset, found)
