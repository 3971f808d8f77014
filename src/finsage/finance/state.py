"""The mutable state of the fold: pools of lots and cash, and the trail of what each transaction did.

*Where* is a portfolio and an account in it; units between two accounts are in an account of their own, named after
the transfer's group. A *place* is where lots share a pool: an account, a portfolio or everything, as ``lot_scope``
says. A `Track` remembers units and cost of one asset in one place after every day on which they changed; the daily
series and the state at any day are read from it. `Leg`, `Result` and `Realised` rows carry values in base currency;
``cash_flow`` makes flows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from finsage.errors import Fault, Invalid
from finsage.finance.asset import Asset
from finsage.finance.kept import Kept
from finsage.finance.lot import AveragePool, Cost, Lot, Pool
from finsage.finance.money import (
    DUST_FRACTION,
    ONE,
    PLACES,
    UNKNOWN_RATE,
    ZERO,
    Rate,
    allocate,
    plain,
    total,
    unit_price,
)
from finsage.finance.options import LotMethod, LotScope, Options
from finsage.finance.priced import Priced
from finsage.finance.results import Match, MissingAcquisition, Notice
from finsage.finance.row import Rows, row_of
from finsage.finance.trail import AverageGain, LastDay, Leg, Place, Realised, Result, Track, Where
from finsage.finance.transaction import AccountKind, Draft, Posted, TransactionType, by_posting
from finsage.finance.valuation import Market, Prices, Rates

_OWNED, _IN_TRANSFER = AccountKind.ASSET, AccountKind.TRANSFER


class Taken(NamedTuple):
    """Lots outside of any pool, their units, what each cost in the asset's and in base currency, and units missing.

    ``gross`` is what all cost in base currency without fees and taxes.
    """

    lots: Sequence[Lot]
    units: Decimal
    opened: list[Decimal]
    spent: list[Decimal]
    gross: Decimal
    missing: Decimal


def lend_nothing(_priced: Priced, _place: Place, _asset: str, _needed: Decimal) -> None:
    """There are no transactions ahead to borrow from."""


class State:
    """Everything the fold knows so far."""

    def __init__(self, market: Market, options: Options, cash_keys: frozenset[str], *, is_cash_tracked: bool) -> None:
        self.market = market
        self.options = options
        self.base = market.base_currency
        self.is_cash_tracked = is_cash_tracked
        self.rates = Rates(market, options)
        self.prices = Prices(market, options)
        self.known_assets = assets = Kept(partial(_asset_of, market, cash_keys))
        self.long, self.short = (Kept(partial(_new_pool, options, assets)) for _ in range(2))
        self.cash, self.averages = (Kept(partial(_new_average, assets)) for _ in range(2))
        self.tracks, self.average_tracks = (Kept(partial(_new_track, Track, assets)) for _ in range(2))
        # By portfolio and asset, then by account: units, and how many of them are short (without sign).
        self.held: dict[tuple[str, str], dict[str, Decimal]] = {}
        self.shorted: dict[tuple[str, str], dict[str, Decimal]] = {}
        self.booked: dict[tuple[str, str, str], Decimal] = {}
        self.transit: dict[tuple[str, str], tuple[Where, Decimal | None]] = {}
        self.legs, self.results, self.realised = Rows(Leg), Rows(Result), Rows(Realised)
        self.average_gains, self.matches = Rows(AverageGain), Rows(Match)
        self.missing: list[MissingAcquisition] = []
        self.warnings: list[Notice] = []
        self.dust: dict[str, Decimal] = {}
        self.borrow: Callable[[Priced, Place, str, Decimal], None] = lend_nothing
        self._is_by_account = options.lot_scope is LotScope.ACCOUNT
        self._is_by_portfolio = options.lot_scope is LotScope.PORTFOLIO
        self._lot_counts: dict[str, int] = {}
        self.rank = 0

    def forget_trail(self) -> None:
        """From here on keep no rows of what transactions did, and of tracks the last day: lots and positions remain."""
        self.legs, self.results = Rows(Leg, is_kept=False), Rows(Result, is_kept=False)
        self.realised, self.average_gains = Rows(Realised, is_kept=False), Rows(AverageGain, is_kept=False)
        self.matches = Rows(Match, is_kept=False)
        self.tracks, self.average_tracks = (Kept(partial(_new_track, LastDay, self.known_assets)) for _ in range(2))

    def lean(self) -> State:
        """The same without the quotes that nobody has asked for, for whoever keeps it; it books nothing more."""
        part = copy(self)
        part.market, part.prices = replace(self.market, prices={}), self.prices.lean()
        return part

    def is_alike(self, other: State) -> bool:
        """Whether both fold by the same rules."""
        return (
            self.options.of_fold == other.options.of_fold
            and self.base == other.base
            and self.is_cash_tracked == other.is_cash_tracked
        )

    # ------------------------------------------------------------------------------------------- what things are

    def asset(self, key: str) -> Asset | None:
        """The asset of a key; None for cash. One never described is quoted in the base currency."""
        return self.known_assets[key]

    def described(self, key: str) -> Asset:
        """The asset of a key that is not cash."""
        return self.known_assets[key] or Asset(key, self.base)

    def is_quoted(self, key: str, day: int) -> bool:
        """Whether a quote of the asset is known on a day, not only what an own trade was made at."""
        return self.prices.is_quoted(key, day)

    def places(self, key: str) -> int:
        """Decimals kept when an amount of this asset is divided."""
        return _places(self.known_assets, key)

    def place(self, where: Where) -> Place:
        """Where the lots of an account are pooled."""
        if self._is_by_account:
            return where
        return (where[0] if self._is_by_portfolio else "", "")

    def asset_rate(self, asset: Asset, day: int) -> Rate:
        """From the asset's currency to base on a day."""
        rate = self.rates.rate(asset.currency, self.base, day)
        return UNKNOWN_RATE if rate.is_nan() else Rate(rate)

    def market_value(self, key: str, quantity: Decimal, day: int) -> Decimal | None:
        """Units at the price of the day, in base currency; None without a price."""
        asset = self.asset(key)
        if asset is None:
            return quantity * self.rates.rate(key, self.base, day)
        quote = self.prices.price(key, day)
        if quote is None:
            return None
        return quantity * quote.value * asset.multiplier * self.rates.rate(asset.currency, self.base, day)

    def note_value(self, key: str, quantity: Decimal, day: int, local: Decimal) -> None:
        """Units changed hands for ``local`` in their own currency: what one is worth until there is a quote."""
        if not local.is_nan():
            self.prices.note_trade(key, day, unit_price(local, quantity * self.described(key).multiplier))

    def warn(
        self, code: str, detail: str, priced: Priced, asset: str | None = None, where: Where | None = None
    ) -> None:
        """Add a warning about a transaction, at the account of its asset unless another is given."""
        day, place = date.fromordinal(priced.day), priced.where if where is None else where
        self.warnings.append(Notice(code, detail, priced.draft.id, asset, day, place))

    # ------------------------------------------------------------------------------------------- what a step leaves

    def book(self, draft: Draft, posted: Posted) -> None:
        """Add up what the postings of a transaction put into accounts; what is in transit into one of its own."""
        booked, portfolio = self.booked, draft.portfolio
        for kind, account, asset, amount in by_posting(posted):
            if kind is _OWNED:
                key = (portfolio, account, asset)
            elif kind is _IN_TRANSFER and (draft.group or "", asset) in self.transit:
                # Positive on the way out: what is in transit is held where the transfer began.
                key = (*self.transit[draft.group or "", asset][0], asset)
            else:
                continue
            before = booked.get(key)
            booked[key] = amount if before is None else before + amount

    def leg(self, priced: Priced, where: Where, asset: str, value: Decimal, book: Decimal | None = None) -> None:
        """Note what went into (+) or out of (−) an account."""
        portfolio, account = where
        is_cash = self.known_assets[asset] is None
        row = (priced.day, priced.number, portfolio, account, asset, is_cash, value, value if book is None else book)
        self.legs.append(row)

    def result(
        self,
        priced: Priced,
        *,
        income: Decimal = ZERO,
        fee: Decimal = ZERO,
        fee_in_cost: bool = False,
        tax: Decimal = ZERO,
        tax_in_cost: bool = False,
        asset: str | None = None,
    ) -> None:
        """Note income, fees and taxes, of the asset given, else of the one the draft names."""
        if not (income or fee or tax):
            return
        key = priced.draft.asset if asset is None else asset
        owner = key if key is not None and self.known_assets[key] is not None else None
        portfolio, account = priced.where
        fee_part, tax_part = fee if fee_in_cost else ZERO, tax if tax_in_cost else ZERO
        row = (priced.day, priced.number, portfolio, account, owner, income, fee, fee_part, tax, tax_part)
        self.results.append(row)

    # ------------------------------------------------------------------------------------------- units

    def pool(self, side: dict[tuple[Place, str], Pool], place: Place, asset: str) -> Pool:
        """The pool of an asset in a place, long or short."""
        return side[place, asset]

    def next_rank(self) -> int:
        """The order of acquisitions."""
        self.rank += 1
        return self.rank

    def lot_id(self, transaction: str) -> str:
        """The name of the next lot a transaction makes: ``2#1``."""
        count = self._lot_counts.get(transaction, 0) + 1
        self._lot_counts[transaction] = count
        return f"{transaction}#{count}"

    def acquire(
        self, priced: Priced, where: Where, asset: str, quantity: Decimal, cost: Cost, *, is_short: bool = False
    ) -> None:
        """Open a lot; a short one carries its proceeds as a negative cost."""
        draft = priced.draft
        acquired_on = draft.acquired_on.toordinal() if draft.acquired_on else priced.day
        rank = (acquired_on, self.next_rank())
        lot = row_of(Lot, (self.lot_id(draft.id), draft.id, acquired_on, rank, quantity, quantity, cost))
        key, side, units = (self.place(where), asset), self.long, quantity
        if is_short:
            side, units = self.short, -quantity
        side[key].add(lot)
        self.hold(where, asset, units, is_short=is_short)
        self.grow(priced.day, key, units, cost.local(self.options), cost.base(self.options), gross=cost.gross_base)

    def put_back(self, priced: Priced, where: Where, asset: str, lots: list[Lot]) -> None:
        """Lots that keep cost and dates arrive in an account."""
        place = self.place(where)
        pool = self.pool(self.long, place, asset)
        for lot in lots:
            name = self.lot_id(priced.draft.id)
            pool.add(Lot(name, lot.transaction, lot.acquired_on, lot.rank, lot.quantity, lot.quantity, lot.cost))
        arrived = self.taken(lots)
        self.hold(where, asset, arrived.units)
        opened, spent = total(arrived.opened), total(arrived.spent)
        self.grow(priced.day, (place, asset), arrived.units, opened, spent, gross=arrived.gross)

    def taken(self, lots: Sequence[Lot], missing: Decimal = ZERO) -> Taken:
        """Lots outside of any pool, with what they cost under the options."""
        options = self.options
        opened = [lot.cost.local(options) for lot in lots]
        spent = [lot.cost.base(options) for lot in lots]
        gross = total([lot.cost.gross_base for lot in lots])
        return row_of(Taken, (lots, total([lot.quantity for lot in lots]), opened, spent, gross, missing))

    def remove(self, priced: Priced, where: Where, asset: str, quantity: Decimal) -> Taken:
        """Take units out of long lots; a residue up to 1e-12 of them is closed: it is neither taken nor missing."""
        key = (self.place(where), asset)
        pool = self.long[key]
        if pool.quantity < quantity:
            self.borrow(priced, *key, quantity)
        taking = self.without_dust(priced, asset, quantity, pool.quantity)
        named = self._named_lots(priced, pool, quantity, taking)
        part = min(taking, pool.quantity)
        taken = self.taken(pool.take(part, named) if part else [], taking - part)
        self.hold(where, asset, -part)
        self.grow(priced.day, key, -part, -total(taken.opened), -total(taken.spent), gross=-taken.gross)
        return taken

    def without_dust(
        self, priced: Priced, asset: str, quantity: Decimal, held: Decimal, sign: Decimal = ONE
    ) -> Decimal:
        residue = held - quantity
        if not residue or abs(residue) > DUST_FRACTION * quantity:
            return quantity
        self.dust[asset] = -sign * residue
        self.warn("dust_closed", f"a residue of {abs(residue):f} units was closed", priced, asset)
        return held

    def _named_lots(self, priced: Priced, pool: Pool, quantity: Decimal, taking: Decimal) -> dict[str, Decimal]:
        """The lots a transaction names, and how much of each it takes at most."""
        names, wanted = priced.draft.lot_ids, priced.draft.lot_quantities
        if self.options.lot_method is not LotMethod.SPECIFIC or not names:
            return {}
        held = {name: pool.held(name) for name in names}
        if priced.draft.type is TransactionType.LP_ADD:
            # The others are lots of another side.
            held = {name: units for name, units in held.items() if units}
            if not held:
                return {}
        if not wanted:
            if sum(held.values(), ZERO) < taking:
                raise self._refusal(priced, "lot_ids", "the lots named here hold less than is taken")
            return held
        named = {name: units for name, units in zip(names, wanted, strict=True) if name in held}
        if (whole := sum(named.values(), ZERO)) != quantity:
            detail = f"sum to {whole:f}; {quantity:f} units are taken"
            raise self._refusal(priced, "lot_quantities", detail)
        # Where a residue is closed, a lot may hold that much less than was said.
        residue = abs(taking - quantity)
        for place, name in enumerate(names):
            if name in named and named[name] - held[name] > residue:
                detail = f"the lot {name} holds {held[name]:f}, less than {named[name]:f}"
                raise self._refusal(priced, f"lot_quantities/{place}", detail)
        return named

    def check_named_lots(self, priced: Priced, assets: Iterable[str]) -> None:
        """See that each lot a transaction names is one of some assets.

        Raises:
            Invalid: no open lot of them has such a name.
        """
        place = self.place(priced.where)
        pools = [self.pool(self.long, place, asset) for asset in assets]
        if self.options.lot_method is LotMethod.SPECIFIC and not all(
            any(pool.held(name) for pool in pools) for name in priced.draft.lot_ids
        ):
            raise self._refusal(priced, "lot_ids", "a lot named here is none of what goes into the pool")

    def _refusal(self, priced: Priced, field: str, detail: str) -> Invalid:
        return Invalid(faults=(Fault(f"{priced.draft.pointer}/{field}", detail),))

    def record_missing(self, priced: Priced, where: Where, asset: str, quantity: Decimal) -> None:
        """Units left that were never acquired: they stay on record until they are entered."""
        draft, day = priced.draft, date.fromordinal(priced.day)
        row = MissingAcquisition(draft.id, asset, *where, day, quantity)
        self.missing.append(row)
        detail = f"{plain(quantity)} units have no known acquisition; their cost is taken as zero"
        self.warn("missing_acquisition", detail, priced, asset, where)

    def hold(self, where: Where, asset: str, quantity: Decimal, *, is_short: bool = False) -> None:
        """An account has so many units more, long ones or (bought back) short ones."""
        portfolio, account = where
        accounts = self.held.setdefault((portfolio, asset), {})
        accounts[account] = accounts.get(account, ZERO) + quantity
        if is_short:
            shorts = self.shorted.setdefault((portfolio, asset), {})
            shorts[account] = shorts.get(account, ZERO) - quantity

    def cost_of(self, where: Where, asset: str, quantity: Decimal) -> Decimal:
        """What some of the units in a place cost on average, in base currency; nothing when there are none.

        Without fees and taxes: it stands in for a value, which follows no option.
        """
        track = self.tracks.get((self.place(where), asset))
        held, _, _, gross = track.now() if track else (ZERO, ZERO, ZERO, ZERO)
        return allocate(gross, min(quantity, held), held, self.places(asset)) if held > 0 else ZERO

    def shed_cost(self, day: int, place: Place, asset: str, lots: Sequence[Lot]) -> None:
        """The cost of lots leaves an asset without units."""
        shed = self.taken(lots)
        self.grow(day, (place, asset), ZERO, -total(shed.opened), -total(shed.spent), gross=-shed.gross)

    def grow(
        self,
        day: int,
        key: tuple[Place, str],
        quantity: Decimal,
        local: Decimal = ZERO,
        base: Decimal = ZERO,
        *,
        gross: Decimal = ZERO,
    ) -> None:
        track = self.tracks[key]
        units, local_cost, base_cost, gross_cost = track.now()
        units += quantity
        if units or not self._is_empty(key):
            track.set(day, units, local_cost + local, base_cost + base, gross_cost + gross)
        else:
            track.set(day, units, ZERO, ZERO, ZERO)

    def _is_empty(self, key: tuple[Place, str]) -> bool:
        return not any(side[key].quantity for side in (self.long, self.short) if key in side)


def _asset_of(market: Market, cash_keys: frozenset[str], key: str) -> Asset | None:
    known = market.assets.get(key)
    return Asset(key, market.base_currency) if known is None and key not in cash_keys else known


def _places(assets: Mapping[str, Asset | None], key: str) -> int:
    asset = assets[key]
    return asset.places if asset else PLACES


def _new_pool(options: Options, assets: Mapping[str, Asset | None], key: tuple[Place, str]) -> Pool:
    return Pool(options, _places(assets, key[1]))


def _new_average(assets: Mapping[str, Asset | None], key: tuple[Place, str]) -> AveragePool:
    return AveragePool(_places(assets, key[1]))


def _new_track(kind: type[Track], assets: Mapping[str, Asset | None], key: tuple[Place, str]) -> Track:
    return kind(*key, is_cash=assets[key[1]] is None)
