"""Forecasts as a person reads them: the fan and the odds by keyboard, what is refused, clean to axe in both themes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from e2e.person import WAIT_MS, Newcomer, OpenPage, Person, call, forecast, settled
from integration.cli.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

NOT_ADVICE = re.compile(r"\b(buy|sell|will (rise|fall|reach)|target price|bullish|bearish)\b", re.IGNORECASE)


def accessible(page: Page) -> None:
    settled(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def clean(page: Page) -> None:
    accessible(page)
    said = page.locator("main").inner_text()
    assert not NOT_ADVICE.search(said), NOT_ADVICE.findall(said)


def closes(count: int) -> list[dict[str, Any]]:
    first = date(2026, 1, 5)
    return [{"day": str(first + timedelta(days=step)), "close": f"{10 + step % 7 / 5}"} for step in range(count)]


def test_a_forecast_is_read_by_keyboard(owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    held = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")["items"][0]
    whole = forecast(page, 7, asset_id=held["asset_id"])
    page.goto(f"/predictions?asset={held['asset_id']}&days=7")
    fan = page.get_by_role("slider", name=f"What {held['symbol']} may be worth")
    fan.wait_for(timeout=WAIT_MS)
    fan.focus()
    page.keyboard.press("End")
    expect(fan).to_have_attribute(
        "aria-valuetext", re.compile(r"95% band .+ – .+, 80% band .+, 50% band .+, Middle .+")
    )
    page.keyboard.press("Home")
    expect(fan).to_have_attribute("aria-valuetext", re.compile(r": Close \D?\d"))
    # The same figures as a table: what was forecast, to the last digit.
    page.get_by_text("Show as table").click()
    row = page.get_by_role("row").filter(has_text=whole["matures_on"])
    expect(row).to_contain_text(whole["quantiles"]["0.025"])
    expect(row).to_contain_text(whole["quantiles"]["0.975"])


def test_the_odds_are_those_of_the_server(owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    held = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")["items"][1]
    made = forecast(page, 30, asset_id=held["asset_id"])
    page.goto(f"/predictions?asset={held['asset_id']}")
    odds = page.get_by_test_id("odds-below")
    slider = page.get_by_role("slider", name="Price that the odds are of")
    slider.focus()
    slider.press("PageDown")
    expect(page).to_have_url(re.compile(r"change=-0\.\d"))
    slider.press("Home")
    expect(odds).to_have_text(re.compile("< 1"))
    slider.press("End")
    expect(odds).to_have_text(re.compile("> 99"))
    price = f"{float(made['last_close']) * 0.97:.2f}"
    page.get_by_label("Price", exact=True).fill(price)
    below = call(page, "GET", f"/predictions/{made['id']}?price={price}")["odds"]["probability_below"]
    expect(odds).to_have_text(f"{below:.0%}")
    expect(page).to_have_url(re.compile(f"price=%22{price}"))
    page.reload()
    expect(odds).to_have_text(f"{below:.0%}")


def test_any_horizon_and_the_whole_portfolio(owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    value = forecast(page, 30, portfolio_id=portfolio_id)["last_close"]
    forecast(page, 45, portfolio_id=portfolio_id)
    page.goto("/predictions")
    expect(page.get_by_role("slider", name=re.compile("may be worth"))).to_be_visible()
    field = page.get_by_role("textbox", name="Other number of days")
    field.fill("400")
    expect(page.get_by_text("1 to 365 days")).to_be_visible()
    field.fill("45")
    field.press("Enter")
    expect(page).to_have_url(re.compile("days=45"))
    expect(page.get_by_text("Beyond what the models are trained on")).to_be_visible()
    expect(page.get_by_text(re.compile("moving together as they did"))).to_be_visible()
    # Under Hide no amount is left; odds and percentages are.
    page.get_by_role("button", name="Hide amounts").click()
    settled(page)
    assert f"{int(float(value)):,}" not in page.content()
    expect(page.get_by_test_id("odds-below")).to_have_text(re.compile(r"\d%"))
    page.get_by_role("button", name="Show amounts").click()


def test_too_little_history_says_how_much_is_needed(newcomer: Newcomer) -> None:
    person = newcomer(expected="422")
    asset = person.create_asset("NEWX", "New Works")
    person.call("PUT", f"/assets/{asset}/prices", {"items": closes(20)})
    page = person.open(f"/predictions?asset={asset}")
    expect(page.get_by_text("Too little history")).to_be_visible()
    expect(page.get_by_text("needs at least 30 returns, 19 are there")).to_be_visible()
    clean(page)
    page.get_by_role("link", name="Open NEWX").click()
    page.wait_for_url(f"**/assets/{asset}*")


def test_old_closes_are_said_to_be_old(newcomer: Newcomer) -> None:
    person = newcomer()
    asset = person.create_asset("OLDX", "Old Works")
    person.call("PUT", f"/assets/{asset}/prices", {"items": closes(80)})
    forecast(person.page, 7, asset_id=asset)
    page = person.open(f"/predictions?asset={asset}&days=7")
    expect(page.get_by_text("The newest close is of 25 Mar 2026.")).to_be_visible()
    expect(page.get_by_text("Short history.")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
def test_the_page_is_clean(
    demo: Running, open_page: OpenPage, sign_in: Callable[[Page, Running], str], width: int, scheme: str
) -> None:
    page = open_page(demo.url, width=width, scheme=scheme)
    portfolio_id = sign_in(page, demo)
    held = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")["items"][2]
    forecast(page, 7, portfolio_id=portfolio_id)
    forecast(page, 90, asset_id=held["asset_id"])
    asset = f"/predictions?asset={held['asset_id']}"
    for path, shown in (
        ("/predictions?days=7", page.get_by_test_id("odds-below")),
        (f"{asset}&days=90&change=-0.1", page.get_by_test_id("odds-below")),
        (f"{asset}&tab=track", page.get_by_test_id("matured")),
        (f"{asset}&tab=risk", page.get_by_role("table", name="Value at risk, looked back on")),
        (f"{asset}&tab=news", page.get_by_text("No headline about it was read in the last 90 days.")),
        ("/predictions/scoreboard", page.get_by_role("table", name="Models")),
    ):
        page.goto(path)
        shown.wait_for(timeout=WAIT_MS)
        clean(page)
    page.get_by_role("button", name="Card of Prices").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("European Central Bank")
    accessible(page)


def test_risk_is_judged_for_an_asset_and_a_portfolio(owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    held = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")["items"][0]
    judged = call(page, "GET", f"/predictions/risk/assets/{held['asset_id']}?horizon_days=7")
    page.goto(f"/assets/{held['asset_id']}")
    page.get_by_role("link", name="Forecast").click()
    page.wait_for_url(f"**/predictions?asset={held['asset_id']}")
    page.get_by_role("tab", name="Forecast").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_role("radio", name="1 day").press("ArrowRight")
    expect(page).to_have_url(re.compile("tab=risk.*risk=7"))
    table = page.get_by_role("table", name="Value at risk, looked back on")
    expect(table.get_by_role("row").nth(1)).to_contain_text(f"99.0%{judged['levels'][0]['breaches']}", timeout=WAIT_MS)
    page.goto(f"/portfolios/{portfolio_id}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Forecast").click()
    page.get_by_role("tab", name="Risk").click()
    expect(page.get_by_text(re.compile("Judged by replaying the model of today"))).to_be_visible(timeout=WAIT_MS)


def test_the_public_scoreboard_is_closed_until_it_is_opened(demo: Running, open_page: OpenPage) -> None:
    page = open_page(demo.url, expected="404")
    page.goto("/scoreboard")
    expect(page.get_by_text("This scoreboard is not public")).to_be_visible()
    clean(page)


def household(newcomer: Newcomer, **options: Any) -> Person:
    """Somebody with two assets, a year of closes of each, and some money left."""
    person = newcomer(**options)
    rising = [{"day": one["day"], "close": f"{50 + step % 9 + step / 40}"} for step, one in enumerate(closes(320))]
    for symbol in ("ONEX", "TWOX"):
        asset = person.create_asset(symbol)
        person.call("PUT", f"/assets/{asset}/prices", {"items": rising})
        person.record(
            {"type": "deposit", "day": "2026-01-02", "gross": "6000", "currency": "EUR"},
            {"type": "buy", "day": "2026-01-06", "asset_id": asset, "quantity": "100", "unit_price": "50"},
        )
    return person


def test_an_allocation_for_a_goal_by_keyboard(newcomer: Newcomer) -> None:
    page = household(newcomer).open("advice")
    accessible(page)
    page.get_by_role("button", name="Keep the answers").click()
    expect(page.get_by_text("10 questions are open.")).to_be_visible()
    accessible(page)
    # The premia stand in a group of their own, folded up.
    for group in page.get_by_role("group").filter(has=page.get_by_role("radio")).all():
        group.get_by_role("radio").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
    page.get_by_label("Spending a month").fill("500")
    page.get_by_role("button", name="Keep the answers").press("Enter")
    page.get_by_role("textbox", name="Name").fill("House")
    page.get_by_label("Amount", exact=True).fill("20000")
    page.get_by_label("On", exact=True).fill("2034-06-01")
    accessible(page)
    page.get_by_role("button", name="Keep the goal").press("Enter")
    # Under the pointer the button has other colours: they are looked at too.
    page.get_by_role("button", name="Work out an allocation").click()
    table = page.get_by_role("table", name="Side by side")
    expect(table).to_contain_text("Recommended", timeout=WAIT_MS)
    expect(table).to_contain_text("As it is")
    expect(page.get_by_text("A calculation from your inputs, not investment advice.")).to_be_visible()
    accessible(page)
    # What was answered and recommended is still there.
    page.reload()
    expect(table).to_contain_text("Recommended")
    page.get_by_role("tab", name="Ten questions").click()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    assert page.get_by_role("radio", checked=True).count() == 10


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), pytest.param(390, "dark", marks=pytest.mark.slow)])
def test_a_goal_is_seen_what_if_is_asked_and_limits_are_ones_own(newcomer: Newcomer, width: int, scheme: str) -> None:
    person = household(newcomer, width=width, scheme=scheme, expected="409")
    codes = [one["code"] for one in person.call("GET", "/advice/questions")["questions"]]
    answers = {"answers": dict.fromkeys(codes, 3), "monthly_spending": "500"}
    person.call("PUT", f"/portfolios/{person.portfolio_id}/risk-profile", answers)
    terms = {"portfolio_id": person.portfolio_id, "target_amount": "5000000", "target_on": "2034-06-01"}
    goal = person.call("POST", "/goals", {**terms, "name": "House"})["id"]
    odds = person.call("GET", f"/goals/{goal}/odds")
    # The goal lies far above every band, and is in the picture all the same.
    page = person.open(f"/predictions?goal={goal}")
    fan = page.get_by_role("slider", name="What “House” may come to, in today’s money")
    fan.wait_for(timeout=WAIT_MS)
    expect(page.locator("svg").get_by_text("target")).to_be_visible()
    fan.focus()
    fan.press("End")
    last = odds["odds"]["yearly"][-1]
    on = date.fromisoformat(last["on"])
    expect(fan).to_have_attribute("aria-valuetext", re.compile(f"^{on:%d %b %Y}: 95% band .+ Middle"))
    page.get_by_text("Show as table").click()
    row = page.get_by_role("row").filter(has_text=last["on"])
    expect(row).to_contain_text(last["quantiles"]["0.5"])
    # What is seen is kept, once; the odds are those of the amount until another is asked about by keyboard.
    [kept] = person.call("GET", f"/predictions/goals/{goal}")["items"]
    assert kept["odds"] == odds
    expect(page.get_by_text("Not on the scoreboard")).to_be_visible()
    below = page.get_by_test_id("odds-below")
    expect(below).to_have_text(re.compile("> 99"))
    page.get_by_role("slider", name="Value that the odds are of").press("Home")
    expect(below).to_have_text(re.compile("< 1"))
    # On the worst paths nothing is left.
    expect(page).to_have_url(re.compile(r"change=-(1|0\.\d)"))
    page.reload()
    expect(below).to_have_text(re.compile("< 1"))
    assert len(person.call("GET", f"/predictions/goals/{goal}")["items"]) == 1
    accessible(page)
    page.get_by_role("link", name="Find an allocation for it").click()
    page.get_by_role("tab", name="What if").click()
    page.get_by_label("Amount", exact=True).fill("1000")
    page.get_by_role("button", name="Show before and after").click()
    table = page.get_by_role("table", name="What if?")
    expect(table.get_by_role("row", name=re.compile("^Value at risk"))).to_contain_text("%", timeout=WAIT_MS)
    accessible(page)
    # No portfolio falls so little: what would have to give is said, and with room there is one.
    page.get_by_role("tab", name="Recommended").click()
    page.get_by_text("Limits and assets of your own").click()
    page.get_by_label("Least and most of an asset").select_option(label="ONEX")
    page.get_by_role("group", name="ONEX").get_by_label("At least").fill("50")
    page.get_by_label("Fall from a high").fill("1")
    accessible(page)
    page.get_by_role("button", name="Work out an allocation").click()
    expect(page.get_by_role("alert")).to_contain_text("The smallest change that lets one through", timeout=WAIT_MS)
    page.get_by_label("Fall from a high").fill("90")
    page.get_by_label("One asset").fill("80")
    page.get_by_role("button", name="Work out an allocation").click()
    trace = page.get_by_role("table", name="Which answer leads to which limit")
    expect(trace).to_contain_text("profile 1: fall 8%", timeout=WAIT_MS)
    expect(page.get_by_text("at most 90% yours")).to_be_visible()
    accessible(page)
