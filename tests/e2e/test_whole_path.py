"""From an installation that nobody has touched to a valued portfolio, and back to an empty one."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from e2e.person import Newcomer, OpenPage, call, settled, toast
from integration.cli.running import Running
from support import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect

SAMPLES = Path(__file__).parents[3] / "shared/samples"
BROKER = SAMPLES / "pp__traderepublic_v1_semicolon.csv"
NATIVE = SAMPLES / "wealthfolio__native_import.csv"
CLOSES = {"2025-06-02": Decimal(80), "2025-12-30": Decimal("90.5"), "2026-10-30": Decimal("100.25")}

needs_samples = pytest.mark.skipif(not BROKER.exists(), reason="the sample files are beside the project, not in it")


def create_owner(page: Page) -> None:
    page.goto("/")
    page.wait_for_url("**/onboarding")
    expect(page.get_by_text("Step 1 of 3")).to_be_visible()
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()


def create_portfolio(page: Page) -> None:
    expect(page.get_by_role("heading", name="Your first portfolio")).to_be_visible()
    page.get_by_label("Name").fill("Ada’s savings")
    page.get_by_label("Base currency").select_option("EUR")
    page.get_by_role("button", name="Create portfolio").click()
    expect(page.get_by_role("heading", name="How do you want to start?")).to_be_visible()


def upload(page: Page, file: Path) -> None:
    with page.expect_response(re.compile(r"/imports$")):
        page.locator("input[type=file]").set_input_files(file)


def preview_counts(page: Page) -> dict[str, int]:
    """What the tabs over the rows of the file say."""
    page.get_by_role("heading", name="Book it").wait_for()
    tabs = page.get_by_role("tablist", name="Rows of the file").get_by_role("tab").all_inner_texts()
    return {name.strip(): int(number) for name, number in (re.match(r"(.*?)(\d+)$", tab).groups() for tab in tabs)}  # type: ignore[union-attr]


def create_all(page: Page) -> int:
    """Answers every open symbol by a new asset; how many there were."""
    button = page.get_by_role("button", name=re.compile("Create .+ as (a new asset|new assets)"))
    found = re.search(r"\d+", button.inner_text())
    button.click()
    return int(found[0]) if found else 1


def confirm(page: Page, rows: int) -> None:
    skip = page.get_by_label(re.compile("^Leave out"))
    if skip.count():
        skip.check()
    page.get_by_role("button", name=re.compile(f"^Book {rows} rows?$")).click()
    page.get_by_role("heading", name=re.compile(f"^{rows} rows? booked$")).wait_for()


def load_prices(page: Page, holdings: list[dict[str, Any]], directory: Path) -> int:
    """Writes a file of closes for everything held and loads it on the page of the portfolio; its lines."""
    file = directory / "closes.csv"
    lines = [(day, item["symbol"], close) for item in holdings for day, close in CLOSES.items()]
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([("date", "symbol", "close"), *lines])
    page.get_by_role("link", name="Portfolio", exact=True).first.click()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Load prices from CSV").click()
    dialog = page.get_by_role("dialog", name="Load prices from CSV")
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog.get_by_text(f"{len(lines)} lines read")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    return len(lines)


def figure(page: Page, name: str) -> Locator:
    """The figure of that name in the dashboard's first row."""
    return page.locator("dl > div").filter(has=page.get_by_role("button", name=name, exact=True)).locator("dd").first


def money(value: Decimal) -> str:
    return f"€{value:,.2f}"


@needs_samples
def test_a_fresh_installation_becomes_a_valued_portfolio_and_an_import_is_taken_back(
    empty: Running, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(empty.url)
    create_owner(page)
    create_portfolio(page)
    page.get_by_role("button", name="Choose a file").click()

    upload(page, BROKER)
    assert create_all(page) > 5
    counts = preview_counts(page)
    booked = counts["New"] + counts.get("With a note", 0)
    assert booked > 200
    assert counts.pop("All") == sum(counts.values())
    confirm(page, booked)

    portfolio_id = call(page, "GET", "/portfolios")["items"][0]["id"]
    before = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")
    load_prices(page, before["items"], tmp_path)

    page.get_by_role("link", name="Dashboard", exact=True).first.click()
    page.get_by_role("radio", name="Max").check(force=True)
    settled(page)
    quantities = [Decimal(item["quantity"]) for item in before["items"]]
    cash = sum(Decimal(entry["value"]) for entry in before["cash"])
    value = sum(quantities) * CLOSES["2026-10-30"] + cash
    expect(figure(page, "Value")).to_have_text(money(value))
    expect(figure(page, "Gain")).to_have_text(re.compile(r"€[\d,]+\.\d\d"))
    expect(figure(page, "Time-weighted return")).to_have_text(re.compile(r"[\d.,]+%"))
    expect(figure(page, "Money-weighted return")).to_have_text(re.compile(r"[\d.,]+%"))
    chart = page.get_by_role("slider", name="Value over time")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(re.escape(f"Value {money(value)}")))
    chart.press("Home")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("Aug 2021"))
    assert chart.locator("svg path").count() >= 2

    page.get_by_role("link", name="Import", exact=True).first.click()
    page.get_by_role("button", name=f"Revert {BROKER.name}").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revert").click()
    expect(toast(page, f"{BROKER.name} reverted")).to_be_visible()
    after = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")
    assert (after["items"], [entry for entry in after["cash"] if Decimal(entry["amount"])]) == ([], [])
    page.get_by_role("link", name="Transactions", exact=True).first.click()
    expect(page.get_by_text("No transactions yet")).to_be_visible()


@needs_samples
def test_a_draft_waits_for_its_owner_and_a_file_is_booked_only_once(newcomer: Newcomer) -> None:
    person = newcomer()
    page = person.open("import")
    upload(page, NATIVE)
    create_all(page)
    counts = preview_counts(page)
    booked = counts["New"] + counts.get("With a note", 0)

    person.open()
    person.open("import")
    page.get_by_role("link", name=f"Continue {NATIVE.name}").click()
    assert preview_counts(page) == counts
    confirm(page, booked)
    page.get_by_role("link", name="Show the transactions").click()
    # A reinvested dividend is one row of the file and two transactions.
    recorded = person.call("GET", f"/portfolios/{person.portfolio_id}/transactions")["total"]
    assert recorded >= booked
    expect(page.get_by_text(f"{recorded} transactions of one import")).to_be_visible()

    person.open("import")
    upload(page, NATIVE)
    again = preview_counts(page)
    assert again["Already booked"] == booked
    assert "New" not in again
    expect(page.get_by_text("There is nothing to book in this file.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Book 0"))).to_be_disabled()


def test_a_file_of_another_encoding_and_with_faults_is_mended_in_the_browser(
    newcomer: Newcomer, tmp_path: Path
) -> None:
    file = tmp_path / "Bücher.csv"
    lines = [
        "date,type,symbol,quantity,unit_price,gross,currency,note",
        "2026-01-05,deposit,,,,1000,EUR,von Café Österreich",
        "2026-01-06,buy,OAK,2,100,,EUR,",
        "2026-13-07,buy,OAK,2,100,,EUR,",
    ]
    file.write_bytes("\n".join(lines).encode("cp1252"))
    person = newcomer(expected="status of 4[12]")
    page = person.open("import")
    upload(page, file)
    page.get_by_role("button", name="Read it as Windows-1252").click()
    create_all(page)
    assert preview_counts(page) == {"All": 3, "New": 2, "Not bookable": 1}
    expect(page.get_by_role("table", name="1 thing to mend")).to_contain_text(re.compile("4.*date"))
    expect(page.get_by_role("button", name="Book 2 rows")).to_be_disabled()
    confirm(page, 2)
    recorded = person.call("GET", f"/portfolios/{person.portfolio_id}/transactions?sort=day")["items"]
    assert [(item["type"], item["note"]) for item in recorded] == [("deposit", "von Café Österreich"), ("buy", "")]
