"""What companies do to their shares, entered in the form: cost and the days of acquisition stay with the lots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.person import Newcomer, Person

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytest.importorskip("playwright", reason="playwright is in the group browser")
from playwright.sync_api import expect


def _form(person: Person, kind: str, day: str, asset: str = "oak") -> Locator:
    dialog = person.open("transactions?add=true").get_by_role("dialog", name="Add transaction")
    dialog.get_by_label("Type").select_option(kind)
    dialog.get_by_label("Date").fill(day)
    _choose(dialog, "Asset", asset)
    return dialog


def _choose(dialog: Locator, label: str, asset: str) -> None:
    dialog.get_by_label(label, exact=True).fill(asset)
    dialog.get_by_role("option", name=asset.upper()).first.click()


def _record(dialog: Locator) -> None:
    dialog.get_by_role("button", name="Record", exact=True).click()
    expect(dialog).to_be_hidden()


def _lots(person: Person) -> list[tuple[str, str, str, str]]:
    lots = person.call("GET", f"/portfolios/{person.portfolio_id}/lots")["items"]
    return sorted((lot["symbol"], lot["quantity"], lot["cost_basis"], lot["acquired_on"]) for lot in lots)


def test_splits_bonus_shares_a_merger_and_a_write_off_are_entered_in_the_form(newcomer: Newcomer) -> None:
    person = newcomer()
    oak = person.create_asset("OAK", "Old Oak Fund")
    person.create_asset("ELM", "Elm Holding")
    person.record({"type": "buy", "day": "2026-01-06", "asset_id": oak, "quantity": "100", "unit_price": "30"})
    for kind, day, ratio, units in (
        ("split", "2026-02-02", "4", "400"),
        ("split", "2026-02-03", "0.1", "40"),
        ("bonus", "2026-02-04", "1.1", "44"),
    ):
        dialog = _form(person, kind, day)
        dialog.get_by_label("Units after, for one before").fill(ratio)
        _record(dialog)
        assert _lots(person) == [("OAK", units, "3000", "2026-01-06")]
    dialog = _form(person, "merger", "2026-03-02")
    dialog.get_by_label("Quantity", exact=True).fill("44")
    _choose(dialog, "Asset received", "elm")
    dialog.get_by_label("Quantity received").fill("22")
    _record(dialog)
    assert _lots(person) == [("ELM", "22", "3000", "2026-01-06")]
    dialog = _form(person, "sell", "2026-04-01", "elm")
    dialog.get_by_label("Quantity", exact=True).fill("22")
    dialog.get_by_role("button", name="Write it off").click()
    _record(dialog)
    assert _lots(person) == []
    gain = person.call("GET", f"/portfolios/{person.portfolio_id}/realised-gains")["items"]
    assert [(row["symbol"], row["gain"]) for row in gain] == [("ELM", "-3000")]
