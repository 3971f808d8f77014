"""The splits that the transactions of a tenant tell of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, cast, literal_column, select

from finsage.platform.database import ReadSession
from finsage.portfolio.store.transactions import in_force_now
from finsage.portfolio.tables import transactions


@dataclass(frozen=True, slots=True)
class BookedSplit:
    """``ratio`` units for one old unit, from ``day`` on."""

    asset_id: UUID
    day: date
    ratio: Decimal


_RATIO = cast(transactions.c.draft["ratio"].astext, Numeric)
# Written out, so that the index of splits serves.
_IS_SPLIT = transactions.c.type.in_([literal_column("'split'"), literal_column("'bonus'")])


async def booked_splits(
    session: ReadSession, asset_ids: Collection[UUID], after: date, until: date
) -> list[BookedSplit]:
    """The splits in force of these assets, in any portfolio, after one day up to another; by day, each once."""
    statement = (
        select(transactions.c.asset_id, transactions.c.booked_on, _RATIO.label("ratio"))
        .where(
            _IS_SPLIT,
            transactions.c.asset_id.in_(asset_ids),
            transactions.c.booked_on > after,
            transactions.c.booked_on <= until,
            _RATIO > 0,
            in_force_now(),
        )
        .distinct()
        .order_by(transactions.c.booked_on, "ratio")
    )
    return [BookedSplit(row.asset_id, row.booked_on, row.ratio) for row in await session.execute(statement)]
