"""Who uses a page by keyboard sees where they are, goes through it in order and gets out at its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from e2e.person import call, forecast, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect

PAGES = {
    "portfolio": "/portfolios/{id}",
    "realised gains": "/portfolios/{id}?tab=realised",
    "transactions": "/portfolios/{id}/transactions",
    "import": "/portfolios/{id}/import",
    "tax report": "/portfolios/{id}/tax-report?year=2025",
    "settings": "/settings",
    "asset": "/assets/{asset}",
    "search": "/search?q=e",
    "watchlists": "/watchlists",
    "news": "/news?scope=all",
    "data health": "/data-health",
    "predictions": "/predictions?asset={asset}&days=7",
    "scoreboard": "/predictions/scoreboard",
    "advice": "/portfolios/{id}/advice",
    "goal": "/portfolios/{id}/advice?step=goal",
    "what if": "/portfolios/{id}/advice?step=whatif",
}
STOPS_MAX = 600

# The next stop: what it is, and what is wrong with it. The mark of the focus is an outline of its own.
STEP = """() => {
  const now = document.activeElement;
  if (!now || now === document.body || now === document.documentElement) return null;
  // After the last stop comes the window around the page, or, where it has nothing to stop at, the first one again.
  window.__first ??= now;
  if (window.__stop && now === window.__first) return null;
  const before = window.__stop;
  window.__stop = now;
  window.__stops = (window.__stops ?? new Set());
  const faults = [];
  // Day, month, year and calendar of a date are stops of their own inside one field, and marked by the browser.
  if (now === before && now.type === 'date') return { name: 'part of a date', faults };
  if (window.__stops.has(now)) faults.push('comes twice');
  window.__stops.add(now);
  if (before && !(before.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING)) faults.push('goes back');
  const style = getComputedStyle(now);
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) faults.push('shows no mark');
  const box = now.getBoundingClientRect();
  // The middle of what the window shows of it: a long list goes on below.
  const [x, y] = [box.left + box.width / 2, (Math.max(box.top, 1) + Math.min(box.bottom, innerHeight - 1)) / 2];
  if (box.width < 1 || box.height < 1) faults.push('has no size');
  else if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
    faults.push('is out of sight');
  else {
    const top = document.elementFromPoint(x, y);
    const owner = now.labels?.[0] ?? now;
    if (top && !now.contains(top) && !top.contains(now) && !owner.contains(top)) faults.push('is covered by ' + top.outerHTML.slice(0, 160));
  }
  const name = now.getAttribute('aria-label') || now.labels?.[0]?.innerText || now.innerText || now.id;
  return { name: `${now.tagName} ${(name || '').trim().slice(0, 40)}`, faults };
}"""
# What a person can reach: of a group of radio buttons and of a set that arrows go through, one.
REACHABLE = """() => [...document.querySelectorAll(
  'a[href], button, input, select, textarea, summary, [tabindex]')].filter((item) => {
    if (item.disabled || item.tabIndex < 0 || item.closest('[inert]')) return false;
    if (item.type === 'radio' && !item.checked) return false;
    return item.checkVisibility({ visibilityProperty: true });
  }).length"""


def walk(page: Page) -> list[dict[str, Any]]:
    """Every stop of the Tab key from the top of the page to its end."""
    page.evaluate(
        "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"
    )
    stops: list[dict[str, Any]] = []
    while len(stops) < STOPS_MAX:
        page.keyboard.press("Tab")
        stop = page.evaluate(STEP)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"the focus does not leave the page: {stops[-6:]}")


@pytest.mark.parametrize("width", [pytest.param(1366, marks=pytest.mark.slow), 390])
def test_the_focus_is_seen_goes_in_order_and_gets_out(owner: tuple[Page, str], width: int) -> None:
    page, portfolio_id = owner
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    asset = call(page, "GET", f"/portfolios/{portfolio_id}/holdings")["items"][0]["asset_id"]
    # Made beforehand: the first forecast takes longer than a page has to come to rest.
    forecast(page, 7, asset_id=asset)
    faults = []
    for name, path in PAGES.items():
        page.goto(path.format(id=portfolio_id, asset=asset))
        settled(page)
        stops = walk(page)
        faults += [f"{name}, {stop['name']}: {', '.join(stop['faults'])}" for stop in stops if stop["faults"]]
        assert stops[0]["name"].lower().startswith("a skip"), name
        assert len(stops) >= page.evaluate(REACHABLE), name
    assert faults == []


def test_the_focus_comes_back_from_the_palette_and_goes_into_a_form(owner: tuple[Page, str]) -> None:
    page, _ = owner
    page.goto("/watchlists")
    settled(page)
    button = page.get_by_role("button", name="New list").first
    button.focus()
    # What is typed is found by other words than those that stand there.
    for typed in ("theme", "privacy", "watchlists"):
        page.keyboard.press("Control+k")
        field = page.get_by_role("combobox", name="Commands")
        expect(field).to_be_focused()
        field.fill(typed)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(button).to_be_focused()
        expect(page).to_have_url(re.compile("/watchlists$"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
