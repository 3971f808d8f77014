"""Work a figure out again from what its explanation shows, and from nothing else.

A second implementation on purpose: plain Python over the JSON of ``finsage evaluate --explain``, exact fractions for
money, the standard library for the rest. It knows the formulas by their ids and shares no code with the product.
"""

from __future__ import annotations

import math
import statistics
from datetime import date
from fractions import Fraction
from typing import Any

Row = dict[str, Any]


class Wrong(AssertionError):
    """What is shown does not add up."""


def recompute(shown: Row) -> Fraction | float | int | None:
    """The value of a figure from the rows of its explanation; None where they say that it cannot be known."""
    check_rows(shown)
    check_portions(shown)
    return _FORMULAS[shown["formula"]](shown)


def number(text: str | float | None) -> Fraction:
    if text is None:
        msg = "a number is missing"
        raise Wrong(msg)
    return Fraction(str(text))


def rows(shown: Row, name: str) -> list[Row]:
    return shown.get(name) or []


def term(shown: Row, name: str) -> Fraction:
    [found] = [row for row in rows(shown, "terms") if row["name"] == name]
    return number(found["value"])


def days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


# ------------------------------------------------------------------------------------------- the rows themselves


def check_rows(shown: Row) -> None:
    """Every row is itself the result of the numbers beside it."""
    prices = {(*asset_of(row), row["on"]): row for row in rows(shown, "prices")}
    rates = {(row["base"], row["quote"], row["on"]): row for row in rows(shown, "rates")}
    for row in (*prices.values(), *rates.values()):
        if row["age_days"] != max(0, days_between(row["quoted_on"], row["on"])):
            msg = f"age of {row}"
            raise Wrong(msg)
    for row in rows(shown, "valuations"):
        _check_valuation(shown, row, prices, rates)
    for row in rows(shown, "disposals"):
        _check_disposal(shown, row)
    units = {row["day"]: row for row in rows(shown, "unit_values")}
    for row in units.values():
        _check_unit(shown, row, prices, rates)
    for row in rows(shown, "bought"):
        _check_bought(row, units)
    for row in rows(shown, "matches"):
        _check_match(row)
    for row in rows(shown, "sub_periods"):
        grown = 1.0 if row["is_idle"] else _growth(shown, row)
        if not math.isclose(grown, row["growth"], rel_tol=1e-9, abs_tol=1e-9):
            msg = f"growth of {row}"
            raise Wrong(msg)


def _check_valuation(shown: Row, row: Row, prices: Row, rates: Row) -> None:
    base = shown["base_currency"]
    if row["currency"] != base and row["rate"] is not None:
        equal(rates[row["currency"], base, row["day"]]["rate"], row["rate"], row)
    if row["price"] is not None:
        equal(prices[(*asset_of(row), row["day"])]["price"], row["price"], row)
    if row["value"] is None:
        return
    _check_charges(shown["options"], row)
    if row["is_at_cost"]:
        equal(row["value"], row["gross_cost"], row)
        if row["cost"] is not None:
            equal(row["cost_now"], row["cost"], row)
        return
    price = Fraction(1) if row["price"] is None else number(row["price"])
    equal(row["value"], number(row["quantity"]) * price * number(row["multiplier"]) * number(row["rate"]), row)
    if row["price"] is not None and row["cost_now"] is not None:
        equal(row["cost_now"], number(row["cost_local"]) * number(row["rate"]), row)


def _check_charges(options: Row, row: Row) -> None:
    """Where neither fees nor taxes are meant to be in cost, none are; a page shows the rest of it where it counts."""
    if row.get("gross_cost") is not None and options["fees_in_cost"] is options["taxes_in_cost"] is False:
        equal(row["gross_cost"], row["cost"], row)


def _check_unit(shown: Row, row: Row, prices: Row, rates: Row) -> None:
    # A benchmark is nobody's: what a portfolio that holds the asset says of its price stands beside it.
    found = {owner or "": price for (owner, *place), price in prices.items() if place == [row["symbol"], row["day"]]}
    [close] = [found[""]] if "" in found else found.values()
    equal(close["price"], row["close"], row)
    if row["rate"] is None:
        if row["value"] is not None:
            msg = f"a value without a rate in {row}"
            raise Wrong(msg)
        return
    if row["currency"] != shown["base_currency"]:
        equal(rates[row["currency"], shown["base_currency"], row["day"]]["rate"], row["rate"], row)
    equal(row["value"], number(row["close"]) * number(row["rate"]) * number(row["splits"]), row)


def _check_bought(row: Row, units: Row) -> None:
    if row["units"] is None:
        return
    equal(units[row["day"]]["value"], row["unit_value"], row)
    if abs(number(row["amount"]) / number(row["unit_value"]) - number(row["units"])) > Fraction(1, 10**18):
        msg = f"units of {row}"
        raise Wrong(msg)


def _check_disposal(shown: Row, row: Row) -> None:
    if row["gain"] is None:
        return
    equal(row["gain"], number(row["proceeds"]) - number(row["cost"]), row)
    if row["cost_now"] is None:
        return
    equal(row["price"], number(row["proceeds"]) - number(row["cost_now"]), row)
    equal(row["fx"], number(row["cost_now"]) - number(row["cost"]), row)
    if row["rate"] is None:
        return
    now = number(row["cost_local"]) * number(row["rate"]) / number(row["rate_per"])
    if abs(now - number(row["cost_now"])) > Fraction(1, 10**17):
        msg = f"cost at the rate of the sale in {row}"
        raise Wrong(msg)


def _check_match(row: Row) -> None:
    """A page shows the parts of a gain where they are asked for."""
    if row.get("gain_price") is None:
        return
    price = number(row["opened_now"]) - number(row["cost"])
    if not row["is_short"]:
        price = number(row["proceeds"]) - number(row["opened_now"])
    equal(row["gain_price"], price, row)
    equal(row["gain_fx"], number(row["proceeds"]) - number(row["cost"]) - price, row)
    if row.get("opened") is not None:
        now = number(row["opened"]) * number(row["rate"]) / number(row["rate_per"])
        if abs(now - number(row["opened_now"])) > Fraction(1, 10**17):
            msg = f"at the rate of the day in {row}"
            raise Wrong(msg)


def check_matches(shown: Row) -> None:
    """What the lots say of each disposal sums to its gain."""
    sold = [row for row in rows(shown, "disposals") if row["rate"] is not None or row["gain"] is None]
    # A sale in a currency without a rate may pay its fee in units of what it sells: the gain of those alone is known.
    unknown = {(row["transaction"], row["symbol"]) for row in sold if row["gain"] is None}
    gains: dict[tuple[str, str], Fraction] = {}
    for row in sold:
        if (key := (row["transaction"], row["symbol"])) not in unknown:
            gains[key] = gains.get(key, Fraction(0)) + number(row["gain"])
    for key, gain in gains.items():
        found = [row for row in rows(shown, "matches") if (row["transaction"], row["symbol"]) == key]
        equal(sum((number(row["proceeds"]) - number(row["cost"]) for row in found), Fraction(0)), gain, key)
        for row in found:
            if row["lot"] is not None and row["held_days"] != days_between(row["acquired_on"], row["disposed_on"]):
                msg = f"held days of {row}"
                raise Wrong(msg)


def check_portions(shown: Row) -> None:
    """What portfolios have in a term, or in the figure itself, comes to it; quotients nearly."""
    parts: dict[str, list[str | None]] = {}
    for row in rows(shown, "portions"):
        parts.setdefault(row["term"], []).append(row["value"])
    for name, amounts in parts.items():
        whole = _together(shown, name)
        if (whole is None) != (None in amounts):
            msg = f"{name} of portfolios is {amounts}, together {whole}"
            raise Wrong(msg)
        if whole is not None:
            apart = abs(sum((number(amount) for amount in amounts), Fraction(0)) - whole)
            if apart > (Fraction(1, 10**9) if name in {"twi", "time_weighted_invested"} else 0):
                msg = f"{name} of portfolios is {amounts}, together {float(whole)}"
                raise Wrong(msg)


def _together(shown: Row, name: str) -> Fraction | None:
    """A sum of money of all portfolios, wherever it is shown; None where it is not known."""
    if name == "time_weighted_invested":
        amounts = [row["value"] for row in rows(shown, "terms") if row["name"] == name]
    elif name == shown["figure"]:
        amounts = [shown["value"]]
    elif found := [row["value"] for row in rows(shown, "terms") if row["name"] == name]:
        amounts = found
    elif name == "net_flow":
        # A curve says what came of the sums, without naming them.
        amounts = [row["amount"] for row in rows(shown, "flows")]
    else:
        start, end = shown["period"]
        amounts = [row["value"] for row in rows(shown, "valuations") if row["day"] == (end, start)[name != "end_value"]]
        # Both ends of no day at all are the same lines, told twice.
        amounts = amounts[: len(amounts) // 2] if start == end else amounts
    return None if None in amounts else sum((number(amount) for amount in amounts), Fraction(0))


def equal(one: Any, two: Any, what: Any) -> None:
    one, two = (part if isinstance(part, Fraction) else number(part) for part in (one, two))
    if one != two:
        msg = f"{float(one)} is not {float(two)}: {what}"
        raise Wrong(msg)


def _growth(shown: Row, row: Row) -> float:
    before, after = float(number(row["start_value"])), float(number(row["end_value"]))
    inflow, outflow = float(number(row["inflow"])), float(number(row["outflow"]))
    flow = inflow - outflow
    base, end = {
        "inflow_start_outflow_end": (before + inflow, after + outflow),
        "start": (before + flow, after),
        "end": (before, after - flow),
        "mid": (before + flow / 2, after - flow / 2),
    }[shown["options"]["flow_timing"]]
    return end / base


# ------------------------------------------------------------------------------------------- formulas


def _sum(table: str, column: str) -> Any:
    def formula(shown: Row) -> Fraction:
        if column in {"gain", "price", "fx"}:
            check_matches(shown)
        return sum((number(row[column]) for row in rows(shown, table)), Fraction(0))

    return formula


def _of_lots_taken(shown: Row) -> Fraction:
    return sum((number(row["proceeds"]) - number(row["cost"]) for row in rows(shown, "matches")), Fraction(0))


def _price(shown: Row) -> Fraction | None:
    [row] = rows(shown, "valuations")
    return None if row["price"] is None else number(row["price"])


def _average_price(shown: Row) -> Fraction:
    lots = sum((number(row["cost_in_asset_currency"]) for row in rows(shown, "lots")), Fraction(0))
    equal(lots, term(shown, "cost_in_asset_currency"), "local cost of lots")
    return term(shown, "cost_in_asset_currency") / (term(shown, "quantity") * term(shown, "multiplier"))


def _weight(shown: Row) -> float:
    # Nothing is held when there is no line.
    equal(_sum("valuations", "value")(shown), term(shown, "market_value"), "market value")
    return float(term(shown, "market_value") / term(shown, "portfolio_value"))


def _drift(shown: Row) -> float:
    return _weight(shown) - float(term(shown, "target"))


def _trade(shown: Row) -> Fraction:
    _weight(shown)
    return term(shown, "target") * term(shown, "portfolio_value") - term(shown, "market_value")


def _ends(shown: Row) -> None:
    """The sums in the terms are those of the lines; a sum is missing when one of its lines is."""
    terms = {row["name"]: row["value"] for row in rows(shown, "terms")}
    for when, day in zip(("start", "end"), shown["period"], strict=True):
        found = [row for row in rows(shown, "valuations") if row["day"] == day]
        for name in ("value", "cost", "cost_now"):
            if f"{when}_{name}" not in terms:
                continue
            given = terms[f"{when}_{name}"]
            if (given is None) != any(row[name] is None for row in found):
                msg = f"{when}_{name} is {given}"
                raise Wrong(msg)
            if given is not None:
                equal(sum((number(row[name]) for row in found), Fraction(0)), number(given), name)


def _unrealised(first: str, second: str) -> Any:
    def formula(shown: Row) -> Fraction:
        _ends_of_two_days(shown)
        end = term(shown, f"end_{first}") - term(shown, f"end_{second}")
        return end - (term(shown, f"start_{first}") - term(shown, f"start_{second}"))

    return formula


def _ends_of_two_days(shown: Row) -> None:
    if shown["period"][0] != shown["period"][1]:
        _ends(shown)


def _unrealised_return(shown: Row) -> float:
    return float(term(shown, "unrealised_gain") / term(shown, "cost_basis"))


def _gain(shown: Row) -> Fraction:
    _ends_of_two_days(shown)
    return _gain_of_terms(shown)


def _gain_of_terms(shown: Row) -> Fraction:
    equal(sum((number(row["amount"]) for row in rows(shown, "flows")), Fraction(0)), term(shown, "net_flow"), "flows")
    return term(shown, "end_value") - term(shown, "start_value") - term(shown, "net_flow")


def _simple_return(shown: Row) -> float:
    put_in = sum((number(row["amount"]) for row in rows(shown, "flows") if number(row["amount"]) > 0), Fraction(0))
    return float(_gain(shown) / (term(shown, "start_value") + put_in))


def _dietz(shown: Row) -> float:
    length = days_between(*shown["period"])
    if not length:
        return float(_gain(shown) / term(shown, "start_value"))
    capital = term(shown, "start_value")
    for row in rows(shown, "flows"):
        amount, timing = number(row["amount"]), shown["options"]["flow_timing"]
        worked = length - days_between(shown["period"][0], row["day"])
        extra = {"start": Fraction(1), "end": Fraction(0), "mid": Fraction(1, 2)}.get(timing, Fraction(amount > 0))
        if not math.isclose(float((worked + extra) / length), row["weight"], rel_tol=1e-12):
            msg = f"weight of {row}"
            raise Wrong(msg)
        capital += (worked + extra) / length * amount
    return float(_gain(shown) / capital)


def _twr(shown: Row) -> float:
    growth, at = 1.0, shown["period"][0]
    for row in rows(shown, "sub_periods"):
        if row["start"] != at:
            msg = f"a gap before {row}"
            raise Wrong(msg)
        growth, at = growth * (1.0 if row["is_idle"] else _growth(shown, row)), row["end"]
    if at != shown["period"][1]:
        msg = "the stretches end early"
        raise Wrong(msg)
    return growth - 1.0


def _twr_yearly(shown: Row) -> float:
    return (1.0 + _twr(shown)) ** (365 / days_between(*shown["period"])) - 1.0


def payments(shown: Row) -> list[tuple[int, float]]:
    """The investor's payments: negative in, positive out."""
    found = [(0, -float(term(shown, "start_value")))]
    found += [(days_between(shown["period"][0], row["day"]), -float(row["amount"])) for row in rows(shown, "flows")]
    return [*found, (days_between(*shown["period"]), float(term(shown, "end_value")))]


def balance(rate: float, paid: list[tuple[int, float]]) -> float:
    return sum(amount * (1.0 + rate) ** (-days / 365) for days, amount in paid)


def balanced_relatively(rate: float, paid: list[tuple[int, float]]) -> float:
    """How far from balance a rate is, of everything that moves; 0 at a root."""
    scale = sum(abs(amount) * (1.0 + rate) ** (-days / 365) for days, amount in paid)
    return balance(rate, paid) / scale if scale else 0.0


def _mwr(shown: Row) -> float:
    """The rate shown balances all payments: their sum changes sign around it, or touches zero there."""
    _gain(shown)
    return _balancing(shown)


def _balancing(shown: Row) -> float:
    rate, paid = shown["value"], payments(shown)
    if abs(balanced_relatively(rate, paid)) > 1e-7:
        msg = f"{rate} does not balance {paid}"
        raise Wrong(msg)
    return float(rate)


def _mwr_period(shown: Row) -> float:
    [rate] = [row["value"] for row in rows(shown, "terms") if row["name"] == "mwr"]
    _gain(shown)
    return _over_the_period(shown, rate)


def _over_the_period(shown: Row, rate: float) -> float:
    _balancing({**shown, "value": rate})
    return float((1.0 + rate) ** (days_between(*shown["period"]) / 365) - 1.0)


def asset_of(row: Row) -> tuple[str, str]:
    """The asset a row is of; each of several portfolios has its own."""
    return row.get("portfolio", ""), row["symbol"]


def _twi_of(shown: Row, asset: tuple[str, str], column: str) -> Fraction:
    money = days = Fraction(0)
    for row in rows(shown, "spans"):
        if asset_of(row) == asset:
            length = days_between(row["start"], row["end"])
            money, days = money + number(row[column]) * length, days + length
    return money / days if days else Fraction(0)


def _assets(shown: Row) -> list[tuple[str, str]]:
    return sorted({asset_of(row) for row in rows(shown, "terms")})


def _of(shown: Row, asset: tuple[str, str], name: str) -> Fraction:
    [row] = [row for row in rows(shown, "terms") if (row["name"], asset_of(row)) == (name, asset)]
    return number(row["value"])


def _twi(shown: Row) -> Fraction:
    return sum((_twi_of(shown, asset, "invested") for asset in _assets(shown)), Fraction(0))


def _roai(shown: Row, *, is_net: bool, at_end: bool) -> float:
    gain = invested = Fraction(0)
    tail = "_local" if at_end else ""
    for asset in _assets(shown):
        rate = _of(shown, asset, "end_rate") if at_end else Fraction(1)
        own = _of(shown, asset, f"realised{tail}") + _of(shown, asset, f"unrealised_end{tail}")
        own -= _of(shown, asset, f"unrealised_start{tail}")
        own -= _of(shown, asset, f"trade_fees{tail}") if is_net else Fraction(0)
        gain += rate * own
        invested += rate * _twi_of(shown, asset, f"invested{tail}")
    return float(gain / invested)


def _curve(shown: Row) -> list[float]:
    found = shown["curve"]
    if len(found["days"]) != len(found["values"]):
        msg = "a curve of unequal columns"
        raise Wrong(msg)
    return list(found["values"])


def _volatility(shown: Row) -> float:
    periods = 252 if shown["options"]["calendar"] == "trading" else 365
    return statistics.stdev(_curve(shown)) * math.sqrt(periods)


def _volatility_period(shown: Row) -> float:
    values = _curve(shown)
    return math.sqrt(statistics.variance(values) * len(values))


def _semi_volatility(shown: Row) -> float:
    values = _curve(shown)
    mean = statistics.fmean(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values if value < mean) / (len(values) - 1) * len(values))


# Two levels that differ by less are one level, met twice.
_SAME = 1e-12


def _deepest(values: list[float]) -> tuple[float, int, int]:
    """Depth, and the places of high and trough."""
    high, best = 0, (0.0, 0, 0)
    for place, value in enumerate(values):
        if value > values[high]:
            high = place
        depth = 1.0 - value / values[high]
        if depth > best[0] + _SAME:
            best = (depth, high, place)
    return best


def _drawdown_max(shown: Row) -> float:
    return _deepest(_curve(shown))[0]


def _drawdown_days(shown: Row) -> int:
    values, high, longest = _curve(shown), 0, 0
    for place, value in enumerate(values):
        if value > values[high] * (1 + _SAME) or place == len(values) - 1:
            longest = max(longest, place - high)
            high = place
    return longest


def _recovery_days(shown: Row) -> int | None:
    values = _curve(shown)
    _, high, trough = _deepest(values)
    level = values[high] * (1 - _SAME)
    return next((place - trough for place in range(trough, len(values)) if values[place] >= level), None)


def _unit(shown: Row, name: str) -> Fraction:
    """A term that says what a unit of the benchmark was worth; the line of its day says the same."""
    [found] = [row for row in rows(shown, "terms") if row["name"] == name]
    [line] = [row for row in rows(shown, "unit_values") if row["day"] == found["day"]]
    equal(line["value"], found["value"], name)
    return number(found["value"])


def _price_return(shown: Row) -> float:
    return float(_unit(shown, "unit_end") / _unit(shown, "unit_start")) - 1.0


def _price_return_yearly(shown: Row) -> float:
    equal(term(shown, "days"), Fraction(days_between(*shown["period"])), "days")
    return float((1.0 + _price_return(shown)) ** (365 / days_between(*shown["period"])) - 1.0)


def _check_curve_of_unit(shown: Row) -> None:
    """Every point of the curve follows from the values of a unit, each of which holds until the next."""
    lines = sorted((row["day"], float(number(row["value"]))) for row in rows(shown, "unit_values"))
    curve, is_growth = shown["curve"], shown["curve"]["name"] == "growth"

    def value_on(day: str) -> float:
        return next((value for since, value in reversed(lines) if since <= day), lines[0][1])

    before = value_on(shown["period"][0])
    for day, value in zip(curve["days"], curve["values"], strict=True):
        now = value_on(day)
        if not math.isclose(now / before, value if is_growth else 1.0 + value, rel_tol=1e-9):
            msg = f"the curve on {day}: {value}"
            raise Wrong(msg)
        before = before if is_growth else now


def _of_unit(formula: Any) -> Any:
    def again(shown: Row) -> float:
        _check_curve_of_unit(shown)
        return float(formula(shown))

    return again


def _units_at_the_end(shown: Row) -> Fraction:
    units = sum((number(row["units"]) for row in rows(shown, "bought")), Fraction(0))
    # What came in is the value at the start, which the lines of that day sum to, and every flow.
    paid = [(row["day"], number(row["amount"])) for row in rows(shown, "bought") if row["transaction"]]
    flows = [(row["day"], number(row["amount"])) for row in rows(shown, "flows") if number(row["amount"])]
    if paid != flows:
        msg = f"{paid} bought units, {flows} were paid"
        raise Wrong(msg)
    first = sum((number(row["amount"]) for row in rows(shown, "bought") if not row["transaction"]), Fraction(0))
    held = [row for row in rows(shown, "valuations") if row["day"] == shown["period"][0]]
    equal(sum((number(row["value"]) for row in held), Fraction(0)), first, "value at the start")
    if not units:
        return Fraction(0)
    [line] = [row for row in rows(shown, "unit_values") if row["day"] == shown["period"][1]]
    return units * number(line["value"])


def _same_flows_mwr_period(shown: Row) -> float:
    [rate] = [row["value"] for row in rows(shown, "terms") if row["name"] == "same_flows_mwr"]
    return _over_the_period(shown, rate)


def _same_flows_value(shown: Row) -> Fraction:
    units = sum((number(row["units"]) for row in rows(shown, "bought")), Fraction(0))
    equal(units, term(shown, "units"), "units")
    return _units_at_the_end(shown)


def _from_units(formula: Any) -> Any:
    """A figure of the same money in the benchmark: its value at the end is that of the units."""

    def again(shown: Row) -> Any:
        equal(_units_at_the_end(shown), term(shown, "end_value"), "value at the end")
        bought = [row["amount"] for row in rows(shown, "bought") if not row["transaction"]]
        equal(bought[0] if bought else "0", term(shown, "start_value"), "value at the start")
        _gain_of_terms(shown)
        return formula(shown)

    return again


def _twr_difference(shown: Row) -> float:
    return _twr(shown) - _price_return(shown)


def _renamed(shown: Row, name: str, other: str) -> Row:
    """The same with a term in the place of another."""
    left = [row for row in rows(shown, "terms") if row["name"] != other]
    return {**shown, "terms": [{**row, "name": other if row["name"] == name else row["name"]} for row in left]}


def _mwr_difference(shown: Row) -> float:
    own, same = (term(shown, name) for name in ("mwr", "same_flows_mwr"))
    equal(_units_at_the_end(shown), term(shown, "same_flows_value"), "value of the units")
    _mwr({**shown, "value": float(own)})
    _balancing({**_renamed(shown, "same_flows_value", "end_value"), "value": float(same)})
    return float(own) - float(same)


_FORMULAS: dict[str, Any] = {
    "quantity": _sum("contributions", "amount"),
    "cash": _sum("contributions", "amount"),
    "cost_basis": _sum("lots", "cost"),
    "average_price": _average_price,
    "price": _price,
    **dict.fromkeys(("market_value", "securities_value", "cash_value", "start_value"), _sum("valuations", "value")),
    "weight": _weight,
    "drift": _drift,
    "trade": _trade,
    "realised_gain": _sum("disposals", "gain"),
    "realised_gain_price": _sum("disposals", "price"),
    "realised_gain_fx": _sum("disposals", "fx"),
    "realised_gain_cash": _sum("disposals", "gain"),
    **dict.fromkeys(("realised_gain_long", "realised_gain_short", "realised_gain_lots"), _of_lots_taken),
    **{
        f"{name}{end}": _sum("matches", column)
        for column, name, ends in (
            ("cost", "realised_cost", ("", "_long", "_short")),
            ("proceeds", "realised_proceeds", ("", "_long", "_short")),
            ("fees", "realised_fees", ("", "_long", "_short")),
            ("gain_price", "realised_gain_price", ("_lots", "_long", "_short")),
            ("gain_fx", "realised_gain_fx", ("_lots", "_long", "_short")),
        )
        for end in ends
    },
    "unrealised_gain": _unrealised("value", "cost"),
    "unrealised_gain_price": _unrealised("value", "cost_now"),
    "unrealised_gain_fx": _unrealised("cost_now", "cost"),
    "unrealised_return": _unrealised_return,
    **dict.fromkeys(("income", "fees", "fees_in_cost", "fees_expensed"), _sum("contributions", "amount")),
    **dict.fromkeys(("taxes", "taxes_withheld", "taxes_in_cost", "taxes_expensed"), _sum("contributions", "amount")),
    "net_flow": _sum("flows", "amount"),
    "simple_gain": _gain,
    **dict.fromkeys(("simple_return", "day_return"), _simple_return),
    "twr": _twr,
    "twr_annualised": _twr_yearly,
    "mwr": _mwr,
    "mwr_period": _mwr_period,
    "modified_dietz": _dietz,
    "twi": _twi,
    "roai_net": lambda shown: _roai(shown, is_net=True, at_end=False),
    "roai_gross": lambda shown: _roai(shown, is_net=False, at_end=False),
    "roai_net_end_fx": lambda shown: _roai(shown, is_net=True, at_end=True),
    "roai_gross_end_fx": lambda shown: _roai(shown, is_net=False, at_end=True),
    "volatility": _volatility,
    "volatility_period": _volatility_period,
    "semi_volatility_period": _semi_volatility,
    "drawdown_max": _drawdown_max,
    "drawdown_days": _drawdown_days,
    "recovery_days": _recovery_days,
    "benchmark_twr": _price_return,
    "benchmark_twr_annualised": _price_return_yearly,
    "benchmark_volatility": _of_unit(_volatility),
    "benchmark_drawdown_max": _of_unit(_drawdown_max),
    "twr_difference": _twr_difference,
    "same_flows_value": _same_flows_value,
    "same_flows_gain": _from_units(_gain_of_terms),
    "same_flows_mwr": _from_units(_balancing),
    "same_flows_mwr_period": _from_units(_same_flows_mwr_period),
    "mwr_difference": _mwr_difference,
}
