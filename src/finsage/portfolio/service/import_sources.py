"""Which records of a file are booked already, and as which transactions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from finsage.platform.database import ReadSession
from finsage.portfolio.importers.rows import Entry
from finsage.portfolio.store import succession, transactions

Marked = tuple[Entry, bytes]

# FinSage's own files carry the ids of the transactions they were written from.
_OWN_FORMATS = frozenset({"finsage", "finsage-json"})


async def booked_as(session: ReadSession, portfolio_id: UUID, form: str, marked: Sequence[Marked]) -> dict[bytes, UUID]:
    """The transaction of every record that is booked, by fingerprint.

    A record is booked when its fingerprint is known, or when it was exported from this very portfolio and its
    transaction, or what came to stand in its place, is in force.

    Args:
        form: id of the file's format.
        marked: the entries of the file with their fingerprints.
    """
    return await booked_records(session, portfolio_id, form, [(entry.external_id, mark) for entry, mark in marked])


def has_own_ids(form: str) -> bool:
    """Whether the ids in files of this format are those of transactions."""
    return form in _OWN_FORMATS


async def booked_records(
    session: ReadSession, portfolio_id: UUID, form: str, marked: Sequence[tuple[str | None, bytes]]
) -> dict[bytes, UUID]:
    """As ``booked_as``, by the ids in the file and the fingerprints alone."""
    booked = await transactions.known_fingerprints(session, portfolio_id, [mark for _, mark in marked])
    if not has_own_ids(form):
        return booked
    ids = {mark: found for external_id, mark in marked if (found := _id(external_id)) is not None}
    standing = await _standing(session, portfolio_id, list(ids.values()))
    return {mark: standing[found] for mark, found in ids.items() if found in standing} | booked


async def _standing(session: ReadSession, portfolio_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """For each transaction the one in force that stands for it: itself, or one that came in its place."""
    if not ids:
        return {}
    known = await transactions.known_ids(session, portfolio_id, ids)
    found = {transaction_id: transaction_id for transaction_id in known}
    lines = await succession.lines(session, portfolio_id, [item for item in ids if item not in known])
    if lines:
        later = await transactions.known_ids(session, portfolio_id, sorted(set().union(*lines.values())))
        found |= {origin: min(line & later) for origin, line in lines.items() if line & later}
    return found


def _id(text: str | None) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
