"""Who can be asked, and what is kept of those that failed.

A provider that fails is passed over for the next and its failure is kept, so that a page can show it. Who is asked in
which order is the caller's: prices go by the names of the asset (``pricing.py``), headlines are asked for everywhere
(``press.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from finsage.errors import FinSageError, Limited, Unavailable, Upstream
from finsage.market.providers.protocol import Answer, Capability, KeyFailure, Provider, Source
from finsage.platform.http import ForbiddenAddress

T = TypeVar("T")

# What makes the next provider worth asking; anything else is a fault of the question or of the program.
PASSES = (Upstream, Limited, Unavailable, ForbiddenAddress)


OF_MANY = frozenset({"feeds", "json"})
"""Each of these is many hosts: what one of them wants is nothing the others want."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A provider that was asked and could not answer: at all, or for one ``key``."""

    provider: str
    error: FinSageError
    key: str | None = None

    @property
    def is_of_provider(self) -> bool:
        """Whether it says how the provider stands; what it wants in general may be told at one key."""
        return self.key is None or (isinstance(self.error, Limited) and self.provider not in OF_MANY)

    def concerns(self, keys: Iterable[tuple[str, str]]) -> bool:
        """Whether it kept an answer from an asset with these pairs of provider and key."""
        return any(name == self.provider and self.key in {None, key} for name, key in keys)


def each_answered(
    name: str,
    keys: Iterable[str],
    found: Mapping[str, T | FinSageError],
    sources: Iterable[Source],
    flaws: Iterable[str] = (),
) -> Answer[T]:
    """The answer to a question that was asked in several requests.

    Args:
        name: of the provider.
        keys: all that were asked for.
        found: by key, the value or how it failed; the others are missing.
        sources: the responses.
        flaws: what was left out of them.

    Raises:
        FinSageError: of the first that failed, when there is no value.
    """
    asked = dict.fromkeys(keys)
    failed = tuple(KeyFailure(key, one) for key in asked if isinstance(one := found.get(key), FinSageError))
    values = tuple(one for one in found.values() if not isinstance(one, FinSageError))
    if failed and not values:
        raise failed[0].error
    return Answer(name, values, tuple(sources), tuple(key for key in asked if key not in found), tuple(flaws), failed)


class Providers:
    """The providers of an installation in the order of its settings."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self._by_name: Mapping[str, Provider] = {provider.name: provider for provider in providers}

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Provider | None:
        """The provider of that name, if it is set up."""
        return self._by_name.get(name)

    def able(self, capability: Capability) -> list[Provider]:
        """Those that can answer and have the credential they need, in their order."""
        return [
            provider
            for provider in self
            if capability in provider.capabilities and (provider.has_key or not provider.needs_key)
        ]
