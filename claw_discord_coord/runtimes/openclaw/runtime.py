"""The `openclaw` runtime."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from claw_discord_coord.config.runtimes import OpenClawRuntimeConfig
from claw_discord_coord.errors import OpenClawUnavailable, RunFailed
from claw_discord_coord.models import Kind, RunOutcome, RunState
from claw_discord_coord.openclaw import task_instructions
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.ports import Report, RunOrder
from claw_discord_coord.runtimes.context import RuntimeContext
from claw_discord_coord.runtimes.openclaw.corrections import Corrections
from claw_discord_coord.runtimes.openclaw.inputs import TurnInputs
from claw_discord_coord.runtimes.openclaw.messages import OpenClawMessages
from claw_discord_coord.runtimes.openclaw.progress import report_until_due
from claw_discord_coord.runtimes.openclaw.sessions import OpenClawSessions, key_of
from claw_discord_coord.runtimes.openclaw.turns import Turns
from claw_discord_coord.text.excerpts import one_line_of

LOOK_EVERY_S = 30.0
"""How often the transcript is read without an event that says to: events may be missed."""

WAIT_LOOK_EVERY_S = 2.0
"""How often the transcript is read while a run waits for its session, or a message for the agent: no event reliably
reports a free session or a message that was read."""

MESSAGE_CHARS = 100
"""The length of the beginning of a message that the report of its reading quotes."""

STOP_LOOK_EVERY_S = 1.0
START_LIMIT_S = 10.0
STOP_LIMIT_S = 30.0

log = logging.getLogger(__name__)


class OpenClawRuntime:
    """Carries out runs in the sessions of OpenClaw. May be built anew after a restart of either side.

    Raises:
        RunFailed: The context has no Gateway.
    """

    Settings: ClassVar[type[OpenClawRuntimeConfig]] = OpenClawRuntimeConfig
    # OpenClaw is a service of its own: turns go on while the coordinator is away.
    ends_with_us = False

    def __init__(self, context: RuntimeContext, *, look_every_s: float = LOOK_EVERY_S) -> None:
        if context.gateway is None:
            raise RunFailed(
                "The agent works in OpenClaw, and skill.yaml does not say where OpenClaw is.",
                fix="Add `openclaw: {}` at the top of skill.yaml, and start the coordinator again.",
            )
        self._gateway = context.gateway
        self._clock = context.clock
        self._look_every_s = look_every_s
        # OpenClaw forgets its runs when it restarts (idempotency keys and agent.wait are kept in memory).
        self._records = RunRecords(context.state_folder / "openclaw-runs")
        # Programs that a session starts are processes of OpenClaw's Gateway, which knows no session of a process.
        self.processes = None
        self.sessions = OpenClawSessions(self._gateway, self._records)
        inputs = TurnInputs(self._gateway, self._records, self.sessions, self._clock)
        self._corrections = Corrections(self._records, inputs)
        self._turns = Turns(self._gateway, self._records, inputs, self._corrections, self._clock)
        self.messages = OpenClawMessages(self._records, self._turns, self._corrections)

    async def start(self, order: RunOrder) -> None:
        """Give OpenClaw the run, unless OpenClaw has the run. While OpenClaw cannot be reached, `watch` does so later.

        Raises:
            RunFailed: OpenClaw does not have the agent, or refuses the session.
        """
        record = self._records.get(order.run_id) or self._records.put(self._record(order))
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await self._turns.advance(record)
        except (OpenClawUnavailable, TimeoutError) as error:
            log.warning("run %s waits for OpenClaw: %s", order.run_id, error or "no response yet")

    async def watch(self, run_id: str, report: Report) -> RunOutcome:
        """Wait until the run has ended, and report its progress."""
        record = self._records.get(run_id)
        if record is None:
            return RunOutcome(RunState.LOST, error="This machine has no record of the run.")
        waited = False
        with self._gateway.listening(lambda event: self._turns.concerns(event, run_id)) as events:
            while (outcome := await self._turns.outcome(run_id)) is None:
                await self._report_read(run_id, report)
                record = self._records.get(run_id) or record
                waits = self._turns.waits(record)
                if waits and not waited:
                    # An intern's session is its own: only OpenClaw's limit of turns at a time makes it wait.
                    await report(
                        "waits until "
                        + ("OpenClaw has a free slot" if record.intern else "the agent's session is free")
                    )
                waited = waits
                soon = waits or record.corrections
                await report_until_due(events, report, WAIT_LOOK_EVERY_S if soon else self._look_every_s)
        await self._report_read(run_id, report)
        self._mark_ended(run_id)
        turn = self._turns.last_read(run_id)
        return replace(outcome, usage=turn.usage if turn else None)

    async def stop(self, run_id: str) -> None:
        """End the run, and wait until OpenClaw no longer works on the run.

        Raises:
            OpenClawUnavailable: OpenClaw cannot be reached; `watch` ends the run as soon as it can be.
        """
        record = self._records.get(run_id)
        if record is None:
            return
        record = self._records.put(record.model_copy(update={"stopping": True}))
        try:
            with self._gateway.listening(lambda event: self._turns.concerns(event, run_id)) as events:
                async with asyncio.timeout(STOP_LIMIT_S):
                    while await self._turns.advance(record) is None:
                        await report_until_due(events, _ignore, STOP_LOOK_EVERY_S)
        except TimeoutError:
            raise OpenClawUnavailable(f"OpenClaw has not ended the run {run_id} within {STOP_LIMIT_S:g} s.") from None

    async def forget(self, run_id: str) -> None:
        """Delete the run's record, and the session of an intern unless the transcript is to be kept."""
        record = self._records.get(run_id)
        if record is None:
            return
        await self.sessions.delete(record)
        # Last, so that a session that could not be deleted now is deleted by the next call.
        self._records.drop(run_id)
        self._turns.forget(run_id)

    async def _report_read(self, run_id: str, report: Report) -> None:
        for text in self._corrections.take_read(run_id):
            await report(f"has read the message: {one_line_of(text, MESSAGE_CHARS)}")

    def _mark_ended(self, run_id: str) -> None:
        record = self._records.get(run_id)
        if record is not None:
            self._records.put(record.model_copy(update={"ended": True}))

    def _record(self, order: RunOrder) -> RunRecord:
        settings = order.settings(OpenClawRuntimeConfig)
        brief, intern = order.brief, order.brief["kind"] == Kind.INTERN.value
        message = task_instructions.message(brief, purpose=order.agent.purpose)
        # A specialist has two sessions: what it learned in private tasks must not come into the thread of an open one.
        specialist = f"{brief['agent']}--private" if brief.get("private") else brief["agent"]
        return RunRecord(
            run_id=order.run_id,
            task_id=brief["task_id"],
            session=key_of(settings.agent_id, brief["task_id"] if intern else specialist),
            agent_id=settings.agent_id,
            title=f"{brief['title']} ({brief['task_id']})" if intern else f"{brief['agent']} (specialist)",
            model=settings.model,
            thinking=settings.thinking,
            intern=intern,
            keep_transcript=settings.keep_transcript,
            deadline_at=self._clock() + timedelta(seconds=order.timeout_s),
            timeout_s=order.timeout_s,
            turns=(order.run_id,),
            messages=(message,),
        )


async def _ignore(_line: str) -> None:
    """Ignore progress: a run that is being stopped has no reader."""
