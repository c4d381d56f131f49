"""The inputs of turns: sent to a session, sent again after a turn was broken off, and aborted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.openclaw.transcript import Turn
from claw_discord_coord.runtimes.openclaw.sessions import OpenClawSessions

RESUMES = 3
"""How often a turn is resumed. A Gateway that breaks the same turn off more often does so because of that turn."""

log = logging.getLogger(__name__)


class TurnInputs:
    """Sends the inputs of runs to OpenClaw; the caller holds the lock of the run's session."""

    def __init__(
        self, gateway: Gateway, records: RunRecords, sessions: OpenClawSessions, clock: Callable[[], datetime]
    ) -> None:
        self._gateway = gateway
        self._records = records
        self._sessions = sessions
        self._clock = clock

    async def give(self, record: RunRecord, turn: Turn) -> None:
        """Send the run's input: for the first time, or again when `turn` was broken off.

        Raises:
            RunFailed: OpenClaw refuses to open the session.
            OpenClawUnavailable: OpenClaw cannot be reached now.
        """
        if turn.begun or turn.dropped:
            record = self._resumed(record, turn)
        else:
            await self._sessions.open(record)
        if not record.boot:
            deadline_at = self._clock() + timedelta(seconds=record.timeout_s)
            record = self._records.put(record.model_copy(update={"deadline_at": deadline_at}))
        boot = await self.boot()
        # Recorded before the input is sent: after a crash in between, the transcript tells whether the input arrived.
        record = self._records.put(record.model_copy(update={"boot": boot}))
        await self._send(record, record.turn, record.messages[-1], queue_mode="followup")

    async def steer(self, record: RunRecord, turn_id: str, text: str) -> None:
        """Send a message to the turn that is going on; the agent reads the message before the next step.

        Raises:
            OpenClawUnavailable: OpenClaw cannot be reached now.
        """
        await self._send(record, turn_id, text, queue_mode="steer")

    async def abort(self, record: RunRecord, turn: Turn) -> None:
        """Ask OpenClaw to end the run, under every id that the run works under."""
        for run_id in {*record.turns, *turn.ids}:
            await self._gateway.call("sessions.abort", {"key": record.session, "runId": run_id})

    async def boot(self) -> str:
        """Return the id of the Gateway's present start; every restart has another."""
        return (await self._gateway.hello()).server.boot_id

    def _resumed(self, record: RunRecord, turn: Turn) -> RunRecord:
        log.warning("run %s was broken off by OpenClaw and is resumed", record.run_id)
        change: dict[str, Any] = {"resumed": record.resumed + 1}
        if turn.broken_off or turn.dropped:
            # OpenClaw remembers the outcome of this id and would only repeat it, so the input gets a new id.
            change["turns"] = (*record.turns, f"{record.run_id}~again{record.resumed + 1}")
            change["messages"] = (*record.messages, record.messages[-1])
        # Otherwise the id stays: OpenClaw then goes on with the turn and does not repeat the input.
        return self._records.put(record.model_copy(update=change))

    async def _send(
        self, record: RunRecord, turn_id: str, text: str, *, queue_mode: Literal["followup", "steer"]
    ) -> None:
        # chat.send and not `agent`: only runs that were started by chat.send can be steered (tried, OpenClaw 2026.9.6).
        await self._gateway.call(
            "chat.send",
            {
                "sessionKey": record.session,
                "message": text,
                "idempotencyKey": turn_id,
                "queueMode": queue_mode,
                "timeoutMs": int(record.timeout_s * 1000),
            },
        )


def sanitized(text: str) -> str:
    """Return the text so that OpenClaw does not take the text for a command: commands begin with a slash."""
    return f"\u200b{text}" if text.lstrip().startswith("/") else text
