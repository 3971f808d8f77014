"""One change of a portfolio's books: rows to add, and what must be booked anew because of them.

The portfolio is locked from the beginning: one book has one writer at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.ledger import Entry, Ledger
from finsage.finance.money import ZERO, exact, plain
from finsage.finance.results import MissingAcquisition
from finsage.finance.transaction import SPLITS, TRANSFERS, AccountKind, Draft, Posting
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import WriteSession
from finsage.portfolio import drafts as codec
from finsage.portfolio.errors import InsufficientQuantity, PortfolioNotFound
from finsage.portfolio.service import books, derivation
from finsage.portfolio.service.books import Book, is_asset_key
from finsage.portfolio.store import derived, succession
from finsage.portfolio.store import portfolios as portfolio_store
from finsage.portfolio.store import transactions as store
from finsage.portfolio.store.ingest import Owner, Progress, ingest
from finsage.portfolio.store.portfolios import Portfolio
from finsage.portfolio.store.succession import Succession
from finsage.portfolio.store.transactions import Header, NewTransaction

DEFAULT_ACCOUNT = "Main"
# Below this, one INSERT with values is quicker than a table to stage in.
INGEST_FROM_ROWS = 200


@dataclass(slots=True)
class Write:
    """A change under way: the book before it, the rows to add, and which of these stand in the place of others.

    ``progress`` is told the fraction stored of many rows.
    """

    session: WriteSession
    caller: Caller
    portfolio: Portfolio
    book: Book
    new: list[NewTransaction] = field(default_factory=list)
    successions: list[Succession] = field(default_factory=list)
    progress: Progress | None = None

    async def sequences(self, count: int) -> int:
        """The first of ``count`` fresh sequence numbers."""
        return await portfolio_store.take_sequences(self.session, self.portfolio.id, count)

    async def reverse(self, headers: Sequence[Header], note: str) -> None:
        """Add the opposite of transactions, each on its own day."""
        postings = await store.postings_of_many(self.session, [header.id for header in headers])
        first = await self.sequences(len(headers))
        self.new += [
            _reversal(header, postings[header.id], first + index, note) for index, header in enumerate(headers)
        ]

    async def finish(self, book: Book, ledger: Ledger, *, accept_missing: bool) -> int:
        """Store everything and derive lots and holdings; returns how many others were booked anew.

        Args:
            book: with the drafts as they are to be.
            ledger: those drafts folded.
            accept_missing: let units be taken out that were never acquired.

        Raises:
            InsufficientQuantity: unless ``accept_missing``.
        """
        if not accept_missing:
            await self._refuse_missing(book, ledger)
        return await self.settle(book, ledger, ledger.entries)

    async def settle(self, book: Book, ledger: Ledger, entries: Iterable[Entry]) -> int:
        """Book anew what has to be, store the rows and derive lots and holdings; returns how many were booked anew.

        Args:
            book: with the drafts as they are to be.
            ledger: those drafts folded.
            entries: at least the splits, transfers and closed residues of what the ledger did not take over.
        """
        book, ledger, rebooked = await self._rebook(book, ledger, entries)
        caller = self.caller
        if len(self.new) < INGEST_FROM_ROWS:
            await store.insert_transactions(self.session, caller.tenant_id, caller.user_id, self.portfolio.id, self.new)
        else:
            owner = Owner(caller.tenant_id, self.portfolio.id, caller.user_id)
            await ingest(self.session, owner, self.new, self.progress)
        await succession.note(self.session, caller.tenant_id, self.portfolio.id, self.successions)
        await derivation.store(self.session, caller.tenant_id, book, ledger)
        return rebooked

    async def _refuse_missing(self, book: Book, ledger: Ledger) -> None:
        before = await derived.missing_quantities(self.session, self.portfolio.id)
        missing: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for record in ledger.missing_acquisitions:
            missing[record.asset] += record.quantity
        worse = {asset for asset, quantity in missing.items() if quantity > before.get(asset, ZERO)}
        if worse:
            raise _insufficient(book, ledger, worse, {str(item.id) for item in self.new})

    async def _rebook(self, book: Book, ledger: Ledger, entries: Iterable[Entry]) -> tuple[Book, Ledger, int]:
        """Reverse and record again what books differently now.

        A split after a back-dated purchase, a transfer whose partner has arrived: the draft stays, its postings follow.
        """
        known = self.book.known
        movable = [(known[entry.draft.id], entry) for entry in entries if entry.draft.id in known and is_movable(entry)]
        stored = await store.postings_of_many(self.session, [header.id for header, _ in movable])
        changed = [(h, entry) for h, entry in movable if _sums(stored[h.id]) != _sums(entry.postings)]
        if not changed:
            return book, ledger, 0
        await self.reverse([header for header, _ in changed], "booked anew: an earlier transaction changed")
        renamed = {header.id: self._again(book, header, entry) for header, entry in changed}
        drafts = [renamed.get(UUID(draft.id), draft) for draft in book.drafts]
        again = await books.with_drafts(self.session, book, drafts)
        return again, await derivation.fold_book(self.session, again), len(changed)

    def _again(self, book: Book, header: Header, entry: Entry) -> Draft:
        draft = replace(entry.draft, id=str(clock.new_id()), pointer="")
        row = new_row(book, draft, entry.postings, note=header.note, tags=header.tags, import_id=header.import_id)
        self.new.append(row)
        self.successions.append(Succession(header.id, row.id, row.booked_on))
        return draft


_BY_FOLD = SPLITS | TRANSFERS


def is_movable(entry: Entry) -> bool:
    """Whether what a transaction books depends on what was held before it."""
    return bool(entry.dust) or entry.draft.type in _BY_FOLD


async def begin(session: WriteSession, caller: Caller, portfolio_id: UUID) -> Write:
    """Lock a portfolio and load its book.

    Raises:
        PortfolioNotFound.
    """
    portfolio = await portfolio_store.lock_portfolio(session, portfolio_id)
    if portfolio is None:
        raise PortfolioNotFound("No portfolio of yours has this id.")
    return Write(session, caller, portfolio, await books.load(session, portfolio))


def new_row(
    book: Book, draft: Draft, postings: tuple[Posting, ...], *, stored: dict[str, Any] | None = None, **rest: Any
) -> NewTransaction:
    """A draft with its postings as a row to store.

    Args:
        book: with the asset of the draft.
        draft: what happened.
        postings: as booked.
        stored: the draft as JSON, where it is at hand.
        rest: note, tags and where it came from.
    """
    asset = book.asset(draft.asset) if draft.asset else None
    currency, amount = _money(draft, postings)
    return NewTransaction(
        id=UUID(draft.id),
        booked_on=draft.booked_on,
        sequence=draft.sequence,
        type=draft.type.value,
        executed_at=draft.executed_at,
        account=draft.account or DEFAULT_ACCOUNT,
        asset_id=asset.id if asset else None,
        symbol=asset.symbol if asset else draft.asset,
        quantity=draft.quantity,
        price=draft.unit_price,
        total_amount=amount,
        currency=currency or draft.currency or (asset.currency if asset else None),
        draft=codec.to_json(draft) if stored is None else stored,
        postings=postings,
        **rest,
    )


def _money(draft: Draft, postings: tuple[Posting, ...]) -> tuple[str | None, Decimal | None]:
    """The money a transaction moves in or out of the accounts: currency and signed amount, None when it moves none."""
    for posting in postings:
        is_cash = posting.kind == AccountKind.ASSET and not is_asset_key(posting.asset)
        if is_cash and posting.asset not in {draft.asset, draft.to_asset}:
            total = sum((p.amount for p in postings if p.kind == AccountKind.ASSET and p.asset == posting.asset), ZERO)
            return posting.asset, total
    return None, None


def _reversal(header: Header, postings: Sequence[Posting], sequence: int, note: str) -> NewTransaction:
    return NewTransaction(
        id=clock.new_id(),
        booked_on=header.booked_on,
        sequence=sequence,
        type=header.type,
        executed_at=header.executed_at,
        account=header.account,
        asset_id=header.asset_id,
        symbol=header.symbol,
        quantity=header.quantity,
        price=header.price,
        total_amount=-header.total_amount if header.total_amount is not None else None,
        currency=header.currency,
        draft=header.draft,
        note=note,
        tags=[],
        import_id=header.import_id,
        reverses_id=header.id,
        postings=tuple(posting._replace(amount=-posting.amount) for posting in postings),
    )


def _insufficient(book: Book, ledger: Ledger, assets: set[str], fresh: set[str]) -> InsufficientQuantity:
    records = [item for item in ledger.missing_acquisitions if item.asset in assets]
    missing = next((item for item in records if item.transaction in fresh), records[-1])
    label, draft = book.label(missing.asset), next(d for d in book.drafts if d.id == missing.transaction)
    same = [item for item in records if item.transaction == missing.transaction and item.account == missing.account]
    with exact():
        lacking = sum((item.quantity for item in same if item.asset == missing.asset), ZERO)
        asked = _taken(ledger, missing) or lacking
        held = asked - lacking
    if missing.transaction in fresh:
        detail = (
            f"{label}: {plain(asked)} asked on {missing.day}, {plain(held)} held in {missing.account}. Record the "
            "missing purchase first, or send accept_missing to book it and see it listed as missing."
        )
    else:
        detail = (
            f"A later transaction on {missing.day} takes {plain(missing.quantity)} {label} that would then be missing. "
            "Reverse that one first, or send accept_missing."
        )
    return InsufficientQuantity(
        detail,
        asset=missing.asset,
        symbol=label,
        held=plain(held),
        asked=plain(asked),
        faults=(Fault(f"{draft.pointer}/{_field(draft, missing.asset)}", "more than held"),),
    )


def _taken(ledger: Ledger, missing: MissingAcquisition) -> Decimal:
    """What the transaction takes out of the account in all, a fee in the same units too; 0 if booked before."""
    return -sum(
        (
            posting.amount
            for entry in ledger.entries
            if entry.draft.id == missing.transaction
            for posting in entry.postings
            if (posting.kind, posting.account, posting.asset) == (AccountKind.ASSET, missing.account, missing.asset)
        ),
        ZERO,
    )


def _field(draft: Draft, asset: str) -> str:
    """Where the draft says how much of the asset goes."""
    if asset == draft.asset:
        return "quantity"
    places = (place for place, leg in enumerate(draft.legs) if leg.asset == asset)
    return next((f"legs/{place}/quantity" for place in places), "fee")


def _sums(postings: Sequence[Posting]) -> dict[tuple[str, str, str], Decimal]:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    for posting in postings:
        sums[str(posting.kind), posting.account, posting.asset] += posting.amount
    return dict(sums)
