"""A session's transcript from the Gateway: the response to `chat.history` of OpenClaw 2026.9.6.

The Gateway shortens texts for display. The transcript outlives a restart of the Gateway. Every row names its run, and
the row of an input has the idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import Field

from claw_discord_coord.openclaw.frames import UNLESS_ODD, Shape
from claw_discord_coord.openclaw.gateway import Gateway

_PAGE_ROWS = 200
_ROW_CHARS = 300
"""The requested length of each row's text: enough for an error's sentence. Replies are read separately."""


class _Cost(Shape):
    total: float = 0.0


class RowUsage(Shape):
    """The usage of one reply of the model."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: _Cost = _Cost()


class _Mark(Shape):
    id: str = ""
    run_id: str = ""


class _Part(Shape):
    type: str = ""
    text: str = ""


class _Provenance(Shape):
    source_tool: str = ""


class Row(Shape):
    """One row. `timestamp` is in milliseconds since 1970. The key of an input is the turn's name and ":user"."""

    # The role, the keys, the run and the stop reason decide whether an input is sent again: nothing is guessed there.
    role: str
    content: Annotated[str | tuple[_Part, ...], UNLESS_ODD] = ""
    timestamp: Annotated[float | None, UNLESS_ODD] = None
    stop_reason: str | None = None
    error_message: Annotated[str | None, UNLESS_ODD] = None
    idempotency_key: str = ""
    custom_type: str = ""
    provenance: _Provenance = _Provenance()
    usage: Annotated[RowUsage | None, UNLESS_ODD] = None
    mark: _Mark = Field(default=_Mark(), alias="__openclaw")

    @property
    def text(self) -> str:
        """Return the text of the row."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if part.type == "text")

    def begins(self, turn: str) -> bool:
        """Return whether the row is the input of the turn."""
        return self.idempotency_key == input_of(turn)


def input_of(turn: str) -> str:
    """Return the idempotency key of a turn's input."""
    return f"{turn}:user"


class _Session(Shape):
    status: str | None = None
    last_run_id: str | None = None
    has_active_run: bool = False
    active_run_ids: tuple[str, ...] | None = None


class Pending(Shape):
    """An input that has not begun. Only a "queued" input begins by itself ("Session tools", `pendingInputs`)."""

    run_id: str = ""
    state: str = "queued"


class _PendingPage(Shape):
    items: tuple[Pending, ...] = ()


class History(Shape):
    """The end of a session's transcript, oldest row first, and the session's present state."""

    messages: tuple[Row, ...] = ()
    pending_inputs: _PendingPage = _PendingPage()
    session_info: _Session = _Session()
    has_more: bool = False
    next_offset: int | None = None


async def read_back(gateway: Gateway, session: str, reached: Callable[[Sequence[Row]], bool]) -> History:
    """Return the transcript from the page whose rows satisfy `reached`.

    Raises:
        CoordError: As `Gateway.call`; OpenClawMismatch also for a transcript of an unknown form.
    """
    rows: list[Row] = []
    newest: History | None = None
    offset = 0
    while True:
        asked = {"sessionKey": session, "limit": _PAGE_ROWS, "maxChars": _ROW_CHARS}
        answer = await gateway.call("chat.history", {**asked, "offset": offset} if offset else asked)
        page = History.of(answer, "chat.history")
        newest = newest or page
        # The first page is the newest, and the session's state belongs to the newest rows.
        rows[:0] = page.messages
        if reached(page.messages) or not page.has_more or not page.messages:
            return newest.model_copy(update={"messages": tuple(rows)})
        offset = page.next_offset or offset + len(page.messages)
