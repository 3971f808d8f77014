"""Which records of a file are booked already, and as which transactions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from finsage.platform.database import ReadSession
from finsage.portfolio.importers.rows import Entry
from finsage.portfolio.service.transactions import Request
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
    booked = await transactions.known_fingerprints(session, portfolio_id, [mark for _, mark in marked])
    if form not in _OWN_FORMATS:
        return booked
    ids = {mark: found for entry, mark in marked if (found := _id(entry.external_id)) is not None}
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


async def booked_as_requests(
    session: ReadSession, portfolio_id: UUID, form: str, requests: Sequence[Request]
) -> dict[bytes, UUID]:
    """As ``booked_as``, for what a preview has made of the entries."""
    marked = [
        (Entry(item.draft, item.source_id), item.fingerprint) for item in requests if item.fingerprint is not None
    ]
    return await booked_as(session, portfolio_id, form, marked)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
