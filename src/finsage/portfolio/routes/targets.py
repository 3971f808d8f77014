"""Targets of a portfolio's allocation: read them, put others in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from finsage.platform.caller import Caller
from finsage.platform.unit import IfMatch, Reading, UnitRoute, Writing, entity_tag, requires
from finsage.portfolio.schemas.targets import TargetOut, TargetsIn, TargetsOut
from finsage.portfolio.service import targets as service
from finsage.portfolio.service.targets import Named

router = APIRouter(prefix="/portfolios/{portfolio_id}", tags=["targets"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Writer = Annotated[Caller, requires("portfolio:write")]


@router.get("/targets")
async def get_targets(_: Reader, session: Reading, portfolio_id: UUID) -> TargetsOut:
    """What share assets, classes and currencies are meant to have."""
    return _shape(portfolio_id, await service.list_targets(session, portfolio_id))


@router.put("/targets")
async def put_targets(
    caller: Writer, session: Writing, portfolio_id: UUID, body: TargetsIn, if_match: IfMatch
) -> TargetsOut:
    """Set the targets of one division; an empty list removes them. The other divisions stay."""

    def check(present: Sequence[Named]) -> None:
        if if_match is not None:
            if_match(entity_tag(_shape(portfolio_id, present)))

    weights = [(item.key, item.weight) for item in body.items]
    return _shape(
        portfolio_id, await service.replace_targets(session, caller, portfolio_id, body.by, weights, check=check)
    )


def _shape(portfolio_id: UUID, targets: Sequence[Named]) -> TargetsOut:
    found = {
        division: [TargetOut(key=one.target.key, label=one.label, weight=one.target.weight) for one in named]
        for division, named in service.targets_by_division(targets).items()
    }
    return TargetsOut(portfolio_id=portfolio_id, **found)
