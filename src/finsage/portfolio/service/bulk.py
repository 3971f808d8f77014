"""Recording very many transactions: folded first, then written in blocks while the database stores the block before.

What is to be booked is gone through twice, page by page: once for the drafts, which the fold to lots and holdings
needs together, once for the rows to store. A row's postings follow from its draft alone, but for splits, transfers,
closed residues and settlements at a market rate: these the fold hands over.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from finsage.errors import Invalid
from finsage.finance.booking import book_terms
from finsage.finance.ledger import Entry, Ledger, fold
from finsage.finance.money import exact
from finsage.finance.settlement import needs_market_rate, terms_of
from finsage.finance.transaction import Draft, Posting, keys_named, postings_of
from finsage.finance.valuation import Market
from finsage.platform import clock
from finsage.platform.jobs import Step
from finsage.portfolio import drafts as codec
from finsage.portfolio.errors import InvalidTransaction, SymbolUnknown
from finsage.portfolio.service import books, derivation
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.plain_lines import PlainLines
from finsage.portfolio.service.transactions import with_lots_of
from finsage.portfolio.service.writing import Write, is_movable, new_row
from finsage.portfolio.store.copy_lines import Ids, Words, line_of
from finsage.portfolio.store.ingest import CHUNK, Block, Owner, ingest_blocks

_WAIT_SECONDS = 0.2
_BLOCKS_AHEAD = 2
_FOLDED = 0.6
"""The part of the work that is done when the fold is."""

Progress = Callable[[float, Step], Coroutine[Any, Any, None]]


class _Stopped(Exception):
    pass


class Asked(NamedTuple):
    """A transaction to book: its draft as JSON with ledger keys and an account, and what is kept beside it.

    ``line`` is where it stands in the file, ``source_id`` its id there, ``fingerprint`` that of the source record.
    """

    draft: dict[str, Any]
    line: int = 0
    note: str = ""
    tags: tuple[str, ...] = ()
    fingerprint: bytes | None = None
    source_id: str | None = None


@dataclass(slots=True)
class _Sieve:
    """Takes the entries of a fold and keeps what cannot be known without it.

    ``postings`` are those of new transactions, by id; ``movable`` are old entries that may have to be booked anew.
    """

    old: Collection[str]
    taken: int = 0
    is_unwanted: bool = False
    postings: dict[str, tuple[Posting, ...]] = field(default_factory=dict)
    movable: list[Entry] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        if self.is_unwanted:
            raise _Stopped
        self.taken += 1
        draft = entry.draft
        if not (is_movable(entry) or _is_settled_at_market(draft)):
            return
        if draft.id not in self.old:
            self.postings[draft.id] = entry.postings
        elif is_movable(entry):
            self.movable.append(entry)


def _is_settled_at_market(draft: Draft) -> bool:
    return draft.settle_currency is not None and needs_market_rate(draft, draft.currency or "")


@dataclass(slots=True)
class _Pipe:
    """Blocks on their way from the thread that writes them to the event loop; few, so that neither runs far ahead."""

    blocks: queue.Queue[Block | None] = field(default_factory=lambda: queue.Queue(_BLOCKS_AHEAD))
    is_closed: threading.Event = field(default_factory=threading.Event)

    def put(self, block: Block | None) -> None:
        while not self.is_closed.is_set():
            try:
                return self.blocks.put(block, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
        raise _Stopped

    def close(self) -> None:
        """Let go whoever waits: the writer to give a block, the thread that a cancelled ``drain`` left to take one."""
        self.is_closed.set()
        with suppress(queue.Full):
            self.blocks.put_nowait(None)

    async def drain(self) -> AsyncIterator[Block]:
        while (block := await asyncio.to_thread(self.blocks.get)) is not None:
            yield block


async def record(
    write: Write, pages: Iterable[Sequence[Asked]], count: int, *, import_id: UUID | None, progress: Progress
) -> int:
    """Record transactions whose assets are given by id; derive lots and holdings.

    Units that were never acquired are accepted and listed as missing.

    Args:
        write: begun; the portfolio is locked.
        pages: in the order to book them; gone through more than once.
        count: how many transactions they hold.
        import_id: the import they come by.
        progress: told the fraction done and the step, now and then.

    Returns:
        How many transactions were booked anew because of these.

    Raises:
        InvalidTransaction, SymbolUnknown.
    """
    first = await write.sequences(count)
    drafts = await drafted(write, pages, first, count)
    book = await books.with_drafts(write.session, write.book, (*write.book.drafts, *drafts))
    _refuse_unknown(book)
    market = await derivation.market_for(write.session, book)
    sieve = _Sieve(write.book.known.keys())
    ledger = await folded(book, market, sieve, progress)
    if not sieve.movable:
        # Nothing may have to be booked anew: the lots, of which there may be very many too, need no draft beside them.
        book = replace(book, drafts=())
    blocks = _Writer(book, market, sieve.postings, import_id).blocks(pages, drafts)
    del drafts
    await _store(write, blocks, count, progress)
    del blocks
    return await write.settle(book, ledger, sieve.movable)


async def drafted(write: Write, pages: Iterable[Sequence[Asked]], first: int, count: int) -> list[Draft]:
    """The drafts of what is asked for, with new ids, for the fold."""
    ids = await asyncio.to_thread(clock.new_id_texts, count)
    return await asyncio.to_thread(drafts_of, pages, ids, first, write.portfolio.id)


def drafts_of(pages: Iterable[Sequence[Asked]], ids: Iterable[str], first: int, portfolio_id: UUID) -> list[Draft]:
    """The drafts of transactions with these ids and, from ``first`` on, sequence numbers."""
    portfolio = str(portfolio_id)
    drafts = [
        codec.from_json(
            asked.draft, draft_id=name, sequence=sequence, portfolio=portfolio, pointer=f"line {asked.line}"
        )
        for asked, name, sequence in zip(chain.from_iterable(pages), ids, itertools.count(first), strict=False)
    ]
    if not any(draft.lot_ids for draft in drafts):
        return drafts
    sources = {asked.source_id: draft.id for asked, draft in zip(chain.from_iterable(pages), drafts, strict=True)}
    return [with_lots_of(draft, sources) for draft in drafts]


def _refuse_unknown(book: Book) -> None:
    """Every asset a draft names is one the tenant may see."""
    unknown = sorted(key for key in keys_named(book.drafts) if books.is_asset_key(key) and book.asset(key) is None)
    if unknown:
        raise SymbolUnknown(f"The asset {unknown[0]} is no longer there. Look at the preview again.")


async def folded(book: Book, market: Market, sieve: _Sieve, progress: Progress) -> Ledger:
    """The ledger of a book, its entries given to the sieve."""
    options = books.options_of(book.portfolio)
    work = partial(fold, book.drafts, market, options, sink=sieve.take, is_trail_kept=False)
    folding = asyncio.create_task(asyncio.to_thread(work))
    try:
        while not (await asyncio.wait([folding], timeout=_WAIT_SECONDS))[0]:
            count = len(book.drafts)
            await progress(_FOLDED * sieve.taken / count, Step("transactions booked", sieve.taken, count))
        return await folding
    except Invalid as error:
        raise InvalidTransaction("The transaction cannot be booked as it stands.", faults=error.faults) from error
    finally:
        sieve.is_unwanted = True
        await ended(folding)


async def _store(write: Write, blocks: Iterator[Block], count: int, progress: Progress) -> None:
    pipe, stored = _Pipe(), 0
    writing = asyncio.create_task(asyncio.to_thread(_fill, pipe, blocks))
    owner = Owner(write.caller.tenant_id, write.portfolio.id, write.caller.user_id)

    telling = asyncio.create_task(progress(_FOLDED, Step("transactions stored", 0, count)))

    async def note(rows: int) -> None:
        # Beside the storing: telling takes the database a while, and who asks can wait for the next time.
        nonlocal stored, telling
        stored += rows
        if telling.done():
            await telling
            fraction, step = _FOLDED + (1 - _FOLDED) * stored / count, Step("transactions stored", stored, count)
            telling = asyncio.create_task(progress(fraction, step))

    try:
        await ingest_blocks(write.session, owner, pipe.drain(), note)
        await telling
    finally:
        pipe.close()
        await ended(writing)
        await ended(telling)
    await writing


async def ended(task: asyncio.Task[Any]) -> None:
    """Wait for the end of a task, whatever it is; an error of it is nobody else's news."""
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()


def _fill(pipe: _Pipe, blocks: Iterator[Block]) -> None:
    try:
        with suppress(_Stopped):
            for block in blocks:
                pipe.put(block)
    finally:
        with suppress(_Stopped):
            pipe.put(None)


class _Writer:
    """Makes lines of what is asked for, and blocks of lines."""

    def __init__(
        self, book: Book, market: Market, postings: Mapping[str, tuple[Posting, ...]], import_id: UUID | None
    ) -> None:
        self._book = book
        self._market = market
        self._postings = postings
        self._import_id = import_id
        self._plain = PlainLines(book, market, import_id)
        self._words, self._ids = Words(), Ids()

    def blocks(self, pages: Iterable[Sequence[Asked]], drafts: Sequence[Draft]) -> Iterator[Block]:
        """The blocks; the drafts are those of the pages."""
        asked = zip(chain.from_iterable(pages), drafts, strict=True)
        while chunk := list(itertools.islice(asked, CHUNK)):
            with exact():
                text = "".join([self._line(one, draft) for one, draft in chunk])
            yield Block(text, len(chunk), sum(one.fingerprint is not None for one, _ in chunk), 0)

    def _line(self, asked: Asked, draft: Draft) -> str:
        postings = self._postings.get(draft.id)
        if postings is None:
            labels, mark = (asked.note, asked.tags), asked.fingerprint
            line = self._plain.line(asked.draft, draft.id, draft.sequence, labels=labels, fingerprint=mark)
            if line is not None:
                return line
            postings = self._booked(draft)
        row = new_row(
            self._book,
            draft,
            postings,
            stored=asked.draft if not draft.lot_ids else None,
            note=asked.note,
            tags=list(asked.tags),
            import_id=self._import_id,
            fingerprint=asked.fingerprint,
        )
        return line_of(row, self._words, self._ids)

    def _booked(self, draft: Draft) -> tuple[Posting, ...]:
        market = self._market
        asset = market.assets.get(draft.asset) if draft.asset is not None else None
        terms = terms_of(draft, market.base_currency, asset)
        return postings_of(book_terms(draft, terms, is_partnered=False, held={}, dust={}))
