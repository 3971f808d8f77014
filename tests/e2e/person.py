"""Somebody who uses the web app, and what they can do besides clicking."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from support import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Locator, Page

WAIT_MS = 60_000
FORECAST_SECONDS_MAX = 90


def call(page: Page, method: str, path: str, body: Any = None, *, file: FilePayload | None = None) -> Any:
    """One request of the API with the page's session; its answer, or an assertion with the problem."""
    send = page.context.request.fetch
    me = send("/api/v1/me")
    headers = {"X-CSRF-Token": me.json()["csrf_token"] or ""} if me.ok else {}
    headers["Idempotency-Key"] = uuid4().hex
    sent = {"data": body} if file is None else {"multipart": {**(body or {}), "file": file}}
    answer = send(f"/api/v1{path}", method=method, headers=headers, timeout=WAIT_MS, **sent)
    assert answer.ok, (method, path, answer.status, answer.text())
    return answer.json() if answer.body() else None


def forecast(page: Page, days: int, **subject: str) -> dict[str, Any]:
    """A forecast that is there before the page asks for it: making the first one takes long on a busy machine."""
    body = {"subject": subject, "horizon_days": days}
    deadline = time.monotonic() + FORECAST_SECONDS_MAX
    while True:
        try:
            return dict(call(page, "POST", "/predictions", body))
        except AssertionError as error:
            if "503" not in str(error) or time.monotonic() > deadline:
                raise


@dataclass
class Person:
    """A user with a portfolio of their own, signed in on a page."""

    page: Page
    email: str
    portfolio_id: str
    password: str = PASSWORD

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return call(self.page, method, path, body, **options)

    def record(self, *drafts: dict[str, Any]) -> list[str]:
        """Transactions past the form; their ids."""
        batch = {"transactions": list(drafts)}
        return list(self.call("POST", f"/portfolios/{self.portfolio_id}/transactions:batch", batch)["ids"])

    def create_asset(self, symbol: str, name: str | None = None, currency: str = "EUR") -> str:
        draft = {"symbol": symbol, "name": name or symbol, "asset_class": "equity", "currency": currency}
        return str(self.call("POST", "/assets", draft)["id"])

    def open(self, path: str = "") -> Page:
        """A page of the portfolio, loaded and settled; '/…' for any other page."""
        self.page.goto(path if path.startswith("/") else f"/portfolios/{self.portfolio_id}{path and '/' + path}")
        return settled(self.page)


OpenPage = Callable[..., "Page"]
Newcomer = Callable[..., Person]


def settled(page: Page) -> Page:
    """Waits until the page has its heading, no skeleton, and moves no more."""
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    # What fades in has other colours on the way; what turns for ever is no reason to wait.
    page.wait_for_function(
        "() => document.getAnimations().every("
        "one => one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity)"
    )
    return page


def toast(page: Page, text: str) -> Locator:
    """The message at the lower edge that says so."""
    return page.get_by_role("region", name="Notifications").get_by_text(text)
