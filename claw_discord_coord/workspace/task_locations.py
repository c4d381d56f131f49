"""Remembers where each task lives on Discord, over restarts."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from claw_discord_coord.workspace.records import Records

_KEPT = 2_000


@dataclass(frozen=True)
class Spot:
    """A task's channel, card and thread. `number` counts its cards: a deleted one is posted anew under the next.

    `title` is the task's, for links that others make to it.
    """

    number: int
    channel_id: int
    message_id: int
    thread_id: int
    title: str


_spot = TypeAdapter(Spot)


@dataclass
class Known:
    """What this process knows of a task; `turn` is held while something is written for it.

    `shown` is the hash of its card as last seen there, None when that is not known.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    spot: Spot | None = None
    shown: str | None = None
    archived: bool = False


class TaskLocations:
    """The tasks' spots: in the registry, and the latest tasks' in memory."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: OrderedDict[str, Known] = OrderedDict()

    def of(self, task_id: str) -> Known:
        """Return what is known of a task; the same object for as long as it is in use."""
        known = self._known.setdefault(task_id, Known())
        self._known.move_to_end(task_id)
        while len(self._known) > _KEPT and not next(iter(self._known.values())).turn.locked():
            self._known.popitem(last=False)
        return known

    async def find(self, task_id: str) -> Spot | None:
        """Look where a task lives; None if it has not been opened."""
        known = self.of(task_id)
        if known.spot is None:
            kept = await self._records.cursors.get(f"place/{task_id}")
            known.spot = None if kept is None else _spot.validate_json(kept)
        return known.spot

    async def keep(self, task_id: str, spot: Spot) -> None:
        """Note where a task lives from now on."""
        await self._records.cursors.set(f"place/{task_id}", _spot.dump_json(spot).decode())
        known = self.of(task_id)
        known.spot, known.archived = spot, False
