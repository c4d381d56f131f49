"""The messages to runs that are going on, kept until the transcript shows them."""

from __future__ import annotations

import logging

from claw_discord_coord.openclaw.run_records import Correction, RunRecord, RunRecords
from claw_discord_coord.openclaw.transcript import Turn
from claw_discord_coord.runtimes.openclaw.inputs import TurnInputs

log = logging.getLogger(__name__)


class Corrections:
    """Keeps messages in the run's record and sends them; the caller holds the lock of the run's session."""

    def __init__(self, records: RunRecords, inputs: TurnInputs) -> None:
        self._records = records
        self._inputs = inputs
        self._read: dict[str, list[str]] = {}

    def add(self, record: RunRecord, key: str, text: str) -> RunRecord:
        """Keep a message until the transcript shows the message."""
        correction = Correction(key=key, text=text, turns=(f"{record.run_id}~{key}",))
        return self._put(record, (*record.corrections, correction))

    def remove(self, record: RunRecord, key: str) -> None:
        """Drop a message that OpenClaw refused."""
        self._put(record, tuple(entry for entry in record.corrections if entry.key != key))

    async def send(self, record: RunRecord) -> None:
        """Send every message that the present process of the Gateway does not have, to the turn that is going on.

        Raises:
            OpenClawUnavailable: OpenClaw cannot be reached now.
            OpenClawRefused: OpenClaw refuses a message.
        """
        if not record.corrections:
            return
        boot = await self._inputs.boot()
        for at, entry in enumerate(record.corrections):
            if entry.boot == boot:
                continue
            if entry.boot:
                # A Gateway that ends forgets the messages it holds, and keeps their ids as interrupted: such an id
                # never runs again, so the message gets a new one.
                log.warning("run %s has not read a message before OpenClaw's restart; it is sent again", record.run_id)
                turns = (*entry.turns, f"{entry.turns[0]}~again{len(entry.turns)}")
                entry = entry.model_copy(update={"turns": turns, "boot": ""})
                record = self._replace(record, at, entry)
            await self._inputs.steer(record, entry.turns[-1], entry.text)
            # Only now: after a crash of the coordinator, the same id is sent again, which OpenClaw carries out once.
            record = self._replace(record, at, entry.model_copy(update={"boot": boot}))

    def settle(self, record: RunRecord, turn: Turn) -> RunRecord:
        """Drop the messages that the transcript shows, and return the record.

        A message that came too late for the turn runs as a turn of its own, which then is the run's current turn.
        """
        read = [entry for entry in record.corrections if not turn.inputs.isdisjoint(entry.turns)]
        if not read:
            return record
        self._read.setdefault(record.run_id, []).extend(entry.text for entry in read)
        rest = tuple(entry for entry in record.corrections if entry not in read)
        record = self._put(record.model_copy(update={"told": (*record.told, *(entry.key for entry in read))}), rest)
        for entry in read:
            for turn_id in entry.turns:
                if turn_id in turn.inputs & turn.own_runs:
                    record = self._adopt(record, turn_id, entry.text)
        return record

    def become_input(self, record: RunRecord) -> RunRecord:
        """Make the first message that the run ended without reading the run's next input."""
        first, *rest = record.corrections
        record = self._put(record.model_copy(update={"told": (*record.told, first.key)}), tuple(rest))
        return self._adopt(record, first.turns[-1], first.text)

    def take_read(self, run_id: str) -> list[str]:
        """Return the messages that the transcript has shown since the last call."""
        return self._read.pop(run_id, [])

    def _adopt(self, record: RunRecord, turn_id: str, text: str) -> RunRecord:
        change = {"turns": (*record.turns, turn_id), "messages": (*record.messages, text)}
        return self._records.put(record.model_copy(update=change))

    def _replace(self, record: RunRecord, at: int, entry: Correction) -> RunRecord:
        return self._put(record, (*record.corrections[:at], entry, *record.corrections[at + 1 :]))

    def _put(self, record: RunRecord, corrections: tuple[Correction, ...]) -> RunRecord:
        current = self._records.get(record.run_id) or record
        # `stop` marks the record without the lock of the session, so the mark is read again.
        change = {"corrections": corrections, "stopping": current.stopping}
        return self._records.put(record.model_copy(update=change))
