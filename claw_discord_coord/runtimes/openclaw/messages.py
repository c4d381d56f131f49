"""Messages to runs: added to an input that waits, or sent to the turn that is going on."""

from __future__ import annotations

import logging

from claw_discord_coord.errors import Conflict, CoordError, OpenClawUnavailable
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.runtimes.openclaw.corrections import Corrections
from claw_discord_coord.runtimes.openclaw.inputs import sanitized
from claw_discord_coord.runtimes.openclaw.turns import Turns

log = logging.getLogger(__name__)


class OpenClawMessages:
    """Takes messages to runs. A message is kept until the agent has read the message, before the next step."""

    def __init__(self, records: RunRecords, turns: Turns, corrections: Corrections) -> None:
        self._records = records
        self._turns = turns
        self._corrections = corrections

    async def send_message(self, run_id: str, key: str, text: str) -> None:
        """Take a message to a run, once per `key`. Before the run's turn has begun, the message goes with the task.

        Raises:
            Conflict: The run has ended.
            OpenClawUnavailable: OpenClaw cannot be reached, or has the turn in its own queue.
        """
        record = self._going_on(run_id)
        if await self._turns.advance(record) is not None:
            raise Conflict("The run has ended.")
        # Under the session's lock, so that no input and no other message is given in between.
        async with self._turns.lock(record.session):
            record = self._going_on(run_id)
            if key in record.told or any(entry.key == key for entry in record.corrections):
                return
            if not record.boot:
                message = f"{record.messages[-1]}\n\n{sanitized(text)}"
                self._records.put(record.model_copy(update={"messages": (message,), "told": (*record.told, key)}))
                return
            turn = self._turns.last_read(run_id)
            if turn is not None and turn.queued:
                # A message would steer the turn before this one, which is another run's.
                raise OpenClawUnavailable("The agent has not begun with the task yet.", fix="Try again in a moment.")
            record = self._corrections.add(record, key, sanitized(text))
            # Without an active turn, the message would begin a turn of its own; `watch` sends it to the resumed turn.
            if turn is not None and turn.active:
                await self._send(record, key)

    async def _send(self, record: RunRecord, key: str) -> None:
        try:
            await self._corrections.send(record)
        except OpenClawUnavailable as error:
            log.info("a message to run %s is kept until OpenClaw can be reached: %s", record.run_id, error)
        except CoordError:
            self._corrections.remove(record, key)
            raise

    def _going_on(self, run_id: str) -> RunRecord:
        record = self._records.get(run_id)
        if record is None or record.stopping:
            raise Conflict("The run has ended.")
        return record
