"""A reader of the event stream, as a program would write one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from support import PASSWORD

EVENTS = "/api/v1/events"
HUNG_SECONDS = 30


@dataclass(frozen=True)
class Event:
    kind: str
    data: Any


class Reader:
    """One open stream; ``position`` is what is named when it goes on elsewhere."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.position = ""
        self.retry = ""
        self._events = self._parse(answer.aiter_lines())

    async def next(self) -> Event:
        async with asyncio.timeout(HUNG_SECONDS):
            return await anext(self._events)

    async def rest(self) -> list[Event]:
        """What comes until the stream ends by itself."""
        async with asyncio.timeout(HUNG_SECONDS):
            return [event async for event in self._events]

    async def until(self, kind: str, **data: Any) -> list[Event]:
        """All events up to the first of this kind with these values."""
        seen = [await self.next()]
        while not (seen[-1].kind == kind and data.items() <= seen[-1].data.items()):
            seen.append(await self.next())
        return seen

    async def _parse(self, lines: AsyncIterator[str]) -> AsyncIterator[Event]:
        fields: dict[str, str] = {}
        async for line in lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            self.position = fields.get("id", self.position)
            self.retry = fields.get("retry", self.retry)
            if "data" in fields:
                yield Event(fields["event"], json.loads(fields["data"]))
            fields = {}


@asynccontextmanager
async def following(client: httpx.AsyncClient, last_event_id: str = "") -> AsyncIterator[Reader]:
    headers = {"last-event-id": last_event_id} if last_event_id else {}
    async with client.stream("GET", EVENTS, headers=headers, timeout=HUNG_SECONDS) as answer:
        if answer.status_code != 200:
            await answer.aread()
        yield Reader(answer)


@asynccontextmanager
async def signed_up(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody new, who owns a household, with the token its pages know."""
    who = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    async with httpx.AsyncClient(base_url=url) as client:
        (await client.post("/api/v1/auth/register", json=who)).raise_for_status()
        answer = (await client.post("/api/v1/auth/login", json={**who, "mode": "session"})).raise_for_status()
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        yield client


def of_kind(events: Iterable[Event], kind: str) -> list[Any]:
    return [event.data for event in events if event.kind == kind]
