"""Exchange rates of the working day, asked for where the operator has said so (``FINSAGE_LIVE_RATES``).

The European Central Bank publishes about 16:00 in Frankfurt on its working days; until then, and when the newest are
there, nobody is asked. Rates that are not believed are left out and named in the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from finsage.finance.money import plain
from finsage.market.currencies import is_currency
from finsage.market.ecb import SOURCE
from finsage.market.errors import NoProvider
from finsage.market.sanity import judge_rates
from finsage.market.service.asking import failed, note_answers, open_providers
from finsage.market.store import rates as store
from finsage.market.store.refreshes import Run, add_run
from finsage.platform import clock
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import WriteSession
from finsage.platform.events import tell
from finsage.platform.jobs import JobContext

if TYPE_CHECKING:
    from finsage.market.providers.choice import Failure
    from finsage.market.providers.protocol import Answer, DayRates, Rates

REFRESH = "market.refresh_rates"
EVERY = timedelta(hours=1)
BACK_DAYS_MAX = 80
"""How far back is asked; what is older comes with the next release of FinSage."""

_EURO = "EUR"
_FRANKFURT = ZoneInfo("Europe/Berlin")
_PUBLISHED = time(16, 10)
_WEEKEND = 5


@dataclass(slots=True)
class _Taken:
    written: int = 0
    unchanged: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)


async def refresh_rates(job: JobContext) -> None:
    """Ask for the rates of the days since the newest there are, once they are out.

    Raises:
        Upstream, Limited, Unavailable: nobody answered; the worker tries again.
    """
    started = clock.now()
    if job.outside is None or not job.outside.settings.live_rates:
        return
    async with job.database.read() as session:
        newest = max((await store.last_days(session, SOURCE)).values(), default=None)
    if newest is not None and newest >= newest_expected(started):
        return
    today = started.date()
    earliest = today - timedelta(days=BACK_DAYS_MAX)
    first = max(newest + timedelta(days=1), earliest) if newest else earliest
    answer, failed_before = await _ask(job, first, today)
    async with job.effect() as session:
        taken = await _take(session, answer.values, today)
        due_at = datetime.fromisoformat(job.payload["due_at"])
        refused = len(taken.refused)
        failures = [*taken.refused, *failed(failed_before)]
        received = sum(not source.is_from_cache for source in answer.sources)
        counts = (0, received + len(failed_before), taken.written, taken.unchanged, 0, refused, 0)
        await add_run(session, Run(REFRESH, due_at, started, clock.now(), *counts, failures))
        await tell(session, PUBLIC_TENANT, "runs")


async def _ask(job: JobContext, first: date, last: date) -> tuple[Answer[DayRates], list[Failure]]:
    """The answer of the first provider that has one, and those that failed before it."""
    providers = await open_providers(job)
    capability = import_module("finsage.market.providers.protocol").Capability.RATES
    choice: Any = import_module("finsage.market.providers.choice")
    failures: list[Failure] = []
    for provider in providers.able(capability):
        try:
            answer = await cast("Rates", provider).rates(first, last)
        except choice.PASSES as error:
            failures.append(choice.Failure(provider.name, error))
            continue
        await note_answers(job, providers, [(provider.name, one) for one in answer.sources], failures)
        return answer, failures
    await note_answers(job, providers, [], failures)
    if not failures:
        raise NoProvider("FINSAGE_PROVIDERS names none that has exchange rates.")
    raise failures[-1].error


async def _take(session: WriteSession, days: Sequence[DayRates], today: date) -> _Taken:
    """Judge the rates of each day against those before it, and write the good ones."""
    await store.lock(session)
    known = {window.currency: window for window in await store.newest(session, SOURCE)}
    last = {currency: Decimal(window.rates[-1]) for currency, window in known.items()}
    taken, kept = _Taken(), dict[str, list[tuple[date, str]]]()
    for one in days:
        if one.base != _EURO:
            continue
        verdicts = judge_rates(one, last, today)
        for currency, rate in one.rates:
            window = known.get(currency)
            if not is_currency(currency) or (window is not None and one.day.isoformat() <= window.days[-1]):
                taken.unchanged += 1
                continue
            verdict = verdicts[currency]
            if verdict.reason is not None:
                detail = f"{currency} on {one.day}: {verdict.detail}"
                taken.refused.append({"provider": SOURCE, "problem": str(verdict.reason), "detail": detail})
                continue
            last[currency] = rate
            kept.setdefault(currency, []).append((one.day, plain(rate)))
            taken.written += 1
    await store.append(session, SOURCE, known, kept)
    return taken


def newest_expected(now: datetime) -> date:
    """The day of the newest rates that should be out: today's from 16:10 in Frankfurt on, on a working day."""
    local = now.astimezone(_FRANKFURT)
    day = local.date() if local.time() >= _PUBLISHED else local.date() - timedelta(days=1)
    while day.weekday() >= _WEEKEND:
        day -= timedelta(days=1)
    return day
