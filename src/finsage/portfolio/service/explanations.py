"""How a figure of a portfolio, or of all portfolios as one, came about."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from finsage.errors import Fault, Invalid
from finsage.finance.combined import combine
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.explanation.basis import Against
from finsage.finance.explanation.explain import explain, explain_together
from finsage.finance.explanation.model import Explanation
from finsage.finance.ledger import Ledger, fold
from finsage.finance.options import LotMethod
from finsage.finance.ordering import up_to
from finsage.finance.part import Part, divide
from finsage.finance.results import Evaluation, Notice
from finsage.finance.valuation import Market
from finsage.market.service import prices as market_prices
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books, scopes, targets, together
from finsage.portfolio.service.allocation import key_of
from finsage.portfolio.service.books import Book, is_asset_key
from finsage.portfolio.service.scopes import Question, Scoped
from finsage.portfolio.service.targets import NO_AIM, Aim
from finsage.portfolio.service.together import Loaded

_OWN = "own"


@dataclass(frozen=True, slots=True)
class Share:
    """Slices of the allocation, by asset, asset_class, currency or account; or all assets held (by holdings)."""

    by: str
    keys: frozenset[str] = frozenset()

    @property
    def key(self) -> str | None:
        """The key of the only slice."""
        return next(iter(self.keys)) if len(self.keys) == 1 else None

    def part_of(self, ledger: Ledger, evaluation: Evaluation, book: Book, aim: Aim) -> Part:
        """What of a portfolio it is; nothing where it has a target and is not held."""
        keys = self.keys
        if self.by == "holdings":
            keys = frozenset(holding.asset for holding in evaluation.holdings)
        slice_of = key_of(book, "asset" if self.by == "holdings" else self.by)

        def place(account: str, held: str) -> str:
            return _OWN if slice_of(account, held) in keys else "other"

        found = divide(ledger, place, by_account=self.by == "account").get(_OWN)
        if found is None and not aim.target:
            raise Invalid(faults=(Fault("/key", "names no part of what the portfolio holds"),))
        return found or Part({}, lambda *_: False)


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation with the books it is of by portfolio, and who gave the prices (asset key and day to source).

    ``portfolio_id`` None: it is of all of them together.
    """

    portfolio_id: UUID | None
    books: Mapping[UUID, Book]
    explanation: Explanation
    providers: Mapping[tuple[str, date], str]

    def label(self, key: str) -> str:
        """What to call a ledger key."""
        found = (asset.symbol for book in self.books.values() if (asset := book.asset(key)) is not None)
        return next(found, key)


async def explain_figure(
    session: ReadSession,
    portfolio_id: UUID,
    figure: str,
    question: Question,
    *,
    currency: str | None,
    share: Share | None,
    base_currency: str | None,
    start: date | None,
    end: date | None,
    lot_method: LotMethod | None = None,
) -> Explained:
    """How a figure came about, from the end of ``start`` to the end of ``end``.

    Args:
        session: of the tenant.
        portfolio_id: the portfolio.
        figure: one of ``FIGURES``.
        question: the scope, policies and benchmark that ``measure_portfolio`` takes; an asset may be of an account or
            tag.
        currency: whose balance, for ``cash``.
        share: the slices of the allocation it is of.
        base_currency: what it is measured in; None means the portfolio's own.
        start: not before the day before the first transaction of the scope, which None means; ``day_return`` begins
            with the day before ``end``.
        end: None means today in the portfolio's time zone.
        lot_method: in the place of the portfolio's.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        AssetNotFound: there is no such benchmark.
        InvalidScope: the scope names nothing of this portfolio.
        UnknownCurrency: there is no such currency to measure in.
        Invalid: no such figure, or none of what was asked for.
        IdentityBroken: the figures do not add up; none is shown.
    """
    portfolio = await books.find(session, portfolio_id)
    measured_in = together.check_currency(base_currency, "/base_currency") or portfolio.base_currency
    benchmark = await together.benchmark_of(session, question)
    book = together.beside(together.rebased(await books.load(session, portfolio), measured_in), benchmark)
    until = end or clock.today(portfolio.time_zone)
    part = _scoped(book, question)
    market = await books.market_of(session, book, until=until, with_prices=True)
    key = str(question.asset_id) if question.asset_id is not None else currency
    period = scopes.period_of(part.first, start, until)
    aim = NO_AIM
    # Targets are of the whole portfolio.
    if share is not None and share.key is not None and question.account is None and question.tag is None:
        aim = await targets.aim_of(session, portfolio_id, share.by, share.key)
    if figure == "day_return":
        period = until - timedelta(days=1), until
    if lot_method is not None:
        part = replace(part, options=replace(part.options, lot_method=lot_method))
    against = None if benchmark is None else Against(str(benchmark.id), book.drafts)
    found = await asyncio.to_thread(
        _explain, part, market, figure, key, share=share, against=against, aim=aim, period=period
    )
    return Explained(portfolio_id, {portfolio_id: book}, found, await _providers(session, found))


async def explain_all(
    session: ReadSession,
    figure: str,
    question: Question,
    *,
    currency: str | None,
    start: date | None,
    end: date | None,
) -> Explained:
    """How a figure of all portfolios as one came about, in one currency.

    Args:
        session: of the tenant.
        figure: one of ``FIGURES`` that is of a portfolio, or with a benchmark of one.
        question: the policies and benchmark that ``measure_all`` takes.
        currency: None means that of the portfolio opened first.
        start: not before the day before the first transaction, which None means.
        end: None means today, where it is latest.

    Raises:
        UnknownCurrency: there is no such currency.
        AssetNotFound: there is no such benchmark.
        Invalid: no such figure, or no portfolio beside a benchmark.
        IdentityBroken: the figures do not add up; none is shown.
    """
    benchmark = await together.benchmark_of(session, question)
    loaded = await together.load(session, currency, end, benchmark)
    against = None if benchmark is None else Against(str(benchmark.id), loaded.drafts)
    found = await asyncio.to_thread(_explain_all, loaded, question, figure, start, against)
    held = {book.portfolio.id: together.beside(book, benchmark) for book, _ in loaded.books}
    return Explained(None, held, found, await _providers(session, found))


def _explain_all(
    loaded: Loaded, question: Question, figure: str, start: date | None, against: Against | None
) -> Explanation:
    start, end = together.period_of(loaded, start)
    options = together.options_of(loaded, question)
    each = together.measured(loaded, question, (start, end), from_first=True)
    found = {key: (ledger, part) for key, ledger, part in each}
    combined = combine([part for _, part in found.values()], options, start=start, end=end)
    return explain_together(found, combined, options, loaded.base, figure, against=against)


def _scoped(book: Book, question: Question) -> Scoped:
    """The part asked for. An asset keeps the rest beside it: its weight is a part of the whole."""
    whole = scopes.scoped(book, replace(question, asset_id=None))
    if question.asset_id is None:
        return whole
    own = scopes.scoped(book, replace(question, account=None, tag=None))
    return replace(whole, first=own.first, options=replace(whole.options, calendar=own.options.calendar))


def _explain(
    part: Scoped,
    market: Market,
    figure: str,
    key: str | None,
    *,
    share: Share | None,
    against: Against | None,
    aim: Aim,
    period: tuple[date, date],
) -> Explanation:
    options = replace(part.options, series=False)
    ledger = fold(up_to(part.drafts, period[1]), market, options, through=period[1])
    evaluation = evaluate_ledger(ledger, *period, by_asset=key is not None)
    held = None if share is None else share.part_of(ledger, evaluation, part.book, aim)
    found = explain(ledger, evaluation, figure, key, held, against=against, target=aim.target)
    if figure not in {"drift", "trade"} or aim.target is None:
        return found
    detail = "the target was set for it" if aim.is_set else "the targets make 1 without it, so it is meant to be 0"
    return replace(found, warnings=(*found.warnings, Notice("target", detail)))


async def _providers(session: ReadSession, explanation: Explanation) -> dict[tuple[str, date], str]:
    """Who gave the prices shown."""
    wanted = {
        (UUID(row.asset), row.quoted_on)
        for row in explanation.prices
        if row.source == "quote" and is_asset_key(row.asset)
    }
    found = await market_prices.price_sources(session, wanted)
    return {(str(asset_id), day): source for (asset_id, day), source in found.items()}
