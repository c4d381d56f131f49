"""Reads the turns of runs from the transcripts, and takes the step that the state of a turn calls for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from weakref import WeakValueDictionary

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawMismatch, OpenClawUnavailable
from claw_discord_coord.models import Result, RunOutcome, RunState
from claw_discord_coord.openclaw.frames import Event
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.openclaw.transcript import Turn, belongs, read_reply, read_turn
from claw_discord_coord.runtimes.openclaw.corrections import Corrections
from claw_discord_coord.runtimes.openclaw.inputs import RESUMES, TurnInputs
from claw_discord_coord.runtimes.openclaw.times import is_behind, is_given_up, is_late

log = logging.getLogger(__name__)


class Turns:
    """The turns of this coordinator's runs, as their transcripts show them."""

    def __init__(
        self,
        gateway: Gateway,
        records: RunRecords,
        inputs: TurnInputs,
        corrections: Corrections,
        clock: Callable[[], datetime],
    ) -> None:
        self._gateway = gateway
        self._records = records
        self._inputs = inputs
        self._corrections = corrections
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._last_read: dict[str, Turn] = {}

    def lock(self, session: str) -> asyncio.Lock:
        """Return the lock of a session: OpenClaw refuses to open a session twice at once."""
        return self._locks.setdefault(session, asyncio.Lock())

    def last_read(self, run_id: str) -> Turn | None:
        """Return the run's turn as last read, or None when not read since the coordinator's start."""
        return self._last_read.get(run_id)

    def forget(self, run_id: str) -> None:
        """Drop the run's turn."""
        self._last_read.pop(run_id, None)

    def concerns(self, event: Event, run_id: str) -> bool:
        """Tell whether an event is about the run, under any id that the run works under."""
        turn = self._last_read.get(run_id)
        return belongs(event.run_id or "", run_id) or (turn is not None and event.run_id in turn.ids)

    def waits(self, record: RunRecord) -> bool:
        """Tell whether the session has to become free before the run's turn can begin or go on."""
        turn = self._last_read.get(record.run_id)
        if turn is None or turn.active or record.stopping:
            return False
        if turn.queued or turn.busy:
            return True
        return not turn.begun and is_behind(record, self._records.all(), self._clock())

    async def outcome(self, run_id: str) -> RunOutcome | None:
        """Take the next step of a run. None while the run goes on, or while OpenClaw cannot be asked.

        A run whose time is over always has an outcome.
        """
        record = self._records.get(run_id)
        if record is None:
            return RunOutcome(RunState.CANCELED, error="The run was dropped.")
        try:
            outcome = await self.advance(record)
            if outcome is None and is_given_up(record, self._clock()):
                return RunOutcome(RunState.LOST, error="OpenClaw does not end the run, though the run's time is over.")
            return outcome
        except (OpenClawUnavailable, OpenClawMismatch, NotAuthorized) as error:
            if not is_late(record, self._clock()):
                log.info("run %s cannot be read: %s", run_id, error)
                return None
            return RunOutcome(RunState.LOST, error=f"The outcome of the run is unknown: {error}")
        except CoordError as error:
            return RunOutcome(RunState.FAILED, error=error.sentence())

    async def advance(self, record: RunRecord) -> RunOutcome | None:
        """Read the run's turn, and give, resume or abort the turn. None while the run goes on.

        Raises:
            CoordError: As `outcome` handles.
        """
        async with self.lock(record.session):
            # Read again: the record may have changed while the lock was held by another caller.
            return await self._advance(self._records.get(record.run_id) or record)

    async def _advance(self, record: RunRecord) -> RunOutcome | None:
        if record.stopping and not record.boot:
            return RunOutcome(RunState.CANCELED)
        record, turn = await self._read(record)
        late = is_late(record, self._clock())
        if turn.finished and record.corrections and not record.stopping and not late:
            if turn.busy:
                return None  # OpenClaw still has the message, and is about to run it
            record, turn = await self._read(self._corrections.become_input(record))
        if turn.finished:
            return await self._completed(record, turn)
        if turn.active or turn.queued:
            if record.stopping or late:
                await self._inputs.abort(record, turn)
            elif turn.active:
                await self._corrections.send(record)
            return None
        if turn.begun and not await self._is_broken_off(record, turn):
            return _ending(record, turn, late=late)
        return await self._give(record, turn, late=late)

    async def _read(self, record: RunRecord) -> tuple[RunRecord, Turn]:
        turn = await read_turn(self._gateway, record.session, record.turns)
        settled = self._corrections.settle(record, turn)
        if settled.turns != record.turns:
            turn = await read_turn(self._gateway, settled.session, settled.turns)
        self._last_read[record.run_id] = turn
        return settled, turn

    async def _completed(self, record: RunRecord, turn: Turn) -> RunOutcome:
        text = await read_reply(self._gateway, record.session, turn.reply_id) if turn.reply_id else ""
        return RunOutcome(RunState.COMPLETED, result=Result(text=text))

    async def _is_broken_off(self, record: RunRecord, turn: Turn) -> bool:
        """Tell whether the Gateway broke off a turn that began, so that the turn has to be resumed."""
        if _ending(record, turn, late=False) is not None:
            return False
        # No turn outlives a restart of the Gateway.
        return turn.broken_off or record.boot != await self._inputs.boot()

    async def _give(self, record: RunRecord, turn: Turn, *, late: bool) -> RunOutcome | None:
        """Give OpenClaw a turn that has not begun, or was broken off, when the session is free."""
        if record.stopping:
            return RunOutcome(RunState.CANCELED)
        if late:
            return RunOutcome(RunState.LOST, error="OpenClaw has not worked on the run in the run's time.")
        if self.waits(record):
            return None
        if (turn.begun or turn.dropped) and record.resumed >= RESUMES:
            return RunOutcome(RunState.LOST, error=f"OpenClaw broke the run off {record.resumed + 1} times.")
        await self._inputs.give(record, turn)
        return None


def _ending(record: RunRecord, turn: Turn, *, late: bool) -> RunOutcome | None:
    """Return the outcome of a turn that began and is not active, or None while the outcome is unknown."""
    if record.stopping:
        return RunOutcome(RunState.CANCELED)
    if turn.broken_off:
        return None
    if turn.status == "timeout":
        return RunOutcome(RunState.FAILED, error=f"The run was not done within {record.timeout_s:g} s.")
    if turn.status == "killed":
        return RunOutcome(RunState.CANCELED, error="The run was stopped in OpenClaw.")
    if turn.stop_reason == "error" or turn.status == "failed":
        return RunOutcome(RunState.FAILED, error=turn.problem or "OpenClaw reports that the run failed.")
    # Between two turns of a session there is a moment in which neither is active: only time shows that no turn follows.
    return RunOutcome(RunState.LOST, error="The outcome of the run is unknown.") if late else None
