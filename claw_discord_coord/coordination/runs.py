"""Starts runs, follows them until they end, and takes them up again after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.journal import Engine
from claw_discord_coord.coordination.retry import retry_until_available
from claw_discord_coord.coordination.sessions import Sessions, token_hash
from claw_discord_coord.coordination.updates import Update, Updates
from claw_discord_coord.errors import Conflict, CoordError, Refused, UnknownAgent
from claw_discord_coord.models import Run, RunState, Task
from claw_discord_coord.ports import RunOrder, RunOutcome, Runtime, Workspace
from claw_discord_coord.registry.registry import Registry

INTERRUPTED = "the coordinator was stopped while it ran"
"""Why a run is lost that we ended ourselves at shut-down; such a run does not count towards the limit of runs."""

FOLLOW_AGAIN_S = (0.5, 2.0, 10.0, 60.0)
"""Pauses before a run is followed again after an unexpected error."""

log = logging.getLogger(__name__)


class Runs:
    """The runs that are going on, each followed by one asyncio task.

    A run outlives the process that follows it: after a crash the life of its task calls `follow` again. Closing ends
    all runs, and what they have not finished is run again after the next start.
    """

    def __init__(
        self,
        registry: Registry,
        runtimes: Mapping[str, Runtime],
        workspace: Workspace,
        sessions: Sessions,
        updates: Updates,
        config: Callable[[], Config],
        now: Callable[[], datetime],
        environment: Mapping[str, str],
    ) -> None:
        self._registry = registry
        self._runtimes = runtimes
        self._workspace = workspace
        self._sessions = sessions
        self._updates = updates
        self._config = config
        self._now = now
        self._environment = environment
        self._engine: Engine | None = None
        self._following: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        self._mine: set[str] = set()

    def attach(self, engine: Engine) -> None:
        """Say who is to be woken when a run ends."""
        self._engine = engine

    async def close(self) -> None:
        """End all runs of this coordinator and everything they started."""
        self._closing = True
        await self._let_go()
        async with asyncio.TaskGroup() as group:
            for run in await self._registry.runs.running():
                if run.id in self._mine and self._runtimes[run.runtime].ends_with_us:
                    group.create_task(self._end(run, RunState.LOST, INTERRUPTED))

    async def abandon(self) -> None:
        """Leave all runs to another coordinator, which has taken this one's place."""
        self._closing = True
        self._mine.clear()
        await self._let_go()

    async def _let_go(self) -> None:
        for following in list(self._following.values()):
            following.cancel()
        await asyncio.gather(*self._following.values(), return_exceptions=True)
        self._following.clear()

    async def _end(self, run: Run, state: RunState, error: str | None) -> None:
        """Stop a run; if it had ended by itself meanwhile, that is how it ended."""
        runtime = self._runtimes[run.runtime]
        await runtime.stop(run.id)
        outcome = await runtime.watch(run.id, _nothing)
        if outcome.state is RunState.CANCELED:
            outcome = RunOutcome(state, error=error)
        await retry_until_available("end run", lambda: self._note(run, outcome))

    async def _note(self, run: Run, outcome: RunOutcome) -> None:
        await self._registry.runs.end(
            run.id,
            state=outcome.state,
            result=outcome.result,
            error=outcome.error,
            exit_code=outcome.exit_code,
            stderr=outcome.stderr,
            usage=outcome.usage,
        )

    async def start(self, task: Task, attempt: int, *, fence: int) -> Run:
        """Start the task's run of that number, or find it started; it is followed from now on."""
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
        run = await self._registry.runs.add(run, fence=fence)
        self._mine.add(run.id)
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
            return await self._registry.runs.end(run.id, state=RunState.FAILED, error=error.sentence())
        return run

    async def follow(self, task_id: str) -> None:
        """Watch what runs for the task, unless it is being watched; its end wakes the task's life."""
        for run in await self._registry.runs.of_task(task_id):
            if run.state is RunState.RUNNING and run.id not in self._following and not self._closing:
                self._mine.add(run.id)
                self._following[run.id] = asyncio.create_task(self._watch(run), name=f"follow {run.id}")

    async def send_message(self, task: Task, key: str, text: str) -> Run:
        """Give a message to what runs for the task, and answer which run that is.

        Raises:
            Conflict: nothing runs for it.
            Refused: the agent's runtime takes no messages.
            Refused, Unavailable: as the runtime says.
        """
        for run in await self._registry.runs.of_task(task.id):
            if run.state is RunState.RUNNING:
                messages = self._runtimes[run.runtime].messages
                if messages is None:
                    raise Refused(
                        "This agent takes no messages while it works.",
                        fix="Stop it and give the work again with what it should know.",
                    )
                await messages.send_message(run.id, key, text)
                return run
        raise Conflict(f"Nothing runs for task {task.id} at the moment: {task.state.value}.")

    async def stop(self, task_id: str) -> None:
        """End what runs for the task, and wait until nothing of it is left."""
        for run in await self._registry.runs.of_task(task_id):
            if run.state is RunState.RUNNING:
                await self._end(run, RunState.CANCELED, None)

    async def forget(self, task_id: str) -> None:
        """Drop what the runtimes keep of the task's ended runs."""
        for run in await self._registry.runs.of_task(task_id):
            await self._runtimes[run.runtime].forget(run.id)

    async def _watch(self, run: Run) -> None:
        """Follow a run to its end, whatever happens to the follower: a run that nobody follows would never end."""
        try:
            outcome = await self._outcome(run)
            await retry_until_available("end run", lambda: self._note(run, outcome))
            assert self._engine is not None  # noqa: S101 - attached before any life begins
            engine = self._engine
            await retry_until_available("wake", lambda: engine.wake("task", run.task_id))
        finally:
            self._following.pop(run.id, None)

    async def _outcome(self, run: Run) -> RunOutcome:
        task = await retry_until_available("follow", lambda: self._registry.tasks.get(run.task_id))

        async def report(line: str) -> None:
            self._updates.publish(Update(task.id, "progress", line))
            if not task.private:
                await self._workspace.progress(task, line)

        for pause_s in FOLLOW_AGAIN_S:
            try:
                return await retry_until_available("follow", lambda: self._runtimes[run.runtime].watch(run.id, report))
            except Exception:
                log.exception("following run %s failed; trying again", run.id)
            await asyncio.sleep(pause_s)
        return RunOutcome(RunState.FAILED, error="following the run failed again and again; the log says why")


async def _nothing(_line: str) -> None:
    """Progress of a run that is being ended."""
