"""Every figure tells how it came about: opened from a page, read off it, and worked out again by hand."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.person import OpenPage, settled
from integration.cli.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

LOOKS = [(1366, "light"), (390, "dark")]
ALMOST = Decimal("1e-12")
DIGITS = 100

SignIn = Callable[["Page", Running], str]


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """Sums keep every digit: 28 of them are fewer than money has here."""
    with localcontext(prec=DIGITS):
        yield


def _number(text: str) -> Decimal:
    """A number as a page in British English writes it, without its currency."""
    return Decimal(re.sub(r"[^\d.-]", "", text.replace("−", "-")))


def _terms(drawer: Locator) -> dict[str, Decimal]:
    """The terms by the names of the formula, as they stand in the table."""
    table = drawer.get_by_role("table", name="Terms")
    table.wait_for()
    return {
        str(cell.get_attribute("data-term")): _number(cell.inner_text()) for cell in table.locator("[data-term]").all()
    }


def _value(drawer: Locator) -> Decimal:
    return _number(drawer.get_by_test_id("exactly").inner_text())


def _looked_at(page: Page, name: str) -> None:
    """No fault that axe knows, nothing wider than the window; a picture where somebody wants to look."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.response["violations"] == [], found.generate_report()
    assert page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_return_worked_out_again_from_the_page(
    width: int, scheme: str, demo: Running, open_page: OpenPage, sign_in: SignIn
) -> None:
    page = open_page(demo.url, width=width, scheme=scheme, reduced_motion="reduce")
    portfolio = sign_in(page, demo)
    page.goto(f"/portfolios/{portfolio}?tab=performance&metric=simple_return")
    settled(page)
    figure = page.get_by_test_id("metric").get_by_role("button")
    seen = figure.inner_text()
    _looked_at(page, f"metric-{width}-{scheme}")
    figure.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Simple return")
    terms = _terms(drawer)
    # The formula, the terms and the gain itself, from what stands on the page and nothing else.
    expect(drawer.get_by_text("simple_gain / (start_value + money_in)")).to_be_visible()
    gain = terms["end_value"] - terms["start_value"] - terms["net_flow"]
    assert terms["simple_gain"] == gain
    assert terms["capital"] == terms["start_value"] + terms["money_in"]
    assert abs(_value(drawer) - gain / terms["capital"]) < ALMOST
    assert _number(seen) == round(gain / terms["capital"] * 100, 2)
    _looked_at(page, f"explain-{width}-{scheme}")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).not_to_have_url(re.compile("explain"))
    expect(figure).to_be_focused()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_an_explanation_lies_above_the_dialog_it_was_opened_from(
    width: int, scheme: str, demo: Running, open_page: OpenPage, sign_in: SignIn
) -> None:
    page = open_page(demo.url, width=width, scheme=scheme, reduced_motion="reduce")
    page.goto(f"/portfolios/{sign_in(page, demo)}")
    settled(page).get_by_role("button", name="More").first.click()
    page.get_by_role("menuitem", name="Compare lot methods").click()
    methods = page.get_by_role("dialog", name="Compare lot methods")
    figure = methods.get_by_role("row").filter(has_text="HIFO").get_by_role("button").first
    seen = figure.inner_text()
    figure.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Realised gain")
    expect(drawer.get_by_text("dearest first")).to_be_visible()
    assert _number(seen) == round(_value(drawer), 2)
    # One modal at a time for whoever does not see them, and Esc leaves the upper one alone.
    expect(methods).to_have_count(0)
    _looked_at(page, f"explain-lot-method-{width}-{scheme}")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(figure).to_be_focused()
    figure.click()
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).to_be_hidden()
    expect(figure).to_be_focused()
    page.keyboard.press("Escape")
    expect(methods).to_be_hidden()


def test_growth_multiplied_again_on_the_dashboard(demo: Running, open_page: OpenPage, sign_in: SignIn) -> None:
    page = open_page(demo.url, width=390, reduced_motion="reduce")
    portfolio = sign_in(page, demo)
    page.goto(f"/?explain_of={portfolio}&explain=twr")
    drawer = page.get_by_role("dialog", name="Time-weighted return")
    stretches = drawer.get_by_role("table", name="Stretches between flows")
    stretches.wait_for()
    section = drawer.locator("section").filter(has=page.get_by_role("table", name="Stretches between flows"))
    section.get_by_role("button", name="Show all").click()
    # A phone shows all figures of a stretch below its days, the growth last.
    cells = stretches.locator("dl > div:last-child > dd").all_inner_texts()
    assert len(cells) > 1
    growth = prod(_number(text) for text in cells)
    assert abs(_value(drawer) - (growth - 1)) < ALMOST
    _looked_at(page, "explain-dashboard")
    for table in drawer.get_by_role("table").all():
        assert table.evaluate("t => t.parentElement.scrollWidth <= t.parentElement.clientWidth")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).not_to_have_url(re.compile("explain"))
    _looked_at(page, "explain-closed")


def test_the_gain_of_a_holding_from_its_row_and_by_its_address(
    demo: Running, open_page: OpenPage, sign_in: SignIn
) -> None:
    page = open_page(demo.url, reduced_motion="reduce")
    portfolio = sign_in(page, demo)
    page.goto(f"/portfolios/{portfolio}")
    settled(page)
    row = page.get_by_role("table", name="Holdings").locator("tbody tr").first
    symbol = row.locator("th .font-semibold").inner_text()
    header = page.get_by_role("table", name="Holdings").locator("thead th").all_inner_texts()
    at = next(i for i, text in enumerate(header) if text.strip() == "Gain")
    figure = row.locator("th, td").nth(at).get_by_role("button")
    seen = _number(figure.inner_text().split()[-1])
    figure.click()
    drawer = page.get_by_role("dialog", name=f"Unrealised gain of {symbol}")
    terms = _terms(drawer)
    gain = (terms["end_value"] - terms["end_cost"]) - (terms["start_value"] - terms["start_cost"])
    assert _value(drawer) == gain
    assert seen == gain.quantize(Decimal("0.01"), ROUND_HALF_UP)
    # The value is quantity × price × rate of the line beside it, the cost that of the lots.
    lots = drawer.get_by_role("table", name="Open lots")
    expect(lots).to_be_visible()
    assert lots.get_by_role("link").count() > 0
    _looked_at(page, "explain-holding")

    address = page.url
    page.go_back()
    expect(drawer).to_be_hidden()
    page.goto(address)
    again = page.get_by_role("dialog", name=f"Unrealised gain of {symbol}")
    assert _terms(again) == terms
    lots_link = again.get_by_role("table", name="Open lots").get_by_role("link").first
    lots_link.click()
    expect(page).to_have_url(re.compile(r"/transactions\?open="))
    expect(again).to_be_hidden()
