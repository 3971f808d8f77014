"""Performance of a part, beside a benchmark; targets typed in place; a lot method compared, taken and taken back."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.person import Newcomer, Person, settled, toast

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def _investor(newcomer: Newcomer, **options: object) -> tuple[Person, str]:
    """1000 at 100 and 1000 at 200 of one asset in two accounts, 6 sold at 150; a benchmark that rose by a tenth."""
    person = newcomer(**options)
    oak, index = person.create_asset("OAK", "Old Oak Fund"), person.create_asset("IDX", "Index of all")
    for asset, closes in ((oak, {"2026-01-05": "150"}), (index, {"2025-12-30": "100", "2026-03-02": "110"})):
        items = [{"day": day, "close": close} for day, close in closes.items()]
        person.call("PUT", f"/assets/{asset}/prices", {"items": items})
    buy = {"type": "buy", "day": "2026-01-05", "asset_id": oak, "quantity": "10", "unit_price": "100"}
    person.record(
        {"type": "deposit", "day": "2026-01-05", "gross": "3000", "currency": "EUR"},
        buy | {"tags": ["bold"]},
        buy | {"day": "2026-01-06", "quantity": "5", "unit_price": "200"},
        {**buy, "type": "sell", "day": "2026-02-02", "quantity": "6", "unit_price": "150"},
    )
    return person, index


def _looked_at(page: Page, name: str) -> None:
    """No fault that axe knows; a picture where somebody wants to look."""
    settled(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.response["violations"] == [], found.generate_report()
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (1366, "dark"), (390, "light")])
def test_a_part_beside_a_benchmark(newcomer: Newcomer, width: int, scheme: str) -> None:
    person, _ = _investor(newcomer, width=width, scheme=scheme)
    page = person.open("?tab=performance&range=Max")
    expect(page.get_by_test_id("metric")).to_contain_text("%")
    page.get_by_label("Figures of").select_option("tag")
    page.get_by_label("Tag", exact=True).select_option("bold")
    expect(page).to_have_url(re.compile(r"scope=tag(%3A|:)bold"))
    page.get_by_label("Benchmark").fill("IDX")
    page.get_by_role("option", name=re.compile("IDX")).click()
    # 10 at 100 are worth 150 each; the same money in the benchmark grew by a tenth.
    expect(page.get_by_test_id("metric")).to_have_text(re.compile(r"50\.00%"))
    expect(page.get_by_text("IDX, price").first).to_be_visible()
    page.get_by_label("Return", exact=True).select_option("simple_return")
    expect(page).to_have_url(re.compile("metric=simple_return"))
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Money in and out counts").select_option("mid")
    expect(page).to_have_url(re.compile("timing=mid"))
    page.keyboard.press("Escape")
    _looked_at(page, f"performance-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
def test_targets_are_typed_in_place(newcomer: Newcomer, width: int, scheme: str) -> None:
    person, _ = _investor(newcomer, width=width, scheme=scheme)
    page = person.open("?tab=allocation&by=asset_class")
    page.get_by_role("button", name="Set targets").click()
    page.get_by_label("Target of Share in percent").fill("70")
    page.get_by_label("Target of Cash in percent").fill("40")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label("Target of Cash in percent").fill("30")
    page.get_by_label("Target of Cash in percent").press("Tab")
    _looked_at(page, f"targets-edit-{width}-{scheme}")
    page.get_by_role("button", name="Save").click()
    expect(toast(page, "Targets saved")).to_be_visible()
    # 9 at 150 of 1350 + 1900. On a phone the drift stands in a row of its own below.
    share = page.get_by_role("row", name=re.compile("Share"))
    drift = share if width > 390 else share.locator("xpath=following-sibling::tr[1]")
    expect(share).to_contain_text("70.0%")
    expect(drift).to_contain_text("28.46%")
    _looked_at(page, f"targets-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
def test_a_lot_method_is_compared_taken_and_taken_back(newcomer: Newcomer, width: int, scheme: str) -> None:
    person, _ = _investor(newcomer, width=width, scheme=scheme)
    page = person.open()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Compare lot methods").click()
    dialog = page.get_by_role("dialog", name="Compare lot methods")
    row = dialog.get_by_role("row", name=re.compile("LIFO"))
    expect(row).to_contain_text("200.00")
    _looked_at(page, f"lot-methods-{width}-{scheme}")
    is_cut = "e => [...e.querySelectorAll('.overflow-x-auto')].some((x) => x.scrollWidth > x.clientWidth)"
    assert not dialog.evaluate(is_cut)
    dialog.get_by_label("Newest first (LIFO)").check()
    dialog.get_by_role("button", name="Use this method").click()
    expect(toast(page, "Lot method: Newest first (LIFO)")).to_be_visible()
    path = f"/portfolios/{person.portfolio_id}"
    assert person.call("GET", path)["lot_method"] == "lifo"
    page.get_by_role("region", name="Notifications").get_by_role("button", name="Undo").click()
    expect(toast(page, "Lot method: Oldest first (FIFO)")).to_be_visible()
    assert person.call("GET", path)["lot_method"] == "fifo"
