"""What happens elsewhere is on the page without a reload."""

from __future__ import annotations

import pytest
from e2e.person import Newcomer

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect


def test_a_price_from_elsewhere_appears_on_every_open_tab(newcomer: Newcomer):
    person = newcomer()
    asset = person.create_asset("LIVE", "Lively")
    with person.page.expect_response("**/api/v1/events"):
        person.open(f"/assets/{asset}")
    # The second tab has no stream of its own: the first one tells it.
    other = person.page.context.new_page()
    other.goto(person.page.url)
    for page in (person.page, other):
        expect(page.get_by_text("There is no price yet")).to_be_visible()
    # Past the page's own store of answers, as another device would.
    person.call("PUT", f"/assets/{asset}/prices", {"items": [{"day": "2024-01-02", "close": "123.45"}]})
    for page in (person.page, other):
        page.bring_to_front()
        expect(page.get_by_text("123.45").first).to_be_visible()
