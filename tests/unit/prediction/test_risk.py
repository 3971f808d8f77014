"""Value at risk that matured is judged over horizons that do not overlap."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from finsage.prediction.service.risk import apart, of_matured
from finsage.prediction.store.outcomes import RiskPoint

LEVELS = {"0.9": 0.01, "0.95": 0.02, "0.975": 0.03, "0.99": 0.04}


def points(count):
    return [
        RiskPoint(
            date(2026, 1, 1) + timedelta(days=day), LEVELS, {key: 1.2 * value for key, value in LEVELS.items()}, 0.001
        )
        for day in range(count)
    ]


@pytest.mark.parametrize(("days", "left"), [(1, 300), (7, 43), (30, 10)])
def test_a_loss_counts_once(days, left):
    chosen = apart(points(300), days)
    assert len(chosen) == left
    found = of_matured(chosen, days)
    assert found.periods == left
    assert found.is_sufficient == (left >= 250)
