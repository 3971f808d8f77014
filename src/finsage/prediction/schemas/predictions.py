"""Wire shapes of this slice. Prices are strings in plain notation; returns, risk and probabilities are fractions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from finsage.platform.wire import Amount, Dec, Text, Wire

HORIZON_DAYS_MAX = 365
TEXTS_MAX = 2_000
TEXT_LENGTH_MAX = 2_000


class SubjectIn(Wire):
    """What is forecast: exactly one of an asset, a portfolio and a goal."""

    asset_id: UUID | None = None
    portfolio_id: UUID | None = None
    goal_id: UUID | None = None

    @model_validator(mode="after")
    def _one(self) -> SubjectIn:
        if sum(one is not None for one in (self.asset_id, self.portfolio_id, self.goal_id)) != 1:
            msg = "name an asset_id, a portfolio_id or a goal_id, one of them"
            raise ValueError(msg)
        return self


class PredictionIn(Wire):
    """A wish for a forecast."""

    subject: SubjectIn
    horizon_days: int | None = Field(
        default=None,
        ge=1,
        le=HORIZON_DAYS_MAX,
        description="Calendar days ahead; of assets and portfolios alone, for a goal has its own day",
    )

    @model_validator(mode="after")
    def _horizon(self) -> PredictionIn:
        if (self.horizon_days is None) != (self.subject.goal_id is not None):
            msg = "horizon_days is needed for an asset or a portfolio, and not for a goal, which has its own day"
            raise ValueError(msg)
        return self


class SubjectOut(Wire):
    """What was forecast."""

    kind: Literal["asset", "portfolio"]
    id: UUID


class VolatilityOut(Wire):
    """Standard deviation of the log return, over the horizon and annualised."""

    horizon: float
    annualised: float


class ModelRef(Wire):
    """Which model made a forecast, and how much of it rests on the asset's own history."""

    id: str
    sha256: str
    rung: Literal["full", "pooled", "class"]


class DataOut(Wire):
    """What a forecast was made of."""

    rows: int
    from_: date = Field(serialization_alias="from")
    to: date
    calendar: Literal["daily", "weekdays"]
    sha256: str


class NoticeOut(Wire):
    """Something to know about data and model; ``code`` is stable."""

    code: str
    detail: str


class PartOut(Wire):
    """A part of a portfolio with its fraction of the value when the forecast was made.

    ``scale``: how many times as wide as the model says it was made, as its forecast alone; null where that is not kept.
    """

    asset_id: UUID | None
    label: str
    currency: str
    weight: float
    scale: float | None = None


class OutcomeOut(Wire):
    """What came: ``pit`` is the probability the forecast gave to no more than that; scores are of the log return."""

    state: Literal["scored", "unscorable"]
    realised_on: date | None
    realised_price: Dec | None
    return_: float | None = Field(serialization_alias="return")
    pit: float | None
    crps: float | None
    inside_80: bool | None
    inside_95: bool | None
    baseline_crps: dict[str, float] | None


class OddsOut(Wire):
    """The odds of ending below a price and not; from 0.01 to 0.99, beyond that nothing is claimed."""

    price: Dec
    probability_below: float
    probability_above: float


class StalenessOut(Wire):
    """How old what a forecast rests on is today; it is stale where there is a reason.

    `old_closes`: the close it begins at is more than 10 days old. `old_weights`: its model learned up to more than two
    years ago, which no backtest has tried; the age is null where its card does not say.
    """

    is_stale: bool
    closes_age_days: int
    weights_age_days: int | None
    reasons: list[NoticeOut]


class PredictionOut(Wire):
    """A forecast as it was made: a distribution, no direction and no advice."""

    id: UUID
    subject: SubjectOut
    asset_class: str
    is_simulated: bool
    made_by: Literal["daily_run", "request"]
    created_at: datetime
    as_of: date
    horizon_days: int
    horizon_rows: int
    matures_on: date
    last_close: Dec
    currency: str
    quantiles: dict[str, str]
    return_quantiles: dict[str, float]
    baselines: dict[str, dict[str, float]]
    var: dict[str, float]
    es: dict[str, float]
    volatility: VolatilityOut
    probability_of_loss: float
    confidence_score: float | None
    model: ModelRef
    data: DataOut
    parts: list[PartOut]
    warnings: list[NoticeOut]
    staleness: StalenessOut
    outcome: OutcomeOut | None
    odds: OddsOut | None = None


class PredictionList(Wire):
    """Forecasts, the newest first, with quantiles at the levels that are scored."""

    items: list[PredictionOut]
    next_cursor: str | None


class SkillShape(Wire):
    """Skill over a baseline with its 90 % interval; without one, too few weeks have matured."""

    baseline: str
    value: float | None
    interval: list[float] | None
    is_demonstrated: bool


class ScoreRowOut(Wire):
    """What forecasts over a horizon were worth; ``asset_class`` null is all classes but portfolios."""

    horizon_days: int
    asset_class: str | None
    is_simulated: bool
    matured: int
    unscorable: int
    subjects: int
    coverage_80: float | None
    coverage_80_interval: list[float] | None = Field(
        description="Low and high of 90 %; null: too few weeks, as of skills"
    )
    coverage_95: float | None
    coverage_95_interval: list[float] | None
    breaches_95: float | None
    breaches_99: float | None
    qlike_minus_ewma: float | None = Field(
        description="Loss of the variance forecast less that of EWMA, mean over subjects; below zero is better. One"
        " subject that hardly moves and then jumps can decide it: see the median"
    )
    qlike_minus_ewma_median: float | None = Field(description="The same, median over subjects: none decides it alone")
    psi: float | None = Field(
        description="How unevenly outcomes lie in their forecasts; above .25 is an alarm; null below 250"
    )
    pit_tenths: list[int] = Field(description="Outcomes in each tenth of the probability their forecasts gave")
    crps_skill: list[SkillShape]


class WalkForwardRow(Wire):
    """A row of the walk through the past in the card of the model."""

    horizon_days: int
    forecasts: int
    crps_skill: list[float]
    tail_skill: list[float]
    crps_skill_over_garch_t: list[float]
    coverage_80: float
    coverage_95: float
    qlike_minus_ewma: float
    qlike_minus_ewma_median: float | None = Field(
        default=None, description="Median over assets; null where the card of the model has the mean alone"
    )


class WalkForwardOut(Wire):
    """What the model was worth on the past, before anything it made had matured: value, low and high of 90 %."""

    model_id: str
    label: Literal["walk-forward backtest"] = "walk-forward backtest"
    rows: int | None
    baselines: list[str]
    table: list[WalkForwardRow]


class ScoreboardOut(Wire):
    """Every forecast of the daily run that matured, good or bad."""

    matured: int
    unscorable: int
    is_drifting: bool
    scores: list[ScoreRowOut]
    walk_forward: WalkForwardOut


class TestOut(Wire):
    """A likelihood ratio and the probability of one at least as large under a right model."""

    statistic: float
    p_value: float


class RiskLevelOut(Wire):
    """One confidence. ``z2`` above zero: the risk was understated (the sign of the paper is the other)."""

    confidence: float
    breaches: int
    expected: float
    kupiec: TestOut | None
    christoffersen: TestOut | None
    z2: float | None
    fz0: float | None


class RiskPointOut(Wire):
    """One period: the loss that came beside value at risk, as fractions."""

    day: date
    loss: float
    var_95: float
    var_99: float


class RiskOut(Wire):
    """How value at risk has done: ``replay`` is the model of today over the past, ``matured`` what was forecast."""

    subject: SubjectOut
    horizon_days: int
    source: Literal["matured", "replay", "none"]
    periods: int
    is_sufficient: bool
    shortage: str | None = Field(description="Why there is nothing to look back on, and what is needed")
    traffic_light: Literal["green", "yellow", "red"] | None
    levels: list[RiskLevelOut]
    points: list[RiskPointOut]


class ModelOut(Wire):
    """A model. ``is_shipped``: FinSage brings it along."""

    id: str
    family: Literal["price", "risk", "sentiment"]
    version: str
    sha256: str
    role: Literal["champion", "challenger", "previous", "retired", "fallback", "refused"]
    is_shipped: bool
    trained_until: date | None = Field(description="The last day it learned from, where its card says so")


class ModelEventOut(Wire):
    """Something that happened to a model."""

    family: str
    kind: str
    version: str
    detail: str
    happened_at: datetime


class ModelList(Wire):
    """Every model, and what happened to them lately."""

    items: list[ModelOut]
    events: list[ModelEventOut]
    next_cursor: None = None


class CardOut(Wire):
    """The card of a model, as it was written when it was trained."""

    id: str
    card: dict[str, Any]


def _short(value: str) -> str:
    if len(value) > TEXT_LENGTH_MAX:
        msg = f"at most {TEXT_LENGTH_MAX} characters"
        raise ValueError(msg)
    return value


class TextsIn(Wire):
    """Headlines to read."""

    texts: list[Annotated[Text, AfterValidator(_short)]] = Field(min_length=1, max_length=TEXTS_MAX)
    with_words: bool = Field(default=False, description="Also what each word adds")


class WordOut(Wire):
    """What a word adds to the log odds of positive over negative."""

    word: str
    log_odds: float


class ReadingOut(Wire):
    """How a text reads; ``score`` is the probability of positive less that of negative."""

    label: Literal["positive", "neutral", "negative"]
    probabilities: dict[str, float]
    score: float
    words: list[WordOut] | None


class ReadingsOut(Wire):
    """How texts read, in their order."""

    model_id: str
    model_sha256: str
    items: list[ReadingOut]


class MoodOut(Wire):
    """How the headlines about an asset read on a day: a mean logit whose headlines weigh half as much every three days.

    ``headlines`` and ``mean_logit_of_day`` are of that day alone, ``counted`` and ``mean_logit`` of the last 30 days.
    ``score`` is the mean in [−1, 1], as the score of a headline. Without a headline they are null, never 0.
    """

    day: date
    headlines: int
    mean_logit_of_day: float | None
    counted: int
    mean_logit: float | None
    score: float | None


class MoodsOut(Wire):
    """The days of an asset, the oldest first; ``unread`` headlines are those the model has not read, or cannot."""

    asset_id: UUID
    half_life_days: float
    reach_days: int
    headlines: int
    unread: int
    days: list[MoodOut]


Price = Amount
