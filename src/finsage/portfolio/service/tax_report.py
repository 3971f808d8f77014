"""What a tax office asks about a year: every disposal by lot, income, taxes and fees, and what is missing for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from finsage.finance.ledger import known
from finsage.finance.money import ZERO, exact
from finsage.finance.ordering import in_order
from finsage.finance.results import Charges, Evaluation, Match, MissingAcquisition, Notice
from finsage.finance.trail import Result
from finsage.finance.transaction import DAY_FIRST, WITHHOLDING
from finsage.market.service.assets import Asset
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books
from finsage.portfolio.service.books import Book, is_asset_key
from finsage.portfolio.service.figures import LONG_TERM_DAYS, Figures, currency_gain, evaluate_portfolio, known_sum

YEARS = (DAY_FIRST.year + 1, 2100)
# What makes a cost or an income an assumption instead of a record.
_DOUBTFUL = frozenset({"no_price", "unmatched_transfer", "missing_rate", "spin_off_of_nothing"})


@dataclass(frozen=True, slots=True)
class Disposal:
    """A part of a disposal and the lot it came from, with the asset it was of (None for one no longer known)."""

    match: Match
    label: str
    asset: Asset | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Disposals added up, in base currency; None where one of them is not known."""

    disposals: int
    cost: Decimal | None
    fees: Decimal | None
    proceeds: Decimal | None
    gain: Decimal | None
    gain_price: Decimal | None
    gain_fx: Decimal | None


@dataclass(frozen=True, slots=True)
class AssetSums:
    """The disposals of one asset added up, by term."""

    asset_id: UUID | None
    label: str
    isin: str | None
    quantity: Decimal
    short: Sums
    long: Sums
    total: Sums


@dataclass(frozen=True, slots=True)
class Income:
    """What one asset, or money in an account, brought in the year by one type of transaction, in base currency."""

    type: str
    asset_id: UUID | None
    label: str | None
    transactions: int
    amount: Decimal | None
    tax: Decimal | None
    fee: Decimal | None


@dataclass(frozen=True, slots=True)
class TaxReport:
    """The year of a portfolio. ``since`` and ``until`` are its first and last day; a running year ends today.

    ``currency_gain`` is the exchange gain on foreign money, which has no lots; with the gain of the disposals it makes
    the realised gain of the evaluation of the same days.
    """

    year: int
    since: date
    until: date
    base_currency: str
    lot_method: str
    fees_in_cost: bool
    long_term_days: int
    disposals: tuple[Disposal, ...]
    short: Sums
    long: Sums
    total: Sums
    by_asset: tuple[AssetSums, ...]
    currency_gain: Decimal | None
    realised_gain: Decimal | None
    income: tuple[Income, ...]
    income_total: Decimal | None
    withheld: Decimal | None
    taxes: Charges
    fees: Charges
    missing: tuple[tuple[MissingAcquisition, str], ...]
    doubts: tuple[Notice, ...]
    years: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every figure stands on records: nothing missing, nothing unknown, nothing assumed."""
        figures = (self.total.gain, self.realised_gain, self.income_total, self.taxes.total, self.fees.total)
        return not self.missing and not self.doubts and None not in figures


async def tax_report(session: ReadSession, portfolio_id: UUID, year: int | None) -> TaxReport:
    """The tax report of a calendar year in the portfolio's time zone.

    Args:
        session: of the tenant.
        portfolio_id: the portfolio.
        year: None means the running one.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        IdentityBroken: the figures do not add up; none is shown.
    """
    portfolio = await books.find(session, portfolio_id)
    today = clock.today(portfolio.time_zone)
    wanted = year or today.year
    since = date(wanted, 1, 1)
    until = max(since, min(date(wanted, 12, 31), today)) if wanted == today.year else date(wanted, 12, 31)
    figures = await evaluate_portfolio(session, portfolio_id, start=since - timedelta(days=1), end=until)
    first = min((draft.booked_on.year for draft in figures.book.drafts), default=wanted)
    years = tuple(range(today.year, min(first, today.year) - 1, -1))
    return _report(figures, wanted, since, years)


def _report(figures: Figures, year: int, since: date, years: tuple[int, ...]) -> TaxReport:
    book, whole = figures.book, figures.whole
    matches = sorted(
        (match for match in whole.matches if is_asset_key(match.asset) and match.disposed_on >= since),
        key=lambda match: (match.disposed_on, book.label(match.asset), match.acquired_on or match.disposed_on),
    )
    disposals = tuple(Disposal(match, book.label(match.asset), book.asset(match.asset)) for match in matches)
    rows = [row for row in figures.ledger.state.results if row.day >= since.toordinal()]
    income = _income(figures, rows)
    named = {match.asset for match in matches}
    return TaxReport(
        year=year,
        since=since,
        until=whole.end,
        base_currency=book.portfolio.base_currency,
        lot_method=book.portfolio.lot_method,
        fees_in_cost=book.portfolio.fees_in_cost,
        long_term_days=LONG_TERM_DAYS,
        disposals=disposals,
        short=_sums(match for match in matches if match.term == "short"),
        long=_sums(match for match in matches if match.term == "long"),
        total=_sums(matches),
        by_asset=tuple(_asset_sums(book, key, matches) for key in sorted(named, key=book.label)),
        currency_gain=currency_gain(figures, since),
        realised_gain=whole.realised.gain,
        income=income,
        income_total=whole.income,
        withheld=known_sum(item.tax for item in income),
        taxes=whole.taxes,
        fees=whole.fees,
        missing=tuple(
            (item, book.label(item.asset))
            for item in whole.missing_acquisitions
            if item.day >= since or item.asset in named
        ),
        doubts=tuple(
            notice
            for notice in whole.warnings
            if notice.code in _DOUBTFUL
            and (notice.day is None or notice.day >= since or notice.asset in named or _is_lacking(notice, whole))
        ),
        years=years,
    )


def _is_lacking(notice: Notice, whole: Evaluation) -> bool:
    """Whether a rate of an earlier year is missing for a gain of this one: for the cost of what went."""
    return notice.code == "missing_rate" and whole.realised.gain is None


def _sums(matches: Iterable[Match]) -> Sums:
    rows = list(matches)

    def over(figure: Callable[[Match], Decimal | None]) -> Decimal | None:
        return known_sum(figure(match) for match in rows)

    return Sums(
        disposals=len(rows),
        cost=over(lambda match: match.cost),
        fees=over(lambda match: match.fees),
        proceeds=over(lambda match: match.proceeds),
        gain=over(lambda match: match.gain),
        gain_price=over(lambda match: match.gain_price),
        gain_fx=over(lambda match: match.gain_fx),
    )


def _asset_sums(book: Book, key: str, matches: list[Match]) -> AssetSums:
    own = [match for match in matches if match.asset == key]
    asset = book.asset(key)
    with exact():
        quantity = sum((match.quantity for match in own), ZERO)
    return AssetSums(
        asset_id=UUID(key),
        label=book.label(key),
        isin=asset.isin if asset else None,
        quantity=quantity,
        short=_sums(match for match in own if match.term == "short"),
        long=_sums(match for match in own if match.term == "long"),
        total=_sums(own),
    )


def _income(figures: Figures, rows: list[Result]) -> tuple[Income, ...]:
    """Income by type and asset, largest first within a type; refunds and charges are in the totals of the year."""
    steps = in_order(figures.book.drafts)
    groups: dict[tuple[str, str | None], list[Result]] = defaultdict(list)
    for row in rows:
        kind = steps[row.step].draft.type
        if kind in WITHHOLDING:
            groups[kind.value, row.asset].append(row)
    lines = [_income_line(figures.book, *key, group) for key, group in groups.items()]
    return tuple(sorted(lines, key=lambda line: (line.type, -(line.amount or ZERO), line.label or "")))


def _income_line(book: Book, kind: str, key: str | None, rows: list[Result]) -> Income:
    with exact():
        income, tax, fee = (known(sum((getattr(row, name) for row in rows), ZERO)) for name in ("income", "tax", "fee"))
    asset_id = UUID(key) if key is not None and is_asset_key(key) else None
    return Income(kind, asset_id, book.label(key) if key else None, len(rows), income, tax, fee)
