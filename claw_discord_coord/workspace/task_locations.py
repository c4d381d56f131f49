"""Remembers the location of each task on Discord, also over restarts."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from claw_discord_coord.workspace.records import Records

_KEPT = 2_000


@dataclass(frozen=True)
class Spot:
    """A task's channel, card and thread.

    Attributes:
        number: The number of the card. A deleted card is posted again under the next number.
        title: The task's title, for links to the task.
    """

    number: int
    channel_id: int
    message_id: int
    thread_id: int
    title: str


_spot = TypeAdapter(Spot)


@dataclass
class Known:
    """The cached state of a task on Discord.

    Attributes:
        turn: Held during a write for the task.
        shown: The hash of the card that Discord shows; None when unknown.
        plain: True when Discord does not allow the words of the card.
        at_rest: True after the last run has ended.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    spot: Spot | None = None
    shown: str | None = None
    archived: bool = False
    plain: bool = False
    at_rest: bool = False


class TaskLocations:
    """The locations of tasks: in the registry, and of the latest tasks in memory."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: OrderedDict[str, Known] = OrderedDict()

    def of(self, task_id: str) -> Known:
        """Return the cached state of a task; the same object while in use."""
        known = self._known.setdefault(task_id, Known())
        self._known.move_to_end(task_id)
        while len(self._known) > _KEPT and not next(iter(self._known.values())).turn.locked():
            self._known.popitem(last=False)
        return known

    async def find(self, task_id: str) -> Spot | None:
        """Return a task's location, or None before the task was opened."""
        known = self.of(task_id)
        if known.spot is None:
            kept = await self._records.cursors.get(f"place/{task_id}")
            known.spot = None if kept is None else _spot.validate_json(kept)
        return known.spot

    async def keep(self, task_id: str, spot: Spot) -> None:
        """Store a task's location."""
        await self._records.cursors.set(f"place/{task_id}", _spot.dump_json(spot).decode())
        known = self.of(task_id)
        known.spot, known.archived = spot, False
