"""Shows tasks on Discord. A refusal of Discord is recorded and told to people, and never ends a task."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from claw_discord_coord.actions import Subject
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.wait_notices import UNSHOWN, WAITING
from claw_discord_coord.errors import DiscordRefused
from claw_discord_coord.models import Delivery, Event, Task, TaskLocation
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL

REFUSED = "discord.refused"
"""The type of the event about a post or a place that Discord refused."""

PLACE = "open"
"""The name of a refused place in the events; a refused post has the name of its event."""

REVIEW_POST = "review"
"""The name of the post that asks for a review."""

SHOWN_FOR = timedelta(days=3)
"""The time for which a refusal needs attention."""

log = logging.getLogger(__name__)


class TaskPosts:
    """The posts of workflows about tasks that are not private.

    Every method returns normally when Discord refuses, after the refusal is recorded. DiscordUnavailable is raised.
    """

    def __init__(self, services: Services) -> None:
        self._registry = services.registry
        self._workspace = services.workspace
        self._updates = services.updates

    async def place(self, task: Task) -> Task:
        """Create the task's card and thread where missing, and return the task with its location.

        After a refusal the task comes back without a location: the task can do its work without Discord.
        """
        location: TaskLocation | None = None

        async def open_() -> None:
            nonlocal location
            location = await self._workspace.open(task)

        if not await self._tried(task, PLACE, open_) or location is None:
            return task
        placed = await self._registry.executions.set_location(task.id, location)
        self._updates.publish(Update(task.id, "placed", location.url))
        return placed

    async def show(self, task: Task) -> None:
        """Bring the task's card up to date."""
        await self._tried(task, "card", lambda: self._workspace.show(task))

    async def close(self, task: Task) -> None:
        """Write the final state on the card, and archive the thread of an intern."""
        await self._tried(task, "close", lambda: self._workspace.close(task))

    async def say(
        self,
        task: Task,
        event: str,
        text: str,
        *,
        files: Sequence[Path] = (),
        reply_to: str | None = None,
        buttons: Sequence[Task | Delivery] = (),
    ) -> None:
        """Post a text in the task's thread, once per `event`. A refused post leaves a short line in the thread."""

        async def post() -> None:
            await self._workspace.say(task, event, text, files=files, reply_to=reply_to, buttons=buttons)

        if not await self._tried(task, event, post):
            sign = f"⚠️ Discord refused a message here. `claw-discord-coord registry-status --task {task.id}` shows it."
            try:
                await self._workspace.say(task, f"{event}/refused", sign)
            except DiscordRefused as error:  # the thread takes nothing; the record of the refusal is the sign
                log.info("task %s: no sign in the thread either: %s", task.id, error)

    async def refusals(self, task_id: str) -> list[Event]:
        """Return the refusals of Discord about a task, oldest first."""
        return await self._registry.events.of_task(task_id, types=[REFUSED])

    async def _tried(self, task: Task, event: str, do: Callable[[], Awaitable[object]]) -> bool:
        """Carry out a call, and return False when Discord refused."""
        try:
            await do()
        except DiscordRefused as error:
            log.warning("task %s: Discord refused (%s): %s", task.id, event, error.sentence())
            # A replay after a crash, or a later attempt, meets the same refusal again.
            if event not in [refusal.data.get("post") for refusal in await self.refusals(task.id)]:
                await self._registry.events.add(task.id, REFUSED, error.sentence(), {"post": event})
            return False
        return True


def how_to_decide(record_id: str) -> str:
    """Return the small line below a request that says how an operator decides on a task or a delivery."""
    return (
        "-# Press a button, react with ✅ or ❌, write `approve` or `reject: the reason`, or run `claw-discord-coord "
        f"control-task --{Subject.of(record_id)} {record_id} --action approve` (or `reject`)"
    )


async def needing_attention(registry: Registry, *, limit: int) -> list[Event]:
    """Return the events about tasks that Discord refuses, or that wait for a counterpart, newest first.

    A task has one event at most. A wait counts until the task goes on, or until Discord shows the task.
    """
    found: dict[str, Event] = {}
    lasting = (REFUSED, UNSHOWN)
    for event in await registry.events.unresolved(lasting, WAITING, within=SHOWN_FOR, limit=limit * 5):
        if event.task_id is None or event.task_id in found:
            continue
        task = await registry.tasks.get(event.task_id)
        # A place that was refused may have been made since.
        if event.type == REFUSED and event.data.get("post") == PLACE and task.thread_id is not None:
            continue
        if event.type == UNSHOWN and task.shown >= task.version:
            continue
        # The end of a wait is no event. A private task has nothing that others may look at.
        if event.type == WAITING and (task.private or task.state in FINAL):
            continue
        found[event.task_id] = event
    return list(found.values())[:limit]
