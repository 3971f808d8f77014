"""A tax report as one table: a row per disposal, then the sums, income and charges, told apart by ``section``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from finsage.finance.money import plain
from finsage.portfolio.importers.native import neutral
from finsage.portfolio.service.exports import Exported
from finsage.portfolio.service.tax_report import Disposal, Sums, TaxReport

HEADER = (
    "section", "symbol", "name", "isin", "account", "quantity", "acquired_on", "disposed_on", "held_days", "term",
    "reason", "cost", "fees", "proceeds", "gain", "gain_price", "gain_fx", "tax", "base_currency", "currency", "rate",
    "original_cost", "original_proceeds", "note",
)  # fmt: skip


def as_csv(report: TaxReport, name: str) -> Exported:
    """The report as a file; missing figures are empty cells, and what is missing has rows of its own at the top."""
    return Exported(f"{name} tax {report.year}.csv", "text/csv; charset=utf-8", _lines(report))


def _lines(report: TaxReport) -> Iterator[str]:
    yield _line(HEADER)
    for row in _rows(report):
        row["base_currency"] = report.base_currency
        yield _line(_cell(row.get(name)) for name in HEADER)


def _rows(report: TaxReport) -> Iterator[dict[str, Any]]:
    for item, label in report.missing:
        note = "units never acquired: record their purchase; their cost is taken as zero"
        yield {
            "section": "incomplete", "symbol": label, "account": item.account, "quantity": item.quantity,
            "disposed_on": item.day, "note": note,
        }  # fmt: skip
    for notice in report.doubts:
        yield {"section": "incomplete", "disposed_on": notice.day, "note": f"{notice.code}: {notice.detail}"}
    yield from map(_disposal, report.disposals)
    for part in report.by_asset:
        for term, sums in (("short", part.short), ("long", part.long)):
            if sums.disposals:
                yield {"section": "asset total", "symbol": part.label, "isin": part.isin, "term": term} | _sums(sums)
    yield {"section": "total", "term": "short"} | _sums(report.short)
    yield {"section": "total", "term": "long"} | _sums(report.long)
    yield {"section": "total"} | _sums(report.total)
    yield {"section": "currency gain", "gain": report.currency_gain, "note": "exchange gain on foreign money"}
    yield {"section": "realised gain", "gain": report.realised_gain}
    for line in report.income:
        yield {
            "section": "income", "symbol": line.label, "reason": line.type, "gain": line.amount, "tax": line.tax,
            "fees": line.fee,
        }  # fmt: skip
    yield {"section": "income total", "gain": report.income_total, "tax": report.withheld}
    yield {"section": "taxes of the year", "tax": report.taxes.total}
    yield {"section": "fees of the year", "fees": report.fees.total}


def _disposal(item: Disposal) -> dict[str, Any]:
    match, asset = item.match, item.asset
    rate = match.rate
    return {
        "section": "disposal",
        "symbol": item.label,
        "name": asset.name if asset else None,
        "isin": asset.isin if asset else None,
        "account": match.account,
        "quantity": match.quantity,
        "acquired_on": match.acquired_on,
        "disposed_on": match.disposed_on,
        "held_days": match.held_days,
        "term": match.term.value,
        "reason": match.reason,
        "cost": match.cost,
        "fees": match.fees,
        "proceeds": match.proceeds,
        "gain": match.gain,
        "gain_price": match.gain_price,
        "gain_fx": match.gain_fx,
        "currency": asset.currency if asset else None,
        "rate": rate.shown(),
        "original_cost": match.cost_in_asset_currency,
        "original_proceeds": match.proceeds_in_asset_currency,
    }


def _sums(sums: Sums) -> dict[str, Any]:
    names = ("cost", "fees", "proceeds", "gain", "gain_price", "gain_fx")
    return {name: getattr(sums, name) for name in names}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else neutral(str(value))


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
