"""What a performance question is about: the part of a book it names, and the policies it is measured under."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.options import CalendarChoice, CashMode, FlowTiming, LotScope, Options, Scope
from finsage.finance.results import Notice
from finsage.finance.tag_scope import drafts_of_tag
from finsage.finance.transaction import Draft
from finsage.portfolio.errors import InvalidPeriod, InvalidScope
from finsage.portfolio.service import books
from finsage.portfolio.service.books import Book

ScopeKind = Literal["portfolio", "account", "asset", "tag", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to measure. At most one of account, asset and tag narrows it; ``fees_in_cost`` None is the portfolio's."""

    account: str | None = None
    asset_id: UUID | None = None
    tag: str | None = None
    flow_timing: FlowTiming = FlowTiming.INFLOW_START_OUTFLOW_END
    fees_in_cost: bool | None = None
    benchmark_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Scoped:
    """A book and the part of it that is measured."""

    kind: ScopeKind
    key: str | None
    label: str | None
    book: Book
    drafts: Sequence[Draft]
    options: Options
    first: date | None
    notices: tuple[Notice, ...] = ()


def scoped(book: Book, question: Question) -> Scoped:
    """The part of a book that a question is about.

    Raises:
        InvalidScope: more than one scope, or one that names nothing of this portfolio.
    """
    narrowed = [name for name in ("account", "asset_id", "tag") if getattr(question, name) is not None]
    if len(narrowed) > 1:
        faults = tuple(Fault(f"/{name}", "one scope at a time") for name in narrowed)
        raise InvalidScope("Name an account, an asset or a tag, not several.", faults=faults)
    if question.account is not None:
        return _of_account(book, question, question.account)
    if question.asset_id is not None:
        return _of_asset(book, question, str(question.asset_id))
    if question.tag is not None:
        return _of_tag(book, question, question.tag)
    options = options_of(book, question, book.drafts)
    return Scoped("portfolio", None, None, book, book.drafts, options, first_day(book.drafts))


def _of_account(book: Book, question: Question, account: str) -> Scoped:
    own = [draft for draft in book.drafts if account in _accounts(draft)]
    _demand(own, "account", f"No transaction of this portfolio is in the account {account}.")
    options = replace(options_of(book, question, own), scope=Scope(account=account))
    notices: tuple[Notice, ...] = ()
    if options.lot_scope is not LotScope.ACCOUNT:
        options = replace(options, lot_scope=LotScope.ACCOUNT)
        detail = "lots of this portfolio are pooled over its accounts; for one account they are kept apart here"
        notices = (Notice("lots_kept_apart", detail),)
    return Scoped("account", account, account, book, book.drafts, options, first_day(own), notices)


def _accounts(draft: Draft) -> set[str]:
    return {draft.asset_account, draft.money_account, draft.source_account, draft.target_account}


def _of_asset(book: Book, question: Question, key: str) -> Scoped:
    own = [draft for draft in book.drafts if key in draft.asset_keys]
    _demand(own, "asset_id", "No transaction of this portfolio names this asset.")
    options = replace(options_of(book, question, own), scope=Scope(asset=key))
    return Scoped("asset", key, book.label(key), book, book.drafts, options, first_day(own))


def _of_tag(book: Book, question: Question, tag: str) -> Scoped:
    ids = {str(header.id) for header in book.headers if tag in header.tags}
    own = drafts_of_tag(book.drafts, ids)
    _demand(own, "tag", f"No transaction of this portfolio has the tag {tag}.")
    options = replace(options_of(book, question, own), scope=Scope(tag=tag), cash=CashMode.IMPLIED)
    first = first_day([draft for draft in own if draft.id in ids])
    return Scoped("tag", tag, tag, book, own, options, first)


def _demand(drafts: Sequence[Draft], name: str, detail: str) -> None:
    if not drafts:
        raise InvalidScope(detail, faults=(Fault(f"/{name}", "names nothing of this portfolio"),))


def first_day(drafts: Iterable[Draft]) -> date | None:
    """The day of the first of some drafts."""
    return min((draft.booked_on for draft in drafts), default=None)


def period_of(first: date | None, start: date | None, until: date) -> tuple[date, date]:
    """The period asked for, not beginning before the day before the first transaction.

    Raises:
        InvalidPeriod: it ends before it begins.
    """
    if start is not None and start > until:
        fault = Fault("/from", f"{start} is after {until}, the end; choose an earlier day")
        raise InvalidPeriod(f"The period begins on {start} and ends on {until}.", faults=(fault,))
    # Years before the first transaction are no part of the period: annualising over them would thin the return.
    inception = (first or until) - timedelta(days=1)
    return min(max(start or inception, inception), until), until


def options_of(book: Book, question: Question, drafts: Iterable[Draft]) -> Options:
    """The portfolio's policies with those the question sets; coins alone are measured on all days."""
    options = books.options_of(book.portfolio, series=True)
    fees_in_cost = options.fees_in_cost if question.fees_in_cost is None else question.fees_in_cost
    calendar = CalendarChoice.ALL_DAYS if is_crypto_only([book], drafts) else CalendarChoice.TRADING
    return replace(options, flow_timing=question.flow_timing, fees_in_cost=fees_in_cost, calendar=calendar)


def is_crypto_only(held: Iterable[Book], drafts: Iterable[Draft]) -> bool:
    """Whether all assets that drafts name are coins, which trade every day; without any they are not."""
    books_held = list(held)
    found = {
        asset.asset_class
        for draft in drafts
        for key in (draft.asset, draft.to_asset, *(leg.asset for leg in draft.legs))
        if key is not None
        for book in books_held
        if (asset := book.asset(key)) is not None
    }
    return found == {"crypto"}
