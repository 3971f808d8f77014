"""Limits of a portfolio's weights: as rows for a solver, checked on its answer, and relaxed where they contradict.

An answer that breaks a limit is none. Where no weights keep all limits, the least that would have to give is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, csr_matrix, eye, hstack, vstack

from finsage.errors import Conflict, Invalid, Unavailable

TOLERANCE = 1e-8
"""By which weights may miss a limit, and their sum one."""

GAP_MOST = 1e-6
"""Duality gap of an answer, relative to its objective (absolute below one)."""

SECONDS_MOST = 30.0
ASSETS_MOST = 2_000
_SLACK_LEAST = 1e-9

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A limit that has to give: from ``limit`` to ``needed``, both fractions."""

    constraint: str
    limit: float
    needed: float


class InfeasibleConstraints(Conflict):
    """No portfolio keeps all of these limits."""

    relaxations: list[dict[str, object]]


class NotSolved(Unavailable):
    """The solver found no answer that stands the checks."""


@dataclass(frozen=True, slots=True)
class Group:
    """Bounds of the weights of some assets together."""

    name: str
    members: Booleans
    least: float = 0.0
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What weights must keep beside their sum.

    Attributes:
        names: of the assets, in the order of every array.
        lower: least weight per asset, shape (assets,). A lower bound of 0 or less is never relaxed: nothing is sold
            short to mend a contradiction.
        upper: most weight per asset, shape (assets,).
        groups: bounds of sums.
        expected: simple return per asset, needed with ``return_least``.
        return_least: the least expected return, in the unit of ``expected``.
        upper_names: what each upper bound is called; those of one name are one limit and give together.
        total: what the weights sum to.
    """

    names: tuple[str, ...]
    lower: Floats
    upper: Floats
    groups: tuple[Group, ...] = ()
    expected: Floats | None = None
    return_least: float | None = None
    upper_names: tuple[str, ...] | None = None
    total: float = 1.0

    def __post_init__(self) -> None:
        count = len(self.names)
        arrays = (self.lower, self.upper, *(group.members for group in self.groups))
        if not 0 < count <= ASSETS_MOST or any(one.shape != (count,) for one in arrays):
            raise Invalid(f"Limits are of 1 to {ASSETS_MOST} assets, with one bound of each kind per asset.")
        if not np.isfinite(np.concatenate([self.lower, self.upper])).all():
            raise Invalid("Bounds of weights must be finite.")
        if self.return_least is not None and (self.expected is None or self.expected.shape != (count,)):
            raise Invalid("A least return needs the expected return of every asset.")

    def with_return(self, expected: Floats, least: float) -> Limits:
        """The same with a least expected return."""
        return replace(self, expected=expected, return_least=least)

    def rows(self) -> Rows:
        """Everything but the sum as rows of ``matrix @ weights <= right``."""
        count = len(self.names)
        unit = eye(count, format="csr")
        lines = [unit, -unit]
        right: list[float] = [*self.upper.tolist(), *(-self.lower).tolist()]
        labels = list(self.upper_names or (f"most {name}" for name in self.names))
        labels += [f"least {name}" for name in self.names]
        is_hard = [False] * count + [bool(one <= 0.0) for one in self.lower]
        for group in self.groups:
            members = csr_matrix(group.members.astype(np.float64)[None, :])
            lines += [members, -members]
            right += [group.most, -group.least]
            labels += [f"most {group.name}", f"least {group.name}"]
            is_hard += [False, group.least <= 0.0]
        if self.return_least is not None and self.expected is not None:
            lines.append(csr_matrix(-self.expected[None, :]))
            right.append(-self.return_least)
            labels.append("least return")
            is_hard.append(False)
        return Rows(vstack(lines, format="csc"), np.array(right), tuple(labels), np.array(is_hard))


@dataclass(frozen=True, slots=True)
class Rows:
    """``matrix @ weights <= right``, sparse; rows of one label are one limit, hard rows never give."""

    matrix: csc_matrix
    right: Floats
    labels: tuple[str, ...]
    is_hard: Booleans

    def binding(self, weights: Floats, tolerance: float = 1e-6) -> list[str]:
        """Limits that hold the weights where they are, but for those of zero, in order."""
        tight = (self.right - self.matrix @ weights <= tolerance) & ~self.is_hard
        return list(dict.fromkeys(label for label, is_tight in zip(self.labels, tight, strict=True) if is_tight))


def check(weights: Floats, limits: Limits, *, tolerance: float = TOLERANCE) -> None:
    """Refuse weights that are no answer.

    Raises:
        NotSolved: not finite, of another sum, or a limit is broken by more than the tolerance.
    """
    if not np.isfinite(weights).all() or abs(float(weights.sum()) - limits.total) > tolerance:
        raise NotSolved("The solver's weights do not have the sum they must have.")
    rows = limits.rows()
    over = rows.matrix @ weights - rows.right
    worst = int(np.argmax(over))
    if over[worst] > tolerance:
        raise NotSolved(f"The solver's weights break a limit: {rows.labels[worst]}.")


def relaxations(limits: Limits) -> list[Relaxation]:
    """The limits that have to give so that any weights keep the rest, by the smallest sum; none where some do.

    An elastic linear program: each limit gets a slack, the sum of the slacks is least.
    """
    rows = limits.rows()
    soft = list(dict.fromkeys(label for label, hard in zip(rows.labels, rows.is_hard, strict=True) if not hard))
    place = {label: number for number, label in enumerate(soft)}
    give = np.zeros((len(rows.labels), len(soft)))
    for number, (label, hard) in enumerate(zip(rows.labels, rows.is_hard, strict=True)):
        if not hard:
            give[number, place[label]] = -1.0
    count = len(limits.names)
    answer = linprog(
        np.concatenate([np.zeros(count), np.ones(len(soft))]),
        A_ub=hstack([rows.matrix, csc_matrix(give)], format="csc"),
        b_ub=rows.right,
        A_eq=csc_matrix(np.concatenate([np.ones(count), np.zeros(len(soft))])[None, :]),
        b_eq=[limits.total],
        bounds=[(None, None)] * count + [(0.0, None)] * len(soft),
        method="highs-ds",
        options={"time_limit": SECONDS_MOST},
    )
    if answer.status != 0:
        raise NotSolved(f"The solver stopped: {answer.message}")
    slacks = answer.x[count:]
    return [
        _relaxation(rows, label, float(slack))
        for label, slack in zip(soft, slacks, strict=True)
        if slack > _SLACK_LEAST
    ]


def _relaxation(rows: Rows, label: str, slack: float) -> Relaxation:
    sign = -1.0 if label.startswith("least ") else 1.0
    right = float(rows.right[rows.labels.index(label)])
    return Relaxation(label, sign * right, sign * (right + slack))


def refuse_infeasible(limits: Limits) -> None:
    """Refuse limits that contradict each other.

    Raises:
        InfeasibleConstraints: names what has to give, and to where.
    """
    found = relaxations(limits)
    if found:
        raise infeasible(found)


def infeasible(found: Sequence[Relaxation]) -> InfeasibleConstraints:
    """The refusal that names what has to give."""
    said = "; ".join(f"{one.constraint} is {one.limit:.4g}, {one.needed:.4g} would do" for one in found)
    return InfeasibleConstraints(
        f"No portfolio keeps all limits. The smallest change that lets one through: {said}.",
        relaxations=[{"constraint": one.constraint, "limit": one.limit, "needed": one.needed} for one in found],
    )
