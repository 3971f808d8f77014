"""What the app shows when it must not show something, cannot, or is told to by a stranger."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from e2e.person import Newcomer, OpenPage, Person, call, settled, toast
from integration.cli.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect

PAGES = ("/", "/portfolios/{id}", "/portfolios/{id}/transactions", "/portfolios/{id}/import", "/settings")
# Looks at every state the document was in, also those that no eye would catch.
WATCH = """
  window.seen = new Set();
  const figures = new RegExp(SECRETS.map(text => text.replace(/[.]/g, '\\\\.')).join('|'), 'g');
  new MutationObserver(() => {
    for (const [figure] of document.documentElement.outerHTML.matchAll(figures)) seen.add(figure);
  }).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
"""
FIRST_LOOK = """
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    observer.disconnect();
    window.firstLook = {...document.documentElement.dataset};
  }).observe(document, {subtree: true, childList: true});
"""
FAULTY = {
    "type": "/problems/internal-error",
    "title": "Something broke",
    "status": 500,
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
}


def figures(page: Page, portfolio_id: str) -> list[str]:
    """Every amount and quantity of a portfolio that is long enough to be recognised, as the app writes it."""
    holdings = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")
    booked = call(page, "GET", f"/portfolios/{portfolio_id}/transactions?limit=50")["items"]
    amounts = [value for value in holdings["totals"].values() if isinstance(value, str)]
    amounts += [item[name] for item in holdings["items"] for name in ("market_value", "cost_basis", "unrealised_gain")]
    amounts += [entry["value"] for entry in holdings["cash"]]
    amounts += [item["total_amount"] for item in booked]
    written = {f"{abs(Decimal(amount)):,.2f}" for amount in amounts if amount is not None}
    return sorted(text for text in written if len(text) >= len("1,000.00"))


def test_hidden_figures_are_in_no_state_of_any_page(owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    secrets = figures(page, portfolio_id)
    assert len(secrets) > 20
    page.add_init_script(WATCH.replace("SECRETS", json.dumps(secrets)))

    def leaked() -> set[str]:
        found = set()
        for path in PAGES:
            page.goto(path.format(id=portfolio_id))
            settled(page)
            for chart in page.get_by_role("slider").all():
                chart.press("Home")
            for table in page.get_by_text("Show as table").all():
                table.click()
            found |= set(page.evaluate("[...seen]"))
        return found

    assert len(leaked()) > len(secrets) / 2, "the watch sees nothing even when all is shown"
    page.get_by_role("button", name="Hide amounts").click()
    assert leaked() == set()
    expect(page.get_by_role("button", name="Show amounts")).to_be_visible()


def test_theme_and_privacy_stand_before_the_first_paint(owner: tuple[Page, str]) -> None:
    page, _ = owner
    page.add_init_script(FIRST_LOOK)
    settled(page)
    page.get_by_role("button", name="Use the dark theme").click()
    page.get_by_role("button", name="Hide amounts").click()
    for _ in range(2):
        page.reload()
        look = page.evaluate("firstLook")
        assert (look["theme"], look["privacy"]) == ("dark", "hide")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(11, 18, 32)"


def test_a_slow_first_load_says_so_and_waits_for_no_banner(owner: tuple[Page, str]) -> None:
    page, _ = owner
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    waiting = page.get_by_text("FinSage is loading")
    for path in ("me", "demo"):
        page.route(f"**/api/v1/{path}", hold)
    with page.expect_request("**/api/v1/me"):
        page.goto("/", wait_until="commit")
    expect(waiting).to_be_visible()
    next(route for route in held if route.request.url.endswith("/me")).continue_()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(waiting).to_be_hidden()
    expect(page.get_by_text("Simulated data")).to_be_hidden()


def test_offline_the_page_stays_and_nothing_can_be_saved(newcomer: Newcomer) -> None:
    person = newcomer(expected="ERR_INTERNET_DISCONNECTED|ERR_FAILED|dynamically imported module")
    person.record({"type": "deposit", "day": "2026-01-05", "gross": "4321", "currency": "EUR"})
    page = person.open("transactions")
    page.context.set_offline(True)
    expect(
        page.get_by_text(re.compile("No connection. You see what was loaded .*; nothing can be saved"))
    ).to_be_visible()
    expect(page.get_by_role("table", name="Transactions")).to_contain_text("4,321.00")
    expect(page.get_by_role("button", name="Add transaction")).to_be_disabled()
    # A page whose code never came says so inside the app, and comes by itself once it can.
    page.get_by_role("link", name="Import", exact=True).first.click()
    expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("No connection")
    expect(page.get_by_text("You see what was loaded")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Import", level=1)).to_be_visible()
    expect(page.get_by_text("You see what was loaded")).to_be_hidden()


@pytest.mark.parametrize("spared", [r"/(me|auth/status)$", "nothing"], ids=["all-but-the-session", "everything"])
def test_a_server_that_always_fails_is_told_with_its_request_id(
    spared: str, owner: tuple[Page, str], demo: Running, open_page: OpenPage
) -> None:
    signed_in, portfolio_id = owner
    state = signed_in.context.storage_state()

    def fail(route: Route) -> None:
        if re.search(spared, route.request.url):
            return route.continue_()
        return route.fulfill(status=500, content_type="application/problem+json", body=json.dumps(FAULTY))

    opened = []
    for path in (*PAGES[:-1], "/settings?tab=security", "/settings?tab=data"):
        page = open_page(
            demo.url, expected="status of 500|Something broke", storage_state=state, service_workers="block"
        )
        page.route("**/api/v1/**", fail)
        page.goto(path.format(id=portfolio_id), wait_until="commit")
        opened.append(page)
    for page in opened:
        trouble = page.get_by_role("alert").first
        expect(trouble).to_contain_text("Something broke", timeout=20_000)
        expect(trouble).to_contain_text(str(FAULTY["trace_id"]))
        expect(page.get_by_text("This page broke")).to_have_count(0)
        page.unroute("**/api/v1/**")
        # Each part of a page that failed by itself is asked for by itself; from the last, so that none moves up.
        for again in reversed(page.get_by_role("alert").get_by_role("button", name="Try again").all()):
            again.click()
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)


def test_an_ended_session_asks_for_the_password_and_keeps_the_form(newcomer: Newcomer) -> None:
    person = newcomer()
    page = person.open("transactions?add=true")
    form = page.get_by_role("dialog", name="Add transaction")
    form.get_by_label("Type").select_option("deposit")
    form.get_by_label("Amount", exact=True).fill("777.70")
    form.get_by_label("Note").fill("typed before the session ended")
    person.call("POST", "/auth/logout")
    form.get_by_role("button", name="Record", exact=True).click()

    again = page.get_by_role("alertdialog", name="Your session has ended")
    expect(again.get_by_label("E-mail")).to_have_value(person.email)
    again.get_by_label("Password", exact=True).fill(person.password)
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_be_hidden()
    expect(form.get_by_label("Note")).to_have_value("typed before the session ended")
    form.get_by_role("button", name="Record", exact=True).click()
    expect(toast(page, "Deposit recorded")).to_be_visible()
    recorded = person.call("GET", f"/portfolios/{person.portfolio_id}/transactions")["items"]
    assert [(item["gross"], item["note"]) for item in recorded] == [("777.7", "typed before the session ended")]


def test_the_demo_comes_and_goes_by_a_click_and_leaves_ones_own_alone(newcomer: Newcomer) -> None:
    # The page that is left may ask once more for what has gone.
    person = newcomer(expected="status of 404")
    person.record({"type": "deposit", "day": "2026-01-05", "gross": "100", "currency": "EUR"})

    def portfolios() -> list[tuple[str, int]]:
        items = person.call("GET", "/portfolios")["items"]
        return [(item["name"], item["transactions_count"]) for item in items if not item["is_demo"]]

    page = person.open("/settings?tab=data")
    page.get_by_role("button", name="Load demo data").click()
    # The card that says it is gone by then, replaced by the one that removes the demo.
    expect(toast(page, "The demo is loaded.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Simulated data")).to_be_visible()
    assert portfolios() == [("Our savings", 1)]
    [made_up] = [item["id"] for item in person.call("GET", "/portfolios")["items"] if item["is_demo"]]

    # Where the page is of something that goes, it is left for one that stays.
    person.open(f"/portfolios/{made_up}")
    page.get_by_role("button", name="Remove demo data").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove demo data").click()
    expect(toast(page, "The demo data is gone.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Simulated data")).to_be_hidden()
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("alert")).to_have_count(0)
    assert person.call("GET", "/portfolios")["items"][0]["id"] == person.portfolio_id
    assert portfolios() == [("Our savings", 1)]


IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "\"'></title><script>alert(2)</script>"
VECTOR = "<svg/onload=alert(3)>{{7*7}}"


def booby_trapped(person: Person) -> dict[str, Any]:
    """Markup in every text that a person may choose."""
    person.call("PATCH", "/me", {"first_name": IMAGE, "last_name": SCRIPT})
    portfolio = {"name": IMAGE + SCRIPT, "base_currency": "EUR"}
    person.portfolio_id = person.call("POST", "/portfolios", portfolio)["id"]
    asset = person.create_asset(VECTOR[:12], SCRIPT)
    text = {"account": IMAGE, "note": SCRIPT, "tags": [VECTOR, IMAGE]}
    deposit = {"type": "deposit", "day": "2026-01-05", "gross": "1000", "currency": "EUR"}
    buy = {"type": "buy", "day": "2026-01-06", "asset_id": asset, "quantity": "2", "unit_price": "10"}
    person.record(deposit | text, buy | text)
    return text


def test_markup_in_texts_is_shown_and_never_run(newcomer: Newcomer, tmp_path: Path) -> None:
    person = newcomer()
    text = booby_trapped(person)
    for path in PAGES:
        page = person.open(path.format(id=person.portfolio_id))
        page.evaluate("document.querySelectorAll('summary').forEach(summary => summary.click())")
    page = person.open("transactions")
    row = page.locator("[data-row]").filter(has_text="Buy")
    expect(row).to_contain_text(text["account"])
    expect(row).to_contain_text(text["note"])
    row.click()
    detail = page.get_by_role("dialog")
    for written in (text["account"], text["note"], *text["tags"]):
        expect(detail.get_by_text(written, exact=True).first).to_be_visible()
    detail.get_by_role("button", name="Correct").click()
    expect(page.get_by_role("dialog", name="Correct transaction").get_by_label("Note")).to_have_value(text["note"])
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Commands")).to_contain_text(IMAGE)
    page.keyboard.press("Escape")

    person.open("import")
    file = tmp_path / "<img src=x onerror=alert(4)>.csv"
    file.write_text(f"date,type,symbol,quantity,unit_price,currency,note\n2026-01-06,buy,{IMAGE},1,1,EUR,{VECTOR}\n")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("main")).to_contain_text(file.name)
    page.get_by_role("button", name=re.compile("Create .+ as a new asset")).click()
    expect(page.get_by_role("table", name="Rows of the file")).to_contain_text(IMAGE)
    assert page.locator("img[src=x], main script, svg[onload]").count() == 0


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "javascript:alert(5)", "/\\evil.example"])
def test_signing_in_leads_to_no_foreign_place(place: str, newcomer: Newcomer) -> None:
    person = newcomer()
    page = person.page
    person.call("POST", "/auth/logout")
    page.goto(f"/login?to={place}")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    assert page.evaluate("location.pathname + location.search") == "/"


def test_an_open_tab_survives_an_upgrade(owner: tuple[Page, str], demo: Running, open_page: OpenPage) -> None:
    signed_in, _ = owner
    page = open_page(
        demo.url, expected="status of 404", storage_state=signed_in.context.storage_state(), service_workers="block"
    )
    page.goto("/")
    settled(page)
    # The files of the old version are gone: one request fails, then the page asks anew.
    page.route(re.compile(r"/assets/page-.*\.js"), lambda route: route.fulfill(status=404), times=1)
    page.get_by_role("link", name="Settings").first.click()
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "reload"
