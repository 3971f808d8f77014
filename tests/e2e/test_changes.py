"""Changing what is recorded: in the row, many at once, a spin-off with its effect, and every change taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from e2e.person import Newcomer, Person, toast

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Transactions").locator("[data-row]")


def listed(person: Person, **wanted: str) -> list[dict[str, Any]]:
    path = f"/portfolios/{person.portfolio_id}/transactions?sort=day"
    items = person.call("GET", path)["items"]
    return [item for item in items if all(item[name] == value for name, value in wanted.items())]


def test_a_row_is_edited_in_place_many_are_changed_at_once_and_all_of_it_is_taken_back(newcomer: Newcomer) -> None:
    person = newcomer()
    oak = person.create_asset("OAK", "Old Oak Fund")
    trade = {"type": "buy", "day": "2026-01-06", "asset_id": oak, "quantity": "10", "unit_price": "80"}
    deposit = {"type": "deposit", "day": "2026-01-05", "gross": "10000", "currency": "EUR"}
    person.record(deposit, trade, trade | {"day": "2026-01-07"}, trade | {"day": "2026-01-08"})
    page = person.open("transactions")
    expect(rows(page)).to_have_count(4)

    # In the row, by keys alone: the newest stands first.
    page.keyboard.press("j")
    page.keyboard.press("e")
    price = rows(page).first.get_by_role("textbox", name="Price")
    price.fill("81.5")
    price.press("Escape")
    expect(rows(page).first).to_contain_text("80.00")
    page.keyboard.press("e")
    price.fill("81.5")
    price.press("Enter")
    expect(toast(page, "Buy 10 OAK corrected")).to_be_visible()
    expect(rows(page).first).to_contain_text("815.00")
    assert [item["unit_price"] for item in listed(person, type="buy")] == ["80", "80", "81.5"]
    page.get_by_role("button", name="Undo").click()
    expect(toast(page, "Buy 10 OAK taken back")).to_be_visible()
    assert [item["unit_price"] for item in listed(person, type="buy")] == ["80", "80", "80"]

    # Three at once: the first by its box, the rest with Shift.
    rows(page).nth(0).get_by_role("checkbox").check()
    rows(page).nth(2).get_by_role("checkbox").click(modifiers=["Shift"])
    bar = page.get_by_role("toolbar", name="Ticked transactions")
    expect(bar).to_contain_text("3 ticked")
    bar.get_by_role("button", name="Add tags").click()
    dialog = page.get_by_role("alertdialog", name="Tag 3 transactions")
    dialog.get_by_label("Tags").fill("garden")
    dialog.get_by_role("button", name="Add tags").click()
    expect(toast(page, "3 transactions tagged")).to_be_visible()
    expect(bar).to_be_hidden()
    page.get_by_label("Tag", exact=True).select_option("garden")
    expect(rows(page)).to_have_count(3)

    page.get_by_role("checkbox", name="Select all loaded rows").check()
    bar.get_by_role("button", name="Reverse").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Reverse").click()
    reversed_toast = toast(page, "3 transactions reversed")
    expect(reversed_toast).to_be_visible()
    assert listed(person, type="buy") == []
    reversed_toast.locator("..").get_by_role("button", name="Undo").click()
    expect(toast(page, "3 transactions as before")).to_be_visible()
    expect(rows(page)).to_have_count(3)
    assert [item["tags"] for item in listed(person, type="buy")] == [["garden"]] * 3


def test_a_spin_off_shows_what_it_does_to_the_lots_before_it_is_recorded(newcomer: Newcomer) -> None:
    person = newcomer()
    oak = person.create_asset("OAK", "Old Oak Fund")
    person.create_asset("ACORN", "Acorn Ltd")
    person.record({"type": "buy", "day": "2026-01-06", "asset_id": oak, "quantity": "100", "unit_price": "30"})
    page = person.open("transactions?add=true")
    dialog = page.get_by_role("dialog", name="Add transaction")
    dialog.get_by_label("Type").select_option("spin_off")
    dialog.get_by_label("Date").fill("2026-02-02")
    dialog.get_by_label("Asset", exact=True).fill("oak")
    dialog.get_by_role("option", name="OAK · Old Oak Fund").click()
    dialog.get_by_label("Asset received").fill("acorn")
    dialog.get_by_role("option", name="ACORN · Acorn Ltd").click()
    dialog.get_by_label("Quantity received").fill("50")
    dialog.get_by_text("Work it out from prices").click()
    dialog.get_by_label("Price of the old one after").fill("30")
    dialog.get_by_label("Price of the new one").fill("20")
    dialog.get_by_role("button", name="0.25").click()
    effect = dialog.get_by_role("group", name="Lots and cash before and after").get_by_role("table")
    expect(effect.get_by_role("row").filter(has_text="ACORN")).to_contain_text("750.00")
    expect(effect.get_by_role("row").filter(has_text="OAK")).to_contain_text("2,250.00")
    assert len(listed(person)) == 1
    dialog.get_by_role("button", name="Record", exact=True).click()
    expect(dialog).to_be_hidden()
    lots = person.call("GET", f"/portfolios/{person.portfolio_id}/lots")["items"]
    assert sorted((lot["symbol"], lot["cost_basis"]) for lot in lots) == [("ACORN", "750"), ("OAK", "2250")]


def test_the_lots_of_a_sale_are_chosen_and_corrected(newcomer: Newcomer) -> None:
    person = newcomer()
    person.call("PATCH", f"/portfolios/{person.portfolio_id}", {"lot_method": "specific", "cash": "implied"})
    oak = person.create_asset("OAK", "Old Oak Fund")
    trade = {"type": "buy", "asset_id": oak, "quantity": "10", "currency": "EUR"}
    person.record(trade | {"day": "2026-01-05", "unit_price": "80"}, trade | {"day": "2026-01-06", "unit_price": "90"})
    page = person.open("transactions?add=true")
    dialog = page.get_by_role("dialog", name="Add transaction")
    dialog.get_by_label("Type").select_option("sell")
    dialog.get_by_label("Date").fill("2026-01-07")
    dialog.get_by_role("combobox", name="Asset").fill("oak")
    dialog.get_by_role("option", name="OAK · Old Oak Fund").click()
    dialog.get_by_label("Quantity").fill("10")
    dialog.get_by_label("Price per unit").fill("100")
    lots = dialog.get_by_role("group", name="Lots to take from").get_by_role("checkbox")
    expect(lots).to_have_count(2)
    lots.nth(1).check()
    dialog.get_by_role("button", name="Record", exact=True).click()
    expect(toast(page, "Sell 10 OAK recorded")).to_be_visible()

    def gain() -> str:
        return str(person.call("GET", f"/portfolios/{person.portfolio_id}/realised-gains")["totals"]["gain"])

    assert gain() == "100"
    # The lot that the sale took whole is there to choose from again.
    rows(page).first.click()
    page.get_by_role("dialog", name="Sell 10 OAK").get_by_role("button", name="Correct").click()
    correction = page.get_by_role("dialog", name="Correct transaction")
    lots = correction.get_by_role("group", name="Lots to take from").get_by_role("checkbox")
    expect(lots).to_have_count(2)
    expect(lots.nth(1)).to_be_checked()
    lots.nth(0).check()
    correction.get_by_label("Units of 05 Jan 2026").fill("4")
    expect(correction.get_by_text("The lots give 14; the quantity is 10.")).to_be_visible()
    correction.get_by_label("Units of 06 Jan 2026").fill("6")
    correction.get_by_role("button", name="Correct", exact=True).click()
    expect(toast(page, "Sell 10 OAK corrected")).to_be_visible()
    assert gain() == "140"


def test_a_pool_is_joined_and_left(newcomer: Newcomer) -> None:
    person = newcomer()
    person.call("PATCH", f"/portfolios/{person.portfolio_id}", {"cash": "implied"})
    ether, dollars, _ = (person.create_asset(name) for name in ("ETHX", "USDX", "POOLX"))
    trade = {"type": "buy", "day": "2026-01-05", "currency": "EUR"}
    person.record(
        trade | {"asset_id": ether, "quantity": "2", "unit_price": "100"},
        trade | {"asset_id": dollars, "quantity": "500", "unit_price": "1"},
    )

    def choose(dialog: Locator, label: str, symbol: str) -> None:
        dialog.get_by_role("combobox", name=label).fill(symbol)
        dialog.get_by_role("option", name=symbol, exact=False).first.click()

    for kind, day, done in (("lp_add", "2026-01-06", "Join"), ("lp_remove", "2026-01-07", "Leave")):
        page = person.open("transactions?add=true")
        dialog = page.get_by_role("dialog", name="Add transaction")
        dialog.get_by_label("Type").select_option(kind)
        dialog.get_by_label("Date").fill(day)
        choose(dialog, "Pool token", "POOLX")
        dialog.get_by_label("Quantity", exact=True).fill("10")
        choose(dialog, "Asset 1", "ETHX")
        dialog.get_by_label("Quantity 1").fill("1.5")
        choose(dialog, "Asset 2", "USDX")
        dialog.get_by_label("Quantity 2").fill("200")
        dialog.get_by_role("button", name="Record", exact=True).click()
        expect(toast(page, f"{done} a pool 10 POOLX recorded")).to_be_visible()
    holdings = person.call("GET", f"/portfolios/{person.portfolio_id}/holdings")["items"]
    assert sorted((item["symbol"], item["quantity"], item["cost_basis"]) for item in holdings) == [
        ("ETHX", "2", "200"),
        ("USDX", "500", "500"),
    ]
