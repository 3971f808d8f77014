"""Targets of a portfolio's allocation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, insert, select

from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.tables import targets


@dataclass(frozen=True, slots=True)
class Target:
    """The share, a fraction, that a part of a portfolio is meant to have in one division of it."""

    division: str
    key: str
    weight: Decimal


async def list_targets(session: ReadSession, portfolio_id: UUID) -> list[Target]:
    """All targets of a portfolio, by division, the largest first."""
    columns = (targets.c.division, targets.c.key, targets.c.weight)
    statement = select(*columns).where(targets.c.portfolio_id == portfolio_id)
    rows = await session.execute(statement.order_by(targets.c.division, targets.c.weight.desc(), targets.c.key))
    return [Target(*row) for row in rows]


async def replace_targets(
    session: WriteSession, tenant_id: UUID, portfolio_id: UUID, division: str, new: Sequence[Target]
) -> None:
    """Put these targets in the place of those of one division."""
    where = (targets.c.portfolio_id == portfolio_id) & (targets.c.division == division)
    await session.execute(delete(targets).where(where))
    if new:
        shared = {"tenant_id": tenant_id, "portfolio_id": portfolio_id, "division": division}
        await session.execute(insert(targets), [{**shared, "key": one.key, "weight": one.weight} for one in new])
