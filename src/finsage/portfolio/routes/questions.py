"""What several routes of figures ask by: the policies, and the part of a portfolio."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from finsage.finance.options import FlowTiming
from finsage.portfolio.schemas.fields import Account, Tag
from finsage.portfolio.schemas.performance import FlowTimingName
from finsage.portfolio.service.scopes import Question


def _policies(
    flow_timing: Annotated[FlowTimingName, Query()] = "inflow_start_outflow_end", fees_in_cost: bool | None = None
) -> Question:
    return Question(flow_timing=FlowTiming(flow_timing), fees_in_cost=fees_in_cost)


Policies = Annotated[Question, Depends(_policies)]


def _part(
    policies: Policies,
    account: Annotated[Account | None, Query()] = None,
    asset_id: UUID | None = None,
    tag: Annotated[Tag | None, Query()] = None,
) -> Question:
    return replace(policies, account=account, asset_id=asset_id, tag=tag)


Part = Annotated[Question, Depends(_part)]
