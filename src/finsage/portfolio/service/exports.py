"""A portfolio's transactions as a file that any FinSage reads back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from finsage.finance.transaction import Draft
from finsage.platform.database import ReadSession
from finsage.portfolio.importers.native import ExportRow, export_csv
from finsage.portfolio.importers.rows import AssetHint
from finsage.portfolio.service import books
from finsage.portfolio.service.books import Book


async def export_transactions(session: ReadSession, portfolio_id: UUID) -> tuple[str, Iterator[str]]:
    """The name of the portfolio and the lines of a FinSage CSV of what is in force, by day.

    Raises:
        PortfolioNotFound.
    """
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    rows = [
        ExportRow(_named(book, draft), header.note, tuple(header.tags), _hint(book, draft))
        for header, draft in zip(book.headers, book.drafts, strict=True)
    ]
    return portfolio.name, export_csv(rows)


def _named(book: Book, draft: Draft) -> Draft:
    """The draft with symbols in the place of ids, which mean nothing outside."""
    keys = {name: getattr(draft, name) for name in ("asset", "to_asset", "fee_currency")}
    labels: dict[str, Any] = {name: book.label(key) for name, key in keys.items() if key is not None}
    return replace(draft, **labels)


def _hint(book: Book, draft: Draft) -> AssetHint | None:
    asset = book.asset(draft.asset) if draft.asset else None
    if asset is None:
        return None
    return AssetHint(asset.symbol, asset.isin, asset.name, asset.asset_class, asset.currency)
