"""What a search shows: each asset once whoever found it, in an order that can be told, nothing chosen by a symbol."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from finsage.market.identifiers import Identifier
from finsage.market.search import Hit, ambiguous_symbols, identities, is_same, merged, ranked

SYMBOLS = ["BTC", "BTCB", "SAP", "X"]
identifiers = st.lists(
    st.builds(Identifier, st.sampled_from(["coingecko", "yahoo", "caip19"]), st.sampled_from(["a", "b"])),
    max_size=3,
    unique_by=lambda one: one.scheme,
).map(tuple)
hits = st.builds(
    Hit,
    st.sampled_from(SYMBOLS),
    st.sampled_from(["Bitcoin", "Batcat", "SAP SE"]),
    currency=st.sampled_from([None, "EUR", "USD"]),
    mic=st.sampled_from(["", "XETR", "XNYS"]),
    isin=st.sampled_from([None, "DE0007164600", "US8030542042"]),
    identifiers=identifiers,
    asset_id=st.sampled_from([None, None, UUID(int=1), UUID(int=2)]),
    is_simulated=st.booleans(),
    rank=st.sampled_from([None, 1, 7]),
    providers=st.sampled_from([(), ("coingecko",), ("yahoo",)]),
)
# An asset that is kept is read once.
many = st.lists(hits, max_size=8).map(
    lambda ones: [
        one
        for place, one in enumerate(ones)
        if one.asset_id is None or one.asset_id not in {other.asset_id for other in ones[:place]}
    ]
)


@given(many, st.randoms(use_true_random=False))
def test_each_asset_is_shown_once_whatever_the_order_in_which_it_was_found(found, random):
    shown = merged(found)
    turned = list(found)
    random.shuffle(turned)
    assert merged(turned) == shown
    assert merged(shown) == shown
    for place, one in enumerate(shown):
        assert not any(is_same(one, other) for other in shown[place + 1 :])


@given(many)
def test_nothing_that_was_found_is_lost_and_no_two_kept_assets_become_one(found):
    shown = merged(found)
    symbols = {hit.symbol for hit in shown}
    for one in found:
        if not identities(one):
            assert one.symbol in symbols
        assert not one.providers or any(set(one.providers) <= set(hit.providers) for hit in shown)
    kept = [hit.asset_id for hit in found if hit.asset_id]
    assert sorted(hit.asset_id for hit in shown if hit.asset_id) == sorted(kept)


@given(many, st.sampled_from(["btc", "BTC", "sap", "a", "de0007164600", "Bit"]))
def test_exact_ones_stand_before_prefixes_and_those_that_are_kept_before_others(found, query):
    shown = ranked(merged(found), query)

    def closeness(hit: Hit) -> tuple[bool, bool, bool]:
        wanted = query.casefold()
        named = {hit.symbol, hit.isin, *(one.value for one in hit.identifiers)}
        is_exact = wanted in {(name or "").casefold() for name in named}
        return not is_exact, not hit.symbol.casefold().startswith(wanted), hit.asset_id is None

    assert [closeness(hit) for hit in shown] == sorted(closeness(hit) for hit in shown)


def test_the_same_coin_is_one_and_the_same_symbol_is_two_that_somebody_has_to_choose_from():
    mine = Hit("BTC", "My bitcoin", "crypto", "EUR", identifiers=(Identifier("coingecko", "bitcoin"),),
               asset_id=UUID(int=1), is_own=True)  # fmt: skip
    found = Hit("BTC", "Bitcoin", "crypto", identifiers=(Identifier("coingecko", "bitcoin"),), rank=1,
                providers=("coingecko",))  # fmt: skip
    other = Hit("BTC", "Big Tom Coin", "crypto", identifiers=(Identifier("coingecko", "big-tom"),), rank=4000)
    shown = ranked(merged([other, found, mine]), "btc")
    assert [(hit.name, hit.asset_id, hit.providers) for hit in shown] == [
        ("My bitcoin", UUID(int=1), ("coingecko",)), ("Big Tom Coin", None, ()),
    ]  # fmt: skip
    assert shown[0].rank == 1
    assert ambiguous_symbols(shown) == ["BTC"]
    assert ambiguous_symbols(shown[:1]) == []


def test_one_security_on_two_exchanges_or_in_two_currencies_is_two():
    here = Hit("SAP", "SAP SE", mic="XETR", isin="DE0007164600", currency="EUR")
    there = Hit("SAP", "SAP SE", mic="XNYS", isin="DE0007164600", currency="USD")
    unstated = Hit("SAP.DE", "SAP", isin="DE0007164600")
    assert len(merged([here, there])) == 2
    assert len(merged([here, there, unstated])) == 2
