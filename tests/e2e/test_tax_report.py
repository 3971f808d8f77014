"""A year for the tax return: chosen, read, taken along as a table and printed; and the portfolio in three formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.person import Newcomer

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect


def test_a_year_is_chosen_read_and_taken_along(newcomer: Newcomer, tmp_path: Path) -> None:
    person = newcomer()
    oak = person.create_asset("OAK", "Old Oak Fund")
    person.record(
        {"type": "deposit", "day": "2024-01-02", "gross": "10000", "currency": "EUR"},
        {"type": "buy", "day": "2024-01-03", "asset_id": oak, "quantity": "10", "unit_price": "80"},
        {"type": "sell", "day": "2025-03-03", "asset_id": oak, "quantity": "4", "unit_price": "100", "fee": "5"},
    )
    page = person.open("?tab=realised")
    page.get_by_role("link", name="Tax report").click()
    page.get_by_label("Year", exact=True).select_option("2025")
    expect(page.get_by_role("heading", name="Tax report 2025")).to_be_visible()
    table = page.get_by_role("table", name="Disposals")
    expect(table).to_contain_text("OAK")
    expect(table).to_contain_text("+€75.00")
    assert "year=2025" in page.url
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    assert saved.value.suggested_filename.endswith("tax 2025.csv")
    target = tmp_path / "report.csv"
    saved.value.save_as(target)
    assert "disposal,OAK" in target.read_text("utf-8")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Download CSV")).to_be_hidden()
    expect(table).to_be_visible()


def test_a_portfolio_is_saved_in_each_format(newcomer: Newcomer) -> None:
    person = newcomer()
    person.record({"type": "deposit", "day": "2024-01-02", "gross": "10", "currency": "EUR"})
    page = person.open("transactions")
    for name, ending in (("JSON", ".json"), ("CSV", ".csv"), ("beancount", ".beancount")):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as saved:
            page.get_by_role("menuitem", name=f"Export as {name}").click()
        assert saved.value.suggested_filename.endswith(ending)
