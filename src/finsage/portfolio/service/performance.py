"""Performance of any scope and period: a portfolio or a part of it, a benchmark beside it, or all portfolios as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from finsage.finance.benchmark import Benchmark, measure_benchmark
from finsage.finance.combined import Combined, combine
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import fold
from finsage.finance.options import Options
from finsage.finance.ordering import up_to
from finsage.finance.results import Evaluation, Notice
from finsage.finance.tag_scope import notices_of_tag
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market
from finsage.market.service.assets import Asset
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books, scopes, together
from finsage.portfolio.service.memory import MEMORY
from finsage.portfolio.service.scopes import Question, Scoped, ScopeKind
from finsage.portfolio.service.together import Loaded


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
    benchmark = await together.benchmark_of(session, question)
    market = await together.market_with(session, book, benchmark, until)
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
    benchmark = await together.benchmark_of(session, question)
    loaded = await together.load(session, currency, end, benchmark)
    return await asyncio.to_thread(_measure_all, loaded, question, benchmark, start)


def _measure(scoped: Scoped, market: Market, benchmark: Asset | None, start: date | None, until: date) -> Measurement:
    since, until = scopes.period_of(scoped.first, start, until)
    drafts, before = up_to(scoped.drafts, until), MEMORY.start_of(scoped.book.portfolio.id)
    # What is said of a tag is found in the entries of all transactions.
    resume = before.checkpoints if before and scoped.kind != "tag" else None
    ledger = fold(drafts, market, scoped.options, through=until, resume=resume)
    figures = evaluate_ledger(ledger, since, until, by_asset=False)
    notices = scoped.notices
    if scoped.kind == "tag":
        whole = fold(up_to(scoped.book.drafts, until), market, books.options_of(scoped.book.portfolio), through=until)
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


def _measure_all(loaded: Loaded, question: Question, benchmark: Asset | None, start: date | None) -> Measurement:
    start, end = together.period_of(loaded, start)
    options = together.options_of(loaded, question)
    parts = [part for _, _, part in together.measured(loaded, question, (start, end))]
    figures = combine(parts, options, start=start, end=end)
    compared = _compared(benchmark, loaded.books[0][1], options, figures, loaded.drafts) if loaded.books else None
    notices = tuple(notice for part in parts for notice in part.warnings)
    return Measurement("all", None, None, loaded.base, options, question.fees_in_cost, figures, compared, notices)


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
        splits=drafts,
    )
    return Compared(asset, found)
