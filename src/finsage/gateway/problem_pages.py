"""The page behind each problem's ``type``: what it means, from the error tree itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from html import escape

from finsage.errors import FinSageError, NotFound
from finsage.gateway.exchange import (
    ASGIApp,
    Header,
    Receive,
    Scope,
    Send,
    answer,
    answer_unchanged,
    exchange_of,
    header,
)
from finsage.gateway.response_cache import etag_of, matches
from finsage.platform.problems import STATUS_BY_KIND, status_of

PREFIX = "/problems/"
# The same for everybody, until another version is installed.
_PUBLIC: Header = (b"cache-control", b"public, max-age=3600")


class NoSuchProblem(NotFound):
    """FinSage has no problem of that name."""


class ProblemPages:
    """Serves ``/problems/<slug>`` for every error class that has been loaded, and a list at ``/problems/``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX) or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        exchange_of(scope).route = "/problems/{slug}"
        slug = scope["path"].removeprefix(PREFIX)
        by_slug = {error.slug(): error for error in error_classes()}
        if slug and slug not in by_slug:
            raise NoSuchProblem("/problems/ lists them all.")
        page = _page(by_slug[slug]) if slug else _index(by_slug)
        body = page.encode()
        fields = (_PUBLIC, (b"etag", etag_of(body)))
        condition = header(scope, b"if-none-match")
        if condition is not None and matches(condition, fields[1][1]):
            await answer_unchanged(send, *fields)
            return
        await answer(send, 200, b"text/html; charset=utf-8", body, *fields)


def error_classes(root: type[FinSageError] = FinSageError) -> Iterator[type[FinSageError]]:
    """Every error class below the root, itself not included."""
    for child in root.__subclasses__():
        yield child
        yield from error_classes(child)


def _page(error: type[FinSageError]) -> str:
    _, _, rest = inspect.cleandoc(error.__doc__ or "").partition("\n")
    paragraphs = "".join(f"<p>{escape(part.strip())}</p>" for part in rest.split("\n\n") if part.strip())
    fields = ", ".join(f"<code>{escape(name)}</code>" for name in members_of(error))
    members = f"<p>Members beside the standard ones: {fields}.</p>" if fields else ""
    status = status_of(error)
    return _frame(
        error.title(),
        f"<p>Status {status}, type <code>/problems/{escape(error.slug())}</code>.</p>{paragraphs}{members}",
    )


def _index(by_slug: dict[str, type[FinSageError]]) -> str:
    items = "".join(
        f'<li><a href="/problems/{escape(slug)}">{escape(slug)}</a>: {escape(error.title())}</li>'
        for slug, error in sorted(by_slug.items())
        if error.kind in STATUS_BY_KIND
    )
    return _frame("Problems", f"<ul>{items}</ul>")


def members_of(error: type[FinSageError]) -> list[str]:
    """The members that a problem of this class has beside the standard ones."""
    return [name for name, kind in inspect.get_annotations(error).items() if "ClassVar" not in str(kind)]


def _frame(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - FinSage</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f'<body><main><h1>{escape(title)}</h1>{body}<p><a href="/problems/">All problems</a></p></main></body></html>'
    )
