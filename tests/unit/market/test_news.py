"""When two headlines are the same, and which assets one names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.market.news import SAME_WITHIN, Shelf, Title, address_hash, drafted, title_of
from finsage.market.news_names import Named, Names, name_to_ask_for, name_without_form
from finsage.market.providers.press import QUESTIONS_MAX, WantedNews, questions
from finsage.market.providers.protocol import Headline, Source

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)

SAME_PAGE = [
    ("https://paper.example/a", "http://www.paper.example/a/"),
    ("https://paper.example/a", "https://paper.example/a?utm_source=x&utm_medium=rss#top"),
    ("https://paper.example/a?id=1&b=2", "https://PAPER.example:443/a?b=2&id=1&fbclid=abc"),
    ("https://paper.example/ä", "https://paper.example/%C3%A4"),
]


@pytest.mark.parametrize(("one", "other"), SAME_PAGE)
def test_addresses_of_one_page_are_one(one: str, other: str):
    assert address_hash(one) == address_hash(other)


@pytest.mark.parametrize("other", ["https://paper.example/b", "https://paper.example/a?id=2", "https://x.example/a"])
def test_addresses_of_two_pages_are_two(other: str):
    assert address_hash("https://paper.example/a?id=1") != address_hash(other)


NEARLY = [
    ("Apple unveils a new iPhone in Cupertino", "Apple unveils new iPhone in Cupertino"),
    ("Apple unveils a new iPhone - The Paper", "Apple Unveils a New iPhone"),
]
NOT_NEARLY = [
    ("Bitcoin rises 3% to 60,000 dollars this week", "Bitcoin rises 5% to 60,000 dollars this week"),
    ("Fed will raise rates again this year", "Fed will not raise rates again this year"),
    ("Apple shares rise in late trading today", "Apple shares fall in late trading today"),
    ("Market wrap", "Market wrap"),
    ("Tesla recalls cars in the United States", "Tesla recalls cars in the United Kingdom"),
]


@pytest.mark.parametrize(("one", "other"), NEARLY)
def test_titles_that_say_nearly_the_same(one: str, other: str):
    assert title_of(one, "The Paper").says_nearly(title_of(other, "Elsewhere"))


@pytest.mark.parametrize(("one", "other"), NOT_NEARLY)
def test_titles_that_do_not(one: str, other: str):
    assert not title_of(one).says_nearly(title_of(other))


words = st.sampled_from(
    ["oil", "gold", "markets", "bank", "rates", "europe", "traders", "weekly", "5", "7", "not", "up"]
)
titles = st.frozensets(words, min_size=1, max_size=9).map(Title)
pages = st.tuples(st.integers(0, 8).map(lambda n: bytes([n])), titles, st.integers(0, 72))


@given(one=titles, other=titles)
def test_saying_nearly_the_same_goes_both_ways_and_shares_a_rare_word(one: Title, other: Title):
    assert one.says_nearly(other) == other.says_nearly(one)
    if one.says_nearly(other):
        # Or the shelf would not find it.
        assert set(one.rarest()) & set(other.rarest())


@given(arrivals=st.lists(pages, max_size=25))
def test_no_two_on_the_shelf_are_the_same_and_each_left_out_has_its_like(arrivals: list[tuple[bytes, Title, int]]):
    shelf: Shelf[int] = Shelf()
    kept: list[int] = []
    for number, (address, title, hour) in enumerate(arrivals):
        at = NOON + timedelta(hours=hour)
        found = shelf.find(address, title, at)
        # What is sought in all of them, one by one.
        alike = [
            place
            for place in kept
            if arrivals[place][0] == address
            or (
                abs(timedelta(hours=arrivals[place][2] - hour)) <= SAME_WITHIN and arrivals[place][1].says_nearly(title)
            )
        ]
        assert (found is None) == (not alike)
        if found is None:
            shelf.put(address, title, at, number)
            kept.append(number)
        else:
            assert found in alike
    # The same arrivals again bring nothing new.
    for address, title, hour in arrivals:
        assert shelf.find(address, title, NOON + timedelta(hours=hour)) is not None


@given(at=st.none() | st.integers(-40_000, 40_000).map(lambda days: NOON + timedelta(days=days / 3)))
def test_a_headline_is_shown_where_it_belongs_never_ahead(at: datetime | None):
    headline = Headline("1", "Title", "https://paper.example/a", at, "The Paper")
    drafts = drafted([headline], "newsapi", [Source("https://x.example", b"h" * 32, NOON)], NOON)
    for draft in drafts:
        assert draft.shown_at <= NOON
        assert draft.published_at in {None, at}
    assert bool(drafts) == (at is None or at > NOON - timedelta(days=90))


def named(name: str, symbol: str, kind: str = "equity", **more: str) -> Named:
    return Named(uuid4(), symbol, name, kind, **more)  # type: ignore[arg-type]


def found(asset: Named, title: str, summary: str = "", mentions: tuple[str, ...] = ()) -> str | None:
    matches = Names([asset]).matches(title, summary, mentions)
    assert len(matches) <= 1
    return matches[0].matched_by if matches else None


APPLE = named("Apple Inc.", "AAPL", isin="US0378331005", mic="XNAS")
BITCOIN = named("Bitcoin", "BTC", "crypto", coingecko="bitcoin")

HITS = [
    (APPLE, "Apple's new phone", "name"), (APPLE, "APPLE UNVEILS A PHONE", "name"),
    (APPLE, "Why $AAPL fell", "cashtag"), (APPLE, "Tech (NASDAQ: AAPL) falls", "cashtag"),
    (APPLE, "Tech (Nasdaq:AAPL) falls", "cashtag"), (APPLE, "On US0378331005 alone", "identifier"),
    (BITCOIN, "Bitcoin and gold", "name"), (named("SAP SE", "SAP"), "SAP raises its outlook", "name"),
    (named("Target Corporation", "TGT"), "Target Corporation cuts jobs", "name"),
    (named("Target Corporation", "TGT"), "Target shares jump", "name"),
    (named("AT&T Inc", "T"), "AT&T adds customers", None), (named("AT&T Inc", "T"), "AT&T Inc adds customers", "name"),
    (named("The Coca-Cola Company", "KO"), "Coca-Cola lifts prices", "name"),
    (named("eBay Inc", "EBAY"), "eBay sells a unit", "name"),
    (named("Amazon.com Inc", "AMZN"), "Amazon opens a site", "name"),
    (named("Nestlé S.A.", "NESN"), "Nestlé cuts", "name"), (named("Münchener Rück AG", "MUV2"), "Münchener Rück zahlt", "name"),
    (named("BTC-EUR", "BTC-EUR", "crypto"), "Is $BTC rising?", "cashtag"),
    (named("S&P 500", "^GSPC", "index"), "S&P 500 ends lower", "name"),
    (named("Gold", "XAU", "commodity"), "Gold prices at a record", "name"),
]  # fmt: skip
MISSES = [
    (APPLE, "An apple a day"), (APPLE, "Pineapple and Snapple"), (APPLE, "AAPL"), (APPLE, "Tech (NYSE: AAPL) falls"),
    (BITCOIN, "Bitcoin Cash soars"), (BITCOIN, "BTC soars"), (BITCOIN, "The price of US$BTC"),
    (named("ON Semiconductor Corp", "ON"), "Bets ON rates"), (named("ALL", "ALL"), "ALL eyes on the Fed"),
    (named("One", "ONE", "crypto"), "One more thing"), (named("NEAR Protocol", "NEAR", "crypto"), "Rates Near Zero"),
    (named("Near", "NEAR", "crypto"), "Near the top"), (named("Target Corporation", "TGT"), "Target Price Raised"),
    (named("Visa Inc", "V"), "Visa rules tighten"), (named("SAP SE", "SAP"), "Trees lose their sap"),
    (named("SAP SE", "SAP"), "TREES LOSE SAP"), (named("Gap Inc", "GAP"), "Gap widens between rich and poor"),
    (named("3M Company", "MMM"), "It sells 3M shares"), (named("Euro", "EUR", "fx"), "Euro falls"),
    (named("US Dollar", "USD", "cash"), "$USD and the US Dollar"), (named("Sun", "SUN", "crypto"), "Sun sets on coal"),
    (named("Ford Motor Co", "F"), "Tom Ford opens"), (named("General Motors Co", "GM"), "A general, motors and roads"),
    (named("Gold", "XAU", "commodity"), "Gold medal for the team"), (named("Cash", "CASH", "crypto"), "Firms hoard $100 of cash"), (named("A", "A"), "A new day"),
    (named("Best Buy Co", "BBY"), "The best buy of the year"), (named("...", "X"), "... and so on"),
]  # fmt: skip


@pytest.mark.parametrize(("asset", "title", "by"), HITS, ids=lambda one: getattr(one, "symbol", one))
def test_what_a_headline_names(asset: Named, title: str, by: str | None):
    assert found(asset, title) == by


@pytest.mark.parametrize(("asset", "title"), MISSES, ids=lambda one: getattr(one, "symbol", one))
def test_what_only_looks_like_a_name(asset: Named, title: str):
    assert found(asset, title) is None


def test_tags_are_the_providers_own_and_only_of_coins():
    assert found(BITCOIN, "Prices move", mentions=("ticker:btc",)) == "tag"
    assert found(BITCOIN, "Bitcoin moves", mentions=("coingecko:bitcoin",)) == "tag"
    assert found(named("Bit Corp", "BTC"), "Prices move", mentions=("ticker:BTC",)) is None
    assert found(BITCOIN, "Prices move", mentions=("coingecko:Bitcoin-cash", "ticker:BCH")) is None


def test_names_count_in_the_title_alone_and_the_longest_of_them():
    cash = named("Bitcoin Cash", "BCH", "crypto")
    assert found(APPLE, "Phones sell", "Apple sells phones") is None
    assert found(APPLE, "Phones sell", "As $AAPL shows") == "cashtag"
    assert [one.asset_id for one in Names([BITCOIN, cash]).matches("Bitcoin Cash halves")] == [cash.asset_id]
    both = Names([BITCOIN, cash]).matches("Bitcoin falls as Bitcoin Cash halves")
    assert {one.asset_id for one in both} == {BITCOIN.asset_id, cash.asset_id}


@given(title=st.text(max_size=200), name=st.text(min_size=1, max_size=60), symbol=st.text(min_size=1, max_size=20))
def test_no_text_is_too_odd_to_be_compared(title: str, name: str, symbol: str):
    asset = named(name, symbol)
    for match in Names([asset]).matches(title, title, (title,)):
        assert match.asset_id == asset.asset_id
        assert match.term in title
    assert name_to_ask_for(asset) != ""


def test_names_without_their_form():
    asked = {
        "Apple Inc.": "Apple", "JPMorgan Chase & Co.": "JPMorgan Chase", "Alphabet Inc. Class A": "Alphabet",
        "The Boeing Company": "Boeing", "iShares Core MSCI World UCITS ETF USD (Acc)": "iShares Core MSCI World UCITS ETF USD",
    }  # fmt: skip
    assert {name: name_without_form(name) for name in asked} == asked
    assert name_to_ask_for(named("BTC", "BTC", "crypto")) is None
    assert name_to_ask_for(named("Target Corporation", "TGT")) == "Target Corporation"


def test_many_names_take_turns_and_all_are_asked_for():
    names = tuple(f"Company number {number}" for number in range(200))
    asked: set[str] = set()
    for turn in range(20):
        ones = questions("gdelt", WantedNews(names), NOON, turn)
        assert len(ones) == QUESTIONS_MAX
        asked |= {word for one in ones for word in one.words}
    assert asked == set(names)
    assert questions("gdelt", WantedNews(), NOON, 0) == questions("cryptopanic", WantedNews(names), NOON, 0) == []


def test_an_asset_is_found_by_its_strongest_way():
    [match] = Names([APPLE]).matches("Apple ($AAPL) rises")
    assert (match.matched_by, match.term, match.asset_id) == ("cashtag", "$AAPL", APPLE.asset_id)
    assert isinstance(match.asset_id, UUID)
