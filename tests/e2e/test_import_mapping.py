"""Files in the import wizard: columns named by keyboard, kept, and known again; a preview that fits the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from e2e.person import Newcomer, settled, toast

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect

BANK = (
    "Kontoauszug;Max\n"
    "Datum;Vorgang;Papier;Stk;Wert in Geld;Spesen\n"
    "13.01.2024;Kauf;ACME;2;1.100,50;1,50\n"
    "14.01.2024;Abgang;ACME;1;700,00;\n"
    "15.01.2024;Einzahlung;;;2.000,00;\n"
)


def _file(content: str) -> FilePayload:
    return {"name": "bank.csv", "mimeType": "text/csv", "buffer": content.encode()}


def test_columns_are_named_kept_as_a_template_and_known_again(newcomer: Newcomer) -> None:
    person = newcomer()
    page = person.open("import")
    page.locator("input[type=file]").set_input_files(_file(BANK))
    expect(page.get_by_text("What the columns hold").first).to_be_visible()
    expect(page.get_by_label("What Datum is")).to_have_value("day")

    money = page.get_by_label("What Wert in Geld is")
    money.focus()
    page.keyboard.type("Amount")
    expect(money).to_have_value("gross")
    page.get_by_label("What Papier is").select_option("symbol")
    page.get_by_label("What Abgang is").select_option("sell")
    page.get_by_label("Currency", exact=True).select_option("CHF")
    page.get_by_role("button", name="Save as template").click()
    page.get_by_role("dialog").get_by_label("Name").fill("House bank")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(toast(page, "Template House bank saved")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name=re.compile("Create .+ as a new asset")).click()
    expect(page.get_by_text("All questions are answered.")).to_be_visible()
    page.get_by_role("button", name="Look at the rows").click()
    page.get_by_role("button", name="Book 3 rows").click()
    expect(page.get_by_role("heading", name="3 rows booked")).to_be_visible()

    page = person.open("import")
    expect(page.get_by_role("button", name="Delete House bank")).to_be_visible()
    page.locator("input[type=file]").set_input_files(_file(BANK.replace("2024", "2025")))
    expect(page.get_by_role("button", name="Book 3 rows")).to_be_visible()
    settled(person.page)


ROWS = (
    "date,type,symbol,quantity,unit_price,fee,currency,account,name\n"
    "2024-01-13,buy,ACME,1234.5678,1234.56,12.5,EUR,My online trading account,Acme Works\n"
    "2024-01-14,sell,NONE,2,100,1.5,EUR,My online trading account,Never Named\n"
    "2024-01-15,deposit,,,,,EUR,My online trading account,\n"
)


@pytest.mark.parametrize("width", [1366, 390])
def test_the_rows_of_a_preview_fit_the_screen_with_all_that_they_say(newcomer: Newcomer, width: int) -> None:
    person = newcomer(width=width)
    person.create_asset("ACME", "Acme Works")
    page = person.open("import")
    file: FilePayload = {"name": "rows.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Look at the rows").click()
    table = page.get_by_role("table", name="Rows of the file")
    bought = table.locator("[data-row]").first
    for text in ("1,234.5678", "× €1,234.56", "€1,524,148.02", "Fee €12.50", "My online trading account", "ACME"):
        expect(bought).to_contain_text(text)
    for tab in ("All", "Not bookable"):
        page.get_by_role("tab", name=tab).click()
        expect(table.locator("[data-row]").first).to_be_visible()
        assert table.evaluate("table => table.scrollWidth <= table.clientWidth")
        # Also in height: what stands in a row ends before the next one.
        inside = "row => [...row.querySelectorAll('*')].every(part => part.getBoundingClientRect().bottom <= "
        for row in table.locator("[data-row]").all():
            assert row.evaluate(inside + "row.getBoundingClientRect().bottom + 0.5)")
    expect(table.locator("[data-row]").first).to_contain_text("NONE is not known yet: choose or create its asset")
