"""What a migration from another program carries over, what it cannot, and whether both sides agree."""

from __future__ import annotations

from typing import Any

from finsage.finance.money import plain
from finsage.portfolio.importers.reconciliation import reconcile
from finsage.portfolio.importers.rows import ParsedFile, RowStatus

NOT_CARRIED_MAX = 2_000
_MEND = "Mend the row in the file or record it by hand; importing the file again adds only what is missing."


def report(parsed: ParsedFile, troubles: dict[int, str], *, base_currency: str) -> dict[str, Any] | None:
    """The reconciliation of a file that states what it moves, as stored with its import; None for other formats.

    Args:
        parsed: the file.
        troubles: line -> why a readable row cannot be booked all the same.
        base_currency: of the portfolio.
    """
    if not parsed.is_reconciled:
        return None
    compared = reconcile(
        parsed.rows, lambda row: bool(row.entries) and row.line not in troubles, base_currency=base_currency
    )
    lines = [
        {
            "account": item.account,
            "symbol": item.code,
            "is_money": item.is_money,
            "stated": plain(item.stated),
            "booked": plain(item.booked),
            "difference": plain(item.difference),
            "is_equal": item.is_equal,
        }
        for item in compared
    ]
    left = _not_carried(parsed, troubles)
    return {
        "is_equal": all(item.is_equal for item in compared) and not any(row.errors for row in parsed.rows),
        "lines": lines,
        "not_carried": left[:NOT_CARRIED_MAX],
        "not_carried_total": len(left),
    }


def _not_carried(parsed: ParsedFile, troubles: dict[int, str]) -> list[dict[str, Any]]:
    """Rows in file order, then what the file holds beside its rows."""
    left = []
    for row in sorted(parsed.rows, key=lambda row: row.line):
        if row.status is RowStatus.SKIPPED:
            left.append({"line": row.line, "what": "", "reason": row.message, "remedy": ""})
        elif row.status is RowStatus.ERROR or row.line in troubles:
            reason = troubles.get(row.line, row.message)
            left.append({"line": row.line, "what": "", "reason": reason, "remedy": _MEND})
    return left + [
        {"line": item.line or None, "what": item.what, "reason": item.reason, "remedy": item.remedy}
        for item in parsed.leftovers
    ]
