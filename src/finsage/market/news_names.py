"""Which assets a headline is about: those it names, never those whose ticker merely stands there as a word.

    tag         the provider itself says so: a coin's ticker or id
    identifier  the ISIN stands in title or summary
    cashtag     $AAPL, or NASDAQ: AAPL, in title or summary
    name        the name stands in the title, written as a name

A name counts without its legal form ("Apple" of "Apple Inc."). A name of one word must be written with a capital
letter; one that is an ordinary word ("Target") needs its legal form or "shares", "stock", "price" and the like behind
it. A name that is nothing but the ticker is none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from finsage.market.asset import AssetClass

MatchedBy = Literal["tag", "identifier", "cashtag", "name"]
TERM_LENGTH_MAX = 300
NAME_LETTERS_MIN = 4
ACRONYM_LETTERS_MIN = 3
NAMELESS: frozenset[AssetClass] = frozenset({"cash", "fx"})
"""Currencies: every headline with an amount in it would be about them."""

_PIECE = re.compile(r"[^\W_]+")
_GAPS = frozenset({" ", "-", "&", " & ", ".", "'", "’", "/", ""})
_CASHTAG = re.compile(r"(?<![\w$])\$([A-Z][A-Z0-9]{0,9}(?:\.[A-Z]{1,2})?)(?![\w$])")
_EXCHANGES = {
    "NYSE": "XNYS", "NASDAQ": "XNAS", "AMEX": "XASE", "LSE": "XLON", "LON": "XLON", "TSX": "XTSE", "TSE": "XTSE",
    "ETR": "XETR", "XETRA": "XETR", "FRA": "XFRA", "EPA": "XPAR", "AMS": "XAMS", "ASX": "XASX", "SIX": "XSWX",
    "SWX": "XSWX", "HKEX": "XHKG", "TYO": "XTKS", "BIT": "XMIL", "BME": "XMAD", "STO": "XSTO",
}  # fmt: skip
_QUOTED = re.compile(rf"\b({'|'.join(_EXCHANGES)}|Nasdaq)\s?:\s?([A-Z0-9]{{1,10}}(?:\.[A-Z]{{1,2}})?)(?!\w)")
_ISIN = re.compile(r"(?<!\w)[A-Z]{2}[A-Z0-9]{9}[0-9](?!\w)")
_PAIR = re.compile(r"([A-Z0-9]{2,10})[-/][A-Z]{3,5}")
_BRACKETED = re.compile(r"\s*[(\[][^)\]]*[)\]]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEGAL = _words(
    "inc incorporated corp corporation co company ltd limited plc ag se sa nv spa ab asa oyj oy gmbh kgaa kg llc lp"
    " as bhd pte pty sab cv tbk pjsc adr ads gdr reg the holdings holding group class cl common stock ordinary shares"
    " share etf ucits acc dist trust a b c com"
)
_ORDINARY = _words(
    "apache axis ball banner beam best blink block blur bond boot bright bumble cable carnival catalyst chain clear"
    " cloud compound core cosmos crown dash discover dollar dominion dover eagle eastern edge elastic element equity"
    " essential everest evolution first five flow flux focus fossil franklin frontier future gala game gaming gap"
    " general global gold golden graph guess hamilton harmony hope horizon host immutable impact independence"
    " independent index insight international jupiter key kite liberty life link live loop maker mantra market mask"
    " match matter maximum meta method mirror momentum monday national near next nice numbers ocean omega one open"
    " opera optimism option orange orchid origin pair paramount peak people pioneer planet polygon pool power premier"
    " progressive public pulse pure quant radiant range rapid reef regions render republic request reserve root rover"
    " royal sand secret select shell silver simple snap solar southern spark spirit sprout square stacks star state"
    " steel stellar storm strategy stride sun super sweat sync target terra the thor time tower toast trade travelers"
    " trust truth twist union united unity universal utility valley vector venture visa vita vital wave waves west"
    " western wolf world"
) | {"best buy", "the graph"}
_OTHERS = {"bitcoin": {"cash", "sv", "gold", "diamond"}, "ethereum": {"classic"}, "terra": {"classic"}}
"""What turns a name into that of another asset."""

_BEHIND = _words(
    "shares share stock stocks inc corp corporation plc ltd co company earnings profit profits revenue results sales"
    " ceo token tokens coin coins network protocol blockchain etf holders investors shareholders"
)
_BEHIND_GOODS = _BEHIND | {"price", "prices", "futures"}
"""Not behind a company's: "Target Price" is another thing."""

_PLACES: tuple[MatchedBy, ...] = ("tag", "identifier", "cashtag", "name")


@dataclass(frozen=True, slots=True)
class Named:
    """An asset by all it is called."""

    asset_id: UUID
    symbol: str
    name: str
    asset_class: AssetClass
    isin: str | None = None
    mic: str = ""
    coingecko: str | None = None

    @property
    def ticker(self) -> str:
        """The symbol; of a pair of coins the first."""
        pair = _PAIR.fullmatch(self.symbol.upper()) if self.asset_class == "crypto" else None
        return pair[1] if pair else self.symbol.upper()


@dataclass(frozen=True, slots=True)
class Match:
    """An asset that a headline is about, how that is known, and the very text that says so."""

    asset_id: UUID
    matched_by: MatchedBy
    term: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    asset_id: UUID
    written: str
    is_ordinary: bool
    is_acronym: bool
    behind: frozenset[str]


def name_without_form(name: str) -> str:
    """A name without brackets, its legal form and a leading "The"; empty where nothing is left."""
    words = _BRACKETED.sub("", name).split()
    while words and _bare(words[-1]) in _LEGAL | {""}:
        words.pop()
    if len(words) > 1 and _bare(words[0]) == "the":
        words.pop(0)
    return " ".join(words).rstrip(".,&-/ ").removesuffix(".com")


def _bare(word: str) -> str:
    return re.sub(r"[^\w]", "", word).casefold()


def name_to_ask_for(asset: Named) -> str | None:
    """What to look for in the press; None where that would find everything or nothing."""
    name = name_without_form(asset.name)
    phrases = list(_phrases(asset))
    if asset.asset_class in NAMELESS or not phrases or all(phrase.is_ordinary for phrase in phrases):
        return None
    return name if name.casefold() not in _ORDINARY else _BRACKETED.sub("", asset.name).strip()


def _phrases(asset: Named) -> Iterator[_Phrase]:
    full = _BRACKETED.sub("", asset.name).strip()
    short = name_without_form(asset.name)
    if full.casefold() in {asset.symbol.casefold(), asset.ticker.casefold()} or asset.asset_class in NAMELESS:
        return
    behind = _BEHIND_GOODS if asset.asset_class in {"crypto", "commodity"} else _BEHIND
    for text in dict.fromkeys((full, short)):
        words = tuple(piece.casefold() for piece in _PIECE.findall(text))
        letters = sum(map(str.isalnum, text))
        is_acronym = text.isupper() and len(words) == 1
        if letters < (ACRONYM_LETTERS_MIN if is_acronym else NAME_LETTERS_MIN):
            continue
        is_ordinary = " ".join(words) in _ORDINARY
        yield _Phrase(words, asset.asset_id, text, is_ordinary, is_acronym, behind)


class Names:
    """What the assets of a tenant are called, to be found in headlines.

    Args:
        assets: all that may be meant; several may share a name.
    """

    def __init__(self, assets: Iterable[Named]) -> None:
        self._by_first: dict[str, list[_Phrase]] = defaultdict(list)
        self._by_ticker: dict[str, list[Named]] = defaultdict(list)
        self._by_isin: dict[str, list[UUID]] = defaultdict(list)
        self._by_tag: dict[str, list[UUID]] = defaultdict(list)
        for asset in assets:
            self._add(asset)

    def _add(self, asset: Named) -> None:
        for phrase in _phrases(asset):
            self._by_first[phrase.words[0]].append(phrase)
        if asset.isin:
            self._by_isin[asset.isin].append(asset.asset_id)
        if asset.asset_class in NAMELESS:
            return
        self._by_ticker[asset.ticker].append(asset)
        if asset.asset_class == "crypto":
            self._by_tag[f"ticker:{asset.ticker}"].append(asset.asset_id)
        if asset.coingecko:
            self._by_tag[f"coingecko:{asset.coingecko}"].append(asset.asset_id)

    def matches(self, title: str, summary: str = "", mentions: Sequence[str] = ()) -> list[Match]:
        """The assets a headline is about, each once, by the strongest of the ways."""
        found: dict[UUID, Match] = {}
        for match in self._all(title, f"{title}\n{summary}", mentions):
            known = found.get(match.asset_id)
            if known is None or _PLACES.index(match.matched_by) < _PLACES.index(known.matched_by):
                found[match.asset_id] = match
        return list(found.values())

    def _all(self, title: str, whole: str, mentions: Sequence[str]) -> Iterator[Match]:
        for mention in mentions:
            scheme, _, value = mention.partition(":")
            for asset_id in self._by_tag.get(f"{scheme}:{value.upper() if scheme == 'ticker' else value}", ()):
                yield Match(asset_id, "tag", value)
        for isin in _ISIN.findall(whole):
            for asset_id in self._by_isin.get(isin, ()):
                yield Match(asset_id, "identifier", isin)
        yield from self._cashtags(whole)
        yield from self._named(title)

    def _cashtags(self, whole: str) -> Iterator[Match]:
        for found in _CASHTAG.finditer(whole):
            for asset in self._by_ticker.get(found[1], ()):
                yield Match(asset.asset_id, "cashtag", found[0])
        for found in _QUOTED.finditer(whole):
            market = _EXCHANGES[found[1].upper()]
            for asset in self._by_ticker.get(found[2], ()):
                if asset.mic in {"", market} and asset.asset_class != "crypto":
                    yield Match(asset.asset_id, "cashtag", found[0][:TERM_LENGTH_MAX])

    def _named(self, title: str) -> Iterator[Match]:
        pieces = list(_PIECE.finditer(title))
        words = [piece[0].casefold() for piece in pieces]
        is_shouted = title.upper() == title
        place = 0
        while place < len(pieces):
            fitting = [
                phrase
                for phrase in self._by_first.get(words[place], ())
                if _stands(phrase, title, pieces, words, place, is_shouted=is_shouted)
            ]
            # "Bitcoin Cash" is not about Bitcoin where both are known.
            longest = max((len(phrase.words) for phrase in fitting), default=0)
            for phrase in fitting:
                if len(phrase.words) == longest:
                    term = title[pieces[place].start() : pieces[place + longest - 1].end()]
                    yield Match(phrase.asset_id, "name", term[:TERM_LENGTH_MAX])
            place += max(longest, 1)


def _stands(
    phrase: _Phrase, title: str, pieces: Sequence[re.Match[str]], words: Sequence[str], place: int, *, is_shouted: bool
) -> bool:
    end = place + len(phrase.words)
    if tuple(words[place:end]) != phrase.words:
        return False
    if any(title[pieces[at].end() : pieces[at + 1].start()] not in _GAPS for at in range(place, end - 1)):
        return False
    behind = words[end] if end < len(words) else ""
    if behind in _OTHERS.get(" ".join(phrase.words), ()):
        return False
    if phrase.is_ordinary or (phrase.is_acronym and is_shouted):
        return behind in phrase.behind and not is_shouted and pieces[place][0][0].isupper()
    written = pieces[place][0]
    if phrase.is_acronym:
        return written == phrase.written
    return written[0].isupper() or written[0].isdigit() or written == _PIECE.findall(phrase.written)[0]
