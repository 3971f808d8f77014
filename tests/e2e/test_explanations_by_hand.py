"""Every figure worked out again from what its explanation shows on the page, for every lot method.

The numbers are read off the tables a person reads, with every digit, and nothing is asked of the API beside them; the
second implementation is that of ``oracle.by_hand``.
"""

from __future__ import annotations

import re
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from e2e.person import Newcomer, Person, settled
from oracle.by_hand import recompute

from finsage.finance.explanation.figures import FIGURES
from finsage.finance.options import LotMethod

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytest.importorskip("playwright", reason="playwright is in the group browser")

FIRST, LAST = "2024-01-01", "2024-12-31"
USD = {"currency": "USD", "settle_currency": "EUR"}
# The names of tables and columns on the page, as the second implementation calls them; a word after the name tells how
# to read a column: a day, a transaction, words.
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "What each portfolio has in it": ("portions", {"Portfolio": "portfolio words", "Term": "term words",
                                                   "Value": "value"}),
    "What each transaction added": ("contributions", {"Day": "day day", "Amount": "amount"}),
    "What was held and its value": ("valuations", {
        "Name": "symbol words", "Portfolio": "portfolio words", "Day": "day day", "Quantity": "quantity", "Price": "price", "Multiplier": "multiplier",
        "Rate": "rate", "Value": "value", "Cost": "cost", "Cost at the day’s rate": "cost_now",
    }),
    "Open lots": ("lots", {"Units": "quantity", "Cost": "cost",
                           "Cost in the asset’s currency": "cost_in_asset_currency"}),
    "Disposals": ("disposals", {
        "Transaction": "transaction link", "Name": "symbol words", "Portfolio": "portfolio words", "Proceeds": "proceeds", "Cost": "cost",
        "Gain": "gain", "By price": "price", "By currency": "fx",
    }),
    "Lots taken": ("matches", {
        "Sold": "disposed_on day", "Transaction": "transaction link", "Name": "symbol words",
        "Acquired": "acquired_on day", "Units": "quantity", "Proceeds": "proceeds", "Cost": "cost",
        "Days held": "held_days", "Fee": "fees", "Side": "side words", "Opened, at the day’s rate": "opened_now",
        "By price": "gain_price", "By currency": "gain_fx",
    }),
    "What the money would have bought": ("bought", {
        "Day": "day day", "Transaction": "transaction link", "Amount": "amount", "Value of a unit": "unit_value",
        "Units": "units",
    }),
    "What a unit of the benchmark was worth": ("unit_values", {
        "Name": "symbol words", "Day": "day day", "Close": "close", "Rate": "rate", "Splits since the start": "splits",
        "Value": "value",
    }),
    "Money in and out": ("flows", {"Day": "day day", "Part of the period": "weight", "Amount": "amount"}),
    "Stretches between flows": ("sub_periods", {
        "From": "start day", "To": "end day", "At the start": "start_value", "In": "inflow", "Out": "outflow",
        "At the end": "end_value", "Growth": "growth",
    }),
    "Money invested": ("spans", {
        "Name": "symbol words", "Portfolio": "portfolio words", "From": "start day", "To": "end day", "Invested": "invested",
        "Invested, in its currency": "invested_local",
    }),
    "Prices used": ("prices", {
        "Name": "symbol words", "Portfolio": "portfolio words", "Used for": "on day", "Price": "price", "Of": "quoted_on day", "Age": "age_days",
    }),
    "Exchange rates used": ("rates", {
        "Pair": "pair words", "Used for": "on day", "Rate": "rate", "Of": "quoted_on day", "Age": "age_days",
    }),
}  # fmt: skip
PORTIONS = {"Value at the start": "start_value", "Value at the end": "end_value", "Paid in, net": "net_flow"}
CURVES = {"Daily returns": "returns", "Logarithmic returns": "log_returns", "Growth of one unit": "growth"}
READ = """drawer => [...drawer.querySelectorAll('section')].filter(one => one.querySelector('table')).map(one => ({
    title: one.querySelector('h3').innerText,
    head: [...one.querySelectorAll('thead th')].map(cell => cell.innerText.trim()),
    rows: [...one.querySelectorAll('tbody tr')].map(row => [...row.querySelectorAll('th, td')].map(cell => ({
        text: cell.innerText.trim(),
        day: cell.querySelector('time')?.dateTime ?? null,
        link: cell.querySelector('a')?.href ?? null,
    }))),
}))"""


def _number(text: str) -> str | None:
    """A number as a page in British English writes it, without its currency; None where it is not known."""
    text = text.replace("−", "-").replace(",", "")
    if re.fullmatch(r"-?[\d.]+e[+-]?\d+", text):
        return text
    return re.sub(r"[^\d.-]", "", text) or None


def _cell(cell: dict[str, Any], how: str) -> Any:
    if how == "day":
        return cell["day"]
    if how == "link":
        # The value at the start is no transaction.
        return cell["link"] and re.search(r"open=([^&]+)", cell["link"]).group(1)  # type: ignore[union-attr]
    return cell["text"] if how == "words" else _number(cell["text"])


def _rows(table: dict[str, Any], columns: dict[str, str]) -> list[dict[str, Any]]:
    found = []
    for cells in table["rows"]:
        row: dict[str, Any] = {}
        for header, cell in zip(table["head"], cells, strict=True):
            name, _, how = columns.get(header, "").partition(" ")
            if name:
                row[name] = _cell(cell, how)
        found.append(row)
    return found


def _terms(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The name of a term, and of what it is, stand under its words."""
    found = []
    for name, *owner, value in table["rows"]:
        code, *more = name["text"].split("\n")[-1].split(" · ")
        days = [day for part in more for day in _days(part)]
        of = [part for part in more if part not in {"numerator", "denominator"} and not _days(part)]
        found.append({"name": code, "symbol": of[0] if of else None, "day": days[0] if days else None})
        found[-1]["value"] = _number(value["text"])
        if owner:
            found[-1]["portfolio"] = owner[0]["text"]
    return found


def _read(drawer: Locator, figure: str) -> dict[str, Any]:
    """What the page shows, under the names the second implementation has for it."""
    drawer.get_by_label("Every digit").check()
    more = drawer.get_by_role("button", name="Show all")
    while more.count():
        more.first.click()
    shown: dict[str, Any] = {"figure": figure, "formula": figure, "period": _period(drawer), "base_currency": "EUR"}
    # As the page says under the choices that change it; see below.
    shown["options"] = {"flow_timing": "inflow_start_outflow_end", "calendar": "trading"}
    policies = drawer.locator("dl").last.inner_text()
    assert "in at the start, out at the end of the day" in policies
    assert "trading" in policies
    for table in drawer.evaluate(READ):
        if table["title"] == "Terms":
            shown["terms"] = _terms(table)
        elif table["title"] in CURVES:
            points = _rows(table, {"Day": "day day", "Value": "value"})
            name, values = CURVES[table["title"]], [float(point["value"]) for point in points]
            shown["curve"] = {"name": name, "days": [point["day"] for point in points], "values": values}
        elif table["title"] in TABLES:
            name, columns = TABLES[table["title"]]
            shown[name] = _rows(table, columns)
    _complete(shown)
    exactly = drawer.get_by_test_id("exactly")
    shown["value"] = _number((exactly if exactly.count() else drawer.get_by_test_id("explained")).inner_text())
    return shown


def _period(drawer: Locator) -> list[str]:
    """A figure of an asset begins when the asset came."""
    return _days(drawer.get_by_text(re.compile("From the end of ")).inner_text())


def _days(words: str) -> list[str]:
    found = re.findall(r"(\d+) ([A-Z][a-z]{2})[a-z]* (\d{4})", words)
    return [datetime.strptime(" ".join(parts), "%d %b %Y").date().isoformat() for parts in found]  # noqa: DTZ007 - a day


def _complete(shown: dict[str, Any]) -> None:
    """What the page says by leaving it away."""
    for row in shown.get("valuations", []):
        is_cash = row["price"] is None
        row["is_at_cost"], row["currency"] = False, "EUR"
        row.setdefault("multiplier", "1")
        row.setdefault("cost_now", None)
        row["cost_local"] = row["quantity"] if is_cash else None
        if not is_cash and row["cost_now"] is not None:
            row["cost_local"] = Fraction(row["cost_now"]) / Fraction(row["rate"] or 1)
    matched = {row["symbol"] for row in shown.get("matches", [])}
    for row in shown.get("disposals", []):
        # Money has no lots, and no rate of its own.
        row |= {"cost_now": None, "rate": "1" if row["symbol"] in matched else None}
    for row in shown.get("matches", []):
        row |= {"lot": row["acquired_on"], "held_days": int(row["held_days"]), "is_short": row.get("side") == "short"}
    for row in shown.get("unit_values", []):
        row.setdefault("splits", "1")
        # The benchmarks of these tests are in dollars, which the page says of a close in brief.
        row["currency"] = "USD"
    for row in shown.get("rates", []):
        row["base"], _, row["quote"] = row.pop("pair").partition("/")
    for row in (*shown.get("prices", []), *shown.get("rates", [])):
        row["age_days"] = int(row["age_days"])
    for row in shown.get("flows", []):
        row["weight"] = float(row["weight"]) if row.get("weight") else None
    for row in shown.get("portions", []):
        # A sum has parts of itself alone; that of a rate on capital is the money invested.
        alone = "time_weighted_invested" if shown["figure"].startswith("roai") else shown["figure"]
        row["term"] = PORTIONS.get(row.get("term", ""), alone)
    for row in shown.get("sub_periods", []):
        row["growth"] = float(row["growth"])
        row["is_idle"] = Fraction(row["start_value"]) + Fraction(row["inflow"]) == 0


def _book(person: Person) -> str:
    """Two lots in dollars, sales that name parts of them, a dividend with tax, money in and out."""
    acme = person.create_asset("ACME", "ACME Works", currency="USD")
    shares = {"asset_id": acme, **USD}
    bought = person.record(
        {"type": "deposit", "day": "2024-01-02", "gross": "2000", "currency": "EUR"},
        {"type": "buy", "day": "2024-01-03", "quantity": "10", "unit_price": "100", "fee": "5", "fx_rate": "0.9",
         **shares},
        {"type": "buy", "day": "2024-02-01", "quantity": "5", "unit_price": "130", "fee": "1", "fx_rate": "0.92",
         **shares},
        {"type": "sell", "day": "2024-06-03", "quantity": "4", "unit_price": "150", "fee": "2", "fx_rate": "0.95",
         **shares},
        {"type": "dividend", "day": "2024-07-01", "asset_id": acme, "gross": "12", "tax": "3", "currency": "EUR"},
        {"type": "withdrawal", "day": "2024-08-01", "gross": "100", "currency": "EUR"},
    )  # fmt: skip
    lots = {"lot_ids": [f"{bought[2]}#1", f"{bought[1]}#1"], "lot_quantities": ["3", "2"]}
    person.record({"type": "sell", "day": "2024-09-02", "quantity": "5", "unit_price": "140", "fee": "1",
                   "fx_rate": "0.92", **shares, **lots})  # fmt: skip
    _quote(person, acme, {"2024-01-03": "100", "2024-04-02": "90", "2024-05-02": "135", "2024-12-20": "120",
                          LAST: "124"})  # fmt: skip
    aims = {"by": "asset", "items": [{"key": acme, "weight": "0.6"}]}
    person.call("PUT", f"/portfolios/{person.portfolio_id}/targets", aims)
    return acme


def _quote(person: Person, asset: str, closes: dict[str, str]) -> None:
    items = [{"day": day, "close": close} for day, close in closes.items()]
    person.call("PUT", f"/assets/{asset}/prices", {"items": items})


def _benchmark(person: Person) -> str:
    """A fund in dollars that nobody holds, which splits and falls."""
    world = person.create_asset("WORLD", "World Fund", currency="USD")
    _quote(person, world, {"2023-12-29": "90", "2024-03-01": "97", "2024-05-02": "88.5", "2024-10-01": "51",
                           "2024-12-27": "53"})  # fmt: skip
    person.record({"type": "split", "day": "2024-09-16", "asset_id": world, "ratio": "2"})
    return world


def _second_book(person: Person, asset: str) -> None:
    """Dollars at another broker, under other choices: a lot, a sale of some of it, interest."""
    given = {"name": "Overseas", "base_currency": "USD", "lot_method": "lifo", "fees_in_cost": False}
    second = person.call("POST", "/portfolios", given)["id"]
    drafts = [
        {"type": "deposit", "day": "2024-02-01", "gross": "3000", "currency": "USD"},
        {"type": "buy", "day": "2024-02-05", "asset_id": asset, "quantity": "5", "unit_price": "110", "fee": "1"},
        {"type": "buy", "day": "2024-03-05", "asset_id": asset, "quantity": "5", "unit_price": "130", "fee": "1"},
        {"type": "sell", "day": "2024-06-03", "asset_id": asset, "quantity": "6", "unit_price": "150", "fee": "2"},
        {"type": "interest", "day": "2024-07-02", "gross": "7", "tax": "2", "currency": "USD"},
    ]
    person.call("POST", f"/portfolios/{second}/transactions:batch", {"transactions": drafts})


PARTS = 4


def _again(person: Person, figure: str, of: dict[str, str]) -> bool:
    """Open the explanation by its address, and work the figure out again; whether it is known at all."""
    asked = {"explain_of": person.portfolio_id, "explain": figure, "explain_from": FIRST, "explain_to": LAST, **of}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    person.page.goto(f"/portfolios/{person.portfolio_id}/transactions?{query}")
    drawer = person.page.get_by_role("dialog")
    drawer.get_by_text("Formula", exact=True).wait_for()
    if drawer.get_by_text("It is not known").count():
        return False
    shown = _read(drawer, figure)
    if "mwr" in figure:
        shown["value"] = float(shown["value"])
        for row in shown["terms"]:
            row["value"] = float(row["value"]) if row["name"] in {"mwr", "same_flows_mwr"} else row["value"]
    again = recompute(shown)
    assert again is not None
    assert float(again) == pytest.approx(float(shown["value"]), rel=1e-9, abs=1e-9), (figure, of, shown)
    if FIGURES[figure].kind == "money" and figure != "twi":
        assert again == Fraction(shown["value"]), (figure, of)
    return True


def _asked(asset: str, benchmark: str, figures: list[str]) -> dict[str, list[dict[str, str]]]:
    """By figure, all that it can be asked of; each of them has something."""
    scopes: dict[str, list[dict[str, str]]] = {
        "portfolio": [{}],
        "asset": [{"explain_asset": asset}],
        "currency": [{"explain_currency": "EUR"}],
        "part": [{"explain_by": "asset", "explain_key": asset}],
        # On the later day something is held, whose value buys units too.
        "benchmark": [{"explain_benchmark": benchmark, "explain_from": day} for day in (FIRST, "2024-04-10")],
    }
    found = {name: [of for kind in scopes if kind in FIGURES[name].of for of in scopes[kind]] for name in figures}
    assert [name for name, ofs in found.items() if not ofs] == [], "figures that nothing here is asked for"
    return found


def _all_again(person: Person, asked: dict[str, list[dict[str, str]]]) -> None:
    """Every figure is known of something: what is worked out again nowhere would be proved by nobody."""
    worked = {name: [_again(person, name, of) for of in ofs] for name, ofs in asked.items()}
    assert [name for name, known in worked.items() if not any(known)] == [], "figures that are known of nothing here"


ALL = {"explain_of": "all", "explain_currency": "EUR"}
OF_PORTFOLIOS = [name for name, figure in FIGURES.items() if "portfolio" in figure.of]
# A lot method changes none of these.
OF_BENCHMARKS = [name for name, figure in FIGURES.items() if "benchmark" in figure.of]
OF_BOOKS = [name for name in FIGURES if name not in OF_BENCHMARKS]


def test_figures_of_all_portfolios_follow_from_what_their_page_shows(newcomer: Newcomer) -> None:
    person = newcomer()
    _second_book(person, _book(person))
    _all_again(person, {name: [ALL] for name in ("market_value", "twr", "roai_net_end_fx", "realised_gain")})
    # One click away is what each has in it, and the way back leads to where it came from.
    drawer = person.page.get_by_role("dialog", name="Realised gain")
    portions = drawer.get_by_role("table", name="What each portfolio has in it")
    own = portions.get_by_role("row").filter(has_text="Overseas").get_by_role("button")
    seen = own.inner_text()
    own.click()
    drawer.get_by_text(re.compile("^Overseas · From")).wait_for()
    assert _number(drawer.get_by_test_id("exactly").inner_text()) == _number(seen)
    shown = _read(drawer, "realised_gain")
    assert recompute(shown) == Fraction(shown["value"])
    person.page.go_back()
    drawer.get_by_text(re.compile("^All portfolios · From")).wait_for()
    settled(person.page)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("method", [LotMethod.FIFO, LotMethod.AVERAGE])
def test_every_figure_of_all_portfolios_follows_from_what_its_page_shows(
    newcomer: Newcomer, method: LotMethod, part: int
) -> None:
    person = newcomer()
    _second_book(person, _book(person))
    person.call("PATCH", f"/portfolios/{person.portfolio_id}", {"lot_method": method})
    _all_again(person, {name: [ALL] for name in OF_PORTFOLIOS[part::PARTS]})
    settled(person.page)


def test_figures_of_every_kind_follow_from_what_their_page_shows(newcomer: Newcomer) -> None:
    person = newcomer()
    asset = _book(person)
    kinds = ["realised_gain", "unrealised_gain_price", "average_price", "twr", "roai_net_end_fx", "volatility"]
    _all_again(person, _asked(asset, "", kinds))
    settled(person.page)


def test_every_figure_of_the_api_can_be_asked_of_something() -> None:
    assert list(_asked("an asset", "a benchmark", list(FIGURES))) == list(FIGURES)


def test_figures_of_a_benchmark_follow_from_what_their_page_shows(newcomer: Newcomer) -> None:
    person = newcomer()
    asset, benchmark = _book(person), _benchmark(person)
    kinds = ["benchmark_drawdown_max", "same_flows_value", "mwr_difference"]
    _all_again(person, _asked(asset, benchmark, kinds))
    # Of an asset beside the benchmark, too.
    assert _again(person, "same_flows_mwr", {"explain_asset": asset, "explain_benchmark": benchmark})
    settled(person.page)


@pytest.mark.slow
def test_every_figure_of_a_benchmark_follows_from_what_its_page_shows(newcomer: Newcomer) -> None:
    person = newcomer()
    asset, benchmark = _book(person), _benchmark(person)
    _all_again(person, _asked(asset, benchmark, OF_BENCHMARKS))
    settled(person.page)


def test_a_figure_under_another_lot_method_follows_from_what_its_page_shows(newcomer: Newcomer) -> None:
    person = newcomer()
    _book(person)
    drawer, seen = person.page.get_by_role("dialog"), set()
    for method, words in (("fifo", "first in, first out"), ("hifo", "dearest first")):
        assert _again(person, "realised_gain", {"explain_lots": method})
        assert words in drawer.locator("dl").last.inner_text()
        seen.add(drawer.get_by_test_id("exactly").inner_text())
    assert len(seen) == 2
    settled(person.page)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("method", LotMethod)
def test_every_figure_follows_from_what_its_page_shows(newcomer: Newcomer, method: LotMethod, part: int) -> None:
    # Nobody opens that many pages in a minute: all of them by one person would meet the limit of requests.
    person = newcomer()
    asset = _book(person)
    person.call("PATCH", f"/portfolios/{person.portfolio_id}", {"lot_method": method})
    _all_again(person, _asked(asset, "", OF_BOOKS[part::PARTS]))
    settled(person.page)
