"""Assets as such: found, looked at by keyboard, watched, renamed and merged; each page clean to axe in both themes."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from e2e.person import Newcomer, Person, settled, toast

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from e2e.test_access import OPPOSITES, check
from playwright.sync_api import expect


def holder(newcomer: Newcomer, **options: str) -> tuple[Person, str, str]:
    """Somebody with shares of one company under two names, the older with prices."""
    person = newcomer(**options)
    old, new = person.create_asset("FACE", "Face Works"), person.create_asset("META", "Meta Works")
    first = date(2024, 1, 2)
    closes = [{"day": str(first + timedelta(days=step)), "close": f"{10 + step % 7}"} for step in range(0, 90, 3)]
    person.call("PUT", f"/assets/{old}/prices", {"items": closes})
    drafts = [
        {"type": "deposit", "day": "2024-01-02", "gross": "1000", "currency": "EUR"},
        {"type": "buy", "day": "2024-01-03", "asset_id": old, "quantity": "5", "unit_price": "10"},
        {"type": "sell", "day": "2024-03-01", "asset_id": new, "quantity": "2", "unit_price": "12"},
    ]
    path = f"/portfolios/{person.portfolio_id}/transactions:batch"
    person.call("POST", path, {"transactions": drafts, "accept_missing": True})
    return person, old, new


def test_what_is_held_is_looked_at_by_keyboard_and_put_on_a_list(newcomer: Newcomer) -> None:
    person, old, _ = holder(newcomer)
    page = person.open()
    page.get_by_role("link", name="FACE").first.click()
    page.wait_for_url(f"**/assets/{old}*")
    expect(page.get_by_test_id("last-price")).to_contain_text("€")
    expect(page.get_by_text("Stale").first).to_be_visible()
    page.goto(f"/assets/{old}?range=Max")
    chart = page.get_by_role("slider", name="Close of FACE")
    chart.focus()
    page.keyboard.press("Home")
    expect(chart).to_have_attribute("aria-valuetext", "02 Jan 2024: Close €10.00")
    page.get_by_role("button", name="Watch in a list").click()
    page.get_by_role("menuitem", name="New list…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Ideas")
    page.get_by_role("button", name="Create").click()
    expect(toast(page, "Added to Ideas")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.get_by_role("table", name="Ideas")).to_contain_text("FACE")


def test_the_palette_asks_the_search_and_leaves_the_focus_in_its_field(newcomer: Newcomer) -> None:
    page = newcomer().open()
    # One letter: nobody outside is asked.
    for text in ("q", "z"):
        page.keyboard.press("Control+k")
        page.get_by_role("dialog", name="Commands").get_by_role("combobox").fill(text)
        page.get_by_text("Search the market for").click()
        expect(page).to_have_url(re.compile(rf"/search\?q={text}"))
        field = page.get_by_role("searchbox")
        expect(field).to_have_value(text)
        expect(field).to_be_focused()


def test_two_names_of_one_company_become_one_and_two_again(newcomer: Newcomer) -> None:
    person, old, new = holder(newcomer)
    page = person.open(f"/assets/{old}")
    page.get_by_role("button", name="More about FACE").click()
    page.get_by_role("menuitem", name="Merge into another asset").click()
    page.get_by_role("combobox", name="The asset that it is").fill("meta")
    page.get_by_role("option", name="META").click()
    page.get_by_role("button", name="Merge", exact=True).click()
    page.wait_for_url(f"**/assets/{new}")
    held = page.get_by_role("table", name="What you hold")
    expect(held.get_by_role("row").nth(1)).to_contain_text("3")
    page.get_by_role("button", name="Part again").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Part again").click()
    expect(toast(page, "They are two assets again.")).to_be_visible()
    page.goto(f"/assets/{old}")
    expect(page.get_by_role("table", name="What you hold").get_by_role("row").nth(1)).to_contain_text("5")


def test_the_pages_of_the_market_are_accessible(newcomer: Newcomer) -> None:
    person, old, new = holder(newcomer)
    page = person.open("/watchlists")
    check(page, "empty watchlists", OPPOSITES)
    watchlist = person.call("POST", "/watchlists", {"name": "Ideas"})["id"]
    person.call("PUT", f"/watchlists/{watchlist}/items", {"asset_ids": [old, new]})
    # One letter: nobody outside is asked.
    for path in ("/watchlists", "/search", "/search?q=m", f"/assets/{old}?range=Max", f"/assets/{new}"):
        page.goto(path)
        check(settled(page), path, OPPOSITES)


def test_an_asset_that_another_program_named_by_a_uuid_is_called_by_its_name(newcomer: Newcomer) -> None:
    person = newcomer()
    uuid = "7e91b7d4-1430-4212-8380-289a06c9bbc1"
    flat = person.create_asset(uuid, "Our flat")
    bought = {"day": "2026-01-06", "asset_id": flat, "quantity": "2", "unit_price": "100"}
    sold = bought | {"type": "sell", "day": "2026-02-06", "quantity": "1"}
    person.record(bought | {"type": "buy"}, sold)
    for path in ("", "?tab=allocation", "transactions", f"/assets/{flat}"):
        page = person.open(path)
        expect(page.get_by_role("main").get_by_text("Our flat").first).to_be_visible()
        expect(page.get_by_text(uuid)).to_have_count(0)
    dialog = person.open("transactions?add=true").get_by_role("dialog", name="Add transaction")
    dialog.get_by_label("Asset", exact=True).fill("our fl")
    dialog.get_by_role("option", name="Our flat").first.click()
    expect(dialog.get_by_label("Asset", exact=True)).to_have_value("Our flat")


def test_a_phone_shows_under_a_sale_and_under_a_part_what_it_has_no_columns_for(newcomer: Newcomer) -> None:
    person = newcomer(width=390)
    fund = person.create_asset("DE0005557508", "Old Oak Fund")
    bought = {"type": "buy", "day": "2024-01-06", "asset_id": fund, "quantity": "2", "unit_price": "100"}
    sold = bought | {"type": "sell", "day": "2026-02-06", "quantity": "1", "unit_price": "120"}
    person.record(bought | {"account": "Second broker"}, sold | {"account": "Second broker"})
    for tab, said in (
        ("realised", ("Sale", "Second broker", "06 Jan 2024", "Long", "€120.00", "€100.00")),
        ("allocation", ("Old Oak Fund", "+20.00%")),
    ):
        main = person.open(f"?tab={tab}").get_by_role("main")
        for text in said:
            expect(main.get_by_text(text).locator("visible=true").first).to_be_visible()
        assert main.get_by_role("table").first.evaluate(
            "t => t.parentElement.scrollWidth <= t.parentElement.clientWidth"
        )
