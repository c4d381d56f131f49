"""Brings Discord up to date with the registry. Work never waits for this, and what was overtaken is never sent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.task_posts import REVIEW_POST, TaskPosts, how_to_decide
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.retry import (
    FIRST_RETRY_S,
    LONGEST_RETRY_S,
    REPORTED_FROM_S,
    retry_until_available,
)
from claw_discord_coord.coordination.workflows.steps import Boundary, no_boundary
from claw_discord_coord.coordination.workflows.wait_notices import WaitNotices
from claw_discord_coord.errors import CoordError, Unavailable
from claw_discord_coord.models import DeliveryState, Task, TaskState, ThreadMessage
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.text import front_matter

AT_ONCE = 16
"""The most tasks that are shown at the same time. Discord limits requests by channel, so several channels go on
while one has to wait."""

AFTER_ERROR_S = 60.0
"""The pause of a task after an unexpected error."""

_SHOWN = frozenset({"state", "delivery", "message"})
"""The updates that change what Discord shows."""

log = logging.getLogger(__name__)


@dataclass
class _Wait:
    """The wait of a task that could not be shown, by the monotonic clock."""

    until_s: float = 0.0
    failures: int = 0
    reported: bool = False


class Display:
    """Shows the newest state of each task: card, thread, result, messages.

    Args:
        services: The services of the coordinator.
        deliveries: Sends the warning about a task that Discord refuses.
        clock_s: A monotonic clock.
        boundary: Called before and after each step; tests end the process there.
    """

    def __init__(
        self,
        services: Services,
        deliveries: Deliveries,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        boundary: Boundary | None = None,
    ) -> None:
        self._registry = services.registry
        self._updates = services.updates
        self._config = services.config
        self._posts = TaskPosts(services)
        self._deliveries = deliveries
        self._notices = WaitNotices(services.registry, services.updates)
        self._clock_s = clock_s
        self._boundary = boundary or no_boundary
        self._showing: set[str] = set()
        self._waits: dict[str, _Wait] = {}
        # All tasks without a thread wait together, since they share Discord's limit of new threads.
        self._no_threads_until_s = 0.0
        self._look = asyncio.Event()
        self._more = False  # whether changes are left that found no place

    async def run(self) -> None:
        """Show all changes until canceled, also changes of an earlier coordinator."""
        async with self._updates.subscribe(None) as updates, asyncio.TaskGroup() as group:
            group.create_task(self._listen(updates), name="display updates")
            while True:
                self._look.clear()
                for task in await self._next():
                    self._showing.add(task.id)
                    group.create_task(self._show(task), name=f"show {task.id}")
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._shortest_wait_s()):
                        await self._look.wait()

    async def _listen(self, updates: asyncio.Queue[Update]) -> None:
        while True:
            update = await updates.get()
            if update.type in _SHOWN:
                # Something has changed, so a wait ends. A cooldown of Discord still refuses without a request.
                if (wait := self._waits.get(update.task_id)) is not None:
                    wait.until_s = 0.0
                self._look.set()

    def _shortest_wait_s(self) -> float | None:
        now_s = self._clock_s()
        ends_s = (*(wait.until_s for wait in self._waits.values()), self._no_threads_until_s)
        return min((end_s - now_s for end_s in ends_s if end_s > now_s), default=None)

    async def _next(self) -> list[Task]:
        free = AT_ONCE - len(self._showing)
        now_s = self._clock_s()
        waiting = {task_id for task_id, wait in self._waits.items() if wait.until_s > now_s}
        placed = self._no_threads_until_s > now_s
        find = partial(self._registry.showing.next, free, without=waiting | self._showing, placed=placed)
        found = await retry_until_available("display", lambda: find(queues=self._config().agents))
        self._more = len(found) == free
        return found

    async def _show(self, task: Task) -> None:
        look_again = True
        try:
            await self._show_all(task)
            look_again = not await self._registry.showing.shown(task) or self._more
            self._waits.pop(task.id, None)
            if task.state in FINAL:  # the task may be closed now
                self._updates.publish(Update(task.id, "shown", task.state.value))
        except Unavailable as error:
            await self._wait(task, error)
        except Exception as error:  # an error with one task must not stop the others
            problem = None if isinstance(error, CoordError) else error
            log.error("task %s is not shown: %s", task.id, error, exc_info=problem)  # noqa: TRY400
            self._waits[task.id] = _Wait(until_s=self._clock_s() + AFTER_ERROR_S)
        finally:
            self._showing.discard(task.id)
            if look_again:
                self._look.set()

    async def _wait(self, task: Task, error: Unavailable) -> None:
        wait = self._waits.setdefault(task.id, _Wait())
        pause_s = max(min(FIRST_RETRY_S * 2 ** min(wait.failures, 16), LONGEST_RETRY_S), error.retry_after_s or 0.0)
        wait.failures += 1
        wait.until_s = self._clock_s() + pause_s
        log.warning("task %s is shown in %.1f s: %s", task.id, pause_s, error)
        if error.retry_after_s is not None and task.thread_id is None:
            self._no_threads_until_s = max(self._no_threads_until_s, wait.until_s)
        if pause_s >= REPORTED_FROM_S and not wait.reported:
            wait.reported = True
            await self._notices.record_unshown(task.id, error, pause_s)

    async def _show_all(self, task: Task) -> None:
        if task.thread_id is None and task.state is TaskState.CANCELED and task.started_at is None:
            await self._posts.close(task)  # stopped before it began: nothing stays on Discord
            return
        placed = task
        if task.thread_id is None:
            self._boundary("before", "open")
            placed = await self._posts.place(task)
            hop(task.id, "no thread: Discord refuses" if placed.thread_id is None else "thread opened")
            self._boundary("after", "open")
        if placed.thread_id is None:
            await self._without_thread(task)
            return
        to_say = await self._registry.showing.to_say(task.id)
        await self._say_all(placed, to_say.messages)
        self._boundary("before", "close")
        # A thread with a request for approval stays open for the people who are to decide.
        if placed.state in FINAL and not to_say.asking:
            await self._posts.close(placed)
        else:
            await self._posts.show(placed)
        hop(task.id, f"shown as {placed.state}")
        self._boundary("after", "close")

    async def _without_thread(self, task: Task) -> None:
        """Show on the card alone what a person has to see, and warn people once."""
        if task.state in FINAL or task.state is TaskState.INPUT_REQUIRED:
            await self._posts.show(task)
        reasons = [refusal.text for refusal in await self._posts.refusals(task.id)]
        text = f"`{task.id}` works without a thread, and its result goes by its routes. {' '.join(reasons[-1:])}"
        await self._deliveries.alert(f"place/{task.id}", f"Discord refuses: {task.title}", text, task)
        for message in await self._registry.showing.messages(task.id):
            await self._registry.showing.sent(message)

    async def _say_all(self, task: Task, messages: Sequence[ThreadMessage]) -> None:
        result_due = task.state in FINAL or task.state is TaskState.INPUT_REQUIRED
        if result_due and task.result is not None:
            files = [Path(artifact) for artifact in task.result.artifacts]
            await self._posts.say(task, "result", front_matter.body(task.result.text), files=files)
            if task.state is TaskState.INPUT_REQUIRED:
                # The card has the same buttons, but is far above a long thread.
                request = f"✋ This result waits for a review.\n{how_to_decide(task.id)}"
                await self._posts.say(task, REVIEW_POST, request, buttons=(task,))
        elif task.state in FINAL and task.reason:
            await self._posts.say(task, "reason", f"**{task.state.value}**: {task.reason}")
        for message in messages:
            deliveries = [await self._registry.deliveries.get(delivery_id) for delivery_id in message.deliveries]
            # A request for approval that was decided meanwhile asks nobody any more.
            if not deliveries or any(delivery.state is DeliveryState.HELD for delivery in deliveries):
                await self._posts.say(task, message.event, message.text, buttons=deliveries)
            await self._registry.showing.sent(message)
