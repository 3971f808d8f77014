"""What share the parts of a portfolio are meant to have, and how far they are from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.money import ONE, ZERO, exact, plain, total
from finsage.finance.part import drift_from, trade_to
from finsage.market.service import assets as market_assets
from finsage.market.service import currencies, merges
from finsage.platform import audit
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import InvalidTargets
from finsage.portfolio.service import books
from finsage.portfolio.service.allocation import Slice, allocation
from finsage.portfolio.service.figures import Figures
from finsage.portfolio.store import portfolios as portfolio_store
from finsage.portfolio.store import targets as store
from finsage.portfolio.store.targets import Target


@dataclass(frozen=True, slots=True)
class Named:
    """A target with what to call it."""

    target: Target
    label: str


@dataclass(frozen=True, slots=True)
class Aimed:
    """A slice and its target; ``trade`` is what to buy (+) or sell (−) to reach it, in base currency."""

    slice: Slice
    target: Decimal | None
    drift: float | None
    trade: Decimal | None


async def list_targets(session: ReadSession, portfolio_id: UUID) -> list[Named]:
    """All targets of a portfolio.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    await books.find(session, portfolio_id)
    return await _named(session, await _standing(session, portfolio_id))


async def replace_targets(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    division: str,
    weights: Sequence[tuple[str, Decimal]],
    *,
    check: Callable[[list[Named]], None],
) -> list[Named]:
    """Put new targets in the place of those of one division; none removes them.

    Args:
        session: of the request.
        caller: who asks.
        portfolio_id: the portfolio.
        division: asset, asset_class or currency.
        weights: key and share of each part; an asset's key is its id, that of cash its currency.
        check: refuses by raising; sees the targets as they are while nobody else can change them.

    Returns:
        All targets of the portfolio.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        InvalidTargets: a key is unknown or comes twice, a share is not in (0, 1], or they exceed 1 together.
    """
    await portfolio_store.lock_portfolio(session, portfolio_id)
    check(await list_targets(session, portfolio_id))
    new = [Target(division, _normal(key), weight) for key, weight in weights]
    faults = _faults(new) + await _unknown(session, division, new)
    if faults:
        raise InvalidTargets(faults=tuple(faults))
    await store.replace_targets(session, caller.tenant_id, portfolio_id, division, new)
    detail = {"division": division, "targets": {target.key: plain(target.weight) for target in new}}
    await audit.record(
        session, caller, "portfolio.targets_set", object_kind="portfolio", object_id=portfolio_id, detail=detail
    )
    return await list_targets(session, portfolio_id)


def _faults(targets: Sequence[Target]) -> list[Fault]:
    faults, seen = [], set()
    for number, target in enumerate(targets):
        if not ZERO < target.weight <= ONE:
            faults.append(Fault(f"/items/{number}/weight", "a share above 0 and at most 1; leave out what has none"))
        if target.key in seen:
            faults.append(Fault(f"/items/{number}/key", f"{target.key} has a target already"))
        seen.add(target.key)
    with exact():
        whole = total(target.weight for target in targets)
    if whole > ONE:
        faults.append(Fault("/items", f"the shares make {plain(whole)}; they must not exceed 1 together"))
    return faults


async def _unknown(session: ReadSession, division: str, targets: Sequence[Target]) -> list[Fault]:
    known: set[str] = set(market_assets.ASSET_CLASSES)
    if division != "asset_class":
        known = {target.key for target in targets if currencies.is_currency(target.key)}
    if division == "asset":
        ids = {asset_id for target in targets if (asset_id := _asset_id(target.key)) is not None}
        known |= {str(asset_id) for asset_id in await market_assets.assets_by_ids(session, ids)}
    return [
        Fault(f"/items/{number}/key", f"{target.key} is no {division.replace('_', ' ')} that is known")
        for number, target in enumerate(targets)
        if target.key not in known
    ]


def _normal(key: str) -> str:
    asset_id = _asset_id(key)
    return key if asset_id is None else str(asset_id)


def _asset_id(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


async def _standing(session: ReadSession, portfolio_id: UUID) -> list[Target]:
    """The targets of a portfolio; one of an asset that was merged into another adds to that one's."""
    stored = await store.list_targets(session, portfolio_id)
    ids = {asset_id for one in stored if one.division == "asset" and (asset_id := _asset_id(one.key)) is not None}
    now = {str(before): str(after) for before, after in (await merges.merged_into(session, ids)).items()}
    if not now:
        return stored
    weights: dict[tuple[str, str], Decimal] = {}
    with exact():
        for one in stored:
            key = one.division, now.get(one.key, one.key) if one.division == "asset" else one.key
            weights[key] = weights.get(key, ZERO) + one.weight
    found = [Target(*key, weight) for key, weight in weights.items()]
    return sorted(found, key=lambda one: (one.division, -one.weight, one.key))


async def _named(session: ReadSession, targets: Sequence[Target]) -> list[Named]:
    ids = {asset_id for one in targets if one.division == "asset" and (asset_id := _asset_id(one.key)) is not None}
    assets = await market_assets.assets_by_ids(session, ids)
    labels = {str(asset_id): asset.symbol for asset_id, asset in assets.items()}
    return [Named(target, labels.get(target.key, target.key)) for target in targets]


async def aimed_allocation(session: ReadSession, figures: Figures, by: str) -> list[Aimed]:
    """How the value is spread, largest first, beside what it is meant to be; targets of what is not held included.

    Args:
        session: of the tenant.
        figures: with their day.
        by: asset, asset_class, currency or account; there are no targets by account.
    """
    stored = await _standing(session, figures.book.portfolio.id)
    named = await _named(session, [target for target in stored if target.division == by])
    return aimed(allocation(figures, by), named, figures.whole.market_value)


def aimed(slices: Sequence[Slice], targets: Sequence[Named], value: Decimal | None) -> list[Aimed]:
    """Slices with their targets; those not held come last, with nothing in them.

    Args:
        slices: of the value.
        targets: of the same division. Where they make 1, whatever has none is meant to be 0; where they leave
            something over, what has none has no target.
        value: the whole, in base currency; None where it is not known.
    """
    wanted = {one.target.key: one.target.weight for one in targets}
    rest = _of_the_rest(wanted.values())
    held = {part.key for part in slices}
    weight = None if value is None or value <= 0 else 0.0
    empty = [
        Slice(one.target.key, one.label, ZERO, weight, None, None) for one in targets if one.target.key not in held
    ]
    return [_aim(part, wanted.get(part.key, rest), value) for part in (*slices, *empty)]


def _aim(part: Slice, target: Decimal | None, value: Decimal | None) -> Aimed:
    drift, trade = drift_from(part.weight, target), trade_to(target, value, part.market_value)
    return Aimed(part, target, drift, trade)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a slice is meant to be: the target, if any, and whether it was set or follows from all others."""

    target: Decimal | None
    is_set: bool


NO_AIM = Aim(None, is_set=False)


async def aim_of(session: ReadSession, portfolio_id: UUID, by: str, key: str) -> Aim:
    """What share a slice is meant to have, as ``aimed`` has it."""
    weights = {one.key: one.weight for one in await _standing(session, portfolio_id) if one.division == by}
    if key in weights:
        return Aim(weights[key], is_set=True)
    return Aim(_of_the_rest(weights.values()), is_set=False)


def _of_the_rest(weights: Iterable[Decimal]) -> Decimal | None:
    """What is meant to be of whatever has no target of its own: nothing, where the targets make 1."""
    with exact():
        return ZERO if total(weights) == ONE else None


def targets_by_division(targets: Sequence[Named]) -> Mapping[str, list[Named]]:
    """Targets under the division they belong to."""
    found: dict[str, list[Named]] = {"asset": [], "asset_class": [], "currency": []}
    for one in targets:
        found[one.target.division].append(one)
    return found
