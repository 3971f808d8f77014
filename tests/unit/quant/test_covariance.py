"""Shrunk covariance: the published formula written out, and what must hold of any returns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.quant.markets import made

from finsage.errors import Invalid
from finsage.quant.covariance import clipped, constant_correlation


def written_out(returns):
    """Ledoit and Wolf (2004), appendix B, in loops."""
    rows, count = returns.shape
    x = returns - returns.mean(axis=0)
    s = x.T @ x / rows
    r = s / np.sqrt(np.outer(np.diag(s), np.diag(s)))
    mean = 2 / ((count - 1) * count) * sum(r[i, j] for i in range(count) for j in range(i + 1, count))
    f = mean * np.sqrt(np.outer(np.diag(s), np.diag(s)))
    np.fill_diagonal(f, np.diag(s))
    pi = rho = 0.0
    for i in range(count):
        for j in range(count):
            p = np.mean((x[:, i] * x[:, j] - s[i, j]) ** 2)
            pi += p
            if i == j:
                rho += p
                continue
            one = np.mean((x[:, i] ** 2 - s[i, i]) * (x[:, i] * x[:, j] - s[i, j]))
            other = np.mean((x[:, j] ** 2 - s[j, j]) * (x[:, i] * x[:, j] - s[i, j]))
            rho += mean / 2 * (np.sqrt(s[j, j] / s[i, i]) * one + np.sqrt(s[i, i] / s[j, j]) * other)
    gamma = ((f - s) ** 2).sum()
    intensity = max(0.0, min(1.0, (pi - rho) / gamma / rows))
    return intensity * f + (1 - intensity) * s, intensity


@pytest.mark.parametrize(("rows", "count"), [(500, 8), (40, 5), (10, 20)])
def test_it_is_the_published_formula(rows, count):
    returns = made(rows, count)
    covariance, intensity = written_out(returns)
    found = constant_correlation(returns)
    assert found.intensity == pytest.approx(intensity, rel=1e-9)
    assert found.covariance == pytest.approx(covariance, rel=1e-9)


@given(st.integers(2, 60), st.integers(1, 12), st.integers(0, 1_000))
def test_it_is_a_covariance_with_the_samples_variances(rows, count, seed):
    returns = made(rows, count, seed)
    found = constant_correlation(returns)
    assert 0 <= found.intensity <= 1
    assert found.covariance == pytest.approx(found.covariance.T)
    assert np.diag(found.covariance) == pytest.approx(returns.var(axis=0), rel=1e-6)
    assert np.linalg.eigvalsh(found.covariance)[0] >= -1e-15


def test_what_never_moves_has_no_variance_and_no_correlation():
    returns = np.column_stack([made(100, 2), np.zeros(100)])
    found = constant_correlation(returns).covariance
    assert (found[2] == 0).all()
    assert found[:2, :2] == pytest.approx(constant_correlation(made(100, 2)).covariance)


def test_twins_are_clipped_and_keep_their_variances():
    twins = np.array([[1.0, 1.0], [1.0, 1.0]]) * 1e-4
    assert np.diag(clipped(twins)) == pytest.approx([1e-4, 1e-4])
    assert np.linalg.eigvalsh(clipped(twins) / 1e-4)[0] > 0


@pytest.mark.parametrize("returns", [np.zeros((1, 2)), np.zeros((5, 0)), np.full((5, 2), np.nan)])
def test_what_has_no_covariance_is_refused(returns):
    with pytest.raises(Invalid):
        constant_correlation(returns)
