"""The effects of a task's steps. Every effect may be repeated after a crash, and does nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Literal

from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.runs import INTERRUPTED, Runs
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.errors import UnknownKind
from claw_discord_coord.models import Run, RunState, Task, TaskState
from claw_discord_coord.registry.reviews import APPROVED, REJECTED
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.routing.rules import check_kind


class Ending(StrEnum):
    """The way the work on a task ended. `expired`: the deadline passed."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


Settled = Ending | Literal["running", "again"]
"""What comes after a look at the runs: `running` while a run goes on, `again` for the next run, else the ending."""

PLAN_FAILED = "task.plan.failed"
"""The type of the event that says why a result could not be sent where the rules say."""

KIND_UNKNOWN = "task.kind.unknown"
"""The type of the event about a result whose kind skill.yaml does not list, though a rule took the result."""

REVIEW_ENDINGS = {APPROVED: Ending.COMPLETED, REJECTED: Ending.REJECTED}
"""The ending of a task by the type of the event that records its review."""


class TaskEffects:
    """Carries out the steps of tasks. A task that is passed in has the fence of the calling execution."""

    def __init__(
        self, services: Services, runs: Runs, deliveries: Deliveries, sessions: Sessions, announcements: Announcements
    ) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._updates = services.updates
        self._config = services.config
        self._now = services.now
        self._runs = runs
        self._deliveries = deliveries
        self._sessions = sessions
        self._announcements = announcements

    async def record(self, task_id: str, type_: str, text: str) -> None:
        """Record an event of the task. A result that could not be planned is also reported in the thread."""
        await self._registry.events.add(task_id, type_, text)
        if type_ == PLAN_FAILED:
            message = f"⚠️ This result goes nowhere else: {text}"
            await self._registry.showing.add_message(task_id, "not-delivered", message)

    def early_ending(self, task: Task) -> Ending | None:
        """Return the ending of a task that was stopped or is past the deadline, else None."""
        if task.cancel_requested is not None:
            return Ending.CANCELED
        if task.deadline_at is not None and task.deadline_at <= self._now():
            return Ending.EXPIRED
        return None

    def publish_state(self, task: Task) -> None:
        """Publish the state to those who wait for the task, and to the display on Discord."""
        self._updates.publish(Update(task.id, "state", task.state.value))

    async def run(self, task: Task) -> Settled:
        """Start the next run of the task, or go on with the run of an earlier process. Returns what comes next."""
        # A runtime may be away for long, and the task may have been stopped meanwhile.
        task = (await self._registry.tasks.get(task.id)).model_copy(update={"fence": task.fence})
        if self.early_ending(task) is not None:
            return await self.settle(task)
        attempt = 1
        if (last := await self._last_run(task.id)) is not None:
            attempt = last.attempt if last.state is RunState.RUNNING else last.attempt + 1
        run = await self._runs.start(task, attempt, fence=task.fence)
        if run.state is not RunState.RUNNING:
            return await self.settle(task)
        self._runs.follow(run)
        return "running"

    async def settle(self, task: Task) -> Settled:
        """Return what comes next, and end the run of a task that has ended early."""
        runs = await self._registry.runs.of_task(task.id)
        early = self.early_ending(task)
        if not runs:
            return early or "again"
        run = runs[-1]
        if run.state is RunState.RUNNING:
            if early is None:
                # After a restart nobody follows the run, and it may have been recorded without being started.
                return "running" if self._runs.follows(run.id) else "again"
            await self._runs.stop(task.id)
            run = await self._registry.runs.get(run.id)
        settled = self._settled(run, runs, early)
        if run.state is RunState.LOST and run.error != INTERRUPTED:
            await self._warn_of_lost(run, task, again=settled == "again")
        return settled

    def _settled(self, run: Run, runs: Sequence[Run], early: Ending | None) -> Settled:
        if run.state is RunState.COMPLETED:
            return Ending.COMPLETED
        if early is not None:
            return early
        if run.state is RunState.CANCELED:
            # Without an order to stop: a coordinator that was shut down died before it could record the reason.
            return "again"
        if run.state is RunState.LOST:
            lost = sum(1 for other in runs if other.state is RunState.LOST and other.error != INTERRUPTED)
            return "again" if lost < self._config().limits.runs_per_task else Ending.FAILED
        return Ending.FAILED

    async def _warn_of_lost(self, run: Run, task: Task, *, again: bool) -> None:
        what_next = "It is run again." if again else "It is not run again."
        text = f"Run {run.attempt} of `{task.id}` was lost: its outcome is unknown. {what_next}"
        await self._deliveries.alert(f"run/{run.id}", f"Run lost: {task.title}", text, task)

    async def hold(self, task: Task) -> Ending | None:
        """Let the result wait for a review. Returns the ending of a task that was stopped meanwhile."""
        if (await self._registry.tasks.get(task.id)).cancel_requested is not None:
            return Ending.CANCELED
        run = await self._last_run(task.id)
        task = await self._registry.executions.move(
            task.id,
            TaskState.INPUT_REQUIRED,
            fence=task.fence,
            reason="the result waits for a review",
            result=run.result if run else None,
        )
        self.publish_state(task)
        # A task in review holds no slot.
        self._engine.wake("agent", task.agent)
        return None

    async def ask(self, task_id: str) -> None:
        """Notify the people and the session that a result waits for a review."""
        task = await self._registry.tasks.get(task_id)
        await self._deliveries.notify(self._deliveries.task_request(task))
        await self._announcements.task_changed(task)

    async def review(self, task: Task) -> Ending | None:
        """Return the ending that the review decided, or None while the result waits for a review."""
        if task.cancel_requested is not None:
            return Ending.CANCELED
        for event in await self._registry.events.of_task(task.id, types=REVIEW_ENDINGS):
            return REVIEW_ENDINGS[event.type]
        return None

    async def end(self, task: Task, ending: Ending) -> Task:
        """Move the task to the final state of this ending."""
        move = partial(self._registry.executions.move, task.id, fence=task.fence)
        match ending:
            case Ending.COMPLETED:
                run = await self._last_run(task.id)
                ended = await move(TaskState.COMPLETED, result=run.result if run else None)
            case Ending.CANCELED:
                present = await self._registry.tasks.get(task.id)
                ended = await move(TaskState.CANCELED, reason=f"canceled by {present.cancel_requested}")
            case Ending.REJECTED:
                ended = await move(TaskState.REJECTED, reason=await self._why_rejected(task.id))
            case Ending.EXPIRED:
                ended = await move(TaskState.FAILED, reason="the deadline passed", expired=True)
            case Ending.FAILED:
                run = await self._last_run(task.id)
                ended = await move(TaskState.FAILED, reason=_why_failed(run), result=run.result if run else None)
        self._engine.wake("agent", task.agent)
        hop(task.id, f"ended: {ending}")
        return ended

    async def fail(self, task: Task, problem: str) -> Task:
        """Fail a task after an error in the workflow, and stop the current run."""
        await self._runs.stop(task.id)
        present = await self._registry.tasks.get(task.id)
        if present.state not in FINAL:
            move = self._registry.executions.move
            present = await move(task.id, TaskState.FAILED, fence=task.fence, reason=problem)
        self._engine.wake("agent", task.agent)
        hop(task.id, "failed by an error of a step")
        return present

    async def plan(self, task: Task) -> None:
        """Plan the deliveries of the ended task."""
        await self._deliveries.release(task)
        request = self._deliveries.task_request(task)
        planned = await self._deliveries.plan(request)
        if task.state is not TaskState.COMPLETED:
            return
        try:
            check_kind(self._config(), request.output.kind)
        except UnknownKind as error:
            if not planned:
                raise
            if self._config().kinds:  # without a list of kinds in skill.yaml, any kind is fine
                await self.record(task.id, KIND_UNKNOWN, error.sentence())

    async def announce(self, task: Task) -> None:
        """Announce the ending to the session that asked for the task."""
        # The thread may have been opened since the ending, and the announcement names the thread.
        await self._announcements.task_changed(await self._registry.tasks.get(task.id))

    async def clean(self, task: Task) -> None:
        """Remove the runtimes' records of runs, and an intern's session folder."""
        await self._runs.forget(task.id)
        self._sessions.clean_up(task)
        hop(task.id, "cleaned up")

    async def _why_rejected(self, task_id: str) -> str:
        """Return the name of the operator who rejected the result, and the operator's reason."""
        events = await self._registry.events.of_task(task_id, types=[REJECTED])
        return events[0].text if events else "rejected by an operator"

    async def _last_run(self, task_id: str) -> Run | None:
        runs = await self._registry.runs.of_task(task_id)
        return runs[-1] if runs else None


def _why_failed(run: Run | None) -> str:
    if run is None:
        return "it never ran"
    if run.state is RunState.LOST:
        return f"its run was lost {run.attempt} times, so the outcome is unknown"
    return run.error or "the run failed"
