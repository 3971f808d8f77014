"""All portfolios of a tenant as one: their books in one currency, each with its figures, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from finsage.errors import Fault
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import Ledger, fold
from finsage.finance.options import CalendarChoice, Options
from finsage.finance.ordering import up_to
from finsage.finance.results import Evaluation
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
from finsage.portfolio.service.scopes import Question
from finsage.portfolio.store import portfolios as store


@dataclass(frozen=True, slots=True)
class Loaded:
    """The books, each with its market, in the currency ``base``; nothing in them is later than ``until``."""

    books: Sequence[tuple[Book, Market]]
    base: str
    until: date

    @property
    def drafts(self) -> list[Draft]:
        """The transactions of all."""
        return [draft for book, _ in self.books for draft in book.drafts]


async def load(session: ReadSession, currency: str | None, end: date | None, benchmark: Asset | None = None) -> Loaded:
    """Load all portfolios of the tenant.

    Args:
        session: of the tenant.
        currency: None means that of the portfolio opened first.
        end: None means today, where it is latest.
        benchmark: an asset whose prices are wanted too.

    Raises:
        UnknownCurrency: there is no such currency.
    """
    portfolios = await store.list_portfolios(session)
    base = check_currency(currency, "/currency") or (portfolios[0].base_currency if portfolios else "EUR")
    until = end or max((clock.today(one.time_zone) for one in portfolios), default=clock.today("UTC"))
    loaded = []
    for portfolio in portfolios:
        book = rebased(await books.load(session, portfolio), base)
        loaded.append((book, await market_with(session, book, benchmark, until)))
    return Loaded(loaded, base, until)


def check_currency(currency: str | None, pointer: str) -> str | None:
    """The currency, where one is named.

    Raises:
        UnknownCurrency: there is no such currency.
    """
    if currency is not None and not currencies.is_currency(currency):
        detail = f"{currency} is not a currency FinSage knows; GET /api/v1/currencies lists them."
        raise UnknownCurrency(detail, faults=(Fault(pointer, f"{currency} is unknown"),))
    return currency


async def benchmark_of(session: ReadSession, question: Question) -> Asset | None:
    """The benchmark a question names.

    Raises:
        AssetNotFound: there is none such.
    """
    if question.benchmark_id is None:
        return None
    return await market_assets.asset_by_id(session, question.benchmark_id)


async def market_with(session: ReadSession, book: Book, benchmark: Asset | None, until: date) -> Market:
    """Prices and rates of a book up to a day, and those of a benchmark."""
    return await books.market_of(session, beside(book, benchmark), until=until, with_prices=True)


def beside(book: Book, benchmark: Asset | None) -> Book:
    """The book with a benchmark among the assets it knows."""
    return book if benchmark is None else replace(book, assets={**book.assets, benchmark.id: benchmark})


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


def period_of(loaded: Loaded, start: date | None) -> tuple[date, date]:
    """The period asked for, not beginning before the day before the first transaction of any of them.

    Raises:
        InvalidPeriod: it ends before it begins.
    """
    return scopes.period_of(scopes.first_day(loaded.drafts), start, loaded.until)


def options_of(loaded: Loaded, question: Question) -> Options:
    """What their sums are measured by; coins alone on all days."""
    is_crypto = scopes.is_crypto_only([book for book, _ in loaded.books], loaded.drafts)
    calendar = CalendarChoice.ALL_DAYS if is_crypto else CalendarChoice.TRADING
    return Options(flow_timing=question.flow_timing, calendar=calendar)


def measured(
    loaded: Loaded, question: Question, period: tuple[date, date], *, from_first: bool = False
) -> Iterator[tuple[str, Ledger, Evaluation]]:
    """Each portfolio by its id, folded and measured by its own policies when it is its turn: a while.

    Args:
        loaded: the books.
        question: the policies.
        period: as `period_of` has it.
        from_first: whether the ledgers are to have their entries from the first one on, however long that takes.

    Raises:
        IdentityBroken: the figures do not add up.
    """
    for book, market in loaded.books:
        options, before = scopes.options_of(book, question, book.drafts), MEMORY.start_of(book.portfolio.id)
        resume = before.checkpoints if before and not from_first else None
        ledger = fold(up_to(book.drafts, period[1]), market, options, through=period[1], resume=resume)
        yield str(book.portfolio.id), ledger, evaluate_ledger(ledger, *period, by_asset=False)
