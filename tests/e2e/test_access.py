"""Everybody can read and use every page: axe finds nothing, nothing scrolls sideways, long lists stay light."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.person import Newcomer, OpenPage, settled
from integration.cli.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
AXE = Axe().axe_script
LOOKS = [(width, scheme) for width in (1366, 390) for scheme in ("light", "dark")]
SIGNED_IN = {
    "dashboard": "/",
    "portfolio": "/portfolios/{id}",
    "transactions": "/portfolios/{id}/transactions",
    "import": "/portfolios/{id}/import",
    "tax report": "/portfolios/{id}/tax-report?year=2025",
    "news": "/news?scope=all",
    "settings": "/settings",
    "onboarding": "/onboarding",
}
# Both widths and both themes by two looks, where a page has been seen in all four.
OPPOSITES = [(1366, "light"), (390, "dark")]
OTHERS = [look for look in LOOKS if look not in OPPOSITES]
WIDTH_MIN = 320
ROWS = 10_000
ROWS_MAX = 60
NODES_MAX = 600


def look(page: Page, width: int, scheme: str) -> None:
    """The same page at another width and in another theme, at rest."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.wait_for_timeout(250)


def violations(page: Page, where: str) -> list[str]:
    """What axe finds, a line per element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("async options => (await axe.run(options)).violations", AXE_OPTIONS)
    return [
        f"{where}: {rule['id']} at {node['target']} {node['html'][:120]}" for rule in found for node in rule["nodes"]
    ]


def wider_by(page: Page) -> int:
    """Pixels by which the page sticks out of its window, once the charts have followed the window."""
    for _ in range(20):
        pixels = page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
        if pixels <= 0:
            break
        page.wait_for_timeout(100)
    return int(pixels)


def check(page: Page, where: str, looks: Sequence[tuple[int, str]] = LOOKS) -> None:
    """Nothing for axe to find in any look, and nothing wider than the narrowest window."""
    found = []
    for width, scheme in looks:
        look(page, width, scheme)
        found += violations(page, f"{where} {width} {scheme}")
    look(page, WIDTH_MIN, "light")
    wider = wider_by(page)
    if wider > 0:
        found.append(f"{where} is {wider} px wider than {WIDTH_MIN} px")
    look(page, 1366, "light")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_the_pages_before_signing_in_are_accessible(path: str, demo: Running, open_page: OpenPage) -> None:
    page = open_page(demo.url)
    page.goto(path)
    check(settled(page), path)


@pytest.mark.slow
def test_the_first_steps_are_accessible(empty: Running, open_page: OpenPage) -> None:
    page = open_page(empty.url)
    page.goto("/")
    check(settled(page), "create owner")


@pytest.mark.parametrize(
    "looks", [pytest.param(OPPOSITES, id="opposites"), pytest.param(OTHERS, id="others", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", SIGNED_IN)
def test_every_page_with_data_is_accessible(
    name: str, looks: Sequence[tuple[int, str]], owner: tuple[Page, str]
) -> None:
    page, portfolio_id = owner
    page.goto(SIGNED_IN[name].format(id=portfolio_id))
    check(settled(page), name, looks)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dashboard", "portfolio", "transactions", "import"])
def test_every_page_without_data_is_accessible(name: str, newcomer: Newcomer) -> None:
    person = newcomer()
    check(person.open(SIGNED_IN[name].format(id=person.portfolio_id)), f"empty {name}", OPPOSITES)


@pytest.mark.slow
def test_every_section_of_the_settings_is_accessible(owner: tuple[Page, str]) -> None:
    page, _ = owner
    page.goto("/settings")
    for tab in settled(page).get_by_role("tab").all():
        tab.click()
        check(settled(page), f"settings {tab.inner_text()}", OPPOSITES)


def test_every_dialog_of_the_shell_is_accessible(owner: tuple[Page, str]) -> None:
    page, _ = owner
    settled(page)
    for key, name in (("?", "Keyboard shortcuts"), ("Control+k", "Commands")):
        page.keyboard.press(key)
        close_after_check(page, name)
    page.get_by_role("button", name="Remove demo data").click()
    close_after_check(page, "Remove demo data")


def test_every_dialog_of_the_transactions_is_accessible(owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    page.goto(f"/portfolios/{portfolio_id}/transactions?type=buy")
    settled(page)
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="Add transaction")
    dialog.get_by_role("button", name="Record", exact=True).click()
    expect(dialog.get_by_text("Choose an asset of the list, or create one.")).to_be_visible()
    dialog.get_by_text("More fields").click()
    dialog.get_by_role("combobox", name="Asset").fill("new")
    dialog.get_by_role("option", name=re.compile("New asset")).click()
    close_after_check(page, "Add transaction")
    page.locator("[data-row]").first.click()
    detail = page.get_by_role("dialog")
    detail.get_by_role("button", name="Reverse").wait_for()
    check(page, "detail", OPPOSITES)
    detail.get_by_role("button", name="Reverse").click()
    close_after_check(page, "Reverse this transaction?")
    detail.get_by_role("button", name="Correct").click()
    close_after_check(page, "Correct transaction")


@pytest.mark.slow
def test_every_dialog_of_the_portfolio_is_accessible(owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    page.goto(f"/portfolios/{portfolio_id}")
    settled(page)
    for item, name in (
        ("Edit portfolio", "Edit portfolio"),
        ("Load prices from CSV", "Load prices from CSV"),
        ("Erase portfolio", re.compile("^Erase .*")),
    ):
        page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
        page.get_by_role("menuitem", name=item).click()
        close_after_check(page, name)
    for tab in page.get_by_role("tab").all():
        tab.click()
        check(settled(page), f"portfolio {tab.inner_text()}", OPPOSITES)


def test_every_step_of_an_import_is_accessible(newcomer: Newcomer, tmp_path: Path) -> None:
    person = newcomer()
    page = person.open("import")
    file = tmp_path / "trades.csv"
    rows = "2026-01-06,buy,OAK,2,100,EUR\n2026-01-07,sell,OAK,5,100,EUR\n2026-99-99,buy,OAK,1,1,EUR\n"
    file.write_text("date,type,symbol,quantity,unit_price,currency\n" + rows)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=re.compile("Create .+ as a new asset")).wait_for()
    check(page, "resolve", OPPOSITES)
    page.get_by_role("button", name="Create a new asset for OAK").click()
    close_after_check(page, "New asset for OAK")
    page.get_by_role("button", name=re.compile("Create .+ as a new asset")).click()
    page.get_by_role("heading", name="Book it").wait_for()
    check(page, "preview", OPPOSITES)
    page.get_by_label(re.compile("^Leave out")).check()
    page.get_by_role("button", name=re.compile("^Book 2")).click()
    page.get_by_role("heading", name="2 rows booked").wait_for()
    check(page, "booked", OPPOSITES)
    page.get_by_role("button", name="Revert").click()
    page.get_by_role("alertdialog").get_by_text("2 transactions are taken back").wait_for()
    close_after_check(page, "Revert trades.csv?")


def close_after_check(page: Page, name: str | re.Pattern[str]) -> None:
    dialog = page.get_by_role("dialog", name=name).or_(page.get_by_role("alertdialog", name=name))
    dialog.wait_for()
    check(page, f"dialog {name}", OPPOSITES)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_ten_thousand_rows_keep_the_page_light(newcomer: Newcomer) -> None:
    person = newcomer()
    first = date(1999, 1, 1)
    person.record(
        *(
            {"type": "deposit", "day": str(first + timedelta(days=n)), "gross": str(n + 1), "currency": "EUR"}
            for n in range(ROWS)
        )
    )
    page = person.open("transactions")
    table = page.get_by_role("table", name="Transactions")
    expect(table).to_have_attribute("aria-rowcount", str(ROWS + 1))
    expect(page.get_by_text(f"{ROWS:,} transactions")).to_be_visible()
    table.hover()
    seen = 0
    while seen < 300:
        assert page.locator("[data-row]").count() <= ROWS_MAX
        assert table.locator("*").count() <= NODES_MAX
        seen = int(page.locator("[data-row]").last.get_attribute("data-row") or 0)
        page.mouse.wheel(0, 12_000)
        page.wait_for_function(
            "seen => [...document.querySelectorAll('[data-row]')].some(row => Number(row.dataset.row) > seen)", arg=seen
        )
