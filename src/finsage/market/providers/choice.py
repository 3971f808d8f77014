"""Who is asked first, who next, and what happened to those that failed.

The order is the asset's own preference first, then that of the settings. A provider that fails is passed over for the
next and its failure is part of the outcome, so that a page can show it; the first usable answer wins and answers are
never mixed. What a provider lacks (a key it does not know) may be asked of the next for the missing keys alone: that is
the caller's decision, because histories of two sources must not be joined unseen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from finsage.errors import FinSageError, Limited, Unavailable, Upstream
from finsage.market.errors import NoProvider, NoProviderAnswered
from finsage.market.providers.protocol import Answer, Capability, KeyFailure, Provider, Source
from finsage.platform.http import ForbiddenAddress

T = TypeVar("T")

# What makes the next provider worth asking; anything else is a fault of the question or of the program.
PASSES = (Upstream, Limited, Unavailable, ForbiddenAddress)


@dataclass(frozen=True, slots=True)
class Failure:
    """A provider that was asked and could not answer: at all, or for one ``key``."""

    provider: str
    error: FinSageError
    key: str | None = None

    @property
    def is_of_provider(self) -> bool:
        """Whether it says how the provider stands; what it wants in general may be told at one key."""
        return self.key is None or isinstance(self.error, Limited)

    def concerns(self, keys: Iterable[tuple[str, str]]) -> bool:
        """Whether it kept an answer from an asset with these pairs of provider and key."""
        return any(name == self.provider and self.key in {None, key} for name, key in keys)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The answer of the first provider that had one, and those that failed before it."""

    answer: Answer[T]
    failures: tuple[Failure, ...] = ()


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

    def able(self, capability: Capability, preferred: Sequence[str] = ()) -> list[Provider]:
        """Those that can answer and have the credential they need, in the order they are to be asked.

        Args:
            capability: what is to be asked.
            preferred: names to ask first, in this order; unknown ones are passed over.
        """
        order = dict.fromkeys([*preferred, *self._by_name])
        found = [self._by_name[name] for name in order if name in self._by_name]
        return [
            provider
            for provider in found
            if capability in provider.capabilities and (provider.has_key or not provider.needs_key)
        ]

    async def first(
        self,
        capability: Capability,
        ask: Callable[[Any], Awaitable[Answer[T]] | None],
        *,
        preferred: Sequence[str] = (),
        only: Iterable[str] | None = None,
    ) -> Outcome[T]:
        """Ask one after the other until one answers.

        Args:
            capability: what is to be asked.
            ask: asks one provider, which has the method of the capability; None where the asset is not known to it,
                and then it is not asked.
            preferred: as for ``able``.
            only: the names that may be asked; all when not given.

        Raises:
            NoProvider: none is set up, or none knows the asset.
            Limited, Unavailable, Upstream: the single one that was asked failed so.
            NoProviderAnswered: all that were asked failed; faults name each.
        """
        failures: list[Failure] = []
        allowed = None if only is None else set(only)
        for provider in self.able(capability, preferred):
            if allowed is not None and provider.name not in allowed:
                continue
            asked = ask(provider)
            if asked is None:
                continue
            try:
                return Outcome(await asked, tuple(failures))
            except PASSES as error:
                failures.append(Failure(provider.name, error))
        raise _none_answered(capability, failures)


def _none_answered(capability: Capability, failures: list[Failure]) -> FinSageError:
    if not failures:
        return NoProvider(f"No provider is set up for {capability.value}, or none knows this asset.")
    if len(failures) == 1:
        return failures[0].error
    told = "; ".join(f"{failure.provider}: {failure.error}" for failure in failures)
    return NoProviderAnswered(f"Nobody answered. {told}")
