"""Limits of a portfolio's weights: as rows for a solver, checked on its answer, and relaxed where they contradict.

An answer that breaks a limit is none. Where no weights keep all limits, the least that would have to give is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, csr_matrix, eye, hstack, vstack

from finsage.errors import Conflict, Invalid, Unavailable
from finsage.quant import cones

TOLERANCE = 1e-8
"""By which weights may miss a limit, and their sum one."""

SCALE = 252 * 100.0**2
"""Daily variances in squared percent a year: at their own size a solver's tolerances are a part of them."""

GAP_MOST = 1e-6
"""Duality gap of an answer, relative to its objective (absolute below one)."""

_SUM_NEAR = 1e-6
ASSETS_MOST = 2_000
_SLACK_LEAST = 1e-9
_MOVES_LEAST = 1e-14
_SPREAD_NEAR = 1e-6
"""By which a deviation may be over its limit, relative: solvers of cones are not nearer."""

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
class Turnover:
    """Most that may change hands: half the sum of all changes from ``current``, shape (assets,)."""

    current: Floats
    most: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Most standard deviation of what sets the weights apart from others: of the whole where these are zero.

    Attributes:
        name: what the limit is called, after "most".
        covariance: positive semidefinite, shape (assets, assets).
        around: the other weights, shape (assets,).
        most: in the unit of the covariance's deviations, at least 0.
    """

    name: str
    covariance: Floats
    around: Floats
    most: float

    def of(self, weights: Floats) -> float:
        """The deviation of some weights."""
        apart = weights - self.around
        return float(np.sqrt(max(float(apart @ self.covariance @ apart), 0.0)))


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
        turnover: from the weights there are.
        spreads: limits of deviations, such as the tracking error.
    """

    names: tuple[str, ...]
    lower: Floats
    upper: Floats
    groups: tuple[Group, ...] = ()
    expected: Floats | None = None
    return_least: float | None = None
    upper_names: tuple[str, ...] | None = None
    total: float = 1.0
    turnover: Turnover | None = None
    spreads: tuple[Spread, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.names)
        arrays: list[NDArray[np.generic]] = [self.lower, self.upper, *(group.members for group in self.groups)]
        arrays += [spread.around for spread in self.spreads]
        arrays += [self.turnover.current] if self.turnover else []
        if not 0 < count <= ASSETS_MOST or any(one.shape != (count,) for one in arrays):
            raise Invalid(f"Limits are of 1 to {ASSETS_MOST} assets, with one bound of each kind per asset.")
        if not np.isfinite(np.concatenate([self.lower, self.upper])).all():
            raise Invalid("Bounds of weights must be finite.")
        if self.return_least is not None and (self.expected is None or self.expected.shape != (count,)):
            raise Invalid("A least return needs the expected return of every asset.")
        for spread in self.spreads:
            refuse_covariance(spread.covariance, count)
        mosts = [spread.most for spread in self.spreads] + ([self.turnover.most] if self.turnover else [])
        if any(not most >= 0.0 for most in mosts):
            raise Invalid("Most turnover and most deviation are numbers of at least 0.")
        if self.turnover and abs(float(self.turnover.current.sum()) - self.total) > _SUM_NEAR:
            raise Invalid("What there is sums to something else than what is to be: turnover would be of neither.")

    def with_return(self, expected: Floats, least: float) -> Limits:
        """The same with a least expected return."""
        return replace(self, expected=expected, return_least=least)

    @property
    def width(self) -> int:
        """Variables of a program: the weights, and with a limit of turnover what is bought of each asset."""
        return len(self.names) * (2 if self.turnover else 1)

    def point(self, weights: Floats) -> Floats:
        """Weights as a point of a program, shape (width,)."""
        if self.turnover is None:
            return weights
        return np.concatenate([weights, np.maximum(weights - self.turnover.current, 0.0)])

    def rows(self) -> Rows:
        """Everything linear but the sum as rows of ``matrix @ point <= right``; the uppers first, then the lowers."""
        count = len(self.names)
        unit = eye(count, format="csr")
        found = _Lines()
        found.add(unit, self.upper, self.upper_names or [f"most {name}" for name in self.names])
        found.add(-unit, -self.lower, [f"least {name}" for name in self.names], hard=self.lower <= 0.0)
        for group in self.groups:
            members = csr_matrix(group.members.astype(np.float64)[None, :])
            found.add(members, [group.most], [f"most {group.name}"])
            found.add(-members, [-group.least], [f"least {group.name}"], hard=[group.least <= 0.0])
        if self.return_least is not None and self.expected is not None:
            found.add(csr_matrix(-self.expected[None, :]), [-self.return_least], ["least return"])
        if self.turnover is not None:
            # What is bought of an asset is at least its change, and at least nothing. As much is sold.
            always = [True] * count
            found.add(hstack([unit, -unit], format="csr"), self.turnover.current, [""] * count, hard=always)
            found.add(hstack([csr_matrix((count, count)), -unit], format="csr"), np.zeros(count), [""] * count, always)
            bought = csr_matrix(np.repeat([0.0, 1.0], count)[None, :])
            found.add(bought, [self.turnover.most], ["most turnover"])
        return found.rows(self.width)


class _Lines:
    """Rows as they are put together."""

    def __init__(self) -> None:
        self._blocks: list[csr_matrix] = []
        self._right: list[float] = []
        self._labels: list[str] = []
        self._is_hard: list[bool] = []

    def add(
        self, block: csr_matrix, right: Sequence[float] | Floats, labels: Sequence[str],
        hard: Sequence[bool] | Booleans | None = None,
    ) -> None:  # fmt: skip
        self._blocks.append(block)
        self._right += [float(one) for one in right]
        self._labels += labels
        self._is_hard += [False] * len(labels) if hard is None else [bool(one) for one in hard]

    def rows(self, width: int) -> Rows:
        for block in self._blocks:
            block.resize(block.shape[0], width)
        matrix = vstack(self._blocks, format="csc")
        return Rows(matrix, np.array(self._right), tuple(self._labels), np.array(self._is_hard))


@dataclass(frozen=True, slots=True)
class Rows:
    """``matrix @ point <= right``, sparse; rows of one label are one limit, hard rows never give."""

    matrix: csc_matrix
    right: Floats
    labels: tuple[str, ...]
    is_hard: Booleans


def refuse_covariance(covariance: Floats, count: int) -> None:
    """Refuse what is no covariance of so many assets."""
    if covariance.shape != (count, count) or not np.isfinite(covariance).all():
        raise Invalid("The covariance must be finite, with a row and a column per asset.")


def check(weights: Floats, limits: Limits, *, tolerance: float = TOLERANCE) -> None:
    """Refuse weights that are no answer.

    Raises:
        NotSolved: not finite, of another sum, or a limit is broken by more than the tolerance.
    """
    if not np.isfinite(weights).all() or abs(float(weights.sum()) - limits.total) > tolerance:
        raise NotSolved("The solver's weights do not have the sum they must have.")
    rows = limits.rows()
    over = rows.matrix @ limits.point(weights) - rows.right
    worst = int(np.argmax(over))
    if over[worst] > tolerance:
        raise NotSolved(f"The solver's weights break a limit: {rows.labels[worst]}.")
    for spread in limits.spreads:
        if spread.of(weights) > spread.most * (1.0 + _SPREAD_NEAR) + tolerance:
            raise NotSolved(f"The solver's weights break a limit: most {spread.name}.")


def relaxations(limits: Limits) -> list[Relaxation]:
    """The limits that have to give so that any weights keep the rest, by the smallest sum; none where some do.

    An elastic linear program: each limit gets a slack, the sum of the slacks is least. Only then deviations are looked
    at, whose unit is another: by how much they would have to be larger beside those.
    """
    linear = _linear_relaxations(limits)
    if not limits.spreads:
        return linear
    return linear + _spread_relaxations(_relaxed(limits, {one.constraint: one.needed for one in linear}))


def _relaxed(limits: Limits, needed: Mapping[str, float]) -> Limits:
    """The same with what had to give given."""
    if not needed:
        return limits
    upper_names = limits.upper_names or tuple(f"most {name}" for name in limits.names)
    turnover = limits.turnover
    return replace(
        limits,
        upper=np.array([needed.get(name, one) for name, one in zip(upper_names, limits.upper, strict=True)]),
        lower=np.array([needed.get(f"least {n}", one) for n, one in zip(limits.names, limits.lower, strict=True)]),
        groups=tuple(
            replace(one, most=needed.get(f"most {one.name}", one.most),
                    least=needed.get(f"least {one.name}", one.least))
            for one in limits.groups
        ),
        return_least=needed.get("least return", limits.return_least),
        turnover=turnover and replace(turnover, most=needed.get("most turnover", turnover.most)),
    )  # fmt: skip


def _linear_relaxations(limits: Limits) -> list[Relaxation]:
    rows = limits.rows()
    soft = list(dict.fromkeys(label for label, hard in zip(rows.labels, rows.is_hard, strict=True) if not hard))
    place = {label: number for number, label in enumerate(soft)}
    give = np.zeros((len(rows.labels), len(soft)))
    for number, (label, hard) in enumerate(zip(rows.labels, rows.is_hard, strict=True)):
        if not hard:
            give[number, place[label]] = -1.0
    width, count = limits.width, len(limits.names)
    answer = linprog(
        np.concatenate([np.zeros(width), np.ones(len(soft))]),
        A_ub=hstack([rows.matrix, csc_matrix(give)], format="csc"),
        b_ub=rows.right,
        A_eq=csc_matrix((np.arange(width + len(soft)) < count).astype(np.float64)[None, :]),
        b_eq=[limits.total],
        bounds=[(None, None)] * width + [(0.0, None)] * len(soft),
        method="highs-ds",
        options={"time_limit": cones.SECONDS_MOST},
    )
    if answer.status != 0:
        raise NotSolved(f"The solver stopped: {answer.message}")
    slacks = answer.x[width:]
    return [
        _relaxation(rows, label, float(slack))
        for label, slack in zip(soft, slacks, strict=True)
        if slack > _SLACK_LEAST
    ]


def _spread_relaxations(limits: Limits) -> list[Relaxation]:
    """By how much deviations have to be larger, by the smallest sum, where everything else can be kept."""
    rows, width, count = limits.rows(), limits.width, len(limits.names)
    further = len(limits.spreads)
    wide = hstack([rows.matrix, csc_matrix((len(rows.right), further))])
    growing = hstack([csc_matrix((further, width)), -eye(further)])
    # A hair of room: what was relaxed to the edge leaves an interior point none.
    right = np.concatenate([rows.right + _SLACK_LEAST, np.zeros(further)])
    answer = cones.solve(
        cones.Program(
            quadratic=csc_matrix((width + further, width + further)),
            linear=np.concatenate([np.zeros(width), [spread_unit(one) for one in limits.spreads]]),
            equal=sum_row(limits, width + further),
            below=(vstack([wide, growing], format="csc"), right),
            balls=balls(limits, width + further, grows=width),
        )
    )
    if not answer.is_solved:
        raise NotSolved(f"The solver stopped: {answer.status}.")
    weights = answer.point[:count]
    return [
        Relaxation(f"most {one.name}", one.most, one.of(weights))
        for one in limits.spreads
        if one.of(weights) > one.most * (1.0 + _SPREAD_NEAR) + TOLERANCE
    ]


def sum_row(limits: Limits, width: int) -> tuple[csc_matrix, Floats]:
    """That the weights have their sum, as a row of a program of so many variables."""
    count = len(limits.names)
    return csc_matrix((np.arange(width) < count).astype(np.float64)[None, :]), np.array([limits.total])


def balls(limits: Limits, width: int, grows: int | None = None) -> list[cones.Ball]:
    """Limits of deviations, in the unit of the wildest asset; they grow by variables from ``grows`` on."""
    found = []
    for number, spread in enumerate(limits.spreads):
        unit = spread_unit(spread)
        values, vectors = np.linalg.eigh(spread.covariance / unit**2)
        moves = values > _MOVES_LEAST
        root = (vectors[:, moves] * np.sqrt(values[moves])).T
        matrix = csc_matrix(root)
        matrix.resize(len(root), width)
        growing = np.zeros((1, width))
        if grows is not None:
            growing[0, grows + number] = 1.0
        found.append(cones.Ball(matrix, root @ spread.around, spread.most / unit, csc_matrix(growing)))
    return found


def spread_unit(spread: Spread) -> float:
    """The deviation of the wildest asset: what others are measured in has no size of its own."""
    return float(np.sqrt(max(float(np.diag(spread.covariance).max()), 1e-24)))


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
