"""How providers stand, each in a word: the same wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from finsage.market.errors import CredentialRefused
from finsage.market.providers.lacks import lack_of
from finsage.market.service import provider_keys
from finsage.market.store import provider_states
from finsage.market.store.provider_states import ProviderState
from finsage.platform.database import ReadSession
from finsage.platform.settings import Settings

Stand = Literal["answers", "failing", "resting", "refused", "needs_key", "not_set_up", "never_asked"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the worker that asked last has seen of a provider, and how it stands."""

    state: ProviderState
    stand: Stand


def stand_of(state: ProviderState, now: datetime) -> Stand:
    """How a provider stands that has what it needs."""
    if state.resting_until is not None and state.resting_until > now:
        return "resting"
    if state.failed_at is not None and (state.answered_at is None or state.failed_at >= state.answered_at):
        return "refused" if state.problem == CredentialRefused.slug() else "failing"
    return "never_asked" if state.answered_at is None else "answers"


async def standing_of(
    session: ReadSession, settings: Settings, names: Iterable[str], now: datetime
) -> dict[str, Standing]:
    """How these providers stand, in their order; one that lacks something needs it, whatever came of asking before."""
    known = await provider_states.states(session)
    entered = {one.provider for one in await provider_keys.key_states(session)}
    found = {}
    for name in names:
        state = known.get(name) or ProviderState(name)
        if (lack := lack_of(settings, name)) is not None:
            found[name] = Standing(replace(state, failed_at=None, problem=None, detail=lack), "not_set_up")
            continue
        is_usable = provider_keys.is_usable(settings, entered, name)
        found[name] = Standing(state, stand_of(state, now) if is_usable else "needs_key")
    return found
