"""What this process knows of folds it has made: from where the next fold of a portfolio may start.

It spares work and decides nothing. Writes start from a fold that this process has stored. That stands under the
version of the portfolio it was stored with, and serves as long as that is the version read in the transaction at hand:
another process that writes gives it another, and one that was rolled back is never read. Figures, which nobody stores,
start from any fold: its checkpoints compare for themselves. Lost knowledge costs a fold from the beginning.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from finsage.finance.checkpoint import Checkpoints
from finsage.finance.trail import Place
from finsage.finance.transaction import Draft
from finsage.finance.workings import Workings
from finsage.portfolio.store.derived import StoredHolding, StoredLot
from finsage.portfolio.store.portfolios import Portfolio
from finsage.portfolio.store.transactions import Header

TRANSACTIONS_MAX = 50_000


PoolKey = tuple[Place, str, Decimal]


class Desk(NamedTuple):
    """What a portfolio's figures were worked out from, asset by asset: over all its time, and over the last day."""

    whole: Workings
    day: Workings


class Known(NamedTuple):
    """What was stored of a portfolio, and where a fold of it may start.

    ``in_force`` are the ids of what is in force, ``drafts`` and ``headers`` those of them that have been read: neither
    changes, but for a note and tags that are written beside them. ``pools`` are the stored lots of each pool with what
    it held (``OpenPool.content``). The ``desk`` goes on from write to write: it compares for itself what still stands.
    """

    version: str
    checkpoints: Checkpoints
    in_force: frozenset[str]
    drafts: Mapping[str, Draft]
    headers: Mapping[str, Header]
    pools: Mapping[PoolKey, tuple[object, list[StoredLot]]]
    holdings: tuple[StoredHolding, ...]
    desk: Desk


class Figured(NamedTuple):
    """Where figures of a portfolio may start that was folded for figures alone: nothing of it is known to be stored."""

    checkpoints: Checkpoints
    desk: Desk


class Memory:
    """Portfolios that were written or read last, up to a number of transactions altogether."""

    def __init__(self, transactions_max: int) -> None:
        self._max = transactions_max
        self._known: OrderedDict[UUID, Known | Figured] = OrderedDict()

    def __contains__(self, portfolio_id: UUID) -> bool:
        return portfolio_id in self._known

    def recall(self, portfolio: Portfolio) -> Known | None:
        """What is known of a portfolio as it was just read."""
        known = self._known.get(portfolio.id)
        if not isinstance(known, Known) or known.version != portfolio.version:
            return None
        self._known.move_to_end(portfolio.id)
        return known

    def start_of(self, portfolio_id: UUID) -> Known | Figured | None:
        """Where figures of a portfolio may start, whatever was written since."""
        known = self._known.get(portfolio_id)
        if known is not None:
            self._known.move_to_end(portfolio_id)
        return known

    def remember(self, portfolio_id: UUID, known: Known | Figured) -> None:
        """Keep what a transaction stores under the version it leaves, worth nothing unless it commits; or a reading."""
        self.forget(portfolio_id)
        if len(known.checkpoints.steps) > self._max:
            return  # It would drive out all others and not stay itself.
        self._known[portfolio_id] = known
        while sum(len(one.checkpoints.steps) for one in self._known.values()) > self._max:
            self._known.popitem(last=False)

    def forget(self, portfolio_id: UUID) -> None:
        """Know nothing more of a portfolio."""
        self._known.pop(portfolio_id, None)


MEMORY = Memory(TRANSACTIONS_MAX)
