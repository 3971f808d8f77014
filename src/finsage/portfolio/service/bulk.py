"""Recording very many transactions: a thread folds and writes lines, the database stores the block before.

Neither the postings nor the rows of a large import are ever in memory as a whole. What the ledger keeps (lots, the
history of each holding) is.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from finsage.finance.ledger import Entry, Ledger, fold
from finsage.finance.money import ZERO
from finsage.finance.transaction import SPLITS, TRANSFERS, AccountKind
from finsage.finance.valuation import Market
from finsage.portfolio.errors import SymbolUnknown
from finsage.portfolio.service import books, derivation
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.derivation import Balances
from finsage.portfolio.service.transactions import Request, drafts_of
from finsage.portfolio.service.writing import Write, new_row
from finsage.portfolio.store.ingest import CHUNK, Block, Owner, block_of, ingest_blocks
from finsage.portfolio.store.transactions import NewTransaction

_WAIT_SECONDS = 0.2
_BLOCKS_AHEAD = 2

Progress = Callable[[float], Awaitable[None]]


class _Stopped(Exception):
    pass


@dataclass(slots=True)
class _Sieve:
    """Takes the entries of a fold: new ones become lines, old ones that may have to be booked anew are kept."""

    book: Book
    requests: Mapping[str, Request]
    import_id: UUID | None
    hand_over: Callable[[Block], None]
    movable: list[Entry] = field(default_factory=list)
    sums: Balances = field(default_factory=lambda: defaultdict(lambda: ZERO))
    _rows: list[NewTransaction] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        for posting in entry.postings:
            if posting.kind == AccountKind.ASSET:
                self.sums[posting.account, posting.asset] += posting.amount
        request = self.requests.get(entry.draft.id)
        if request is None:
            if entry.draft.type in SPLITS | TRANSFERS or entry.dust:
                self.movable.append(entry)
            return
        row = new_row(
            self.book,
            entry.draft,
            entry.postings,
            note=request.note,
            tags=list(request.tags),
            import_id=self.import_id,
            fingerprint=request.fingerprint,
        )
        self._rows.append(row)
        if len(self._rows) == CHUNK:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self.hand_over(block_of(self._rows))
            self._rows = []

    def balances(self) -> Balances:
        return {key: amount for key, amount in self.sums.items() if amount}


@dataclass(slots=True)
class _Pipe:
    """Blocks on their way from the fold's thread to the event loop; few, so that neither runs far ahead."""

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
        """Let go whoever waits: the fold to give a block, the thread that a cancelled ``drain`` left to take one."""
        self.is_closed.set()
        with suppress(queue.Full):
            self.blocks.put_nowait(None)

    async def drain(self) -> AsyncIterator[Block]:
        while (block := await asyncio.to_thread(self.blocks.get)) is not None:
            yield block


async def record(write: Write, requests: Sequence[Request], *, import_id: UUID | None, progress: Progress) -> int:
    """Record requests whose assets are given by id, in one pass over the whole book; derive lots and holdings.

    Units that were never acquired are accepted and listed as missing.

    Args:
        write: begun; the portfolio is locked.
        requests: in the order to book them.
        import_id: the import they come by.
        progress: told the fraction done, after each block.

    Returns:
        How many transactions were booked anew because of these.

    Raises:
        InvalidTransaction, SymbolUnknown.
    """
    first = await write.sequences(len(requests))
    drafts = await asyncio.to_thread(drafts_of, write.portfolio.id, requests, first)
    book = await books.with_drafts(write.session, write.book, (*write.book.drafts, *drafts))
    _refuse_unknown(book)
    by_id = {draft.id: request for draft, request in zip(drafts, requests, strict=True)}
    del drafts
    stored = 0

    async def note(rows: int) -> None:
        nonlocal stored
        stored += rows
        await progress(stored / len(by_id))

    market = await derivation.market_for(write.session, book)
    pipe = _Pipe()
    sieve = _Sieve(book, by_id, import_id, pipe.put)
    folding = asyncio.create_task(asyncio.to_thread(_fold, book, market, sieve, pipe))
    owner = Owner(write.caller.tenant_id, write.portfolio.id, write.caller.user_id)
    try:
        await ingest_blocks(write.session, owner, pipe.drain(), note)
    finally:
        pipe.close()
        await asyncio.wait([folding])
    ledger = await folding
    assert ledger is not None, "it only stops when its blocks are not wanted"
    return await write.settle(book, ledger, sieve.movable, sieve.balances())


def _refuse_unknown(book: Book) -> None:
    """Every asset a draft names is one the tenant may see."""
    named = {key for draft in book.drafts for key in (draft.asset, draft.to_asset) if key is not None}
    unknown = sorted(key for key in named if books.is_asset_key(key) and book.asset(key) is None)
    if unknown:
        raise SymbolUnknown(f"The asset {unknown[0]} is no longer there. Look at the preview again.")


def _fold(book: Book, market: Market, sieve: _Sieve, pipe: _Pipe) -> Ledger | None:
    try:
        ledger = fold(book.drafts, market, books.options_of(book.portfolio), sink=sieve.take)
        sieve.flush()
    except _Stopped:
        return None
    else:
        return ledger
    finally:
        with suppress(_Stopped):
            pipe.put(None)
