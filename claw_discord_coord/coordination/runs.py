"""Starts runs, follows runs to the end, and follows them again after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.masked_runs import MaskedProgress, masked_outcome
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions, token_hash
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.retry import retry_until_available
from claw_discord_coord.errors import Conflict, CoordError, Refused, UnknownAgent
from claw_discord_coord.models import Run, RunOutcome, RunState, Task
from claw_discord_coord.ports import RunOrder, Runtime
from claw_discord_coord.text.secrets import masked_in

INTERRUPTED = "the coordinator was stopped while it ran"
"""The error of a run that was ended at shut-down. Stored; such a run does not count toward the limit of runs."""

SECRETS_MASKED = "task.secrets_masked"
"""The type of the event that says how many secrets were masked in a result."""

FOLLOW_AGAIN_S = (0.5, 2.0, 10.0, 60.0)
"""The pauses before a run is followed again after an unexpected error."""

log = logging.getLogger(__name__)


class Runs:
    """The current runs, each followed by one asyncio task.

    A run may outlive the following process: after a crash the workflow of the task calls `start` and `follow` again.
    Closing ends all runs, and the next start runs unfinished work again.

    Args:
        services: The services of the coordinator.
        runtimes: The runtimes by kind.
        sessions: The folders and tokens of agents.
        environment: Variables for every run, beside the token.
    """

    def __init__(
        self, services: Services, runtimes: Mapping[str, Runtime], sessions: Sessions, environment: Mapping[str, str]
    ) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._workspace = services.workspace
        self._updates = services.updates
        self._config = services.config
        self._now = services.now
        self._runtimes = runtimes
        self._sessions = sessions
        self._environment = environment
        self._following: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        # The runs that this process started or followed: after a take-over, the others belong to another coordinator.
        self._own: set[str] = set()

    async def close(self) -> None:
        """End all runs of this coordinator, and all processes of the runs."""
        self._closing = True
        await self._stop_following()
        async with asyncio.TaskGroup() as group:
            for run in await self._registry.runs.running():
                if run.id in self._own and self._runtimes[run.runtime].ends_with_us:
                    group.create_task(self._end(run, RunState.LOST, INTERRUPTED))

    async def abandon(self) -> None:
        """Leave all runs to the new coordinator of the registry."""
        self._closing = True
        self._own.clear()
        await self._stop_following()

    async def _stop_following(self) -> None:
        for following in list(self._following.values()):
            following.cancel()
        await asyncio.gather(*self._following.values(), return_exceptions=True)
        self._following.clear()

    async def _end(self, run: Run, state: RunState, error: str | None) -> None:
        """Stop a run, and record its end with this state."""
        runtime = self._runtimes[run.runtime]
        await runtime.stop(run.id)
        # The run may have ended by itself in the meantime; then its own outcome counts.
        outcome = await runtime.watch(run.id, _ignore)
        if outcome.state is RunState.CANCELED:
            outcome = RunOutcome(state, error=error)
        await self._record(run, outcome)

    async def _record(self, run: Run, outcome: RunOutcome) -> None:
        await retry_until_available(f"task {run.task_id}: end run", lambda: self._store(run, outcome))
        hop(run.task_id, f"run {run.id} ended: {outcome.state}")

    async def _store(self, run: Run, outcome: RunOutcome) -> None:
        # Every runtime's outcome passes here, and nothing of the outcome is stored before.
        outcome, count = await asyncio.to_thread(masked_outcome, outcome)
        await self._registry.runs.end(run.id, outcome)
        if count:
            await self._registry.events.add(
                run.task_id, SECRETS_MASKED, masked_in(count, "the result"), {"run": run.id}
            )

    async def start(self, task: Task, attempt: int, *, fence: int) -> Run:
        """Start the task's run of this attempt, unless the run was started before. Returns the stored run.

        Raises:
            UnknownAgent: skill.yaml no longer has the task's agent.
        """
        config = self._config()
        agent = config.agents.get(task.agent)
        if agent is None:
            raise UnknownAgent(
                f"skill.yaml no longer has the agent {task.agent}.", fix="Put it back, or start the task with another."
            )
        run_id = f"{task.id}-r{attempt}"
        token = self._sessions.token(run_id)
        run = Run(
            id=run_id,
            task_id=task.id,
            attempt=attempt,
            agent=task.agent,
            runtime=agent.runtime.kind,
            state=RunState.RUNNING,
            token_sha256=token_hash(token),
            started_at=self._now(),
        )
        # Stored before the agent starts: after a crash in between, the coordinator knows the run and asks its runtime.
        run = await self._registry.runs.add(run, fence=fence)
        self._own.add(run.id)
        if run.state is not RunState.RUNNING or self._closing:
            return run
        order = RunOrder(
            run_id=run.id,
            agent=agent,
            brief={
                "task_id": task.id,
                "run_id": run.id,
                "attempt": attempt,
                "title": task.title,
                "text": task.text,
                "kind": task.kind.value,
                "private": task.private,
                "agent": task.agent,
                "packet": task.packet,
            },
            folder=self._sessions.folder(task),
            environment={**self._environment, "CLAW_TASK_ID": task.id, "CLAW_TASK_TOKEN": token},
            timeout_s=task.timeout_s,
        )
        try:
            await self._runtimes[run.runtime].start(order)
        except CoordError as error:
            hop(task.id, f"run {run.id} could not be started")
            outcome, _ = masked_outcome(RunOutcome(RunState.FAILED, error=error.sentence()))
            return await self._registry.runs.end(run.id, outcome)
        hop(task.id, f"run {run.id} started on {run.runtime}")
        return run

    def follow(self, run: Run) -> None:
        """Follow a current run, unless a follower exists; the run's end wakes the task's workflow."""
        if run.id not in self._following and not self._closing:
            self._own.add(run.id)
            self._following[run.id] = asyncio.create_task(self._watch(run), name=f"follow {run.id}")

    def follows(self, run_id: str) -> bool:
        """Return whether this process follows the run, or is shutting down and follows no run any more."""
        return run_id in self._following or self._closing

    async def send_message(self, task: Task, key: str, text: str) -> Run:
        """Send a message to the current run of the task, once per `key`, and return the run.

        Raises:
            Conflict: The task has no current run.
            Refused: The agent's runtime takes no messages.
            Refused, Unavailable: As the runtime says.
        """
        for run in await self._registry.runs.of_task(task.id):
            if run.state is RunState.RUNNING:
                messages = self._runtimes[run.runtime].messages
                if messages is None:
                    raise Refused(
                        "This agent takes no messages while it works.",
                        fix="Stop the task, and start it again with the new information in its text.",
                    )
                await messages.send_message(run.id, key, text)
                hop(task.id, f"message sent to run {run.id}")
                return run
        raise Conflict(f"Nothing runs for task {task.id} at the moment: {task.state.value}.")

    async def stop(self, task_id: str) -> None:
        """End the current run of the task, and wait until no process of the run is left."""
        for run in await self._registry.runs.of_task(task_id):
            if run.state is RunState.RUNNING:
                await self._end(run, RunState.CANCELED, None)

    async def forget(self, task_id: str) -> None:
        """Drop the runtimes' own records of the task's ended runs."""
        for run in await self._registry.runs.of_task(task_id):
            await self._runtimes[run.runtime].forget(run.id)

    async def _watch(self, run: Run) -> None:
        try:
            outcome = await self._outcome(run)
            await self._record(run, outcome)
            self._engine.wake("task", run.task_id)
            self._own.discard(run.id)
        finally:
            self._following.pop(run.id, None)

    async def _outcome(self, run: Run) -> RunOutcome:
        name = f"task {run.task_id}: follow"
        task = await retry_until_available(name, lambda: self._registry.tasks.get(run.task_id))

        async def show(line: str) -> None:
            self._updates.publish(Update(task.id, "progress", line))
            if not task.private:
                await self._workspace.progress(task, line)

        progress = MaskedProgress(show)
        try:
            # Any error is survived here: a run without a follower would never end.
            for pause_s in FOLLOW_AGAIN_S:
                try:
                    outcome = await retry_until_available(
                        name, lambda: self._runtimes[run.runtime].watch(run.id, progress.report)
                    )
                    await progress.close()
                except Exception:
                    log.exception("following run %s failed; trying again", run.id)
                else:
                    return outcome
                await asyncio.sleep(pause_s)
        finally:
            progress.abandon()
        return RunOutcome(RunState.FAILED, error="following the run failed again and again; the log says why")


async def _ignore(_line: str) -> None:
    """Ignore progress."""
