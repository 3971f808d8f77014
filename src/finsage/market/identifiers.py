"""What an asset is called elsewhere: by the providers that may price it, and on its chain.

ISIN and ticker@MIC stand on the asset itself (``isin``; ``symbol`` and ``mic``); this is what is known beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from finsage.errors import Fault

PricedBy = Literal["coingecko", "stooq", "yahoo", "exchanges"]
Scheme = Literal[PricedBy, "caip19"]
PRICED_BY: tuple[PricedBy, ...] = get_args(PricedBy)
"""Providers that price an asset by a key of theirs; each is a scheme of identifiers by its name."""

VALUE_LENGTH_MAX = 200

_FORMS: dict[Scheme, tuple[re.Pattern[str], str]] = {
    "coingecko": (re.compile(r"[A-Za-z0-9._-]{1,100}"), "is a coin's id as in CoinGecko's addresses, like bitcoin"),
    "stooq": (re.compile(r"[A-Za-z0-9^._-]{1,30}"), "is a symbol of Stooq, like aapl.us"),
    "yahoo": (re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,29}"), "is a symbol of Yahoo Finance, like AAPL or SAP.DE"),
    "exchanges": (re.compile(r"[a-z0-9_]{1,30}:[A-Z0-9]{1,20}/[A-Z0-9]{1,20}"), "is exchange:BASE/QUOTE"),
    # Source: CAIP-19, https://chainagnostic.org/CAIPs/caip-19
    "caip19": (
        re.compile(r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}(/[-.%a-zA-Z0-9]{1,78})?"),
        "is namespace:chain/namespace:reference of CAIP-19, like eip155:1/slip44:60",
    ),
}


@dataclass(frozen=True, slots=True)
class Identifier:
    """One name of an asset under one scheme."""

    scheme: Scheme
    value: str


def faults_of(identifiers: Sequence[Identifier], pointer: str = "/items") -> list[Fault]:
    """Everything wrong with the identifiers of one asset; empty when they can be kept."""
    faults: list[Fault] = []
    seen: set[str] = set()
    for index, identifier in enumerate(identifiers):
        form, detail = _FORMS[identifier.scheme]
        if not form.fullmatch(identifier.value):
            faults.append(Fault(f"{pointer}/{index}/value", detail))
        if identifier.scheme in seen:
            faults.append(Fault(f"{pointer}/{index}/scheme", "is given twice"))
        seen.add(identifier.scheme)
    return faults
