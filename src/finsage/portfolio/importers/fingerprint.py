"""The stable id of a source record: the same file twice adds nothing, two real equal rows both stay."""

from __future__ import annotations

import hashlib
from collections import Counter
from operator import attrgetter

from finsage.finance.money import plain
from finsage.finance.transaction import Draft
from finsage.portfolio.importers.rows import Entry

_AMOUNTS = (
    "quantity", "unit_price", "gross", "fee", "tax", "fx_rate", "settle_amount", "to_quantity", "ratio",
    "cost_fraction",
)  # fmt: skip
_TEXTS = ("asset", "currency", "fee_currency", "settle_currency", "to_asset")
_amounts_of, _texts_of = attrgetter(*_AMOUNTS), attrgetter(*_TEXTS)


def content_of(draft: Draft) -> str:
    """What a draft says: account, UTC instant or day, type, assets, amounts. 10 and 10.0 are the same."""
    instant = draft.instant
    when = instant.isoformat() if instant is not None else draft.booked_on.isoformat()
    parts = [draft.account or "", draft.cash_account or "", when, draft.type.value]
    parts += [text or "" for text in _texts_of(draft)]
    parts += ["" if amount is None else plain(amount) for amount in _amounts_of(draft)]
    # Said by few drafts, and by none of those whose prints are stored from before these fields.
    if draft.to_account is not None:
        parts.append(draft.to_account)
    if draft.legs:
        parts += [f"{leg.asset}\x1e{plain(leg.quantity)}" for leg in draft.legs]
    return "\x1f".join(parts)


def fingerprint(
    draft: Draft, *, portfolio_id: str, source: str, external_id: str | None = None, ordinal: int = 0
) -> str:
    """SHA-256 in hex of portfolio, source and external id; without an id, of the content and its ordinal.

    Args: source: the format's id, so that ids of two brokers never meet. ordinal: how many equal rows came before.
    """
    said = f"id\x1f{external_id}" if external_id else f"content\x1f{content_of(draft)}\x1f{ordinal}"
    return hashlib.sha256(f"{portfolio_id}\x1f{source}\x1f{said}".encode()).hexdigest()


class Fingerprints:
    """Fingerprints of the entries of one file, in time order; counts equal rows.

    A source that gives one id to rows which say different things (both sides of a transfer, say) gets them told apart;
    the same id with the same content is one record. Needs about 100 bytes for each different row.
    """

    def __init__(self, portfolio_id: str, source: str) -> None:
        self._owner = f"{portfolio_id}\x1f{source}\x1f"
        self._lines: dict[int, int] = {}
        self._repeats: Counter[int] = Counter()
        self._ids: dict[int, tuple[int, ...]] = {}

    def of(self, entry: Entry) -> str:
        """The fingerprint of the next entry in hex."""
        return self.mark(entry, 0)[0].hex()

    def mark(self, entry: Entry, line: int) -> tuple[bytes, int]:
        """The fingerprint of the next entry, and the line that said the same first, both without an id.

        Args:
            line: where the entry stands; answered when it is the first, or has an id.
        """
        return self.mark_said(content_of(entry.draft), entry.external_id, line)

    def mark_said(self, content: str, external_id: str | None, line: int) -> tuple[bytes, int]:
        """As ``mark``, of an entry whose content is known."""
        key, first = hash(content), line
        if external_id:
            said = f"id\x1f{self._told_apart(external_id, key)}"
        else:
            ordinal = 0
            if key in self._lines:
                first = self._lines[key]
                ordinal = self._repeats[key] = self._repeats[key] + 1
            else:
                self._lines[key] = line
            said = f"content\x1f{content}\x1f{ordinal}"
        return hashlib.sha256(f"{self._owner}{said}".encode()).digest(), first

    def _told_apart(self, external: str, key: int) -> str:
        known = self._ids.get(hash(external), ())
        if key not in known:
            known = (*known, key)
            self._ids[hash(external)] = known
        place = known.index(key)
        return external if place == 0 else f"{external}\x1f{place}"
