"""The books by hand: recording, what the ledger refuses, taking back, finding again, and all of it without a mouse."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from e2e.person import Newcomer, Person, toast

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Transactions").locator("[data-row]")


def test_a_deposit_and_a_purchase_of_a_new_asset_are_recorded_in_one_sitting(newcomer: Newcomer) -> None:
    person = newcomer()
    page = person.open("transactions")
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="Add transaction")
    dialog.get_by_label("Type").select_option("deposit")
    dialog.get_by_label("Date").fill("2026-01-05")
    dialog.get_by_label("Amount", exact=True).fill("10000.50")
    dialog.get_by_role("button", name="Record and add another").click()
    expect(toast(page, "Deposit recorded")).to_be_visible()

    dialog.get_by_label("Type").select_option("buy")
    dialog.get_by_label("Date").fill("2026-01-06")
    dialog.get_by_label("Asset").fill("Old Oak Fund")
    dialog.get_by_role("option", name="New asset “Old Oak Fund”").click()
    dialog.get_by_label("Symbol").fill("OAK")
    dialog.get_by_label("Class").select_option("fund")
    dialog.get_by_role("button", name="Create asset").click()
    expect(dialog.get_by_role("combobox", name="Asset")).to_have_value("OAK")
    dialog.get_by_label("Quantity").fill("12.5")
    dialog.get_by_label("Price per unit").fill("80.40")
    dialog.get_by_label("Fee").fill("4.95")
    expect(dialog.get_by_text("€1,009.95")).to_be_visible()
    dialog.get_by_role("button", name="Record", exact=True).click()

    expect(dialog).to_be_hidden()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text(re.compile(r"Buy.*OAK.*12\.5.*80\.40.*4\.95.*1,009\.95"))
    cash = person.call("GET", f"/portfolios/{person.portfolio_id}/holdings")["cash"]
    assert [(entry["currency"], entry["amount"]) for entry in cash] == [("EUR", "8990.55")]


def trader(newcomer: Newcomer, **options: str) -> tuple[Person, str]:
    """Somebody who has bought ten units of one asset and twenty of another."""
    person = newcomer(**options)
    oak, elm = person.create_asset("OAK", "Old Oak Fund"), person.create_asset("ELM", "Elm & Sons")
    deposit = {"type": "deposit", "day": "2026-01-05", "gross": "10000", "currency": "EUR"}
    trade = {"type": "buy", "day": "2026-01-06", "asset_id": oak, "quantity": "10", "unit_price": "80"}
    other = trade | {"day": "2026-01-07", "asset_id": elm, "quantity": "20", "note": "for the garden"}
    person.record(deposit, trade, other)
    return person, oak


def test_selling_more_than_is_held_is_refused_and_can_be_booked_all_the_same(newcomer: Newcomer) -> None:
    person, _ = trader(newcomer, expected="status of 409")
    page = person.open("transactions?add=true")
    dialog = page.get_by_role("dialog", name="Add transaction")
    dialog.get_by_label("Type").select_option("sell")
    dialog.get_by_label("Asset").fill("oak")
    dialog.get_by_role("option", name="OAK · Old Oak Fund").click()
    dialog.get_by_label("Quantity").fill("25")
    dialog.get_by_label("Price per unit").fill("90")
    expect(dialog.get_by_text("Held now: 10")).to_be_visible()
    dialog.get_by_role("button", name="Record", exact=True).click()
    refusal = dialog.get_by_role("alert")
    expect(refusal).to_contain_text(re.compile(r"Held in Main on that day: 10 OAK\. Asked: 25\."))
    assert len(person.call("GET", f"/portfolios/{person.portfolio_id}/transactions")["items"]) == 3

    refusal.get_by_role("button", name="Book anyway, list as missing").click()
    expect(dialog).to_be_hidden()
    expect(rows(page).first).to_contain_text(re.compile("Sell.*OAK.*25"))
    missing = person.call("GET", f"/portfolios/{person.portfolio_id}/holdings")["missing_acquisitions"]
    assert [(entry["symbol"], entry["quantity"]) for entry in missing] == [("OAK", "15")]


def test_a_reversal_takes_a_purchase_back_and_undo_brings_it_again(newcomer: Newcomer) -> None:
    person, oak = trader(newcomer)

    def held() -> list[str]:
        holdings = person.call("GET", f"/portfolios/{person.portfolio_id}/holdings")["items"]
        return [item["quantity"] for item in holdings if item["asset_id"] == oak]

    page = person.open("transactions")
    rows(page).filter(has_text="OAK").click()
    page.get_by_role("dialog", name="Buy 10 OAK").get_by_role("button", name="Reverse").click()
    page.get_by_role("alertdialog", name="Reverse this transaction?").get_by_role("button", name="Reverse").click()
    expect(toast(page, "Buy 10 OAK reversed")).to_be_visible()
    expect(rows(page).filter(has_text="OAK")).to_have_count(0)
    assert held() == []

    page.get_by_role("button", name="Undo").click()
    expect(toast(page, "Buy 10 OAK recorded")).to_be_visible()
    expect(rows(page).filter(has_text="OAK")).to_have_count(1)
    assert held() == ["10"]

    page.get_by_label("Show reversed").check()
    expect(rows(page).filter(has_text="OAK")).to_have_count(3)
    expect(rows(page).filter(has_text="Reversed")).to_have_count(1)
    expect(rows(page).filter(has_text="Reversal")).to_have_count(1)


def test_filters_and_order_stand_in_the_address_and_survive_a_reload(newcomer: Newcomer) -> None:
    person, _ = trader(newcomer)
    page = person.open("transactions")
    page.get_by_label("Type", exact=True).select_option("buy")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("columnheader", name="Asset").get_by_role("button").click()
    page.get_by_role("searchbox").fill("garden")
    expect(rows(page)).to_have_count(1)
    page.wait_for_url(re.compile(r"query=garden"))
    assert "type=buy" in page.url
    assert "sort=" in page.url

    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("garden")
    expect(page.get_by_label("Type", exact=True)).to_have_value("buy")
    expect(page.get_by_role("columnheader", name="Asset")).not_to_have_attribute("aria-sort", "none")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_text("1 transaction matches")).to_be_visible()

    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_text("No transaction matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").first.click()
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_the_list_fits_a_common_screen_also_where_a_row_is_edited(newcomer: Newcomer) -> None:
    person = newcomer(width=1366)
    person.record({"type": "deposit", "day": "2026-01-05", "account": "Broker", "gross": "1200", "currency": "EUR"})
    page = person.open("transactions")
    page.get_by_role("button", name="Edit").first.click()
    date = page.get_by_role("table").get_by_label("Date")
    expect(date).to_be_focused()
    assert page.get_by_role("table").evaluate("table => table.scrollWidth <= table.clientWidth")
    assert date.evaluate("field => field.scrollWidth <= field.clientWidth")


def test_names_and_notes_are_read_in_full_where_the_list_is_as_wide_as_a_common_screen(newcomer: Newcomer) -> None:
    person = newcomer(width=1366)
    oak = person.create_asset("OAKT", "Old Oak Total Return Index Fund")
    trade = {"type": "buy", "asset_id": oak, "quantity": "1234.5678", "unit_price": "1234.5", "fee": "1.5"}
    account = {"account": "Second broker", "note": "Interest of the quarter"}
    person.record(*(trade | account | {"day": f"2026-01-{day:02}"} for day in range(1, 29)))
    page = person.open("transactions")
    table = page.get_by_role("table", name="Transactions")
    assert table.evaluate("table => table.scrollWidth <= table.clientWidth")
    cut = "cells => cells.filter(c => c.scrollWidth > c.clientWidth || c.scrollHeight > c.clientHeight + 1).length"
    assert table.locator("[data-row] > *").evaluate_all(cut) == 0
    # What is scrolled to stands where its row is: the last one at the lower edge, each below the one before.
    for _ in range(28):
        page.keyboard.press("j")
    last = rows(page).last
    expect(last).to_be_focused()
    expect(last).to_contain_text("01 Jan 2026")
    tops = rows(page).evaluate_all("rows => rows.map(row => row.getBoundingClientRect().top)")
    height = rows(page).first.evaluate("row => row.getBoundingClientRect().height")
    assert {round(after - before, 1) for before, after in pairwise(tops)} == {height}


def test_the_whole_list_is_walked_searched_and_added_to_by_keyboard(newcomer: Newcomer) -> None:
    person, _ = trader(newcomer)
    page = person.open("transactions")
    focused = page.locator("[data-row]:focus")
    page.keyboard.press("j")
    expect(focused).to_have_attribute("data-row", "0")
    page.keyboard.press("j")
    expect(focused).to_have_attribute("data-row", "1")
    page.keyboard.press("k")
    expect(focused).to_have_attribute("data-row", "0")
    page.keyboard.press("Enter")
    detail = page.get_by_role("dialog", name="Buy 20 ELM")
    expect(detail.get_by_role("table")).to_contain_text("Owned")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(focused).to_have_attribute("data-row", "0")

    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("njk")
    expect(search).to_have_value("njk")
    expect(page.get_by_role("dialog")).to_have_count(0)
    search.fill("")
    search.blur()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="Add transaction").get_by_label("Type")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_focused()
