"""The GARCH-t fit and its filter, against recursions written out and against the arch package."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.errors import Invalid
from finsage.quant.ewma import ewma_variance, weight_of_half_life
from finsage.quant.garch import (
    PERSISTENCE_MAX,
    GarchT,
    NotFitted,
    backcast,
    fit_garch_t,
    log_likelihood,
    variance_over,
    variances,
)

MODEL = GarchT(omega=2e-6, alpha=0.08, beta=0.9, nu=6.0)


def simulated(rows=3_000, model=MODEL, seed=5):
    random = np.random.default_rng(seed)
    shocks = random.standard_t(model.nu, rows) * np.sqrt((model.nu - 2) / model.nu)
    variance, returns = model.long_run_variance, np.empty(rows)
    for row in range(rows):
        returns[row] = np.sqrt(variance) * shocks[row]
        variance = model.omega + model.alpha * returns[row] ** 2 + model.beta * variance
    return returns


def test_the_filter_is_the_recursion_written_out():
    returns = simulated(50)
    variance, expected = 1e-4, []
    for one in returns:
        variance = MODEL.omega + MODEL.alpha * one**2 + MODEL.beta * variance
        expected.append(variance)
    assert variances(returns, MODEL, 1e-4) == pytest.approx(expected, rel=1e-12)


def test_variance_over_rows_is_the_sum_of_the_expected_variances():
    variance, total = 5e-4, 0.0
    for _ in range(21):
        total += variance
        variance = MODEL.omega + MODEL.persistence * variance
    assert float(variance_over(np.array(5e-4), MODEL, 21)) == pytest.approx(total, rel=1e-12)
    assert float(variance_over(np.array(5e-4), MODEL, 1)) == pytest.approx(5e-4)


def test_a_fit_finds_the_model_that_made_the_returns():
    fitted = fit_garch_t(simulated(20_000))
    assert fitted.persistence == pytest.approx(MODEL.persistence, abs=0.02)
    assert fitted.alpha == pytest.approx(MODEL.alpha, abs=0.02)
    assert fitted.nu == pytest.approx(MODEL.nu, abs=0.8)
    assert fitted.long_run_variance == pytest.approx(MODEL.long_run_variance, rel=0.2)


def test_a_fit_does_not_care_for_the_scale_of_returns():
    returns = simulated(1_500)
    one, other = fit_garch_t(returns), fit_garch_t(returns * 100)
    assert other.omega == pytest.approx(one.omega * 1e4, rel=1e-4)
    assert (other.alpha, other.beta, other.nu) == pytest.approx((one.alpha, one.beta, one.nu), rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_likelihood_is_that_of_arch_and_the_fit_no_worse(seed):
    arch = pytest.importorskip("arch", reason="the oracle group is not installed")
    returns = simulated(1_500, seed=seed) * 100
    theirs = arch.arch_model(returns, mean="Zero", vol="GARCH", p=1, q=1, dist="t", rescale=False).fit(disp="off")
    start = backcast(returns)
    assert log_likelihood(returns, GarchT(*theirs.params), start) == pytest.approx(theirs.loglikelihood, rel=1e-4)
    assert (
        log_likelihood(returns, fit_garch_t(returns), start) >= theirs.loglikelihood - abs(theirs.loglikelihood) * 1e-4
    )


@pytest.mark.parametrize(
    ("returns", "why"),
    [
        (np.zeros(500), "vary"),
        (np.full(500, 0.001), "vary"),
        (simulated(99), "at least 100"),
        (np.concatenate([simulated(200), [np.nan]]), "finite"),
    ],
)
def test_what_cannot_be_fitted_says_why(returns, why):
    with pytest.raises(NotFitted, match=why):
        fit_garch_t(returns)


@pytest.mark.parametrize("crash", [-0.5, -5.0, 8.0])
def test_one_crash_among_quiet_days_gives_a_stable_model(crash):
    returns = simulated(400)
    returns[200] = crash
    fitted = fit_garch_t(returns)
    assert 0 <= fitted.persistence <= PERSISTENCE_MAX
    assert fitted.omega > 0
    assert np.isfinite(variances(returns, fitted, backcast(returns))).all()


@given(st.floats(0.3, 500), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_a_running_variance_is_its_recursion_and_grows_with_the_square_of_the_scale(half_life, rows, seed):
    returns = np.random.default_rng(seed).normal(0, 0.02, rows)
    weight = weight_of_half_life(half_life)
    expected, value = [], (returns[:60] ** 2).mean()
    for one in returns:
        value = (1 - weight) * value + weight * one**2
        expected.append(value + 1e-10)
    assert ewma_variance(returns, weight) == pytest.approx(np.array(expected), rel=1e-9)
    assert ewma_variance(returns * 10, weight) - 1e-10 == pytest.approx((np.array(expected) - 1e-10) * 100, rel=1e-6)


def test_a_running_variance_of_nothing_is_refused():
    with pytest.raises(Invalid):
        ewma_variance(np.array([]), 0.06)
    with pytest.raises(Invalid):
        ewma_variance(np.array([0.1, np.inf]), 0.06)
