"""A real product and a real Chromium. Skipped, with the reason, where either is missing."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration.cli.running import Running, running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = None
    if importlib.util.find_spec("playwright") is None:
        reason = "playwright is in the group browser"
    elif CHROMIUM is None:
        reason = "no Chromium on PATH"
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the group may be absent

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


def _product(*options: str) -> Iterator[Running]:
    parent = Path(tempfile.mkdtemp(prefix="finsage-e2e-"))
    parent.chmod(0o755)
    # A browser that runs through every page is one address; the limit is proved elsewhere.
    with running(parent / "data", *options, FINSAGE_ADDRESS_LIMIT_PER_MINUTE="100000") as product:
        yield product
        product.interrupt()
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def demo() -> Iterator[Running]:
    """A product with the demo in it, for tests that only look."""
    yield from _product("--demo")


@pytest.fixture
def empty() -> Iterator[Running]:
    """A product nobody has registered with."""
    yield from _product()


class Watched:
    """A page that remembers what went wrong in it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _on_console(self, message: Any) -> None:
        # A visitor who is not signed in asks who they are and is told so: the one 401 that belongs to the flow.
        if message.type == "error" and "401" not in message.text:
            self.faults.append(message.text)


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Any]:
    """Opens pages of one width and theme; at the end none may have logged an error or a CSP violation."""
    opened: list[Watched] = []
    contexts = []

    def open_one(base_url: str, *, width: int = 1366, scheme: str = "light") -> Any:
        context = chromium.new_context(
            base_url=base_url, viewport={"width": width, "height": 900}, color_scheme=scheme, locale="en-GB"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        watched = Watched(context.new_page())
        opened.append(watched)
        return watched.page

    yield open_one
    for context in contexts:
        context.close()
    assert [fault for watched in opened for fault in watched.faults] == []


@pytest.fixture
def sign_in() -> Any:
    """Signs a page in as the demo's owner."""

    def run(page: Any, product: Running) -> str:
        email, password = product.login()
        page.goto("/login")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        answer = page.evaluate("fetch('/api/v1/portfolios').then(answer => answer.json())")
        return str(answer["items"][0]["id"])

    return run
