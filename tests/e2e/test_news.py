"""News in a real browser: a feed is added, its headlines come, say what they are about and how they read."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.person import OpenPage, call, settled, toast
from integration.cli.running import Running, running
from replay.press import Article, Press
from support import PASSWORD

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from e2e.test_access import OPPOSITES, check
from playwright.sync_api import expect

APPLE = Article("Apple shares fall sharply after profit warning", "https://daily.example/apple", 12)
HOSTILE = Article("<img src=x onerror=alert(1)>Nothing \u202eto see\u202c here", "https://daily.example/x?a=1&b=2", 40)
MANY = [
    Article(f"Story {number} about quite another thing", f"https://daily.example/{number}", 99) for number in range(40)
]


@pytest.fixture
def press() -> Iterator[Press]:
    with Press() as press:
        press.shelf.feeds["/feed"] = [APPLE, HOSTILE, *MANY]
        yield press


@pytest.fixture
def product(press: Press) -> Iterator[Running]:
    parent = Path(tempfile.mkdtemp(prefix="finsage-e2e-"))
    parent.chmod(0o755)
    with running(parent / "data", **press.settings()) as product:
        yield product
        product.interrupt()
    shutil.rmtree(parent)


def test_from_an_added_feed_to_what_it_says(product: Running, press: Press, open_page: OpenPage) -> None:
    page = open_page(product.url, reduced_motion="reduce", expected="status of 422")
    who = {"email": "reader@example.com", "password": PASSWORD}
    call(page, "POST", "/auth/register", who)
    call(page, "POST", "/auth/login", who)
    portfolio = call(page, "POST", "/portfolios", {"name": "Our savings", "base_currency": "EUR"})["id"]
    draft = {"symbol": "AAPL", "name": "Apple Inc", "asset_class": "equity", "currency": "EUR"}
    asset = call(page, "POST", "/assets", draft)["id"]
    trade = {
        "type": "buy",
        "day": "2026-01-05",
        "asset_id": asset,
        "quantity": "1",
        "unit_price": "2",
        "currency": "EUR",
    }
    call(page, "POST", f"/portfolios/{portfolio}/transactions", trade)

    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="News").click()
    expect(page.get_by_role("heading", name="News")).to_be_focused()
    expect(page.get_by_text("Nothing about what you hold")).to_be_visible()
    check(settled(page), "empty news", OPPOSITES)

    page.get_by_role("button", name="Sources").click()
    sources = page.get_by_role("dialog", name="Sources")
    address = sources.get_by_label("Address of a feed")
    address.fill("javascript:alert(1)")
    address.press("Enter")
    expect(address).to_have_attribute("aria-invalid", "true")
    address.fill(f"{press.url}/feed")
    address.press("Enter")
    expect(sources.get_by_text("42 headlines, read")).to_be_visible()
    # Away from the button, which fades under the pointer.
    page.mouse.move(5, 5)
    check(page, "sources", OPPOSITES)
    page.keyboard.press("Escape")
    expect(sources).to_be_hidden()

    # Only what names an asset that is held; all of them by one key.
    headlines = page.get_by_role("list", name="Headlines").locator(":scope > li")
    expect(headlines).to_have_count(1)
    expect(headlines.first.get_by_role("button", name="Only about Apple Inc")).to_have_text(re.compile("AAPL"))
    page.get_by_role("radio", name="What I hold").press("ArrowRight")
    expect(headlines).to_have_count(30)
    page.get_by_role("button", name="Load more").click()
    expect(headlines).to_have_count(42)

    # How it reads, explained with the keyboard alone.
    apple = headlines.filter(has_text=APPLE.title)
    badge = apple.get_by_role("button", name="Reads negative")
    badge.focus()
    page.keyboard.press("Enter")
    expect(badge).to_have_attribute("aria-expanded", "true")
    expect(apple.get_by_text("fall: 3.0 towards negative")).to_have_count(1)
    check(settled(page), "news", OPPOSITES)

    # What strangers write is text, and links leave nothing behind.
    expect(headlines.nth(1)).to_contain_text("Nothing to see here")
    assert page.locator("main img").count() == 0
    link = headlines.nth(1).get_by_role("link")
    expect(link).to_have_attribute("href", HOSTILE.url)
    assert {"noopener", "noreferrer"} <= set((link.get_attribute("rel") or "").split())

    # What is chosen stands in the address.
    page.get_by_label("How it reads").select_option("Negative")
    expect(headlines).to_have_count(1)
    page.reload()
    expect(headlines).to_have_count(1)

    page.get_by_role("button", name="Sources").click()
    sources.get_by_role("button", name="Remove The Daily").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(toast(page, "The feed is gone.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
