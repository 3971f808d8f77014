"""How fresh prices are, as a user sees it: a provider that fails, one that recovers, and a price to decide about."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from e2e.person import OpenPage, Person, call
from integration.cli.running import Running, running
from integration.market.refreshing import Market
from replay.server import FAULTS
from support import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from e2e.test_access import OPPOSITES, check
from playwright.sync_api import expect

FIRST = "first@example.com"


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    with Market() as server:
        yield server


@pytest.fixture(scope="module")
def product(market: Market) -> Iterator[Running]:
    parent = Path(tempfile.mkdtemp(prefix="finsage-e2e-"))
    parent.chmod(0o755)
    settings = {
        "FINSAGE_PROVIDERS": "coingecko,stooq,newsapi",
        "FINSAGE_PROVIDER_URLS": f"coingecko={market.url},stooq={market.url}",
        "FINSAGE_LOCAL_HOSTS": f"127.0.0.1:{market.port}",
        "FINSAGE_COINGECKO_PLAN": "pro",
        "FINSAGE_COINGECKO_KEY": "key",
    }
    with running(parent / "data", **settings) as product:
        who = {"email": FIRST, "password": PASSWORD}
        httpx.post(f"{product.url}/api/v1/auth/register", json=who).raise_for_status()
        yield product
        product.interrupt()
    shutil.rmtree(parent)


@pytest.fixture
def person(product: Running, open_page: OpenPage) -> Callable[..., Person]:
    """Somebody with a portfolio; the administrator under the address of whoever came first."""

    def sign_up(email: str = "", **options: Any) -> Person:
        page = open_page(product.url, **options)
        who = {"email": email or f"{uuid4().hex}@example.com", "password": PASSWORD}
        if not email:
            call(page, "POST", "/auth/register", who)
        call(page, "POST", "/auth/login", who)
        made = call(page, "POST", "/portfolios", {"name": "Coins", "base_currency": "EUR"})
        return Person(page, who["email"], str(made["id"]))

    return sign_up


def coin(person: Person, *, bought: bool = True) -> str:
    draft = {"symbol": "BTC", "name": "Bitcoin", "asset_class": "crypto", "currency": "EUR"}
    asset = str(person.call("POST", "/assets", draft)["id"])
    day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    person.call("PUT", f"/assets/{asset}/prices", {"items": [{"day": day, "close": "100"}]})
    if bought:
        person.record(
            {"type": "deposit", "day": day, "gross": "1000", "currency": "EUR"},
            {"type": "buy", "day": day, "asset_id": asset, "quantity": "1", "unit_price": "100"},
        )
    return asset


def name_at_coingecko(person: Person, asset: str) -> None:
    items = [{"scheme": "coingecko", "value": "bitcoin"}]
    person.call("PUT", f"/assets/{asset}/identifiers", {"items": items})


def refresh(page: Page) -> None:
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_text("Prices were asked for.")).to_be_visible(timeout=30_000)


def test_a_price_that_was_put_aside_is_decided_about(person: Callable[..., Person], market: Market) -> None:
    user = person()
    asset = coin(user)
    name_at_coingecko(user, asset)
    market.prices["bitcoin"] = "100000"
    page = user.open("/data-health")
    refresh(page)
    put_aside = page.get_by_role("listitem").filter(has_text="100000")
    expect(put_aside).to_contain_text("more than 50 times")
    row = page.get_by_role("table", name="Assets asked for").get_by_role("row", name="BTC")
    check(page, "a price put aside", OPPOSITES)
    page.get_by_role("button", name="Accept 100000 of BTC").click()
    expect(page.get_by_text("It is the price of its day now.")).to_be_visible()
    expect(row).to_contain_text("100,000")
    expect(row.get_by_text("Stale")).to_be_hidden()


def test_nothing_is_asked_for_and_the_connection_is_gone(person: Callable[..., Person]) -> None:
    user = person(width=390, scheme="dark", expected="ERR_INTERNET_DISCONNECTED")
    page = user.open("/settings?tab=data")
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_text("No asset is asked for at a provider")).to_be_visible()
    check(page, "empty data health", OPPOSITES)
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.get_by_role("button", name="Refresh now")).to_be_disabled()


def test_the_administrator_enters_a_key_with_the_password(person: Callable[..., Person]) -> None:
    page = person(FIRST).open("/settings?tab=data")
    card = page.get_by_role("region", name="Keys of providers")
    expect(card).to_contain_text("Of the settings of this installation.")
    card.get_by_role("button", name="Enter key").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key", exact=True).fill("a-canary-of-newsapi")
    dialog.get_by_label("Current password").fill(PASSWORD)
    check(page, "key of a provider", OPPOSITES)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The key is saved.")).to_be_visible()
    expect(card).to_contain_text("Entered")
    assert "a-canary" not in page.content()


def test_the_administrator_empties_the_caches(person: Callable[..., Person]) -> None:
    admin = person(FIRST)
    portfolio = f"/api/v1/portfolios/{admin.portfolio_id}"

    def asked() -> str:
        return admin.page.context.request.get(portfolio).headers["cache-status"]

    page = admin.open("/settings?tab=about")
    # What runs on schedule just after the start may write: only what stays cached shows that the button emptied it.
    hits = 0
    while hits < 5:
        hits = hits + 1 if asked() == "finsage; hit" else 0
        page.wait_for_timeout(200)
    page.get_by_role("button", name="Empty caches").click()
    expect(page.get_by_text("The caches are empty.")).to_be_visible()
    assert asked() == "finsage; fwd=miss"


# Last, as a host that fails five times running is left alone for half a minute.
@pytest.mark.parametrize(("fault", "told"), [("html", "another shape than documented"), ("failed", "(500)")])
def test_a_fault_is_seen_on_the_page_and_at_the_price(
    fault: str, told: str, person: Callable[..., Person], market: Market
) -> None:
    user = person()
    asset = coin(user)
    market.fault = FAULTS[fault]
    try:
        name_at_coingecko(user, asset)
        page = user.open("/data-health")
        refresh(page)
        followed = page.get_by_role("table", name="Assets asked for").get_by_role("row", name="BTC")
        expect(followed).to_contain_text("3 days")
        expect(followed.get_by_text("Stale")).to_be_visible()
        # What it says stands under the row: on a phone too.
        expect(page.get_by_role("table", name="Assets asked for")).to_contain_text(told)
        providers = page.get_by_role("table", name="Providers")
        expect(providers).to_contain_text(told)
        expect(providers.get_by_role("row", name="coingecko").first).not_to_contain_text("Answers")
        check(page, f"data health, {fault}", OPPOSITES)
        holdings = user.open()
        expect(holdings.get_by_role("row", name="BTC").get_by_text("Stale")).to_be_visible()
    finally:
        market.fault = None
