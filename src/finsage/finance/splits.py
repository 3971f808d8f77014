"""Splits: what each account holds long and short multiplies, and with it the lots of the pools they share."""

from __future__ import annotations

from decimal import Decimal

from finsage.errors import Fault, Invalid
from finsage.finance import average_cost
from finsage.finance.booking import asset_of
from finsage.finance.lot import Pool
from finsage.finance.money import ONE, ZERO
from finsage.finance.priced import Priced
from finsage.finance.state import State
from finsage.finance.trail import TRANSIT, Place

_NOTHING = (ZERO, ZERO)


def split(state: State, priced: Priced) -> None:
    """Units multiply, of one account or of all the portfolio has but in transit; cost and dates stay.

    Raises:
        Invalid: accounts that do not split have sold the pooled units of those that do.
    """
    draft, asset, ratio = priced.draft, asset_of(priced.draft, priced.terms), priced.draft.ratio or ONE
    times, growths = ratio - ONE, dict[Place, tuple[Decimal, Decimal]]()
    accounts, shorts = (side.get((draft.portfolio, asset), {}) for side in (state.held, state.shorted))
    for account, held in accounts.items():
        short = shorts.get(account, ZERO)
        if (held or short) and draft.account in {None, account} and not account.startswith(TRANSIT):
            place = state.place((draft.portfolio, account))
            of_long, of_short = growths.get(place, _NOTHING)
            growths[place] = (of_long + (held + short) * times, of_short + short * times)
            accounts[account], shorts[account] = held * ratio, short * ratio
    for place, growth in growths.items():
        _multiply(state, priced, place, asset, ratio, growth=growth)


def _multiply(
    state: State, priced: Priced, place: Place, asset: str, ratio: Decimal, *, growth: tuple[Decimal, Decimal]
) -> None:
    """The long and the short lots of a place grow by so many units."""
    pools = (state.pool(state.long, place, asset), state.pool(state.short, place, asset))
    net = growth[0] - growth[1]
    # Other accounts may have sold or covered what these opened: then the position that is left has their units.
    ways = (growth, (net, ZERO), (ZERO, -net))
    way = next((way for way in ways if all(map(_can_grow, pools, way))), None)
    if way is None:
        detail = (
            "other accounts have sold or covered the pooled units of this one: split all accounts at once, "
            "or pool lots by account (lot_scope)"
        )
        raise Invalid(faults=(Fault(f"{priced.draft.pointer}/account", detail),))
    for pool, part in zip(pools, way, strict=True):
        if part:
            pool.grow(part, ratio)
    state.grow(priced.day, (place, asset), net)
    average_cost.grow(state, priced, place, asset, net)


def _can_grow(pool: Pool, growth: Decimal) -> bool:
    """Whether a pool has units to grow, and some left."""
    return not growth or (pool.quantity > 0 and pool.quantity + growth > 0)
