"""All portfolios as one: chosen where a portfolio is chosen, and left for one of them."""

from __future__ import annotations

import pytest
from e2e.person import Newcomer

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
def test_all_portfolios_are_seen_as_one_and_left_for_one_of_them(newcomer: Newcomer, width: int, scheme: str) -> None:
    person = newcomer(width=width, scheme=scheme, reduced_motion="reduce")
    deposit = {"type": "deposit", "day": "2026-01-05", "gross": "100", "currency": "EUR"}
    person.record(deposit)
    page = person.open("/")
    switch = page.get_by_role("combobox", name="Portfolio")
    expect(switch.get_by_role("option", name="All portfolios")).to_have_count(0)

    second = person.call("POST", "/portfolios", {"name": "Abroad", "base_currency": "EUR"})
    batch = {"transactions": [deposit | {"gross": "50.5"}]}
    person.call("POST", f"/portfolios/{second['id']}/transactions:batch", batch)
    page = person.open("/")
    switch.select_option("All portfolios")
    expect(page.get_by_role("heading", name="All portfolios")).to_be_visible()
    expect(page.get_by_text("€150.50").first).to_be_visible()
    table = page.get_by_role("table", name="Portfolios")
    expect(table).to_contain_text("Our savings")
    expect(table).to_contain_text("€50.50")
    assert page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth") <= 0

    page.reload()
    expect(switch).to_have_value("all")
    switch.select_option("Abroad")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(page.get_by_text("€50.50").first).to_be_visible()
