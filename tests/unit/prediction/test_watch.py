"""How scores are summed into gauges and rows of the scoreboard, and how far their intervals reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from finsage.prediction.service import watch
from finsage.prediction.service.scoreboard import rows_of
from finsage.prediction.store.outcomes import TENTHS, Sums


def sums(*, matured=300, inside=285, tenths=None, days=7, **changed):
    placed = dict(zip(TENTHS, tenths or [matured // 10] * 10, strict=True))
    plain = Sums(uuid4(), days, date(2026, 10, 5), "asset", "equity", False, matured=matured, inside_95=inside)  # noqa: FBT003
    return replace(plain, **placed, **changed)


def test_the_gauges_are_those_of_the_sums():
    watch.show([sums(beyond_95=30, beyond_99=3, qlike=-2_400.0, ewma_qlike=-2_385.0, qlike_matured=300)])
    assert watch.BREACHES.labels("7", "0.95")._value.get() == pytest.approx(2.0)
    assert watch.BREACHES.labels("7", "0.99")._value.get() == pytest.approx(1.0)
    assert watch.QLIKE.labels("7")._value.get() == pytest.approx(-0.05)
    assert watch.PSI.labels("7")._value.get() == pytest.approx(0.0)


def test_the_board_shows_variance_and_places_and_counts_portfolios_apart():
    one = sums(qlike=-300.0, ewma_qlike=-270.0, qlike_matured=300)
    other = sums(qlike=-300.0, ewma_qlike=-330.0, qlike_matured=300)
    portfolio = sums(subject_kind="portfolio", asset_class="portfolio", tenths=[30] * 10)
    everything, equity, held = rows_of([one, other, portfolio])
    assert (everything.asset_class, equity.asset_class, held.asset_class) == (None, "equity", "portfolio")
    assert (everything.matured, equity.matured, held.matured) == (600, 600, 300)
    assert everything.qlike == pytest.approx(0.0)
    assert everything.psi == pytest.approx(0.0)
    assert everything.pit == (60,) * 10
    assert held.qlike is None
    assert held.qlike_median is None
    [young, _] = rows_of([sums(matured=100, inside=95)])
    assert young.psi is None


def test_one_currency_that_is_let_go_does_not_decide_the_median():
    usual = [sums(qlike=-303.0, ewma_qlike=-300.0, qlike_matured=300) for _ in range(4)]
    pegged = sums(qlike=-300.0, ewma_qlike=20_000.0, qlike_matured=300)
    [row, _] = rows_of([*usual, pegged])
    assert row.qlike == pytest.approx(-13.541333)
    assert row.qlike_median == pytest.approx(-0.01)


def weekly(inside, *, weeks=30, subject=None):
    """Weeks of a hundred outcomes each, so many of them inside the band of 80 %."""
    subject = subject or uuid4()
    return [
        sums(
            matured=100, inside=95, inside_80=held, subject_id=subject, week=date(2026, 1, 5) + timedelta(weeks=number)
        )
        for number, held in zip(range(weeks), inside, strict=False)
    ]


def test_what_a_band_held_has_an_interval_as_soon_as_half_a_year_has_come_due():
    assert rows_of(weekly([80] * 25, weeks=25))[0].coverage_80_interval is None
    [row, _] = rows_of(weekly([80] * 26, weeks=26))
    assert row.coverage_80_interval == pytest.approx((0.8, 0.8)), "every week held the same"
    assert row.coverage_95_interval == pytest.approx((0.95, 0.95))


def test_weeks_that_go_together_make_the_interval_wide():
    calm_then_wild = [95] * 13 + [65] * 13
    mixed = [95, 65] * 13
    [together, _] = rows_of(weekly(calm_then_wild, weeks=26))
    [apart, _] = rows_of(weekly(mixed, weeks=26))
    assert together.coverage_80 == apart.coverage_80 == pytest.approx(0.8)
    widths = [high - low for low, high in (together.coverage_80_interval, apart.coverage_80_interval)]
    assert widths[0] > 0.2
    assert widths[1] < 0.05


def test_the_same_weeks_are_drawn_for_all_so_more_subjects_of_one_fate_are_no_more_certain():
    fate = [95] * 13 + [65] * 13
    [alone, _] = rows_of(weekly(fate, weeks=26))
    [many, _] = rows_of([one for _ in range(5) for one in weekly(fate, weeks=26)])
    assert many.coverage_80_interval == alone.coverage_80_interval
