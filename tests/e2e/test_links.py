"""Every link of every page leads to a page that is there and has something to show."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
from e2e.person import OpenPage, settled
from integration.cli.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="playwright is in the group browser")

PAGES_MIN = 15


def kind(address: str) -> tuple[str, tuple[str, ...]]:
    """What two links have in common that lead to the same page with other figures.

    Portfolios are few and stay apart: an address with something else's id in its place looks like another one of them.
    """
    parts = urlsplit(address)
    return re.sub(r"/assets/[^/]+", "/assets/{id}", parts.path), tuple(sorted(key for key, _ in parse_qsl(parts.query)))


def links(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"/\"]:not([download])')].map(link => link.getAttribute('href'))"
    )
    return [address for address in found if not address.startswith("/api/")]


def test_every_link_leads_somewhere(
    demo: Running, open_page: OpenPage, sign_in: Callable[[Page, Running], str]
) -> None:
    page = open_page(demo.url)
    sign_in(page, demo)
    waiting = ["/", "/search?q=a", "/watchlists"]
    origin = dict.fromkeys(waiting, "the address bar")
    seen = {kind(address) for address in waiting}
    dead = []
    while waiting:
        address = waiting.pop(0)
        page.goto(address)
        settled(page)
        main = page.get_by_role("main")
        faults = [*main.get_by_role("alert").all(), *main.get_by_role("heading", name="This page does not exist").all()]
        dead += [f"{address} (linked at {origin[address]}): {fault.inner_text()}" for fault in faults]
        for link in links(page):
            if kind(link) not in seen:
                seen.add(kind(link))
                origin[link] = address
                waiting.append(link)
    assert dead == []
    assert len(seen) >= PAGES_MIN
