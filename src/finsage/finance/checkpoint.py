"""Where a fold can be taken up again: what it knew between two days.

A checkpoint copies what later steps change (lots, pools, what accounts hold) and remembers how long everything was
that only grows. A later fold starts from the last one that still holds: the steps before it are the same, nothing new
happened on its last day, and the assets, rates and prices that were looked up until then are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from finsage.finance.asset import Asset
from finsage.finance.lot import AveragePool, Pool, PoolContent
from finsage.finance.ordering import Step
from finsage.finance.row import Rows
from finsage.finance.state import State
from finsage.finance.trail import Place, Track, Where

_Key = tuple[Place, str]
_K = TypeVar("_K")
_Thing = TypeVar("_Thing")
_Content = TypeVar("_Content")


class Checkpoint(NamedTuple):
    """What a fold knew after so many ``steps``, the last of them on ``day``."""

    steps: int
    day: int
    lengths: tuple[int, ...]
    pools: tuple[Mapping[_Key, PoolContent], ...]
    averages: tuple[Mapping[_Key, tuple[Decimal, Decimal, Decimal]], ...]
    tracks: tuple[Mapping[_Key, int], ...]
    held: tuple[Mapping[tuple[str, str], Mapping[str, Decimal]], ...]
    booked: Mapping[tuple[str, str, str], Decimal]
    transit: Mapping[tuple[str, str], tuple[Where, Decimal | None]]
    rank: int
    assets: Mapping[str, Asset | None]
    missing_rates: Mapping[tuple[str, str], int]
    routes: tuple[tuple[str, str], ...]
    trades: Mapping[str, int]
    priced: frozenset[str]


class Spacing(NamedTuple):
    """How far checkpoints stand apart: ``wide`` steps, but ``near`` among the last ``wide`` ones."""

    wide: int = 1_000
    near: int = 50

    def next_due(self, marks: Sequence[Checkpoint], count: int) -> int:
        """The place of the first step before which another checkpoint may stand, when there are ``count`` steps."""
        last = marks[-1].steps if marks else 0
        return min(last + self.wide, max(last + self.near, count - self.wide))

    def thinned(self, marks: Sequence[Checkpoint], count: int) -> list[Checkpoint]:
        """The checkpoints worth keeping when there are ``count`` steps."""
        kept: list[Checkpoint] = []
        for mark in marks:
            if mark.steps >= self.next_due(kept, count):
                kept.append(mark)
        return kept


SPACING = Spacing()
_NONE: Mapping[Any, Any] = {}
_NOTHING = Checkpoint(
    0, 0, (), (_NONE, _NONE), (_NONE, _NONE), (_NONE, _NONE), (_NONE, _NONE), _NONE, _NONE, 0, _NONE, _NONE, (), _NONE,
    frozenset(),
)  # fmt: skip


def take(state: State, count: int, day: int, before: Checkpoint | None = None) -> Checkpoint:
    """Remember what a fold knows after ``count`` steps; all of ``day`` must be among them.

    Where a checkpoint before this one is given, only what has changed since its day is looked at: a track notes each
    day on which units or cost changed.
    """
    if before is None:
        before, since = _NOTHING, 0
    else:
        since = before.day
    both = (state.tracks, state.average_tracks)
    changed, averaged = ([key for key, track in ones.items() if track.days[-1] > since] for ones in both)
    assets = {asset for _, asset in changed}
    return Checkpoint(
        count,
        day,
        (*[rows.seal() for rows in _trail(state)], *map(len, _logs(state))),
        (
            _again(before.pools[0], state.long, changed, Pool.content),
            _again(before.pools[1], state.short, changed, Pool.content),
        ),
        (
            _again(before.averages[0], state.cash, changed, AveragePool.content),
            _again(before.averages[1], state.averages, averaged, AveragePool.content),
        ),
        (
            _again(before.tracks[0], state.tracks, changed, Track.length),
            _again(before.tracks[1], state.average_tracks, averaged, Track.length),
        ),
        tuple(
            [
                _again(known, held, [key for key in held if key[1] in assets], dict)
                for known, held in zip(before.held, (state.held, state.shorted), strict=True)
            ]
        ),
        dict(state.booked),
        dict(state.transit),
        state.rank,
        dict(state.known_assets),
        dict(state.rates.missing),
        state.rates.asked(),
        state.prices.trades_known(),
        frozenset(state.prices.asked),
    )


def _again(
    before: Mapping[_K, _Content],
    now: Mapping[_K, _Thing],
    changed: Iterable[_K],
    content: Callable[[_Thing], _Content],
) -> Mapping[_K, _Content]:
    """What some things hold now, given what all of them held and which have changed since."""
    held = {**before, **{key: content(now[key]) for key in changed if key in now}}
    # A pool that was looked into and never held anything has no track.
    return held if len(held) == len(now) else {key: content(thing) for key, thing in now.items()}


class Checkpoints(NamedTuple):
    """Of one fold, for others of nearly the same transactions."""

    spacing: Spacing
    steps: Sequence[Step]
    state: State
    marks: Sequence[Checkpoint]

    def resumed(self, steps: Sequence[Step], state: State) -> list[Checkpoint]:
        """Let a fold know what this one knew at the last checkpoint from which it may start.

        Args:
            steps: those to book now, in order.
            state: of the fold that is about to begin; nothing is booked in it yet.

        Returns:
            The checkpoints up to that one; none when the fold starts from the beginning.
        """
        if not state.is_alike(self.state):
            return []
        same = _common(steps, self.steps)
        for place in reversed(range(len(self.marks))):
            mark = self.marks[place]
            # On its last day a new purchase could lend units to a sale before it.
            is_over = mark.steps == len(steps) or (mark.steps < len(steps) and steps[mark.steps].day > mark.day)
            if mark.steps <= same and is_over and _holds(mark, self.state, state):
                _restore(mark, self.state, state)
                return [*self.spacing.thinned(self.marks[:place], len(steps)), mark]
        return []


def _restore(mark: Checkpoint, source: State, state: State) -> None:
    """Let a state that is empty know what another knew at a checkpoint."""
    counts = iter(mark.lengths)
    for rows, of_others in zip(_trail(state), _trail(source), strict=True):
        rows.take_over(of_others, next(counts))
    for log, others in zip(_logs(state), _logs(source), strict=True):
        log.extend(others[: next(counts)])
    for pools, contents in zip((state.long, state.short), mark.pools, strict=True):
        pools |= {key: Pool.of(state.options, content) for key, content in contents.items()}
    for averages, amounts in zip((state.cash, state.averages), mark.averages, strict=True):
        averages |= {key: AveragePool.of(state.places(key[1]), *parts) for key, parts in amounts.items()}
    for tracks, before, lengths in zip(
        (state.tracks, state.average_tracks), (source.tracks, source.average_tracks), mark.tracks, strict=True
    ):
        tracks |= {key: before[key].beginning(length) for key, length in lengths.items()}
    for accounts, marked in zip((state.held, state.shorted), mark.held, strict=True):
        accounts |= {key: dict(units) for key, units in marked.items()}
    state.booked |= mark.booked
    state.transit |= mark.transit
    state.rank = mark.rank
    state.rates.missing |= mark.missing_rates
    state.rates.ask(mark.routes)
    state.prices.resume(source.prices, mark.trades, mark.priced)


def _trail(state: State) -> tuple[Rows[Any], ...]:
    """The rows of what transactions did, which only ever grow at their end."""
    return state.legs, state.results, state.realised, state.average_gains, state.matches


def _logs(state: State) -> tuple[list[Any], ...]:
    """What else only ever grows at its end."""
    return state.missing, state.warnings


def _common(one: Sequence[Step], other: Sequence[Step]) -> int:
    """How many steps are the same from the beginning."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _holds(mark: Checkpoint, before: State, now: State) -> bool:
    """Whether everything that was looked up until a checkpoint is still the same."""
    return (
        all(now.asset(key) == asset for key, asset in mark.assets.items())
        and now.rates.agrees(before.rates, mark.routes, mark.day)
        and now.prices.agrees(before.prices, mark.priced, mark.day)
    )
