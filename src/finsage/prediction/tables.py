"""The tables this slice owns; constraints and policies stand in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

predictions = Table(
    "predictions",
    metadata,
    Column("tenant_id", Uuid),
    Column("as_of", Date),
    Column("id", Uuid),
    Column("user_id", Uuid),
    Column("subject_kind", Text),
    Column("subject_id", Uuid),
    Column("asset_class", Text),
    Column("is_simulated", Boolean),
    Column("horizon_days", SmallInteger),
    Column("matures_on", Date),
    Column("last_close", Numeric),
    Column("currency", Text),
    Column("rung", Text),
    Column("model_id", Text),
    Column("model_sha256", Text),
    Column("input_data", JSONB),
    Column("prediction_result", JSONB),
    Column("confidence_score", Numeric(6, 5)),
    Column("created_at", DateTime(timezone=True)),
)

prediction_outcomes = Table(
    "prediction_outcomes",
    metadata,
    Column("tenant_id", Uuid),
    Column("as_of", Date),
    Column("prediction_id", Uuid),
    Column("state", Text),
    Column("realised_on", Date),
    Column("realised_price", Numeric),
    Column("log_return", Double),
    Column("pit", Double),
    Column("crps", Double),
    Column("pinball", ARRAY(Double)),
    Column("inside_80", Boolean),
    Column("inside_95", Boolean),
    Column("baseline_crps", JSONB),
    Column("scored_at", DateTime(timezone=True)),
)

prediction_scores = Table(
    "prediction_scores",
    metadata,
    Column("tenant_id", Uuid),
    Column("subject_id", Uuid),
    Column("horizon_days", SmallInteger),
    Column("week", Date),
    Column("subject_kind", Text),
    Column("asset_class", Text),
    Column("is_simulated", Boolean),
    Column("matured", Integer),
    Column("unscorable", Integer),
    Column("crps", Double),
    Column("random_walk_crps", Double),
    Column("crps_beside_random_walk", Double),
    Column("garch_crps", Double),
    Column("crps_beside_garch", Double),
    Column("inside_80", Integer),
    Column("inside_95", Integer),
    Column("beyond_95", Integer),
    Column("beyond_99", Integer),
    Column("qlike", Double),
    Column("ewma_qlike", Double),
    Column("qlike_matured", Integer),
    *(Column(f"pit_{tenth}", Integer) for tenth in range(10)),
)

prediction_scales = Table(
    "prediction_scales",
    metadata,
    Column("tenant_id", Uuid),
    Column("subject_id", Uuid),
    Column("horizon_days", SmallInteger),
    Column("asset_class", Text),
    Column("is_simulated", Boolean),
    Column("ratios", ARRAY(Double)),
    Column("changed_at", DateTime(timezone=True)),
)

prediction_portfolio_runs = Table(
    "prediction_portfolio_runs",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("ran_for", Date),
    Column("refused", Text),
)

prediction_states = Table(
    "prediction_states",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("as_of", Date),
    Column("model_sha256", Text),
    Column("history_rows", Integer),
    Column("history_sha256", Text),
    Column("garch", ARRAY(Double)),
    Column("sigmas", LargeBinary),
    Column("refused", Text),
    Column("prepared_at", DateTime(timezone=True)),
)

models = Table(
    "models",
    metadata,
    Column("family", Text),
    Column("version", Text),
    Column("sha256", Text),
    Column("card", JSONB),
    Column("added_at", DateTime(timezone=True)),
)

model_pointers = Table(
    "model_pointers",
    metadata,
    Column("family", Text),
    Column("champion", Text),
    Column("previous", Text),
    Column("challenger", Text),
    Column("changed_at", DateTime(timezone=True)),
)

model_events = Table(
    "model_events",
    metadata,
    Column("id", Uuid),
    Column("family", Text),
    Column("kind", Text),
    Column("version", Text),
    Column("detail", Text),
    Column("happened_at", DateTime(timezone=True)),
)

goals = Table(
    "goals",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("name", Text),
    Column("target_amount", Numeric),
    Column("target_on", Date),
    Column("monthly_contribution", Numeric),
    Column("fee_rate", Double),
    Column("inflation_rate", Double),
    Column("created_at", DateTime(timezone=True)),
)

risk_profiles = Table(
    "risk_profiles",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("answers", JSONB),
    Column("monthly_spending", Numeric),
    Column("cash_elsewhere", Numeric),
    Column("premia", JSONB),
    Column("changed_at", DateTime(timezone=True)),
)

advices = Table(
    "advices",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("user_id", Uuid),
    Column("seed", BigInteger),
    Column("input_data", JSONB),
    Column("result", JSONB),
    Column("created_at", DateTime(timezone=True)),
)

goal_predictions = Table(
    "goal_predictions",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("goal_id", Uuid),
    Column("user_id", Uuid),
    Column("as_of", Date),
    Column("matures_on", Date),
    Column("prediction_result", JSONB),
    Column("created_at", DateTime(timezone=True)),
)
