"""A task's life, from its card to its archive, as a sequence of steps that survive a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.journal import LONG_WAIT_S, Engine, Journal, Step
from claw_discord_coord.coordination.retry import retry_until_available
from claw_discord_coord.coordination.runs import INTERRUPTED, Runs
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.coordination.updates import Update, Updates
from claw_discord_coord.errors import CoordError, Unavailable, UnknownKind
from claw_discord_coord.models import Result, Run, RunState, Task, TaskState
from claw_discord_coord.ports import Workspace
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.reviews import APPROVED, REJECTED
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.routing.rules import check_kind
from claw_discord_coord.text import front_matter

CLOSED = "task.closed"
"""The last event of every task: nothing more will happen to it."""

PLAN_FAILED = "task.plan.failed"
"""The event that says why a result could not be sent where the rules say."""

KIND_UNKNOWN = "task.kind.unknown"
"""The event that says that a result, which was sent by other rules, is of a kind that skill.yaml does not list."""

JUDGEMENTS = {APPROVED: "completed", REJECTED: "rejected"}
"""What an operator's judgement, on record as an event, makes of the task."""

log = logging.getLogger(__name__)


class TaskWorkflow:
    """Lives the lives of tasks. Each execution claims its task with a fresh fence, so that one that was frozen and
    woke up late finds every change refused.
    """

    def __init__(
        self,
        registry: Registry,
        workspace: Workspace,
        runs: Runs,
        deliveries: Deliveries,
        sessions: Sessions,
        announcements: Announcements,
        updates: Updates,
        config: Callable[[], Config],
        now: Callable[[], datetime],
    ) -> None:
        self._registry = registry
        self._workspace = workspace
        self._runs = runs
        self._deliveries = deliveries
        self._sessions = sessions
        self._announcements = announcements
        self._updates = updates
        self._config = config
        self._now = now
        self._engine: Engine | None = None

    def attach(self, engine: Engine) -> None:
        """Say who wakes waiting tasks."""
        self._engine = engine

    async def live(self, task_id: str, journal: Journal) -> None:
        """The whole life of one task."""
        # On purpose no step: a new execution needs a new fence.
        fence = await retry_until_available("claim", lambda: self._registry.executions.claim(task_id))
        try:
            ending = await self._work(task_id, fence, journal)
            if ending == "completed":
                ending = await self._reviewed(task_id, fence, journal)
            await journal.step("end", lambda: self._end(task_id, fence, ending))
        except CoordError as error:
            problem = error.sentence()
            await journal.step("fail", lambda: self._fail(task_id, fence, problem))
        await self._afterwards("plan", lambda: self._plan(task_id), task_id, journal)
        await self._afterwards("close", lambda: self._close(task_id), task_id, journal)
        await self._afterwards("announce", lambda: self._announce(task_id), task_id, journal)
        await self._afterwards("clean", lambda: self._clean(task_id), task_id, journal)

    async def _afterwards(self, name: str, do: Step, task_id: str, journal: Journal) -> None:
        """A step after the end: what goes wrong in it is told, and changes nothing about how the task ended."""
        try:
            await journal.step(name, do)
        except CoordError as error:
            problem = error.sentence()
            await journal.step(f"{name} failed", lambda: self._note(task_id, f"task.{name}.failed", problem))

    async def _note(self, task_id: str, type_: str, text: str) -> None:
        await self._registry.events.add(task_id, type_, text)

    async def _work(self, task_id: str, fence: int, journal: Journal) -> str:
        """Wait for a free place, run, settle; run again what was lost. Answers how it ended.

        The place is asked for before the card is posted: where one is free, the card says `working` from the start
        and needs no edit.
        """
        begun = await journal.step("begin", lambda: self._begin(task_id, fence))
        if (over := await journal.step("open", lambda: self._open(task_id, fence))) is not None:
            return over
        while begun["is"] == "waiting":
            await journal.wait(begun["patience_s"])
            begun = await journal.step("begin", lambda: self._begin_late(task_id, fence))
        attempt = 0
        ending: str = begun["is"] if begun["is"] != "working" else "again"
        while ending == "again":
            attempt += 1
            ending = await self._attempted(task_id, attempt, fence, journal)
        return ending

    async def _attempted(self, task_id: str, attempt: int, fence: int, journal: Journal) -> str:
        await journal.step("run", lambda: self._run(task_id, attempt, fence))
        await retry_until_available("follow", lambda: self._runs.follow(task_id))  # no step: every execution must watch
        while (settled := await journal.step("settle", lambda: self._settle(task_id, attempt)))["is"] == "running":
            await journal.wait(settled["patience_s"])
        return settled["is"]

    async def _reviewed(self, task_id: str, fence: int, journal: Journal) -> str:
        """Let an operator judge the result, if the task asks for it; the wait may take days."""
        asked = await journal.step("ask", lambda: self._ask(task_id, fence))
        while asked == "asked":
            await journal.wait(LONG_WAIT_S)
            asked = await journal.step("judge", lambda: self._judgement(task_id))
        return asked

    # Steps: each may run again after a crash, and then finds its work done.

    async def _open(self, task_id: str, fence: int) -> str | None:
        """Give the task its card and thread; how it is over if it ended while they could not be had."""
        task = await self._registry.tasks.get(task_id)
        if task.private or task.state in FINAL:
            return None
        try:
            place = await self._workspace.open(task)
        except Unavailable:
            if (over := self._over(task)) is None:
                raise
            return over
        await self._registry.executions.place(
            task_id,
            fence=fence,
            channel_id=place.channel_id,
            message_id=place.message_id,
            thread_id=place.thread_id,
            thread_url=place.url,
        )
        self._updates.publish(Update(task_id, "placed", place.url))
        return None

    async def _begin(self, task_id: str, fence: int) -> dict[str, Any]:
        """Whether it may work now: `is` is working, waiting, canceled or expired; `patience_s` how long to wait."""
        task = await self._registry.tasks.get(task_id)
        if (over := self._over(task)) is not None:
            return {"is": over}
        agent = self._config().agents.get(task.agent)
        begun = await self._registry.executions.begin(
            task_id, fence=fence, concurrency=agent.concurrency if agent else 1
        )
        if begun is None:
            return {"is": "waiting", "patience_s": self._patience_s(task)}
        self._tell_state(begun)
        await self._wake_next(task)  # there may be more than one free place, and only one was woken for it
        return {"is": "working"}

    async def _begin_late(self, task_id: str, fence: int) -> dict[str, Any]:
        begun = await self._begin(task_id, fence)
        task = await self._registry.tasks.get(task_id)
        if begun["is"] == "working" and not task.private:
            await self._workspace.show(task)
        return begun

    async def _run(self, task_id: str, attempt: int, fence: int) -> None:
        task = await self._registry.tasks.get(task_id)
        if self._over(task) is not None:
            return
        run = await self._runs.start(task, attempt, fence=fence)
        log.info("task %s: run %s is %s", task_id, run.id, run.state)

    async def _settle(self, task_id: str, attempt: int) -> dict[str, Any]:
        """How the run stands: `is` is running, completed, failed, again (it was lost), canceled or expired."""
        task = await self._registry.tasks.get(task_id)
        runs = await self._registry.runs.of_task(task_id)
        run = next((run for run in runs if run.attempt == attempt), None)
        over = self._over(task)
        if run is None:  # the task was over before it was started
            return {"is": over or "again"}
        if run.state is RunState.RUNNING and over is None:
            return {"is": "running", "patience_s": self._patience_s(task)}
        if run.state is RunState.RUNNING:
            await self._runs.stop(task_id)
            run = await self._registry.runs.get(run.id)
        ending = self._ending(run, runs, over)
        if run.state is RunState.LOST and run.error != INTERRUPTED:
            await self._warn_of_lost(run, task, again=ending == "again")
        return {"is": ending}

    def _ending(self, run: Run, runs: Sequence[Run], over: str | None) -> str:
        if run.state is RunState.COMPLETED:
            return "completed"
        if over is not None:
            return over
        if run.state is RunState.CANCELED:
            return "again"  # nobody ordered it: a coordinator that was shut down died before it could note why
        if run.state is RunState.LOST:
            counted = sum(1 for each in runs if each.state is RunState.LOST and each.error != INTERRUPTED)
            return "again" if counted < self._config().limits.runs_per_task else "failed"
        return run.state.value

    async def _warn_of_lost(self, run: Run, task: Task, *, again: bool) -> None:
        what_next = "It is run again." if again else "It is not run again."
        text = f"Run {run.attempt} of `{task.id}` was lost; nobody saw how it ended. {what_next}"
        await self._deliveries.alert(f"run/{run.id}", f"Run lost: {task.title}", text, task)

    async def _ask(self, task_id: str, fence: int) -> str:
        task = await self._registry.tasks.get(task_id)
        if not task.review:
            return "completed"
        if task.cancel_requested is not None:
            return "canceled"
        run = await self._last_run(task_id)
        result = run.result if run else None
        task = await self._registry.executions.move(
            task_id, TaskState.INPUT_REQUIRED, fence=fence, reason="waiting for an operator's approval", result=result
        )
        if result is not None and not task.private:
            await self._say_result(task, result)
            await self._workspace.show(task)
        self._tell_state(task)
        await self._deliveries.mention(self._deliveries.parcel(task))
        await self._announcements.task_changed(task)
        await self._wake_next(task)
        return "asked"

    async def _judgement(self, task_id: str) -> str:
        task = await self._registry.tasks.get(task_id)
        if task.cancel_requested is not None:
            return "canceled"
        for event in await self._registry.events.of_task(task_id, types=JUDGEMENTS):
            return JUDGEMENTS[event.type]
        return "asked"

    async def _end(self, task_id: str, fence: int, ending: str) -> None:
        run = await self._last_run(task_id)
        task = await self._registry.tasks.get(task_id)
        if ending == "completed":
            await self._registry.executions.move(
                task_id, TaskState.COMPLETED, fence=fence, result=run.result if run else None
            )
        elif ending == "canceled":
            await self._registry.executions.move(
                task_id, TaskState.CANCELED, fence=fence, reason=f"canceled by {task.cancel_requested}"
            )
        elif ending == "rejected":
            await self._registry.executions.move(
                task_id, TaskState.REJECTED, fence=fence, reason="rejected by an operator"
            )
        elif ending == "expired":
            await self._registry.executions.move(
                task_id, TaskState.FAILED, fence=fence, reason="the deadline passed", expired=True
            )
        else:
            reason = _why_failed(run)
            await self._registry.executions.move(
                task_id, TaskState.FAILED, fence=fence, reason=reason, result=run.result if run else None
            )

    async def _fail(self, task_id: str, fence: int, problem: str) -> None:
        await self._runs.stop(task_id)
        task = await self._registry.tasks.get(task_id)
        if task.state not in FINAL:
            await self._registry.executions.move(task_id, TaskState.FAILED, fence=fence, reason=problem)

    async def _plan(self, task_id: str) -> None:
        task = await self._registry.tasks.get(task_id)
        parcel = self._deliveries.parcel(task)
        planned = await self._deliveries.plan(parcel)
        if task.state is not TaskState.COMPLETED:
            return
        try:
            check_kind(self._config(), parcel.output.kind)
        except UnknownKind as error:
            if not planned:
                raise
            if self._config().kinds:  # where none are listed, a kind that no route names is nothing odd
                await self._note(task_id, KIND_UNKNOWN, error.sentence())

    async def _close(self, task_id: str) -> None:
        task = await self._registry.tasks.get(task_id)
        if task.private:
            return
        if task.thread_id is None:  # it was stopped before it had one
            await self._workspace.close(task)
            return
        for event in await self._registry.events.of_task(task_id, types=[PLAN_FAILED]):
            await self._workspace.say(task, "not-delivered", f"⚠️ This result goes nowhere else: {event.text}")
        if task.result is not None:
            await self._say_result(task, task.result)
        elif task.reason:
            await self._workspace.say(task, "reason", f"**{task.state.value}**: {task.reason}")
        await self._workspace.close(task)

    async def _announce(self, task_id: str) -> None:
        await self._announcements.task_changed(await self._registry.tasks.get(task_id))

    async def _clean(self, task_id: str) -> None:
        task = await self._registry.tasks.get(task_id)
        await self._wake_next(task)
        await self._runs.forget(task_id)
        self._sessions.clean_up(task)
        if not await self._registry.events.of_task(task_id, types=[CLOSED]):
            await self._registry.events.add(task_id, CLOSED, "cleaned up")
        self._tell_state(task)

    # What the steps share.

    def _over(self, task: Task) -> str | None:
        if task.cancel_requested is not None:
            return "canceled"
        if task.deadline_at is not None and task.deadline_at <= self._now():
            return "expired"
        return None

    def _tell_state(self, task: Task) -> None:
        self._updates.publish(Update(task.id, "state", task.state.value))

    def _patience_s(self, task: Task) -> float:
        """How long to wait for a wake-up: until the deadline, if there is one."""
        deadline = task.deadline_at
        return LONG_WAIT_S if deadline is None else max(0.0, (deadline - self._now()).total_seconds())

    async def _say_result(self, task: Task, result: Result) -> None:
        files = [Path(artifact) for artifact in result.artifacts]
        await self._workspace.say(task, "result", front_matter.body(result.text), files=files)

    async def _last_run(self, task_id: str) -> Run | None:
        runs = await self._registry.runs.of_task(task_id)
        return runs[-1] if runs else None

    async def _wake_next(self, task: Task) -> None:
        waiting = await self._registry.tasks.next_waiting(task.agent)
        if waiting is not None and self._engine is not None:
            await self._engine.wake("task", waiting.id)


def _why_failed(run: Run | None) -> str:
    if run is None:
        return "it never ran"
    if run.state is RunState.LOST:
        return f"its run was lost {run.attempt} times; nobody saw how it ended"
    return run.error or "the run failed"
