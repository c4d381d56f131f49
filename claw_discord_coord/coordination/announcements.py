"""Tells the sessions that asked for work how it goes: each piece of news once, many at once as one message."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from claw_discord_coord.coordination.retry import retry_until_available
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.errors import Conflict, CoordError, Refused, TurnFailed, Unavailable
from claw_discord_coord.models import Announcement, Handoff, Task, TaskState
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.text import front_matter

GATHER_S = 2.0
"""How long news wait for others to the same session."""
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
ATTEMPTS = 12
"""How many turns of a session are spent on news; with these pauses about half an hour. Waiting for a session that
cannot be reached does not count.
"""
STALE_AFTER = timedelta(hours=24)
"""News older than this are not told any more: they would only surprise."""
TURN_LIMIT_S = 600.0
EXCERPT_CHARS = 1_500

log = logging.getLogger(__name__)


class Announcer(Protocol):
    """Who can tell a session something, such as OpenClaw's Gateway."""

    async def reachable(self) -> None:
        """Wait a moment until sessions can be told something.

        Raises:
            Unavailable: not now.
        """
        ...

    async def announce(self, news: Sequence[Announcement], *, limit_s: float) -> None:
        """Tell the session of these news, which are one batch, all of them in one turn; the same batch again is the
        same turn.

        Raises:
            Unavailable: not now, or not yet; tell the same batch again.
            TurnFailed: they were not told; another batch may do better.
            CoordError: trying again will not help.
        """
        ...


class Announcements:
    """Writes news down when they happen, and tells them while `run` goes on.

    A task below another is announced to the run of its parent first, where that can be told; the session hears of it
    when its parent no longer works.
    """

    def __init__(
        self, registry: Registry, runs: Runs, announcer: Announcer | None, now: Callable[[], datetime]
    ) -> None:
        self._registry = registry
        self._runs = runs
        self._announcer = announcer
        self._now = now
        self._there_is_news = asyncio.Event()

    async def task_changed(self, task: Task) -> None:
        """A task has ended, or needs a person: tell whoever asked for it. Safe to repeat."""
        if task.state in FINAL or task.state is TaskState.INPUT_REQUIRED:
            text = _story(task)
            key = f"{task.id}/{task.state.value}"
            if not await self._tell_parent(task, key, text):
                await self._plan(task, key, text)

    async def handed_off(self, source: Task, handoff: Handoff) -> None:
        """A task was handed on: tell whoever asked for it. Safe to repeat."""
        text = f"Task {source.id} ({source.title}) was handed off to {handoff.to_agent} as task {handoff.to_task}."
        await self._plan(source, f"{source.id}/handoff/{handoff.id}", text)

    async def run(self) -> None:
        """Tell news until canceled; begins with those an earlier coordinator left."""
        if self._announcer is None:
            return
        self._there_is_news.set()
        async with asyncio.TaskGroup() as group:
            telling: dict[str, asyncio.Task[None]] = {}
            while True:
                await self._there_is_news.wait()
                self._there_is_news.clear()
                await asyncio.sleep(GATHER_S)
                for session_key in await retry_until_available("news", self._registry.announcements.sessions):
                    if session_key not in telling or telling[session_key].done():
                        telling[session_key] = group.create_task(self._tell_all(session_key, self._announcer))

    async def _tell_parent(self, task: Task, key: str, text: str) -> bool:
        """Whether the run of the task's parent has taken the news; who hands off does not wait for the receiver."""
        if task.parent_id is None or task.handoff_id is not None:
            return False
        parent = await self._registry.tasks.get(task.parent_id)
        if parent.state is not TaskState.WORKING:
            return False
        with contextlib.suppress(Conflict, Refused, Unavailable):
            await self._runs.send_message(parent, key, text)
            return True
        return False

    async def _plan(self, task: Task, key: str, text: str) -> None:
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
            self._there_is_news.set()

    async def _tell_all(self, session_key: str, announcer: Announcer) -> None:
        """Tell the session whatever waits for it. A message is put together when it can be told, not before: so it has
        all that came up while the session could not be reached or did not take it in.
        """
        troubles = 0
        while True:
            try:
                if session_key not in await self._registry.announcements.sessions():
                    return
                await announcer.reachable()
                await self._tell_next(session_key, announcer)
            except Exception as error:  # one session's trouble, of whatever kind, is no other's
                pause_s = min(FIRST_PAUSE_S * 2 ** min(troubles, 16), LONGEST_PAUSE_S)
                unforeseen = None if isinstance(error, CoordError) else error
                log.warning("news for %s wait %.0f s: %s", session_key, pause_s, error, exc_info=unforeseen)
                await asyncio.sleep(pause_s)
                troubles += 1
            else:
                troubles = 0

    async def _tell_next(self, session_key: str, announcer: Announcer) -> None:
        new_batch = f"b-{secrets.token_hex(8)}"
        news = await self._registry.announcements.next_batch(session_key, new_batch)
        if hopeless := [one for one in news if one.attempts >= ATTEMPTS]:
            await self._registry.announcements.finish(hopeless, told=f"Given up after {ATTEMPTS} turns that failed.")
        elif old := [one for one in news if self._now() - one.created_at > STALE_AFTER]:
            unclear = "" if news[0].batch == new_batch else " Nobody can tell whether it was told before."
            await self._registry.announcements.finish(old, told=f"Too old to be told.{unclear}")
        elif news:
            await self._registry.announcements.finish(news, told=await self._told(news, announcer))

    async def _told(self, news: Sequence[Announcement], announcer: Announcer) -> str:
        try:
            await announcer.announce(news, limit_s=TURN_LIMIT_S)
        except TurnFailed:
            await self._registry.announcements.release(news[0].batch or "")
            raise
        except Unavailable:
            raise
        except CoordError as error:
            log.error("news for %s: %s", news[0].session_key, error.sentence())  # noqa: TRY400
            return error.sentence()
        return "yes"


def _story(task: Task) -> str:
    """What happened to a task, in one short paragraph."""
    head = f"Task {task.id} ({task.title}), done by {task.agent}, is {task.state.value}"
    if task.reason:
        head += f": {task.reason}"
    where = f" Thread: {task.thread_url}" if task.thread_url else ""
    if task.state is TaskState.INPUT_REQUIRED:
        return f"{head}. A person must approve or reject it (control_task).{where}"
    if task.result is None:
        return f"{head}.{where}"
    text = front_matter.body(task.result.text)
    excerpt = text if len(text) <= EXCERPT_CHARS else text[:EXCERPT_CHARS] + " … (registry_status has all of it)"
    return f"{head}.{where} Its result:\n{excerpt}"
