"""What a process remembers of portfolios it wrote: by version, and not too much."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from finsage.finance.checkpoint import SPACING
from finsage.finance.ledger import fold
from finsage.finance.options import Options
from finsage.finance.transaction import Draft, TransactionType
from finsage.finance.valuation import Market
from finsage.finance.workings import Workings
from finsage.portfolio.service.memory import Desk, Known, Memory
from finsage.portfolio.store.portfolios import Portfolio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def portfolio(version: str = "7") -> Portfolio:
    return Portfolio(
        uuid4(), uuid4(), "Savings", "EUR", "fifo", "account", "auto", fees_in_cost=True, oversell="missing",
        time_zone="UTC", is_demo=False, created_at=NOW, updated_at=NOW, version=version,
    )  # fmt: skip


def known(transactions: int, version: str = "7") -> Known:
    drafts = [
        Draft(id=str(n), type=TransactionType.DEPOSIT, booked_on=date(2024, 1, 1), gross=Decimal(1))
        for n in range(transactions)
    ]
    checkpoints = fold(drafts, Market("EUR"), Options(), checkpoints=SPACING).checkpoints
    assert checkpoints is not None
    return Known(version, checkpoints, frozenset(), {}, {}, {}, (), Desk(Workings(), Workings()))


def test_what_is_known_serves_the_version_it_was_stored_with_alone() -> None:
    memory, mine = Memory(10), portfolio()
    memory.remember(mine.id, known(3))
    assert memory.recall(mine) is not None
    assert memory.recall(replace(mine, version="8")) is None
    assert memory.recall(portfolio()) is None
    memory.forget(mine.id)
    assert memory.recall(mine) is None


def test_the_portfolio_that_was_used_longest_ago_is_forgotten_first() -> None:
    memory, one, two, three = Memory(10), portfolio(), portfolio(), portfolio()
    memory.remember(one.id, known(4))
    memory.remember(two.id, known(4))
    assert memory.recall(one) is not None
    memory.remember(three.id, known(4))
    assert [memory.recall(item) is not None for item in (one, two, three)] == [True, False, True]
    memory.remember(two.id, known(11))
    assert [memory.recall(item) is not None for item in (one, two, three)] == [True, False, True]
