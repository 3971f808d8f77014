"""Who is asked, in which order, and what is kept of those that failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from finsage.errors import Limited, NotFound, Upstream
from finsage.market.errors import ChangedShape, NoProvider, NoProviderAnswered
from finsage.market.providers.choice import Providers
from finsage.market.providers.protocol import Answer, Capability, Quote, Quotes

pytestmark = pytest.mark.anyio


class Kiosk:
    """A provider outside: it has one price for everything, or one error."""

    needs_key = False
    has_key = True
    capabilities = frozenset({Capability.QUOTES})

    def __init__(self, name: str, price: str | Exception, **traits: object) -> None:
        self.name = name
        self._price = price
        self.asked = 0
        self.__dict__.update(traits)

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:
        self.asked += 1
        if isinstance(self._price, Exception):
            raise self._price
        now = datetime(2026, 1, 2, tzinfo=UTC)
        return Answer(self.name, tuple(Quote(key, Decimal(self._price), currency, now) for key in keys), ())


def ask(provider: Quotes):
    return provider.quotes(["X"], "EUR")


async def test_the_first_that_answers_wins_and_the_failures_before_it_are_kept():
    broken = Kiosk("a", ChangedShape("price is a list", provider="a", field="$.price"))
    limited = Kiosk("b", Limited("enough", retry_after_seconds=9))
    good, spare = Kiosk("c", "2"), Kiosk("d", "3")
    outcome = await Providers([broken, limited, good, spare]).first(Capability.QUOTES, ask)
    assert outcome.answer.values[0].price == 2
    assert [(failure.provider, failure.error.kind) for failure in outcome.failures] == [
        ("a", "upstream"),
        ("b", "limited"),
    ]
    assert spare.asked == 0


async def test_an_asset_may_prefer_one_and_exclude_others():
    first, second, third = Kiosk("a", "1"), Kiosk("b", "2"), Kiosk("c", "3")
    providers = Providers([first, second, third])
    assert (await providers.first(Capability.QUOTES, ask, preferred=["gone", "c"])).answer.provider == "c"
    assert (await providers.first(Capability.QUOTES, ask, preferred=["c"], only=["b", "a"])).answer.provider == "a"
    only_b = await providers.first(Capability.QUOTES, lambda p: ask(p) if p.name == "b" else None)
    assert only_b.answer.provider == "b"
    assert (first.asked, second.asked, third.asked) == (1, 1, 1)


async def test_who_lacks_its_key_or_the_capability_is_not_asked():
    keyless = Kiosk("a", "1", needs_key=True, has_key=False)
    other = Kiosk("b", "2", capabilities=frozenset({Capability.NEWS}))
    providers = Providers([keyless, other])
    assert providers.able(Capability.QUOTES) == []
    with pytest.raises(NoProvider):
        await providers.first(Capability.QUOTES, ask)
    assert (keyless.asked, other.asked) == (0, 0)


async def test_when_all_fail_each_is_named_and_a_single_failure_is_itself():
    limited = Kiosk("a", Limited("enough", retry_after_seconds=9))
    with pytest.raises(Limited) as single:
        await Providers([limited]).first(Capability.QUOTES, ask)
    assert single.value.retry_after_seconds == 9
    with pytest.raises(NoProviderAnswered, match="a: enough; b: no route"):
        await Providers([limited, Kiosk("b", Upstream("no route"))]).first(Capability.QUOTES, ask)


async def test_a_fault_that_no_other_provider_can_mend_is_not_passed_over():
    spare = Kiosk("b", "1")
    with pytest.raises(NotFound):
        await Providers([Kiosk("a", NotFound("no such asset")), spare]).first(Capability.QUOTES, ask)
    assert spare.asked == 0
