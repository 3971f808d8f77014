"""Which models there are, and which answers: a pointer per family that is promoted and rolled back, with a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from finsage.platform.database import ReadSession, WriteSession
from finsage.prediction.errors import ModelExists, ModelNotFound, NothingToPromote, ScoreboardClosed
from finsage.prediction.model_files import opened, shipped
from finsage.prediction.store import models as store
from finsage.prediction.store.models import Model, ModelEvent, Pointer

FAMILIES = ("price", "risk", "sentiment")
EVENTS_SHOWN = 50

RISK_CARD: Mapping[str, Any] = {
    "id": "from-price",
    "family": "risk",
    "trained_on": "Nothing of its own: value at risk and expected shortfall are read from the distribution of the"
    " price model, so that forecast and risk never disagree.",
    "tests": ["Kupiec", "Christoffersen", "Acerbi-Szekely Z2 (sign turned: above zero is understated)", "Basel light"],
}


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model as it is shown. ``is_shipped``: FinSage brings it along."""

    family: str
    version: str
    sha256: str
    role: str
    is_shipped: bool
    card: Mapping[str, Any]


def folder(family: str, version: str) -> str:
    """Where the files of a version lie in the file store."""
    return f"models/{family}/{version}"


@lru_cache(maxsize=len(FAMILIES))
def _shipped_card(family: str) -> tuple[Mapping[str, Any], str]:
    if family == "risk":
        return RISK_CARD, ""
    card, _, sha256 = opened(shipped(family))
    return card, sha256


async def model_views(session: ReadSession) -> list[ModelView]:
    """Every model by family, those FinSage brings along included, with the part each plays."""
    pointers = await store.pointers(session)
    found = []
    for family in FAMILIES:
        card, sha256 = _shipped_card(family)
        pointer = pointers.get(family, Pointer())
        role = "champion" if pointer.champion is None else "fallback"
        found.append(ModelView(family, card["id"], sha256, role, is_shipped=True, card=card))
    for model in await store.all_models(session):
        role = _role(model.version, pointers.get(model.family, Pointer()))
        found.append(ModelView(model.family, model.version, model.sha256, role, is_shipped=False, card=model.card))
    return found


def as_served(views: Iterable[ModelView], sha256: str) -> list[ModelView]:
    """The same when another price model answers than the one that was promoted, whose files are not as they were.

    Args:
        views: see ``model_views``.
        sha256: of the manifest of the price model that answers.
    """
    found = list(views)
    if any(view.family == "price" and view.role == "champion" and view.sha256 == sha256 for view in found):
        return found
    answering = next((view for view in found if view.family == "price" and view.sha256 == sha256), None)
    roles = {"champion": "refused"}
    # The one that was promoted before is passed over where it was tampered with too.
    if answering is None or answering.role != "previous":
        roles["previous"] = "refused"
    return [
        replace(view, role="champion" if view is answering else roles.get(view.role, view.role))
        if view.family == "price" else view
        for view in found
    ]  # fmt: skip


def _role(version: str, pointer: Pointer) -> str:
    if version == pointer.champion:
        return "champion"
    if version == pointer.challenger:
        return "challenger"
    return "previous" if version == pointer.previous else "retired"


async def model_view(session: ReadSession, family: str, version: str) -> ModelView:
    """One model.

    Raises:
        ModelNotFound: there is none of this family and version.
    """
    for view in await model_views(session):
        if (view.family, view.version) == (family, version):
            return view
    raise ModelNotFound(f"There is no {family} model {version}. GET /models lists what there is.")


async def model_events(session: ReadSession) -> list[ModelEvent]:
    """What happened to models lately, the newest first."""
    return await store.events(session, limit=EVENTS_SHOWN)


async def champion_weights(session: ReadSession) -> tuple[Model, ...]:
    """The price models that may answer, the champion first; empty where that is the one FinSage brings along."""
    pointer = (await store.pointers(session)).get("price", Pointer())
    wanted = [version for version in (pointer.champion, pointer.previous) if pointer.champion and version]
    found = [await store.find(session, "price", version) for version in wanted]
    return tuple(one for one in found if one is not None)


async def add_model(session: WriteSession, family: str, version: str, sha256: str, card: Mapping[str, Any]) -> None:
    """Note a model whose files were put into the file store, as the challenger of its family.

    Raises:
        ModelExists: the version is taken.
    """
    await store.lock(session)
    if version == _shipped_card(family)[0]["id"] or not await store.add(session, family, version, sha256, card):
        raise ModelExists(f"There is a {family} model {version} already.")
    pointer = (await store.pointers(session)).get(family, Pointer())
    await store.point(session, family, Pointer(pointer.champion, pointer.previous, version))
    await store.tell(session, family, "challenged", version, "Added as challenger.")


async def promote(session: WriteSession, family: str, version: str | None, detail: str) -> str:
    """Let the challenger, or a version by name, answer from now on; returns the version.

    Raises:
        NothingToPromote: there is no challenger, or the version answers already.
        ModelNotFound: there is no such version.
    """
    await store.lock(session)
    pointer = (await store.pointers(session)).get(family, Pointer())
    chosen = version or pointer.challenger
    if chosen is None:
        raise NothingToPromote(f"The family {family} has no challenger. Train one with `finsage train`.")
    if chosen == pointer.champion:
        raise NothingToPromote(f"The {family} model {chosen} answers already.")
    if await store.find(session, family, chosen) is None:
        raise ModelNotFound(f"There is no {family} model {chosen} in the file store.")
    challenger = None if chosen == pointer.challenger else pointer.challenger
    await store.point(session, family, Pointer(chosen, pointer.champion, challenger))
    await store.tell(session, family, "promoted", chosen, detail)
    return chosen


async def roll_back(session: WriteSession, family: str) -> str:
    """Let the version before answer again; without one, the one FinSage brings along. Returns its id.

    Raises:
        NothingToPromote: nothing was ever promoted.
    """
    await store.lock(session)
    pointer = (await store.pointers(session)).get(family, Pointer())
    if pointer.champion is None:
        raise NothingToPromote(f"The {family} model that FinSage brings along answers already.")
    await store.point(session, family, Pointer(pointer.previous, None, pointer.challenger))
    back = pointer.previous or str(_shipped_card(family)[0]["id"])
    await store.tell(session, family, "rolled_back", pointer.champion, f"{back} answers again.")
    return back


def refuse_closed(*, is_open: bool) -> None:
    """Refuse strangers unless the owner opened the scoreboard.

    Raises:
        ScoreboardClosed: it is not open.
    """
    if not is_open:
        raise ScoreboardClosed("Whoever runs this FinSage has not opened its scoreboard. Sign in to see yours.")
