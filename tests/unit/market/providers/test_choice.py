"""Who can be asked."""

from __future__ import annotations

from finsage.market.providers.choice import Providers
from finsage.market.providers.protocol import Capability


class Kiosk:
    """A provider of prices."""

    def __init__(self, name: str, **traits: object) -> None:
        self.name, self.needs_key, self.has_key = name, False, False
        self.capabilities = frozenset({Capability.QUOTES})
        self.__dict__.update(traits)


def test_who_lacks_its_key_or_the_capability_is_not_asked():
    keyless, keyed = Kiosk("a", needs_key=True), Kiosk("b", needs_key=True, has_key=True)
    other, free = Kiosk("c", capabilities=frozenset({Capability.NEWS})), Kiosk("d")
    assert Providers([free, keyless, other, keyed]).able(Capability.QUOTES) == [free, keyed]
