"""What a session's transcript says of one turn: whether it began, whether it goes on, how it ended, what it used.

The run id of a row and the key of the turn's input are the same for a turn that began at once; one that had to wait in
OpenClaw's queue works under a fresh run id, and only its input's row still has the key. So a turn is its input's row
and what follows it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from claw_discord_coord.models import Usage
from claw_discord_coord.openclaw.frames import Shape
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.history import History, Row, input_of, read_back

_ENDS = {"stop", "length", "error"}
"""How a turn's last answer stopped; "toolUse" is what comes before."""

_REPLY_CHARS = 2_000_000
"""The most that `chat.message.get` gives (its parameter `maxChars`)."""


class _Reply(Shape):
    message: Row


@dataclass(frozen=True)
class Turn:
    """One turn of a session as its transcript has it.

    `ids` are the run ids it has worked under. `begun`: its input is in the transcript. `queued`: its input waits in
    OpenClaw for the turn before it; `dropped`: it waited there and never runs by itself any more ("Session tools",
    `pendingInputs`). `active`: it is going on. `busy`: the session works on something else, or is about to.
    `status` is the session's word for how its last turn ended, if that was this one. `stop_reason`, `problem` and
    `reply_id` are of its last answer.
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

    @property
    def broken_off(self) -> bool:
        """Whether it failed before the model was asked because the Gateway was taking over a new setting or plugin."""
        return self.status == "failed" and self.reply_id is None and "was superseded" in (self.problem or "")

    @property
    def finished(self) -> bool:
        """Whether the model has answered to the end."""
        return not self.active and (self.status == "done" or self.stop_reason in {"stop", "length"})


async def read_turn(gateway: Gateway, session: str, turns: Sequence[str]) -> Turn:
    """The last of these turns of the session; `usage` is that of all of them.

    Raises as `read_back` does.
    """
    turn = _turn(await _since(gateway, session, turns[0]), turns)
    if turn.status is not None and turn.stop_reason in {None, "toolUse"}:
        # the Gateway reads the rows before it reads the status, so the last ones may have come in between
        turn = _turn(await _since(gateway, session, turns[0]), turns)
    return turn


async def _since(gateway: Gateway, session: str, turn: str) -> History:
    return await read_back(gateway, session, lambda rows: any(row.begins(turn) for row in rows))


def _turn(history: History, turns: Sequence[str]) -> Turn:
    current, rows = turns[-1], history.messages
    info, pending = history.session_info, history.pending_inputs.items
    inputs = {row.idempotency_key for row in rows}
    begun = input_of(current) in inputs
    is_last = begun and not _superseded(rows, turns)
    ids = {current} | _fresh_ids(rows, turns[0], since=current)
    if is_last and not any(row.stop_reason in _ENDS for row in _answers(rows, ids)):
        ids |= {run_id for run_id in info.active_run_ids or () if input_of(run_id) not in inputs}
    mine = _answers(rows, ids)
    last = mine[-1] if mine else None
    notes = [row.text for row in rows if row.role == "custom" and row.mark.run_id in ids]
    queued = any(item.run_id == current and item.state == "queued" for item in pending)
    active = is_last and info.has_active_run and info.last_run_id not in ids
    return Turn(
        ids=frozenset(ids),
        begun=begun,
        queued=queued,
        dropped=any(item.run_id == current and item.state != "queued" for item in pending),
        active=active,
        busy=not active and not queued and (info.has_active_run or any(item.state == "queued" for item in pending)),
        status=info.status if info.last_run_id in ids else None,
        stop_reason=last.stop_reason if last else None,
        problem=(last.error_message or last.text) if last else (notes[-1] if notes else None),
        reply_id=last.mark.id if last else None,
        usage=_usage([row for row in rows if row.mark.run_id in {*turns, *_fresh_ids(rows, turns[0], since=turns[0])}]),
    )


def _answers(rows: Sequence[Row], ids: Collection[str]) -> list[Row]:
    return [row for row in rows if row.role == "assistant" and row.mark.run_id in ids]


def _fresh_ids(rows: Sequence[Row], run_id: str, *, since: str) -> set[str]:
    """The ids that OpenClaw made up for turns of the run, from the turn `since` on: those of the rows that follow the
    run's inputs, up to anybody else's.
    """
    inputs = {row.idempotency_key for row in rows}
    fresh: set[str] = set()
    reached = ours = False
    for row in rows:
        if row.role == "user":
            turn = row.idempotency_key.removesuffix(":user")
            reached = reached or turn == since
            ours = reached and belongs(turn, run_id)
        elif ours and row.mark.run_id and input_of(row.mark.run_id) not in inputs:
            fresh.add(row.mark.run_id)
    return fresh


async def read_reply(gateway: Gateway, session: str, message_id: str) -> str:
    """The whole text of that answer. Raises as `read_back` does."""
    answer = await gateway.call(
        "chat.message.get", {"sessionKey": session, "messageId": message_id, "maxChars": _REPLY_CHARS}
    )
    return _Reply.of(answer, "chat.message.get").message.text


def belongs(turn: str, run_id: str) -> bool:
    """Whether that is a turn of the run, or something a person said to it."""
    return turn == run_id or turn.startswith(f"{run_id}~")


def _superseded(rows: Sequence[Row], turns: Sequence[str]) -> bool:
    """Whether another turn began after these: then what is active in the session is not ours."""
    ours = False
    for row in rows:
        if row.role != "user" or not row.idempotency_key:
            continue
        if belongs(row.idempotency_key.removesuffix(":user"), turns[0]):
            ours = True
        elif ours:
            return True
    return False


def _usage(rows: Sequence[Row]) -> Usage | None:
    used = [row.usage for row in rows if row.usage is not None]
    if not used:
        return None
    return Usage(
        input_tokens=sum(one.input + one.cache_read + one.cache_write for one in used),
        output_tokens=sum(one.output for one in used),
        cost_usd=sum(one.cost.total for one in used),
    )
