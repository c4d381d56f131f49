"""The effects of a task's steps. Every effect may be repeated after a crash, and does nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.runs import INTERRUPTED, Runs
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.coordination.task_posts import REVIEW_POST, TaskPosts, how_to_decide
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.journal import LONG_WAIT_S
from claw_discord_coord.coordination.workflows.task_steps import Begun, Ending, Reviewed, Settled
from claw_discord_coord.errors import Unavailable, UnknownKind
from claw_discord_coord.models import Result, Run, RunState, Task, TaskState
from claw_discord_coord.registry.reviews import APPROVED, REJECTED
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.routing.rules import check_kind
from claw_discord_coord.text import front_matter

CLOSED = "task.closed"
"""The type of every task's last event."""

PLAN_FAILED = "task.plan.failed"
"""The type of the event that says why a result could not be sent where the rules say."""

KIND_UNKNOWN = "task.kind.unknown"
"""The type of the event about a result whose kind skill.yaml does not list, though a rule took the result."""

REVIEW_ENDINGS = {APPROVED: Ending.COMPLETED, REJECTED: Ending.REJECTED}
"""The ending of a task by the type of the event that records its review."""


class TaskEffects:
    """Carries out the steps of tasks. `fence` is the claim of the calling execution."""

    def __init__(
        self, services: Services, runs: Runs, deliveries: Deliveries, sessions: Sessions, announcements: Announcements
    ) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._posts = TaskPosts(services)
        self._updates = services.updates
        self._config = services.config
        self._now = services.now
        self._runs = runs
        self._deliveries = deliveries
        self._sessions = sessions
        self._announcements = announcements

    async def record(self, task_id: str, type_: str, text: str) -> None:
        """Record an event of the task."""
        await self._registry.events.add(task_id, type_, text)

    async def open(self, task_id: str, fence: int) -> Ending | None:
        """Post the task's card and thread. Returns the ending when the task ended while Discord was unavailable."""
        task = await self._registry.tasks.get(task_id)
        if task.private or task.state in FINAL:
            return None
        try:
            placed = await self._posts.place(task, fence)
        except Unavailable:
            # A task that was stopped, or is too late, need not wait for Discord to come back.
            if (ending := self._early_ending(task)) is None:
                raise
            return ending
        if placed.thread_id is None:
            await self._warn_of_refusal(task)
            hop(task_id, "no thread: Discord refuses")
        else:
            hop(task_id, "thread opened")
        return None

    async def _warn_of_refusal(self, task: Task) -> None:
        reasons = [refusal.text for refusal in await self._posts.refusals(task.id)]
        text = f"`{task.id}` works without a thread, and its result goes by its routes. {' '.join(reasons[-1:])}"
        await self._deliveries.alert(f"place/{task.id}", f"Discord refuses: {task.title}", text, task)

    async def begin(self, task_id: str, fence: int) -> Begun:
        """Take a slot of the task's agent, if one is free."""
        task = await self._registry.tasks.get(task_id)
        if (ending := self._early_ending(task)) is not None:
            return Begun(state=ending)
        agent = self._config().agents.get(task.agent)
        begun = await self._registry.executions.begin(
            task_id, fence=fence, concurrency=agent.concurrency if agent else 1
        )
        if begun is None:
            return Begun(state="waiting", wait_s=self._longest_wait_s(task))
        self._publish_state(begun)
        # More than one slot may be free, and only one task was woken; each task that begins wakes the next.
        await self._wake_next(task)
        return Begun(state="working")

    async def begin_late(self, task_id: str, fence: int) -> Begun:
        """Begin a task with a card in the state `submitted`, and update the card."""
        begun = await self.begin(task_id, fence)
        task = await self._registry.tasks.get(task_id)
        if begun.state == "working" and not task.private:
            await self._posts.show(task)
        return begun

    async def run(self, task_id: str, attempt: int, fence: int) -> None:
        """Start the run of this attempt."""
        task = await self._registry.tasks.get(task_id)
        if self._early_ending(task) is None:
            await self._runs.start(task, attempt, fence=fence)

    async def settle(self, task_id: str, attempt: int) -> Settled:
        """Return the state of the run of this attempt, and end the run of a task that has ended early."""
        task = await self._registry.tasks.get(task_id)
        runs = await self._registry.runs.of_task(task_id)
        run = next((run for run in runs if run.attempt == attempt), None)
        early = self._early_ending(task)
        if run is None:  # `run` found that the task had ended early
            return Settled(state=early or "again")
        if run.state is RunState.RUNNING and early is None:
            return Settled(state="running", wait_s=self._longest_wait_s(task))
        if run.state is RunState.RUNNING:
            await self._runs.stop(task_id)
            run = await self._registry.runs.get(run.id)
        settled = self._settled(run, runs, early)
        if run.state is RunState.LOST and run.error != INTERRUPTED:
            await self._warn_of_lost(run, task, again=settled.state == "again")
        return settled

    def _settled(self, run: Run, runs: Sequence[Run], early: Ending | None) -> Settled:
        if run.state is RunState.COMPLETED:
            return Settled(state=Ending.COMPLETED)
        if early is not None:
            return Settled(state=early)
        if run.state is RunState.CANCELED:
            # Without an order to stop: a coordinator that was shut down died before it could record the reason.
            return Settled(state="again")
        if run.state is RunState.LOST:
            lost = sum(1 for other in runs if other.state is RunState.LOST and other.error != INTERRUPTED)
            return Settled(state="again" if lost < self._config().limits.runs_per_task else Ending.FAILED)
        return Settled(state=Ending.FAILED)

    async def _warn_of_lost(self, run: Run, task: Task, *, again: bool) -> None:
        what_next = "It is run again." if again else "It is not run again."
        text = f"Run {run.attempt} of `{task.id}` was lost: its outcome is unknown. {what_next}"
        await self._deliveries.alert(f"run/{run.id}", f"Run lost: {task.title}", text, task)

    async def ask(self, task_id: str, fence: int) -> Reviewed:
        """Ask an operator to review the result, when the task asks for a review."""
        task = await self._registry.tasks.get(task_id)
        if not task.review:
            return Ending.COMPLETED
        if task.cancel_requested is not None:
            return Ending.CANCELED
        run = await self._last_run(task_id)
        result = run.result if run else None
        task = await self._registry.executions.move(
            task_id, TaskState.INPUT_REQUIRED, fence=fence, reason="the result waits for a review", result=result
        )
        if result is not None and not task.private:
            if task.thread_id is None:
                # The card has the buttons of the review, and a person may have ended the refusal meanwhile.
                task = await self._posts.place(task, fence)
            if task.thread_id is not None:
                await self._say_result(task, result)
                # The card has the same buttons, but is far above a long thread.
                await self._posts.say(
                    task, REVIEW_POST, f"✋ This result waits for a review.\n{how_to_decide(task.id)}", buttons=(task,)
                )
            await self._posts.show(task)
        self._publish_state(task)
        await self._deliveries.notify(self._deliveries.task_request(task))
        await self._announcements.task_changed(task)
        # A task in review holds no slot.
        await self._wake_next(task)
        return "asked"

    async def review(self, task_id: str) -> Reviewed:
        """Look whether the result has been reviewed."""
        task = await self._registry.tasks.get(task_id)
        if task.cancel_requested is not None:
            return Ending.CANCELED
        for event in await self._registry.events.of_task(task_id, types=REVIEW_ENDINGS):
            return REVIEW_ENDINGS[event.type]
        return "asked"

    async def end(self, task_id: str, fence: int, ending: Ending) -> None:
        """Move the task to the final state of this ending."""
        run = await self._last_run(task_id)
        result = run.result if run else None
        task = await self._registry.tasks.get(task_id)
        move = self._registry.executions.move
        match ending:
            case Ending.COMPLETED:
                await move(task_id, TaskState.COMPLETED, fence=fence, result=result)
            case Ending.CANCELED:
                await move(task_id, TaskState.CANCELED, fence=fence, reason=f"canceled by {task.cancel_requested}")
            case Ending.REJECTED:
                await move(task_id, TaskState.REJECTED, fence=fence, reason=await self._why_rejected(task_id))
            case Ending.EXPIRED:
                await move(task_id, TaskState.FAILED, fence=fence, reason="the deadline passed", expired=True)
            case Ending.FAILED:
                await move(task_id, TaskState.FAILED, fence=fence, reason=_why_failed(run), result=result)
        hop(task_id, f"ended: {ending}")

    async def fail(self, task_id: str, fence: int, problem: str) -> None:
        """Fail a task after an error in the workflow, and stop the current run."""
        await self._runs.stop(task_id)
        task = await self._registry.tasks.get(task_id)
        if task.state not in FINAL:
            await self._registry.executions.move(task_id, TaskState.FAILED, fence=fence, reason=problem)
        hop(task_id, "failed by an error of a step")

    async def plan(self, task_id: str) -> None:
        """Plan the deliveries of the ended task."""
        task = await self._registry.tasks.get(task_id)
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
                await self.record(task_id, KIND_UNKNOWN, error.sentence())

    async def close(self, task_id: str) -> None:
        """Post the result or the reason, bring the card up to date, and archive an intern's thread."""
        task = await self._registry.tasks.get(task_id)
        if task.private:
            return
        if task.thread_id is None and await self._posts.refusals(task_id):
            # A person may have ended the refusal meanwhile.
            task = await self._posts.place(task, task.fence)
            if task.thread_id is None:
                await self._posts.show(task)
                return
        if task.thread_id is None:  # the task ended before its thread was opened
            await self._posts.close(task)
            return
        for event in await self._registry.events.of_task(task_id, types=[PLAN_FAILED]):
            await self._posts.say(task, "not-delivered", f"⚠️ This result goes nowhere else: {event.text}")
        if task.result is not None:
            await self._say_result(task, task.result)
        elif task.reason:
            await self._posts.say(task, "reason", f"**{task.state.value}**: {task.reason}")
        await self._posts.close(task)

    async def announce(self, task_id: str) -> None:
        """Announce the ending to the session that asked for the task."""
        await self._announcements.task_changed(await self._registry.tasks.get(task_id))

    async def clean(self, task_id: str) -> None:
        """Free the slot, and remove the records of runs and an intern's session folder."""
        task = await self._registry.tasks.get(task_id)
        await self._wake_next(task)
        await self._runs.forget(task_id)
        self._sessions.clean_up(task)
        if not await self._registry.events.of_task(task_id, types=[CLOSED]):
            await self._registry.events.add(task_id, CLOSED, "cleaned up")
        self._publish_state(task)
        hop(task_id, "cleaned up")

    def _early_ending(self, task: Task) -> Ending | None:
        """Return the ending of a task that was stopped or is past the deadline, else None."""
        if task.cancel_requested is not None:
            return Ending.CANCELED
        if task.deadline_at is not None and task.deadline_at <= self._now():
            return Ending.EXPIRED
        return None

    def _longest_wait_s(self, task: Task) -> float:
        """Return the seconds until the deadline, or a long time without one; a wake-up comes earlier."""
        deadline = task.deadline_at
        return LONG_WAIT_S if deadline is None else max(0.0, (deadline - self._now()).total_seconds())

    def _publish_state(self, task: Task) -> None:
        self._updates.publish(Update(task.id, "state", task.state.value))

    async def _say_result(self, task: Task, result: Result) -> None:
        files = [Path(artifact) for artifact in result.artifacts]
        await self._posts.say(task, "result", front_matter.body(result.text), files=files)

    async def _why_rejected(self, task_id: str) -> str:
        """Return the name of the operator who rejected the result, and the operator's reason."""
        events = await self._registry.events.of_task(task_id, types=[REJECTED])
        return events[0].text if events else "rejected by an operator"

    async def _last_run(self, task_id: str) -> Run | None:
        runs = await self._registry.runs.of_task(task_id)
        return runs[-1] if runs else None

    async def _wake_next(self, task: Task) -> None:
        waiting = await self._registry.tasks.next_waiting(task.agent)
        if waiting is not None:
            await self._engine.wake("task", waiting.id)


def _why_failed(run: Run | None) -> str:
    if run is None:
        return "it never ran"
    if run.state is RunState.LOST:
        return f"its run was lost {run.attempt} times, so the outcome is unknown"
    return run.error or "the run failed"
