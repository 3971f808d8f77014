"""Everybody can read and use every page: axe finds nothing, nothing scrolls sideways, long lists stay light."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from e2e.conftest import Newcomer, OpenPage
from e2e.person import Person, settled
from integration.cli.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is in the group browser")
pytest.importorskip("axe_playwright_python", reason="axe is in the group browser")
from axe_playwright_python.sync_playwright import Axe  # noqa: E402 - the group may be absent
from playwright.sync_api import expect  # noqa: E402

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
LOOKS = [(width, scheme) for width in (1366, 390) for scheme in ("light", "dark")]
SIGNED_IN = {
    "dashboard": "/",
    "portfolio": "/portfolios/{id}",
    "transactions": "/portfolios/{id}/transactions",
    "import": "/portfolios/{id}/import",
    "settings": "/settings",
    "onboarding": "/onboarding",
}
WIDTH_MIN = 320
SignIn = Callable[["Page", Running], str]


def look(page: Page, width: int, scheme: str) -> None:
    """The same page at another width and in another theme, at rest."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.wait_for_timeout(250)


def violations(page: Page, where: str) -> list[str]:
    """What axe finds, a line per element."""
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    return [f"{where}: {rule['id']} at {node['target']} {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def in_all_looks(page: Page, where: str) -> Iterator[str]:
    for width, scheme in LOOKS:
        look(page, width, scheme)
        yield from violations(page, f"{where} {width} {scheme}")


def sticks_out(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_the_pages_before_signing_in_are_accessible(path: str, demo: Running, open_page: OpenPage) -> None:
    page = open_page(demo.url)
    page.goto(path)
    settled(page)
    assert list(in_all_looks(page, path)) == []
    look(page, WIDTH_MIN, "light")
    assert sticks_out(page) <= 0


@pytest.mark.parametrize("name", SIGNED_IN)
def test_every_page_with_data_is_accessible(name: str, demo: Running, owner: tuple[Page, str]) -> None:
    page, portfolio_id = owner
    page.goto(SIGNED_IN[name].format(id=portfolio_id))
    settled(page)
    assert list(in_all_looks(page, name)) == []
    look(page, WIDTH_MIN, "light")
    assert sticks_out(page) <= 0
