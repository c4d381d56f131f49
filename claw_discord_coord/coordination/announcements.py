"""Announces changes of tasks, once each, to the sessions that asked for the tasks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol, cast

from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.privacy import task_for_others, where_to_read
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.retry import retry_until_available
from claw_discord_coord.errors import Conflict, CoordError, Refused, TurnFailed, Unavailable
from claw_discord_coord.models import Announcement, Handoff, Task, TaskState
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.data import as_data
from claw_discord_coord.text.excerpts import beginning
from claw_discord_coord.text.secrets import mask_secrets

GATHER_S = 2.0
"""The time that an announcement waits for others to the same session."""
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
ATTEMPTS = 12
"""The most turns of a session for one announcement; with these pauses about half an hour. Attempts that cannot reach
the session do not count."""
STALE_AFTER = timedelta(hours=24)
"""The age from which an announcement is dropped: old ones would only surprise."""
TURN_LIMIT_S = 600.0
EXCERPT_CHARS = 1_500
SENT = "yes"
"""The stored outcome of an announcement that arrived."""

log = logging.getLogger(__name__)


class Announcer(Protocol):
    """Sends announcements to sessions, for example through OpenClaw's Gateway."""

    async def reachable(self) -> None:
        """Wait a moment until sessions can be reached.

        Raises:
            Unavailable: Sessions cannot be reached now.
        """
        ...

    async def announce(self, batch: Sequence[Announcement], /, *, limit_s: float) -> None:
        """Announce one batch to the batch's session, in one turn. The same batch again is the same turn.

        Raises:
            Unavailable: The session cannot be reached, or the turn goes on; announce the same batch again.
            TurnFailed: The turn failed; announce in a new batch.
            CoordError: Another attempt will not help.
        """
        ...


class Announcements:
    """Stores announcements when tasks change, and sends them while `run` goes on.

    A change of a subtask goes to the run of the parent, if the run takes messages, else to the session that asked for
    the parent.
    """

    def __init__(self, services: Services, runs: Runs, announcer: Announcer | None) -> None:
        self._registry = services.registry
        self._now = services.now
        self._updates = services.updates
        self._runs = runs
        self._announcer = announcer
        self._stored = asyncio.Event()

    async def task_changed(self, task: Task) -> None:
        """Announce that a task has ended or waits for a person. Safe to repeat."""
        if task.state in FINAL or task.state is TaskState.INPUT_REQUIRED:
            key = f"{task.id}/{task.state.value}"
            if not await self._sent_to_parent(task, key):
                # The session that asked passes the text on to a chat.
                await self._store(task, key, _story_for_others(task))

    async def handed_off(self, source: Task, handoff: Handoff) -> None:
        """Announce that a task was handed off. Safe to repeat."""
        title = mask_secrets(task_for_others(source).title)
        text = f"Task {source.id} ({title}) was handed off to {handoff.to_agent} as task {handoff.to_task}."
        await self._store(source, f"{source.id}/handoff/{handoff.id}", text)

    async def run(self) -> None:
        """Send stored announcements until canceled, also announcements of an earlier coordinator."""
        if self._announcer is None:
            return
        self._stored.set()
        async with asyncio.TaskGroup() as group:
            sending: dict[str, asyncio.Task[None]] = {}
            while True:
                await self._stored.wait()
                self._stored.clear()
                await asyncio.sleep(GATHER_S)
                for session_key in await retry_until_available("announcements", self._registry.announcements.sessions):
                    if session_key not in sending or sending[session_key].done():
                        sending[session_key] = group.create_task(self._send_all(session_key, self._announcer))

    async def _sent_to_parent(self, task: Task, key: str) -> bool:
        # An agent that hands off does not wait for the receiver.
        if task.parent_id is None or task.handoff_id is not None:
            return False
        parent = await self._registry.tasks.get(task.parent_id)
        if parent.state is not TaskState.WORKING:
            return False
        text = _story(task) if parent.private else _story_for_others(task)
        with contextlib.suppress(Conflict, Refused, Unavailable):
            await self._runs.send_message(parent, key, as_data(text, f"news of the subtask {task.id}"))
            hop(task.id, f"announced to its parent {parent.id}")
            return True
        return False

    async def _store(self, task: Task, key: str, text: str) -> None:
        session_key = task.asked_from.get("session_key")
        if not isinstance(session_key, str) or self._announcer is None:
            return
        chat = cast("dict[str, Any]", task.asked_from.get("delivery") or {})
        announcement = Announcement(
            key=key,
            session_key=session_key,
            chat=chat,
            text=text,
            created_at=self._now(),
        )
        if await self._registry.announcements.plan(announcement):
            hop(task.id, f"announcement {key} stored")
            self._stored.set()

    async def _send_all(self, session_key: str, announcer: Announcer) -> None:
        failures = 0
        while True:
            try:
                if session_key not in await self._registry.announcements.sessions():
                    return
                # A batch is put together once the session can be reached: so it has everything that was stored while
                # the session was away.
                await announcer.reachable()
                await self._send_next(session_key, announcer)
            except Exception as error:  # an error with one session must not stop the announcements to others
                pause_s = min(FIRST_PAUSE_S * 2 ** min(failures, 16), LONGEST_PAUSE_S)
                unforeseen = None if isinstance(error, CoordError) else error
                log.warning("announcements to %s wait %.0f s: %s", session_key, pause_s, error, exc_info=unforeseen)
                await asyncio.sleep(pause_s)
                failures += 1
            else:
                failures = 0

    async def _send_next(self, session_key: str, announcer: Announcer) -> None:
        new_batch = f"b-{secrets.token_hex(8)}"
        batch = await self._registry.announcements.next_batch(session_key, new_batch)
        if hopeless := [entry for entry in batch if entry.attempts >= ATTEMPTS]:
            await self._finish(hopeless, f"Given up after {ATTEMPTS} turns that failed.")
        elif old := [entry for entry in batch if self._now() - entry.created_at > STALE_AFTER]:
            # An old batch has been sent at least once, and its turn may have begun.
            unclear = "" if batch[0].batch == new_batch else " An earlier attempt may have announced it already."
            await self._finish(old, f"Too old to be announced.{unclear}")
        elif batch:
            await self._finish(batch, await self._send(batch, announcer))
            for entry in batch:
                hop(entry.task_id, f"announcement {entry.key} sent")

    async def _finish(self, batch: Sequence[Announcement], outcome: str) -> None:
        await self._registry.announcements.finish(batch, told=outcome)
        if outcome != SENT:
            for entry in batch:  # the board shows what did not arrive
                self._updates.publish(Update(entry.task_id, "announcement", f"not announced: {outcome}"))

    async def _send(self, batch: Sequence[Announcement], announcer: Announcer) -> str:
        """Announce a batch and return the outcome to store: `yes`, or why another attempt will not help."""
        try:
            await announcer.announce(batch, limit_s=TURN_LIMIT_S)
        except TurnFailed:
            await self._registry.announcements.release(batch[0].batch or "")
            raise
        except Unavailable:
            raise
        except CoordError as error:
            log.error("announcements to %s: %s", batch[0].session_key, error.sentence())  # noqa: TRY400
            return error.sentence()
        return SENT


def _story_for_others(task: Task) -> str:
    text = _story(task_for_others(task))
    return f"{text} {where_to_read(task.id)}" if task.private else text


def _story(task: Task) -> str:
    """Return the state of a task, and the beginning of the result, as one short paragraph."""
    head = f"Task {task.id} ({mask_secrets(task.title)}), done by {task.agent}, is {task.state.value}"
    if task.reason:
        head += f": {mask_secrets(task.reason)}"
    where = f" Thread: {task.thread_url}" if task.thread_url else ""
    if task.state is TaskState.INPUT_REQUIRED:
        return f"{head}. A person must approve or reject it (control_task).{where}"
    if task.result is None:
        return f"{head}.{where}"
    text = front_matter.body(task.result.text)
    excerpt = beginning(text, EXCERPT_CHARS, more=" … (registry_status has all of it)")
    return f"{head}.{where} Its result:\n{excerpt}"
