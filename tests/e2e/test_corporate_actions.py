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


def _announce(dialog: Locator, kind: str, after: str, before: str) -> None:
    new, old = ("New units", "For units held") if kind == "bonus" else ("Units after", "For units before")
    dialog.get_by_label(new, exact=True).fill(after)
    dialog.get_by_label(old, exact=True).fill(before)


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
    for kind, day, after, before, said, units in (
        ("split", "2026-02-02", "4", "1", "4 for 1: 300% more units", "400"),
        ("split", "2026-02-03", "1", "10", "1 for 10: 90% fewer units", "40"),
        ("bonus", "2026-02-04", "1", "10", "1 for 10: 10% more units", "44"),
    ):
        dialog = _form(person, kind, day)
        _announce(dialog, kind, after, before)
        expect(dialog.get_by_text(said)).to_be_visible()
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


def test_a_ratio_without_an_end_is_rounded_only_when_asked_for_and_comes_back_as_it_was_announced(
    newcomer: Newcomer,
) -> None:
    person = newcomer()
    oak = person.create_asset("OAK", "Old Oak Fund")
    person.record({"type": "buy", "day": "2026-01-06", "asset_id": oak, "quantity": "99", "unit_price": "30"})
    dialog = _form(person, "split", "2026-02-02")
    _announce(dialog, "split", "1", "3")
    expect(dialog.get_by_text("1 ÷ 3 has no exact decimal")).to_be_visible()
    dialog.get_by_role("button", name="Record", exact=True).click()
    expect(dialog.get_by_text("Tick it to record the rounded ratio")).to_be_visible()
    dialog.get_by_label("Record it as 0.333333333333333333").check()
    _record(dialog)
    assert _lots(person) == [("OAK", "32.999999999999999967", "2970", "2026-01-06")]
    (split,) = [
        item
        for item in person.call("GET", f"/portfolios/{person.portfolio_id}/transactions")["items"]
        if item["type"] == "split"
    ]
    page = person.open(f"transactions?open={split['id']}")
    expect(page.get_by_text("1 for 3 (× 0.333333333333333333)")).to_be_visible()
    page.get_by_role("button", name="Correct").click()
    form = page.get_by_role("dialog", name="Correct transaction")
    expect(form.get_by_label("Units after", exact=True)).to_have_value("1")
    expect(form.get_by_label("For units before", exact=True)).to_have_value("3")
    expect(form.get_by_label("Record it as 0.333333333333333333")).to_be_checked()
    # The company's 33 units are all there is: selling them leaves no trace behind.
    person.record({"type": "sell", "day": "2026-03-02", "asset_id": oak, "quantity": "33", "unit_price": "90"})
    assert _lots(person) == []
