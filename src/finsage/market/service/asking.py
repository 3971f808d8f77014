"""The way from a job to the providers, and noting how they answered.

Their code is loaded when it is first needed: with its clients it costs half a start, and most starts ask nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prometheus_client import Gauge

from finsage.errors import FinSageError, Unavailable
from finsage.market.service.json_opening import NAME as JSON
from finsage.market.service.json_opening import sources_of
from finsage.market.service.provider_keys import with_stored_keys
from finsage.market.store import provider_states as store
from finsage.market.store.provider_states import ProviderState
from finsage.market.store.refreshes import Claimed, keep_received
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.platform.encryption import Vault
from finsage.platform.jobs import JobContext
from finsage.platform.outside import Outside
from finsage.platform.telemetry import REGISTRY

if TYPE_CHECKING:
    from finsage.market.providers.choice import Failure, Providers
    from finsage.market.providers.json_source import JsonSource
    from finsage.market.providers.pricing import Wanted
    from finsage.market.providers.protocol import Source

KEYS_TOLD = 5

PRICE_AGE = Gauge("finsage_price_age_seconds", "Age of the newest price of a source", ("source",), registry=REGISTRY)


class NoWayOut(Unavailable):
    """This worker was given no way to ask providers."""


def pricing() -> ModuleType:
    """The module that asks for prices."""
    return import_module("finsage.market.providers.pricing")


async def open_providers(job: JobContext, tenants: Iterable[UUID] = ()) -> Providers:
    """The providers of the installation, with the keys that were entered.

    Args:
        job: that asks.
        tenants: whose JSON sources are to be asked too.

    Raises:
        NoWayOut: the worker has none.
        SecretUnreadable: a key cannot be decrypted.
    """
    if job.outside is None:
        raise NoWayOut("Start the worker with `finsage up` or `finsage work`.")
    sources = await sources_of(job.database, Vault(job.outside.settings.data_dir), tenants)
    async with job.database.read() as session:
        return await providers_of(session, job.outside, sources)


async def providers_of(
    session: ReadSession, outside: Outside, sources: Mapping[str, JsonSource | FinSageError] | None = None
) -> Providers:
    """The providers of the installation, with the keys that were entered, and JSON sources where there are any.

    Raises:
        SecretUnreadable: a key cannot be decrypted.
    """
    settings = await with_stored_keys(session, Vault(outside.settings.data_dir), outside.settings)
    opening = import_module("finsage.market.providers.opening")
    providers: Providers = opening.open_providers(settings, outside.outbound(), sources)
    return providers


def wanted(asset: Claimed) -> Wanted:
    """An asset as it is asked for."""
    found: Wanted = pricing().Wanted(asset.currency, asset.keys)
    return found


def failed(failures: Iterable[Failure]) -> list[dict[str, str]]:
    """Failures as a run keeps them: what a provider said of several keys is one, which names the first of them.

    A run is everybody's to see. Which address of whom failed is not: of JSON sources it says how many.
    """
    keys: dict[tuple[str, str, str], list[str]] = {}
    own: dict[str, int] = {}
    for one in failures:
        if one.provider == JSON:
            own[one.error.slug()] = own.get(one.error.slug(), 0) + 1
            continue
        same = keys.setdefault((one.provider, one.error.slug(), str(one.error)), [])
        same += [] if one.key is None else [one.key]
    return [
        {"provider": name, "problem": slug, "detail": f"{_listed(named)}: {detail}" if named else detail}
        for (name, slug, detail), named in keys.items()
    ] + [
        {"provider": JSON, "problem": slug, "detail": f"{count} of all JSON sources; each asset tells its own."}
        for slug, count in own.items()
    ]


def _listed(keys: Sequence[str]) -> str:
    more = len(keys) - KEYS_TOLD
    return ", ".join(keys[:KEYS_TOLD]) + (f" and {more} more" if more > 0 else "")


async def note_answers(
    job: JobContext,
    providers: Providers,
    received: Sequence[tuple[str, Source]],
    failures: Iterable[Failure],
    newest: Mapping[str, datetime] | None = None,
) -> None:
    """Note in a transaction of its own what was received and how each provider stands now.

    Args:
        job: that asked.
        providers: it could ask.
        received: provider and response.
        failures: those that could not answer, of several the last stands; not those that failed for some keys alone.
            How JSON sources failed, and where they lie, is their tenants' to know, and kept with them.
        newest: the instant of the newest price by provider.
    """
    failed = {one.provider: one for one in failures if one.is_of_provider and one.provider != JSON}
    public = [(name, source) for name, source in received if name != JSON]
    newest = newest or {}
    answered: dict[str, datetime] = {}
    for name, source in received:
        answered[name] = max(source.received_at, answered.get(name, source.received_at))
    states = [_state(job, one, answered.get(one.name), failed.get(one.name), newest.get(one.name)) for one in providers]
    async with job.database.write(is_announced=False) as session:
        await store.note(session, states)
        await keep_received(session, {(name, one.content_hash): (one.url, one.received_at) for name, one in public})
    for name, as_of in newest.items():
        _show_age(name, as_of)


def _state(
    job: JobContext, provider: Any, answered_at: datetime | None, failure: Failure | None, newest: datetime | None
) -> ProviderState:
    now = clock.now()
    assert job.outside is not None
    # Of JSON sources that would be whoever's address was asked last.
    restraint = None if provider.name == JSON else job.outside.outbound().restraint_of(provider.name)
    wait = getattr(failure.error, "retry_after_seconds", None) if failure else None
    if failure is not None and failure.error.slug() == "circuit-open":
        failure = None  # it was not asked: what it failed with before is what there is to say
    is_many = provider.name in import_module("finsage.market.providers.choice").OF_MANY
    if is_many:
        wait = None  # the hosts that want rest have it, and the others are asked
    elif restraint is not None and restraint.is_circuit_open:
        wait = max(wait or 0, restraint.wait_seconds)
    return ProviderState(
        provider.name,
        answered_at,
        now if failure else None,
        failure.error.slug() if failure else None,
        str(failure.error) if failure else None,
        newest,
        restraint.is_circuit_open if restraint and not is_many else None,
        now + timedelta(seconds=wait) if wait else None,
        restraint.retries_left if restraint else None,
        restraint.asks_per_minute if restraint else None,
    )


async def show_stored_ages(session: ReadSession) -> None:
    """Show the age of each source's newest price as the database has it, until this process asks itself."""
    for state in (await store.states(session)).values():
        if state.newest_price_at is not None:
            _show_age(state.provider, state.newest_price_at)


def _show_age(provider: str, as_of: datetime) -> None:
    PRICE_AGE.labels(provider).set_function(partial(_age_seconds, as_of))


def _age_seconds(as_of: datetime) -> float:
    return (clock.now() - as_of).total_seconds()
