"""Runs in OpenClaw: each a turn of a session that is started so that people can steer it.

The session's transcript decides what became of a run; events only say when to look. A turn that the Gateway broke off
is taken up again under its own id, which OpenClaw continues without repeating the input; a turn that ended is never
sent again, since OpenClaw would carry it out once more after a restart. An input is not left to OpenClaw's queue, which
does not outlive a restart and works under run ids that nobody knows beforehand: while its session works on something
else, it waits here.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from claw_discord_coord.config.runtimes import OpenClawRuntimeConfig
from claw_discord_coord.errors import (
    Conflict,
    CoordError,
    NotAuthorized,
    OpenClawMismatch,
    OpenClawRefused,
    OpenClawUnavailable,
    RunFailed,
)
from claw_discord_coord.models import Kind, Result, RunState
from claw_discord_coord.openclaw import progress_text, task_instructions
from claw_discord_coord.openclaw.connection import ADMIN
from claw_discord_coord.openclaw.frames import Event
from claw_discord_coord.openclaw.gateway import Back, Listener, briefly
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.openclaw.transcript import Turn, belongs, read_reply, read_turn
from claw_discord_coord.ports import Report, RunOrder, RunOutcome
from claw_discord_coord.runtimes.context import RuntimeContext

LOOK_EVERY_S = 30.0
"""How often the transcript is looked at when no event says to: events may be missed."""

WAIT_LOOK_EVERY_S = 2.0
"""How often it is looked whether a session has become free, which no event says for sure."""

GRACE_S = 60.0
"""How long after its deadline a run is ended that OpenClaw, which keeps the time, has not ended; after as long again it
is given up."""

RESUMES = 3
"""How often a turn is taken up again; a Gateway that breaks the same turn off more often does so because of it."""

WRITING_EVERY_S = 3.0
"""How often the text that is being written is reported."""

START_LIMIT_S = 10.0
STOP_LIMIT_S = 30.0
STOP_LOOK_EVERY_S = 1.0
CATEGORY = "Delegated"
"""The group under which OpenClaw's control page lists the sessions."""

SUBAGENT = ":subagent:"
"""By this in its key a session is known as one that another session has opened ("Sub-agents", "Depth levels")."""

LINEAGE_LIMIT = 10
"""How many sessions may have opened one another; OpenClaw's own limit is 5."""

OUR_SESSIONS = f"{SUBAGENT}claw-"
"""By this in its key a session is known as one that was opened for our tasks."""

log = logging.getLogger(__name__)


class OpenClawRuntime:
    """Carries out runs in the sessions of OpenClaw; safe to build anew after a restart of either side."""

    Settings: ClassVar[type[OpenClawRuntimeConfig]] = OpenClawRuntimeConfig
    ends_with_us = False

    def __init__(self, context: RuntimeContext, *, look_every_s: float = LOOK_EVERY_S) -> None:
        if context.gateway is None:
            raise RunFailed(
                "The agent works in OpenClaw, and skill.yaml does not say where OpenClaw is.",
                fix="Add `openclaw: {}` at the top of skill.yaml, and start the coordinator again.",
            )
        self._gateway = context.gateway
        self._ledger = RunRecords(context.state_folder / "openclaw-runs")
        self._now = context.clock
        self._look_every_s = look_every_s
        self._sessions: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._seen: dict[str, Turn] = {}
        """What was last seen of each run's turn."""

    @property
    def messages(self) -> OpenClawRuntime:
        """Every run takes messages."""
        return self

    @property
    def sessions(self) -> OpenClawRuntime:
        """Every run works in a session from which skills are called."""
        return self

    async def start(self, order: RunOrder) -> None:
        """Give the run to OpenClaw unless it has it; when OpenClaw cannot be reached now, `watch` does it later.

        Raises:
            RunFailed: OpenClaw does not have that agent, or refuses the session.
        """
        record = self._ledger.get(order.run_id) or self._ledger.put(self._record(order))
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await self._look(record)
        except (OpenClawUnavailable, TimeoutError) as error:
            log.warning("run %s waits for OpenClaw: %s", order.run_id, error or "no answer yet")

    async def watch(self, run_id: str, report: Report) -> RunOutcome:
        """Wait until the run has ended; after a restart of either side it is taken up where it is."""
        record = self._ledger.get(run_id)
        if record is None:
            return RunOutcome(RunState.LOST, error="Nothing is known of this run on this machine.")
        waited = False
        with self._gateway.listening(lambda event: self._is_about(event, run_id)) as events:
            while True:
                outcome = await self._outcome(run_id)
                if outcome is not None:
                    self._end(run_id)
                    seen = self._seen.get(run_id)
                    return replace(outcome, usage=seen.usage if seen else None)
                waits = self._waits(self._ledger.get(run_id) or record)
                if waits and not waited:
                    await report("waits until the agent's session is free")
                waited = waits
                await self._news(events, report, WAIT_LOOK_EVERY_S if waits else self._look_every_s)

    async def stop(self, run_id: str) -> None:
        """End the run; returns when OpenClaw no longer works on it.

        Raises:
            OpenClawUnavailable: it cannot be reached; `watch` ends the run as soon as it can.
        """
        record = self._ledger.get(run_id)
        if record is None:
            return
        record = self._ledger.put(record.model_copy(update={"stopping": True}))
        try:
            with self._gateway.listening(lambda event: self._is_about(event, run_id)) as events:
                async with asyncio.timeout(STOP_LIMIT_S):
                    while await self._look(record) is None:
                        await self._news(events, _unheard, STOP_LOOK_EVERY_S)
        except TimeoutError:
            raise OpenClawUnavailable(f"OpenClaw has not ended the run {run_id} within {STOP_LIMIT_S:g} s.") from None

    async def forget(self, run_id: str) -> None:
        """Drop the record, and delete the session of an intern unless its transcript is to be kept."""
        record = self._ledger.get(run_id)
        if record is None:
            return
        if record.intern and not record.keep_transcript:
            try:
                async with asyncio.timeout(STOP_LIMIT_S), briefly(self._gateway.access, ADMIN) as connection:
                    await connection.call("sessions.delete", {"key": record.session})
            except (NotAuthorized, OpenClawRefused) as error:
                log.warning("the session %s stays in OpenClaw: %s", record.session, error.sentence())
            except TimeoutError:
                raise OpenClawUnavailable from None
        self._ledger.drop(run_id)
        self._seen.pop(run_id, None)

    async def send_message(self, run_id: str, key: str, text: str) -> None:
        """Say something to the agent while it works; it hears it before its next step. `key` makes saying it twice
        the same as once. Before its turn has begun, it is said with the task.

        Raises:
            Conflict: the run has ended.
            OpenClawUnavailable: OpenClaw cannot be reached, or has the turn in its own queue.
        """
        record = self._going_on(run_id)
        if await self._look(record) is not None:
            raise Conflict("The run has ended.")
        if await self._add(record, key, text):
            return
        if self._seen[run_id].queued:
            raise OpenClawUnavailable("The agent has not begun with this yet.", fix="Say it again in a moment.")
        await self._send(record, f"{run_id}~{key}", _harmless(text), queue_mode="steer")

    async def interrupt(self, run_id: str, key: str, text: str) -> None:
        """Break off what the agent is doing and have it go on with this instead.

        Raises:
            Conflict: the run has ended.
        """
        record, turn = self._going_on(run_id), f"{run_id}~{key}"
        if await self._add(record, key, text):
            return
        if turn not in record.turns:
            turns, messages = (*record.turns, turn), (*record.messages, _harmless(text))
            record = self._ledger.put(record.model_copy(update={"turns": turns, "messages": messages, "resumed": 0}))
        await self._send_turn(record, queue_mode="interrupt")

    async def run_of(self, session_key: str) -> str | None:
        """The run for which that session works, as far as we know: who calls a skill from there acts for it. A
        session that an agent at work has opened itself works for the same run. None when it is none of ours.

        Raises:
            NotAuthorized: the session is ours, and nothing runs in it; or nobody knows whose it is.
            OpenClawUnavailable: OpenClaw cannot be asked who opened it.
        """
        key = session_key.lower()
        for _ in range(LINEAGE_LIMIT):
            run_id = self._run_in(key)
            if run_id is not None or SUBAGENT not in key:
                return run_id
            key = await self._opened_by(key)
        raise NotAuthorized("Nobody knows for whom this session works.")

    def _run_in(self, key: str) -> str | None:
        """The run in a session of our own; the first of several that wait for it."""
        mine = [one for one in self._ledger.all() if one.session == key and not one.ended]
        if mine:
            given = [one for one in mine if one.boot]
            return min(given or mine, key=_given_at).run_id
        if OUR_SESSIONS in key:
            raise NotAuthorized("No task runs in this session now.", fix="Call this from a session of your own.")
        return None

    async def _opened_by(self, key: str) -> str:
        described = await self._gateway.call("sessions.describe", {"key": key})
        session: dict[str, Any] = described.get("session") or {}
        opener = session.get("spawnedBy") or session.get("parentSessionKey")
        if not isinstance(opener, str):
            raise NotAuthorized("Nobody knows for whom this session works.", fix="Call this from the main session.")
        return opener.lower()

    async def _add(self, record: RunRecord, key: str, text: str) -> bool:
        """Put something into the input of a run that OpenClaw has not been given yet; False if it has been, without
        this.
        """
        async with self._alone(record.session):
            record = self._going_on(record.run_id)
            if key in record.told:
                return True
            if record.boot:
                return False
            message = f"{record.messages[-1]}\n\n{_harmless(text)}"
            self._ledger.put(record.model_copy(update={"messages": (message,), "told": (*record.told, key)}))
            return True

    def _alone(self, session: str) -> asyncio.Lock:
        return self._sessions.setdefault(session, asyncio.Lock())

    def _is_behind(self, record: RunRecord) -> bool:
        """Whether another run was given to the session before, and is not known to have ended."""
        return any(
            other.session == record.session
            and other.run_id != record.run_id
            and other.boot
            and (not record.boot or _given_at(other) < _given_at(record))
            and not other.ended
            and not self._late(other, grace_s=2 * GRACE_S)
            for other in self._ledger.all()
        )

    def _is_about(self, event: Event, run_id: str) -> bool:
        """Whether an event is about that run, under any of the ids it works under."""
        seen = self._seen.get(run_id)
        return belongs(event.run_id or "", run_id) or (seen is not None and event.run_id in seen.ids)

    def _waits(self, record: RunRecord) -> bool:
        """Whether the session has to become free before the run's turn can begin or go on."""
        turn = self._seen.get(record.run_id)
        if turn is None or turn.active or record.stopping:
            return False
        return turn.queued or turn.busy or (not turn.begun and self._is_behind(record))

    def _end(self, run_id: str) -> None:
        record = self._ledger.get(run_id)
        if record is not None:
            self._ledger.put(record.model_copy(update={"ended": True}))

    def _record(self, order: RunOrder) -> RunRecord:
        config = order.settings(OpenClawRuntimeConfig)
        brief, intern = order.brief, order.brief["kind"] == Kind.INTERN.value
        name = brief["task_id"] if intern else brief["agent"]
        message = task_instructions.message(brief, purpose=order.agent.purpose)
        return RunRecord(
            run_id=order.run_id,
            task_id=brief["task_id"],
            session=f"agent:{config.agent_id}{OUR_SESSIONS}{name}".lower(),
            agent_id=config.agent_id,
            title=f"{brief['title']} ({brief['task_id']})" if intern else f"{brief['agent']} (specialist)",
            message=message,
            model=config.model,
            thinking=config.thinking,
            intern=intern,
            keep_transcript=config.keep_transcript,
            deadline_at=self._now() + timedelta(seconds=order.timeout_s),
            timeout_s=order.timeout_s,
            turns=(order.run_id,),
            messages=(message,),
        )

    def _going_on(self, run_id: str) -> RunRecord:
        record = self._ledger.get(run_id)
        if record is None or record.stopping:
            raise Conflict("The run has ended.")
        return record

    async def _outcome(self, run_id: str) -> RunOutcome | None:
        """How the run ended, None while it goes on or OpenClaw cannot be asked; always an outcome once its time, which
        begins when OpenClaw is given it, is over.
        """
        record = self._ledger.get(run_id)
        if record is None:
            return RunOutcome(RunState.CANCELED, error="The run was dropped.")
        late = self._late(record)
        try:
            outcome = await self._look(record)
            if outcome is None and self._late(record, grace_s=2 * GRACE_S):
                return RunOutcome(RunState.LOST, error="OpenClaw does not end the run, though its time is over.")
            return outcome
        except (OpenClawUnavailable, OpenClawMismatch, NotAuthorized) as error:
            if not late:
                log.info("run %s cannot be looked at: %s", run_id, error)
                return None
            return RunOutcome(RunState.LOST, error=f"Nobody can tell how the run ended: {error}")
        except CoordError as error:
            return RunOutcome(RunState.FAILED, error=error.sentence())

    def _late(self, record: RunRecord, *, grace_s: float = GRACE_S) -> bool:
        """Whether the time of a run is over; while it waits for OpenClaw or its session, none passes."""
        return bool(record.boot) and self._now() > record.deadline_at + timedelta(seconds=grace_s)

    async def _look(self, record: RunRecord) -> RunOutcome | None:
        """Read the transcript and do what it calls for; None while the run goes on. One look at a time at a session:
        OpenClaw refuses to open a session twice at once.
        """
        async with self._alone(record.session):
            return await self._look_alone(self._ledger.get(record.run_id) or record)

    async def _look_alone(self, record: RunRecord) -> RunOutcome | None:
        if record.stopping and not record.boot:
            return RunOutcome(RunState.CANCELED)
        turn = await read_turn(self._gateway, record.session, record.turns)
        self._seen[record.run_id] = turn
        late = self._late(record)
        if turn.finished:
            text = await read_reply(self._gateway, record.session, turn.reply_id) if turn.reply_id else ""
            return RunOutcome(RunState.COMPLETED, result=Result(text=text))
        if turn.active or turn.queued:
            if record.stopping or late:
                await self._abort(record, turn)
            return None
        if turn.begun:
            ended = _how_it_ended(record, turn)
            if ended is not None:
                return ended
            if not turn.broken_off and record.boot == await self._boot():
                # between two turns of a session there is a moment in which neither is active
                return RunOutcome(RunState.LOST, error="Nobody can tell how the run ended.") if late else None
        if late and not record.stopping:
            return RunOutcome(RunState.LOST, error="OpenClaw has not worked on it in its time.")
        if self._waits(record):
            return None
        return await self._give(record, turn)

    async def _give(self, record: RunRecord, turn: Turn) -> RunOutcome | None:
        """Send the turn's input: for the first time, or again because the Gateway broke the turn off."""
        if record.stopping:
            return RunOutcome(RunState.CANCELED)
        if turn.begun or turn.dropped:
            if record.resumed >= RESUMES:
                return RunOutcome(RunState.LOST, error=f"OpenClaw broke the run off {record.resumed + 1} times.")
            log.warning("run %s was broken off by OpenClaw and is taken up again", record.run_id)
            change: dict[str, Any] = {"resumed": record.resumed + 1}
            if turn.broken_off or turn.dropped:  # OpenClaw remembers what became of it, and would only say so again
                change["turns"] = (*record.turns, f"{record.run_id}~again{record.resumed + 1}")
                change["messages"] = (*record.messages, record.messages[-1])
            record = self._ledger.put(record.model_copy(update=change))
        else:
            await self._open_session(record)
        if not record.boot:
            deadline_at = self._now() + timedelta(seconds=record.timeout_s)
            record = self._ledger.put(record.model_copy(update={"deadline_at": deadline_at}))
        await self._send_turn(record, queue_mode="followup")
        return None

    async def _boot(self) -> str:
        return (await self._gateway.hello()).server.boot_id

    async def _send_turn(self, record: RunRecord, *, queue_mode: str) -> None:
        self._ledger.put(record.model_copy(update={"boot": await self._boot()}))
        await self._send(record, record.turn, record.messages[-1], queue_mode=queue_mode)

    async def _open_session(self, record: RunRecord) -> None:
        wish: dict[str, Any] = {
            "key": record.session,
            "agentId": record.agent_id,
            "displayName": record.title[:200],
            "category": CATEGORY,
        }
        optional = {"model": record.model, "thinkingLevel": record.thinking}
        try:
            await self._gateway.call("sessions.create", wish | {key: value for key, value in optional.items() if value})
        except OpenClawRefused as error:
            raise RunFailed(
                f"{error}.",
                fix=f"Check agent_id, model and thinking in skill.yaml; "
                f"`openclaw agents add {record.agent_id}` makes the agent.",
            ) from error

    async def _send(self, record: RunRecord, turn: str, text: str, *, queue_mode: str) -> None:
        await self._gateway.call(
            "chat.send",
            {
                "sessionKey": record.session,
                "message": text,
                "idempotencyKey": turn,
                "queueMode": queue_mode,
                "timeoutMs": int(record.timeout_s * 1000),
            },
        )

    async def _abort(self, record: RunRecord, turn: Turn) -> None:
        for run_id in {*record.turns, *turn.ids}:
            await self._gateway.call("sessions.abort", {"key": record.session, "runId": run_id})

    async def _news(self, events: Listener, report: Report, limit_s: float) -> None:
        """Pass progress on until something happens that makes it worth looking at the transcript, or enough time has
        passed.
        """
        loop = asyncio.get_running_loop()
        end, told = loop.time() + limit_s, 0.0
        try:
            async with asyncio.timeout_at(end):
                while True:
                    event = await events.next()
                    if isinstance(event, Back) or progress_text.is_end(event):
                        return
                    line = progress_text.line(event)
                    if line is None or (progress_text.is_writing(event) and loop.time() - told < WRITING_EVERY_S):
                        continue
                    told = loop.time() if progress_text.is_writing(event) else told
                    await report(line)
        except TimeoutError:
            return


def _given_at(record: RunRecord) -> datetime:
    """When OpenClaw was given the run, or when it was ordered if it has not been."""
    return record.deadline_at - timedelta(seconds=record.timeout_s)


def _how_it_ended(record: RunRecord, turn: Turn) -> RunOutcome | None:
    """The outcome of a turn that began and is not going on, or None when the Gateway broke it off."""
    if record.stopping:
        return RunOutcome(RunState.CANCELED)
    if turn.broken_off:
        return None
    if turn.status == "timeout":
        return RunOutcome(RunState.FAILED, error=f"It was not done within {record.timeout_s:g} s.")
    if turn.status == "killed":
        return RunOutcome(RunState.CANCELED, error="It was stopped in OpenClaw.")
    if turn.stop_reason == "error" or turn.status == "failed":
        return RunOutcome(RunState.FAILED, error=turn.problem or "OpenClaw reports that the run failed.")
    return None


async def _unheard(line: str) -> None:
    """Take progress that nobody waits for."""


def _harmless(text: str) -> str:
    """The text so that OpenClaw does not take it for a command: those begin with a slash."""
    return f"\u200b{text}" if text.lstrip().startswith("/") else text
