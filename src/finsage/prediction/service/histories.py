"""From kept closes to what the models read: a tenant's market as one array, and per asset what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from finsage.market.service.assets import Asset
from finsage.market.service.matrix import PriceMatrix, Tracked, adjusted_matrix, tracked_assets
from finsage.platform.database import ReadSession
from finsage.prediction.price_model.features import Member, market
from finsage.prediction.price_model.forecast import TooLittleHistory, rung_of, standstill
from finsage.prediction.price_model.history import Floats, History, InvalidHistory, read_history

FIRST_DAY = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class MarketView:
    """The assets of a tenant that can be forecast, and by asset why one cannot; ``unmoved`` are among those."""

    assets: Mapping[UUID, Tracked]
    members: Mapping[str, Member]
    refused: Mapping[UUID, str]
    unmoved: Collection[UUID]


async def read_closes(session: ReadSession, until: date) -> tuple[list[Tracked], PriceMatrix]:
    """All closes of the session's own tenant up to a day."""
    tracked = await tracked_assets(session, until=until)
    return tracked, await adjusted_matrix(session, [one.asset_id for one in tracked], FIRST_DAY, until)


async def market_around(session: ReadSession, asset: Asset, until: date) -> tuple[list[Tracked], PriceMatrix]:
    """An asset among those of its owner, as the daily run sees it: turbulence is a matter of the whole market."""
    tracked = await tracked_assets(session, until=until, tenant_id=asset.tenant_id)
    if all(one.asset_id != asset.id for one in tracked):
        tracked.append(Tracked(asset.id, asset.symbol, asset.asset_class, asset.currency, asset.is_simulated, until))
    return tracked, await adjusted_matrix(session, [one.asset_id for one in tracked], FIRST_DAY, until)


@dataclass(frozen=True, slots=True)
class Histories:
    """What there is of a tenant's assets: histories and classes by name, and by asset why there is no history.

    ``unmoved`` are those of the latter whose price never moved.
    """

    assets: Mapping[UUID, Tracked]
    histories: Mapping[str, History]
    classes: Mapping[str, str]
    refused: Mapping[UUID, str]
    unmoved: Collection[UUID]


def histories_of(tracked: Sequence[Tracked], matrix: PriceMatrix) -> Histories:
    """The histories of assets whose odds can be told; slow, so by a thread."""
    histories, refused, unmoved = {}, {}, []
    # An asset's closes side by side: a column's lie a line apart, which costs a miss each.
    for one, closes in zip(tracked, np.ascontiguousarray(matrix.closes.T), strict=True):
        found = history_of(matrix.days, closes)
        if not isinstance(found, History):
            refused[one.asset_id] = found
        elif reason := standstill(found):
            refused[one.asset_id] = reason
            unmoved.append(one.asset_id)
        else:
            histories[str(one.asset_id)] = found
    assets = {one.asset_id: one for one in tracked}
    classes = {name: assets[UUID(name)].asset_class for name in histories}
    return Histories(assets, histories, classes, refused, unmoved)


def market_of(tracked: Sequence[Tracked], matrix: PriceMatrix, wanted: Collection[UUID] | None = None) -> MarketView:
    """The market as the models see it, or the wanted assets of it; slow, so by a thread."""
    read = histories_of(tracked, matrix)
    names = None if wanted is None else {str(one) for one in wanted}
    return MarketView(read.assets, market(read.histories, read.classes, wanted=names), read.refused, read.unmoved)


def history_of(days: NDArray[np.datetime64], closes: Floats) -> History | str:
    """A history with enough returns to be part of a forecast, or why there is none."""
    is_there = ~np.isnan(closes)
    try:
        history = read_history(days[is_there], closes[is_there])
        rung_of(len(history))
    except InvalidHistory as error:
        return error.faults[0].detail if error.faults else str(error)
    except TooLittleHistory as error:
        return str(error)
    return history
