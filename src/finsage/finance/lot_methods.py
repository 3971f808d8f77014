"""The same ledger under each lot method, side by side: what the choice moves between years and kinds of gain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import fold, known
from finsage.finance.money import UNKNOWN, exact, total
from finsage.finance.options import LotMethod, Options
from finsage.finance.results import Evaluation, Gain, Match, Term
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market


@dataclass(frozen=True, slots=True)
class RealisedSplit:
    """A realised gain: of lots held long, held short, and of foreign cash, which has no term. They sum to ``gain``."""

    gain: Decimal | None
    long: Decimal | None
    short: Decimal | None
    cash: Decimal | None


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """What a lot method makes of a ledger up to a day, in base currency."""

    method: LotMethod
    realised: Gain
    realised_split: RealisedSplit
    realised_year: RealisedSplit
    unrealised: Gain
    open_lots: int
    cost_basis: Decimal | None


def lot_methods_of(drafts: Iterable[Draft]) -> tuple[LotMethod, ...]:
    """The methods a ledger can be read by: ``specific`` only where a transaction names its lots."""
    has_names = any(draft.lot_ids for draft in drafts)
    return tuple(method for method in LotMethod if has_names or method is not LotMethod.SPECIFIC)


def compare_lot_methods(
    drafts: Sequence[Draft], market: Market, options: Options, methods: Iterable[LotMethod], *, day: date
) -> list[MethodFigures]:
    """Fold a ledger once per lot method.

    Args:
        drafts: all of them; those after ``day`` are left out.
        market: assets, prices and rates.
        options: everything but the method.
        methods: those to compare.
        day: the last day; realised gains are since the first transaction, and since the turn of its year.

    Returns:
        One row per method, in the order asked. Realised and unrealised gain sum to the same amount in each.
    """
    first = min((draft.booked_on for draft in drafts), default=day) - timedelta(days=1)
    turn = date(day.year - 1, 12, 31)
    rows = []
    for method in methods:
        ledger = fold(drafts, market, replace(options, lot_method=method, series=False), through=day)
        whole = evaluate_ledger(ledger, min(first, day), day, by_asset=False)
        year = evaluate_ledger(ledger, turn, day, by_asset=False) if turn > first else whole
        rows.append(
            MethodFigures(
                method, whole.realised, _split(whole), _split(year), whole.unrealised, len(whole.lots), whole.invested
            )
        )
    return rows


def _split(evaluation: Evaluation) -> RealisedSplit:
    with exact():
        long, short = (
            _sum(match for match in evaluation.matches if match.term is term) for term in (Term.LONG, Term.SHORT)
        )
        gain = UNKNOWN if evaluation.realised.gain is None else evaluation.realised.gain
        # Matches are of assets; what else was realised is the exchange gain of money spent.
        return RealisedSplit(known(gain), known(long), known(short), known(gain - long - short))


def _sum(matches: Iterable[Match]) -> Decimal:
    return total(UNKNOWN if match.gain is None else match.gain for match in matches)
