"""Drafts from stored text."""

from __future__ import annotations

import pytest

from finsage.finance.transaction import validate
from finsage.portfolio import drafts as codec


@pytest.mark.parametrize("kind", ["buy", "short_sell", "cover"])
def test_lots_stored_with_what_takes_none_do_not_make_it_unreadable(kind: str) -> None:
    stored = {"type": kind, "booked_on": "2024-01-02", "asset": "X", "quantity": "1", "unit_price": "2"}
    named = {"lot_ids": ["a#1"], "lot_quantities": ["1"]}

    def read(fields: dict[str, object]) -> object:
        return validate(codec.from_json(fields, draft_id="1", sequence=1, portfolio=""))

    assert read({**stored, **named}) == read(stored)
    assert read({**stored, **named, "type": "sell"}) != read({**stored, "type": "sell"})
