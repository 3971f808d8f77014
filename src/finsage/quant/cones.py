"""Quadratic and second-order cone programs by Clarabel's interior point method, which is loaded when one is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, diags_array, vstack

SECONDS_MOST = 30.0
_TOLERANCE = 1e-10
_SIZE_LEAST = 1e-9
SOLVED = frozenset({"Solved", "AlmostSolved"})

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ball:
    """``norm(matrix @ point − centre) <= radius + grows @ point``."""

    matrix: csc_matrix
    centre: Floats
    radius: float
    grows: csc_matrix


@dataclass(frozen=True, slots=True)
class Program:
    """Least ``½ pointᵀ quadratic point + linear @ point``.

    Attributes:
        quadratic: upper triangle of a positive semidefinite matrix.
        linear: shape (variables,).
        equal: ``matrix @ point = right``.
        below: ``matrix @ point <= right``.
        balls: see ``Ball``.
    """

    quadratic: csc_matrix
    linear: Floats
    equal: tuple[csc_matrix, Floats]
    below: tuple[csc_matrix, Floats]
    balls: Sequence[Ball] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the solver ended: ``gap`` between its objective and that of the dual, relative above one."""

    status: str
    point: Floats
    gap: float

    @property
    def is_solved(self) -> bool:
        """Whether there is an answer."""
        return self.status in SOLVED

    @property
    def is_infeasible(self) -> bool:
        """Whether the solver found that there is none."""
        return "PrimalInfeasible" in self.status


def solve(program: Program) -> Answer:
    """Solve it within 30 seconds."""
    solver: Any = import_module("clarabel")
    below, bounds = program.below
    # Rows of one size: one of daily returns is small beside the solver's tolerances.
    sizes = diags_array(1.0 / np.maximum(np.asarray(abs(below).max(axis=1).todense()).ravel(), _SIZE_LEAST))
    matrices, right = [program.equal[0], sizes @ below], [program.equal[1], sizes @ bounds]
    kinds = [solver.ZeroConeT(len(right[0])), solver.NonnegativeConeT(len(right[1]))]
    for ball in program.balls:
        matrices += [-ball.grows, -ball.matrix]
        right += [np.array([ball.radius]), -ball.centre]
        kinds.append(solver.SecondOrderConeT(1 + len(ball.centre)))
    settings = solver.DefaultSettings()
    settings.verbose = False
    settings.time_limit = SECONDS_MOST
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = _TOLERANCE
    found = solver.DefaultSolver(
        program.quadratic, program.linear, vstack(matrices, format="csc"), np.concatenate(right), kinds, settings
    ).solve()
    gap = abs(found.obj_val - found.obj_val_dual) / max(1.0, abs(found.obj_val))
    return Answer(str(found.status), np.asarray(found.x, dtype=np.float64), gap)
