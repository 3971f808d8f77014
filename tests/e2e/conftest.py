"""A real product and a real Chromium. Skipped, with the reason, where either is missing."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from e2e.person import Newcomer, OpenPage, Person, call
from integration.cli.running import Running, running
from support import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

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
    if importlib.util.find_spec("playwright") is None or importlib.util.find_spec("axe_playwright_python") is None:
        reason = "playwright and axe are in the group browser"
    elif CHROMIUM is None:
        reason = "no Chromium on PATH"
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


def _product(*options: str) -> Iterator[Running]:
    parent = Path(tempfile.mkdtemp(prefix="finsage-e2e-"))
    parent.chmod(0o755)
    # A browser that runs through every page is one address; the limit is proved elsewhere.
    limits = {
        "FINSAGE_ADDRESS_LIMIT_PER_MINUTE": "100000",
        "FINSAGE_ADDRESS_LIMIT_BURST": "10000",
        "FINSAGE_USER_LIMIT_PER_MINUTE": "100000",
    }
    with running(parent / "data", *options, **limits) as product:
        yield product
        product.interrupt()
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def demo() -> Iterator[Running]:
    """A product with the demo in it. Its owner only looks; who wants to write signs up as a newcomer."""
    yield from _product("--demo")


@pytest.fixture
def empty() -> Iterator[Running]:
    """A product nobody has registered with."""
    yield from _product()


class Watched:
    """A page that remembers what went wrong in it."""

    def __init__(self, page: Page, expected: str | None) -> None:
        self.page = page
        self.faults: list[str] = []
        # A visitor who is not signed in asks who they are and is told so: the one refusal that belongs to every flow.
        self._expected = re.compile("|".join(["status of 401", *([expected] if expected else [])]))
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", self._on_dialog)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self._expected.search(message.text):
            self.faults.append(f"{message.text} ({message.location['url']} on {self.page.url})")

    def _on_dialog(self, dialog: Dialog) -> None:
        # The app opens no dialog of the browser: whoever did was a script that nobody wrote.
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens pages of one width and theme; at the end none may have logged an error or a CSP violation.

    ``expected`` is a pattern of the console errors that a test provokes, such as the refusal it is about.
    """
    opened: list[Watched] = []
    contexts = []

    def open_one(
        base_url: str, *, width: int = 1366, scheme: str = "light", expected: str | None = None, **options: Any
    ) -> Page:
        context = chromium.new_context(
            base_url=base_url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="en-GB",
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        watched = Watched(context.new_page(), expected)
        opened.append(watched)
        return watched.page

    yield open_one
    for context in contexts:
        context.close()
    assert [fault for watched in opened for fault in watched.faults] == []


@pytest.fixture
def sign_in() -> Callable[[Page, Running], str]:
    """Signs a page in as the demo's owner; the id of the demo's first portfolio."""

    def run(page: Page, product: Running) -> str:
        email, password = product.login()
        page.goto("/login")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return str(call(page, "GET", "/portfolios")["items"][0]["id"])

    return run


@pytest.fixture
def newcomer(demo: Running, open_page: OpenPage) -> Newcomer:
    """Signs up a user with a tenant and an empty portfolio of their own, past the forms."""

    def run(**options: Any) -> Person:
        page = open_page(demo.url, **options)
        email = f"{uuid4().hex}@example.com"
        who = {"email": email, "password": PASSWORD}
        call(page, "POST", "/auth/register", who)
        call(page, "POST", "/auth/login", who)
        portfolio = {"name": "Our savings", "base_currency": "EUR"}
        return Person(page, email, str(call(page, "POST", "/portfolios", portfolio)["id"]))

    return run


@pytest.fixture
def owner(demo: Running, open_page: OpenPage, sign_in: Callable[[Page, Running], str]) -> tuple[Page, str]:
    """A page the demo's owner is signed in on, and the demo's portfolio."""
    page = open_page(demo.url)
    return page, sign_in(page, demo)
