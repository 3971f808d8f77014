"""Wire shapes of goals, the ten questions, odds and advice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from finsage.platform.wire import Amount, Day, Dec, Name, Wire
from finsage.prediction.schemas.predictions import NoticeOut, StalenessOut

ASSETS_MOST = 25
SEED_MOST = 2**31 - 1

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, le=1.0)]
Answer = Annotated[int, Field(ge=1, le=5)]
Turnover = Annotated[float, Field(ge=0.001, le=1.0)]
Rate = Annotated[float, Field(ge=-0.5, le=0.5)]
Seed = Annotated[int, Field(ge=0, le=SEED_MOST)]
LimitName = Literal["drawdown", "crypto", "one_asset", "cash_months"]


class QuestionOut(Wire):
    """A question; the first of its answers is 1. ``is_deciding``: its scale is never above this answer."""

    code: str
    scale: Literal["tolerance", "capacity"]
    text: str
    answers: list[str]
    is_deciding: bool


class LimitsOut(Wire):
    """What a profile allows: fractions of the value, and months of spending that stay in money."""

    drawdown: float
    crypto: float
    one_asset: float
    cash_months: float


class PremiumOut(Wire):
    """What a class is taken to earn over money, a year, and why that much."""

    asset_class: str
    premium: float
    source: str


class QuestionnaireOut(Wire):
    """The ten questions, the limits of each profile, and what is stated of returns where nobody states otherwise."""

    questions: list[QuestionOut]
    limits: dict[str, LimitsOut] = Field(description="By profile, 1 to 5")
    cash_rate: float
    cash_source: str
    inflation_rate: float
    inflation_source: str
    premia: list[PremiumOut]
    disclaimer: str


class PremiaIn(Wire):
    """Returns as you state them, a year: of money, and over money by class and by asset. The rest is the default."""

    cash_rate: Rate | None = None
    by_class: dict[str, Rate] = Field(default_factory=dict, max_length=20)
    by_asset: dict[UUID, Rate] = Field(default_factory=dict, max_length=200)


class RiskProfileIn(Wire):
    """The ten answers, 1 to 5 by question, and what the limit on money needs to know, in base currency."""

    answers: dict[str, Answer] = Field(max_length=20)
    monthly_spending: Amount = Field(description="Of it, some months stay in money")
    cash_elsewhere: Amount = Field(default=Decimal(0), description="Money outside the portfolio, counted toward them")
    premia: PremiaIn = PremiaIn()


class ProfileOut(Wire):
    """What the answers come to, 1 to 5; ``level`` is the lower of both."""

    tolerance: int
    capacity: int
    level: int


class RiskProfileOut(Wire):
    """The answers of a portfolio with what they come to; all null where the questions are not answered yet."""

    portfolio_id: UUID
    is_answered: bool
    answers: dict[str, int] | None
    monthly_spending: Dec | None
    cash_elsewhere: Dec | None
    premia: PremiaIn | None
    profile: ProfileOut | None
    limits: LimitsOut | None
    changed_at: datetime | None


class GoalTermsIn(Wire):
    """An amount to have on a day, in today's money of the base currency; payments keep their worth."""

    name: Name = "Goal"
    target_amount: Amount
    target_on: Day
    monthly_contribution: Dec = Field(default=Decimal(0), description="Below zero it is taken out")
    fee_rate: float = Field(default=0.0, ge=0.0, le=0.1, description="Of the value, a year")
    inflation_rate: float = Field(default=0.02, ge=-0.05, le=0.5)


class GoalIn(GoalTermsIn):
    """A goal of a portfolio."""

    portfolio_id: UUID


class GoalOut(Wire):
    """A goal as it is kept."""

    id: UUID
    portfolio_id: UUID
    name: str
    target_amount: Dec
    target_on: date
    monthly_contribution: Dec
    fee_rate: float
    inflation_rate: float
    created_at: datetime


class GoalList(Wire):
    """Goals, the oldest first."""

    items: list[GoalOut]
    next_cursor: None = None


class Ordered(Wire):
    """Least and most, as fractions of the value."""

    least: Share = 0.0
    most: Share = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least > self.most:
            msg = "least must not be above most"
            raise ValueError(msg)
        return self


class BoundIn(Ordered):
    """Least and most of an asset, as fractions of the value; 0 and 0: none of it. It may be left out of trade."""

    asset_id: UUID
    may_buy: bool = Field(default=True, description="No: there is not to be more of it than there is")
    may_sell: bool = Field(default=True, description="No: there is not to be less of it than there is")


class ClassBoundIn(Ordered):
    """Least and most of an asset class, as fractions of the value; cash counts the money."""

    asset_class: Annotated[str, Field(max_length=20)]


class TrackingIn(Wire):
    """How far the portfolio may move apart from an asset, or from what there is now: the deviation of a year."""

    maximum: Positive
    asset_id: UUID | None = Field(default=None, description="Held, or among asset_ids; without, what there is now")


class OwnLimits(Wire):
    """Limits of your own in the place of the profile's."""

    drawdown: Positive | None = None
    crypto: Share | None = None
    one_asset: Positive | None = None
    cash_months: Annotated[float, Field(ge=0.0, le=120.0)] | None = None


class Asked(Wire):
    """A goal that is kept, or its terms without keeping them."""

    goal_id: UUID | None = None
    portfolio_id: UUID | None = None
    goal: GoalTermsIn | None = None

    @model_validator(mode="after")
    def _one(self) -> Asked:
        if (self.goal_id is None) == (self.goal is None) or (self.goal is None) != (self.portfolio_id is None):
            msg = "name a goal_id, or a portfolio_id with the terms of a goal"
            raise ValueError(msg)
        return self


class AdviceIn(Asked):
    """A wish for advice. Without ``risk_profile`` the answers that are kept for the portfolio count."""

    risk_profile: RiskProfileIn | None = None
    asset_ids: list[UUID] = Field(
        default_factory=list, max_length=ASSETS_MOST, description="What may be bought beside what is held"
    )
    bounds: list[BoundIn] = Field(default_factory=list, max_length=ASSETS_MOST)
    classes: list[ClassBoundIn] = Field(default_factory=list, max_length=20)
    limits: OwnLimits = OwnLimits()
    minimum_return: Rate | None = Field(default=None, description="Expected, a year, of the whole value")
    maximum_turnover: Turnover | None = Field(
        default=None, description="Half of all changes, money among them, as a fraction of the value"
    )
    tracking_error: TrackingIn | None = None
    seed: Seed = 1


class ChangeIn(Wire):
    """A purchase (above zero) or sale (below), in base currency."""

    asset_id: UUID
    amount: Dec


class WhatIfIn(Asked):
    """What would it do to add or sell?"""

    changes: list[ChangeIn] = Field(min_length=1, max_length=ASSETS_MOST)
    new_money: Amount = Field(default=Decimal(0), description="Comes in for it; the rest is paid from money held")
    horizon_days: int = Field(default=30, ge=1, le=365, description="Of value at risk")
    premia: PremiaIn | None = Field(default=None, description="Without, those kept with the answers")
    seed: Seed = 1


class ProbabilityOut(Wire):
    """A probability with its Monte-Carlo standard error."""

    probability: float
    error: float


class DrawdownOut(ProbabilityOut):
    """The odds of a fall from a high that is at least so deep, before the day of the goal."""

    depth: float


class WeightOut(Wire):
    """A part of a portfolio: an asset, money in a foreign currency, or last, money in the base currency."""

    asset_id: UUID | None
    label: str
    asset_class: str
    weight: float
    amount: Dec


class YearOut(Wire):
    """Wealth in today's money at the end of a year, by probability: 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975."""

    on: date
    quantiles: dict[str, Dec]


class PortfolioOddsOut(Wire):
    """A portfolio, kept at its weights: odds of the goal and of falls on the way, and what may come of it.

    ``drawdown_95``: the fall from a high that 95 % of paths stay above. ``expected_shortfall_95``: mean loss of the
    worst 5 % of first years. ``outcomes`` at 0.1, 0.5 and 0.9 are in today's money.
    """

    weights: list[WeightOut]
    goal: ProbabilityOut
    drawdown_95: float
    drawdowns: list[DrawdownOut]
    expected_shortfall_95: float
    expected_return: float
    volatility: float
    outcomes: dict[str, Dec]
    yearly: list[YearOut]


class OptionOut(PortfolioOddsOut):
    """One of the portfolios side by side. ``keeps_limits``: its drawdown is within the limit.

    ``turnover``: half of all changes it takes. ``tracking_error`` a year, from what was asked for, or else from what
    there is. Both are null in advice that was given before they were worked out.
    """

    method: Literal["least_variance", "frontier", "most_return", "least_cvar", "risk_parity", "hrp", "current"]
    keeps_limits: bool
    turnover: float | None = None
    tracking_error: float | None = None


class SideOut(PortfolioOddsOut):
    """A portfolio before or after, with value at risk and expected shortfall over the horizon by confidence."""

    var: dict[str, float]
    es: dict[str, float]


class GoalTermsOut(Wire):
    """The goal as it was when the odds were worked out."""

    name: str
    target_amount: Dec
    target_on: date
    months: int
    monthly_contribution: Dec
    fee_rate: float
    inflation_rate: float


class ExpectedOut(Wire):
    """What an asset is taken to earn a year, and by which source."""

    asset_id: UUID | None
    label: str
    asset_class: str
    expected_return: float
    source: str


class StatedOut(Wire):
    """Stated returns: none of them is a mean of past prices."""

    cash_rate: float
    assets: list[ExpectedOut]


class WeightsRef(Wire):
    """The model whose forecast gives the deviation of the year from today."""

    id: str
    sha256: str


class SceneOut(Wire):
    """What was looked at. ``untouched``: the part of the value that has no usable history and stays as it is."""

    disclaimer: str
    portfolio_id: UUID
    as_of: date
    base_currency: str
    value: Dec
    is_simulated: bool
    untouched: float
    paths: int
    seed: int
    premia: StatedOut
    model: WeightsRef
    data_sha256: str
    warnings: list[NoticeOut]
    goal: GoalTermsOut


class PremiaMovedOut(Wire):
    """The odds of the same portfolio were every premium higher by ``premium_change``."""

    premium_change: float
    goal: ProbabilityOut
    drawdown_95: float
    outcomes: dict[str, Dec]


class GoalOddsOut(SceneOut):
    """The odds of a goal with the portfolio as it is."""

    odds: PortfolioOddsOut
    premia_moved: list[PremiaMovedOut]


class GoalSubjectOut(Wire):
    """The goal that was forecast."""

    kind: Literal["goal"] = "goal"
    id: UUID


class GoalPredictionOut(Wire):
    """The odds of a goal as they were worked out, on its day ``matures_on``. They are never scored, and say why."""

    id: UUID
    subject: GoalSubjectOut
    created_at: datetime
    as_of: date
    matures_on: date
    is_scored: Literal[False] = False
    not_scored_because: str = (
        "What comes of a goal depends on what is paid in, taken out and traded until its day, so no outcome says"
        " whether its odds were right. Forecasts of its portfolio and of what it holds are scored."
    )
    staleness: StalenessOut
    odds: GoalOddsOut


class GoalPredictionList(Wire):
    """Forecasts of a goal, the newest first."""

    items: list[GoalPredictionOut]
    next_cursor: str | None


class WhatIfOut(SceneOut):
    """Before and after."""

    horizon_days: int
    before: SideOut
    after: SideOut


class ChangeOut(Wire):
    """What another answer would come to; ``limits``: those that would be others, from and to."""

    answer: int
    tolerance: int
    capacity: int
    level: int
    limits: dict[LimitName, list[float]]


class TraceOut(Wire):
    """One answer and every other to the same question. ``counted`` is lower where the day of the goal says so."""

    code: str
    scale: Literal["tolerance", "capacity"]
    is_deciding: bool
    answer: int
    counted: int
    changes: list[ChangeOut]


class KeptLimitsOut(LimitsOut):
    """The limits that counted. ``cash_amount``: the money that stays; ``own``: which are not the profile's."""

    cash_amount: Dec
    own: list[LimitName]


class BindingOut(Wire):
    """A limit that holds the recommendation where it is, with the assets it holds."""

    limit: Literal["drawdown", "crypto", "one_asset", "cash", "least", "most", "turnover", "tracking_error"]
    bound: float
    assets: list[str]


class ReasonOut(Wire):
    """Why; ``code`` is stable."""

    code: str
    detail: str


class OrderOut(Wire):
    """A proposal, sent nowhere: ``amount`` in base currency, ``quantity_about`` at the last close."""

    side: Literal["buy", "sell"]
    asset_id: UUID | None
    label: str
    amount: Dec
    quantity_about: Dec
    weight_before: float
    weight_after: float
    reasons: list[ReasonOut]


class AdviceOut(SceneOut):
    """Advice as it was given."""

    id: UUID
    created_at: datetime
    answers: dict[str, int]
    profile: ProfileOut
    limits: KeptLimitsOut
    trace: list[TraceOut]
    recommended: OptionOut
    alternatives: list[OptionOut]
    current: OptionOut
    binding: list[BindingOut]
    premia_moved: list[PremiaMovedOut]
    orders: list[OrderOut]


class AdviceSummary(Wire):
    """Advice in a list."""

    id: UUID
    portfolio_id: UUID
    created_at: datetime
    as_of: date
    level: int
    goal: GoalTermsOut
    probability: ProbabilityOut


class AdviceList(Wire):
    """Advice that was given, the newest first."""

    items: list[AdviceSummary]
    next_cursor: str | None
