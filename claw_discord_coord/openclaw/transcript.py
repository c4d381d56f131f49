"""Reads one turn of an OpenClaw session from the session's transcript: begun, going on, how it ended, usage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from claw_discord_coord.models import Usage
from claw_discord_coord.openclaw.frames import Shape
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.history import History, Row, input_of, read_back

_FINAL_STOP_REASONS = {"stop", "length", "error"}
"""The stop reasons of a turn's last reply; `toolUse` is the stop reason of every reply before."""

_REPLY_CHARS = 2_000_000
"""The most characters that `chat.message.get` returns (its parameter `maxChars`)."""


class _Reply(Shape):
    message: Row


@dataclass(frozen=True)
class Turn:
    """One turn of a session, as the transcript shows the turn.

    Attributes:
        ids: The run ids under which the turn has worked.
        begun: The turn's input is in the transcript.
        queued: The input waits in OpenClaw for the turn before.
        dropped: The input waited in OpenClaw and never runs by itself ("Session tools", `pendingInputs`).
        active: The turn is going on.
        busy: The session works on another turn, or is about to.
        status: The session's word for the end of the session's last turn, if that turn is this turn.
        stop_reason: The stop reason of the turn's last reply.
        problem: The error of the last reply, or the text of the last note when there is no reply.
        reply_id: The id of the last reply.
        usage: The usage of all turns that were asked for.
        inputs: The turns of which the transcript shows the input, also turns of other runs.
        own_runs: The run ids that have worked or work in the session.
    """

    ids: frozenset[str] = frozenset()
    begun: bool = False
    queued: bool = False
    dropped: bool = False
    active: bool = False
    busy: bool = False
    status: str | None = None
    stop_reason: str | None = None
    problem: str | None = None
    reply_id: str | None = None
    usage: Usage | None = None
    inputs: frozenset[str] = frozenset()
    own_runs: frozenset[str] = frozenset()

    @property
    def broken_off(self) -> bool:
        """Return whether the turn failed before the model was called, while the Gateway applied a new setting."""
        return self.status == "failed" and self.reply_id is None and "was superseded" in (self.problem or "")

    @property
    def finished(self) -> bool:
        """Return whether the model's last reply is complete."""
        return not self.active and (self.status == "done" or self.stop_reason in {"stop", "length"})


async def read_turn(gateway: Gateway, session: str, turns: Sequence[str]) -> Turn:
    """Read the last of these turns of the session; `usage` adds up all of them.

    Raises:
        CoordError: As `read_back` raises.
    """
    turn = TurnReader(await _since(gateway, session, turns[0]), turns).turn()
    if turn.status is not None and turn.stop_reason in {None, "toolUse"}:
        # The Gateway reads the rows before the status, so the last rows may have been written in between.
        turn = TurnReader(await _since(gateway, session, turns[0]), turns).turn()
    return turn


async def read_reply(gateway: Gateway, session: str, message_id: str) -> str:
    """Return the whole text of a reply.

    Raises:
        CoordError: As `read_back` raises.
    """
    response = await gateway.call(
        "chat.message.get", {"sessionKey": session, "messageId": message_id, "maxChars": _REPLY_CHARS}
    )
    return _Reply.of(response, "chat.message.get").message.text


def belongs(turn: str, run_id: str) -> bool:
    """Return whether the turn is one of the run's, or a message that a person sent to the run."""
    return turn == run_id or turn.startswith(f"{run_id}~")


async def _since(gateway: Gateway, session: str, turn: str) -> History:
    return await read_back(gateway, session, lambda rows: any(row.begins(turn) for row in rows))


class TurnReader:
    """Answers questions about the last of a run's turns from one reading of the transcript.

    A turn that begins at once works under its own name as run id. A turn that waited in OpenClaw's queue works under a
    fresh run id, and only the row of the turn's input has the name (measured with OpenClaw 2026.9.6). So the rows of a
    turn are the row of the input and the rows that follow, up to the input of another turn.
    """

    def __init__(self, history: History, turns: Sequence[str]) -> None:
        self._rows = history.messages
        self._session = history.session_info
        self._pending = history.pending_inputs.items
        self._turns = turns
        self._run_id = turns[0]
        self._current = turns[-1]
        self._inputs = {row.idempotency_key for row in self._rows}

    def turn(self) -> Turn:
        """Return all results in one value."""
        last = self.last_reply
        return Turn(
            ids=self.ids,
            begun=self.begun,
            queued=self.queued,
            dropped=self.dropped,
            active=self.active,
            busy=self.busy,
            status=self.status,
            stop_reason=last.stop_reason if last else None,
            problem=self.problem,
            reply_id=last.mark.id if last else None,
            usage=self.usage,
            inputs=frozenset(_turn_of(row) for row in self._rows if row.role == "user"),
            own_runs=self._own_runs,
        )

    @property
    def begun(self) -> bool:
        """Whether the transcript has the turn's input."""
        return input_of(self._current) in self._inputs

    @property
    def queued(self) -> bool:
        """Whether OpenClaw keeps the input for later."""
        return any(item.run_id == self._current and item.state == "queued" for item in self._pending)

    @property
    def dropped(self) -> bool:
        """Whether OpenClaw keeps the input and never runs the input by itself."""
        return any(item.run_id == self._current and item.state != "queued" for item in self._pending)

    @property
    def active(self) -> bool:
        """Whether the session works on this turn now."""
        # The session names the last run that ended. When that is this turn, the active run is another one.
        return self._is_last and self._session.has_active_run and self._session.last_run_id not in self.ids

    @property
    def busy(self) -> bool:
        """Whether the session works on another turn, or has another input in the queue."""
        if self.active or self.queued:
            return False
        return self._session.has_active_run or any(item.state == "queued" for item in self._pending)

    @property
    def status(self) -> str | None:
        """The session's status, when the status is about this turn."""
        return self._session.status if self._session.last_run_id in self.ids else None

    @property
    def problem(self) -> str | None:
        """The error or text of the last reply; without a reply, the last note that OpenClaw wrote for the turn."""
        last = self.last_reply
        if last is not None:
            return last.error_message or last.text
        # OpenClaw writes rows of role `custom` for a turn that ended before the model replied.
        notes = [row.text for row in self._rows if row.role == "custom" and row.mark.run_id in self.ids]
        return notes[-1] if notes else None

    @property
    def usage(self) -> Usage | None:
        """The usage of all turns of the run; None when no reply reports any."""
        ids = {*self._turns, *self._fresh_ids(since=self._run_id)}
        used = [row.usage for row in self._rows if row.mark.run_id in ids and row.usage is not None]
        if not used:
            return None
        return Usage(
            input_tokens=sum(each.input + each.cache_read + each.cache_write for each in used),
            output_tokens=sum(each.output for each in used),
            cost_usd=sum(each.cost.total for each in used),
        )

    @cached_property
    def ids(self) -> frozenset[str]:
        """The run ids of the turn: the turn's name and the ids that OpenClaw made up for the turn."""
        ids = {self._current} | self._fresh_ids(since=self._current)
        if self._is_last and not any(row.stop_reason in _FINAL_STOP_REASONS for row in self._replies(ids)):
            # A turn under a fresh id has no row yet, until the model replies: only the session names the id.
            active = self._session.active_run_ids or ()
            ids |= {run_id for run_id in active if input_of(run_id) not in self._inputs}
        return frozenset(ids)

    @cached_property
    def last_reply(self) -> Row | None:
        """The model's last reply in the turn."""
        replies = self._replies(self.ids)
        return replies[-1] if replies else None

    @cached_property
    def _is_last(self) -> bool:
        """Whether the turn has begun and no other turn began later; then the session's active run is this turn."""
        if not self.begun:
            return False
        reached = False
        for row in self._rows:
            if row.role != "user" or not row.idempotency_key:
                continue
            if belongs(_turn_of(row), self._run_id):
                reached = True
            elif reached:
                return False
        return True

    @property
    def _own_runs(self) -> frozenset[str]:
        session = self._session
        replied = {row.mark.run_id for row in self._rows if row.role == "assistant"}
        return frozenset({*replied, *(session.active_run_ids or ()), session.last_run_id or ""} - {""})

    def _replies(self, ids: Collection[str]) -> list[Row]:
        return [row for row in self._rows if row.role == "assistant" and row.mark.run_id in ids]

    def _fresh_ids(self, *, since: str) -> set[str]:
        """Return the run ids that OpenClaw made up for turns of the run, from the turn `since` on.

        The rows that follow an input of the run, up to an input of anybody else, name these ids.
        """
        fresh: set[str] = set()
        reached = ours = False
        for row in self._rows:
            if row.role == "user":
                reached = reached or _turn_of(row) == since
                ours = reached and belongs(_turn_of(row), self._run_id)
            elif ours and row.mark.run_id and input_of(row.mark.run_id) not in self._inputs:
                fresh.add(row.mark.run_id)
        return fresh


def _turn_of(row: Row) -> str:
    return row.idempotency_key.removesuffix(":user")
