"""Messages to runs: added to an input that waits, or sent to the turn that is going on."""

from __future__ import annotations

from claw_discord_coord.errors import Conflict, OpenClawUnavailable
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.runtimes.openclaw.inputs import TurnInputs, sanitized
from claw_discord_coord.runtimes.openclaw.turns import Turns


class OpenClawMessages:
    """Sends messages to runs; the agent reads a message before its next step."""

    def __init__(self, records: RunRecords, turns: Turns, inputs: TurnInputs) -> None:
        self._records = records
        self._turns = turns
        self._inputs = inputs

    async def send_message(self, run_id: str, key: str, text: str) -> None:
        """Send a message to a run, once per `key`. Before the run's turn has begun, the message goes with the task.

        Raises:
            Conflict: The run has ended.
            OpenClawUnavailable: OpenClaw cannot be reached, or has the turn in its own queue.
        """
        record = self._going_on(run_id)
        if await self._turns.advance(record) is not None:
            raise Conflict("The run has ended.")
        if await self._add_to_input(record, key, text):
            return
        turn = self._turns.last_read(run_id)
        if turn is not None and turn.queued:
            # A message would steer the turn before this one, which is another run's.
            raise OpenClawUnavailable("The agent has not begun with the task yet.", fix="Try again in a moment.")
        await self._inputs.steer(record, key, text)

    async def _add_to_input(self, record: RunRecord, key: str, text: str) -> bool:
        """Add a message to the input of a run that OpenClaw was not given yet.

        Returns:
            Whether the input has the message. False when OpenClaw was given the run without the message.
        """
        # Under the session's lock, so that the input is not given while the message is added.
        async with self._turns.lock(record.session):
            record = self._going_on(record.run_id)
            if key in record.told:
                return True
            if record.boot:
                return False
            message = f"{record.messages[-1]}\n\n{sanitized(text)}"
            self._records.put(record.model_copy(update={"messages": (message,), "told": (*record.told, key)}))
            return True

    def _going_on(self, run_id: str) -> RunRecord:
        record = self._records.get(run_id)
        if record is None or record.stopping:
            raise Conflict("The run has ended.")
        return record
