"""A session: what one client has asked for and been sent; it may outlive its connection."""

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..events import Viewer
from ..intents import Intent
from ..json_text import write_json
from ..shapes import Json
from ..world.user import Application, User

if TYPE_CHECKING:
    from .connection import Connection

KEPT_EVENTS = 20_000
"""How many dispatches are kept for a RESUME."""


@dataclass(slots=True)
class Session:
    """One session; `sent` holds the dispatches the client has not confirmed by a heartbeat."""

    user: User
    application: Application | None
    intents: int
    shard: tuple[int, int]
    compress_payloads: bool = False
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque[tuple[int, str]]())
    confirmed: int = 0
    connection: "Connection | None" = None
    left_s: float | None = None
    visible: set[str] = field(default_factory=lambda: set[str]())

    @property
    def viewer(self) -> Viewer:
        """What the session may read: a bot needs MESSAGE_CONTENT, in its application and in its intents."""
        content = not self.user.bot or bool(self.intents & Intent.MESSAGE_CONTENT)
        return Viewer(self.user.id, self.user.bot, content, self.user.application_id)

    def wants(self, intents: int) -> bool:
        """Whether events of these intents were asked for; people get everything."""
        return intents == 0 or not self.user.bot or bool(self.intents & intents)

    def dispatch(self, name: str, text: str) -> None:
        """Send an event whose body is already JSON, and keep it in case of a RESUME."""
        self.sequence += 1
        payload = f'{{"op":0,"t":"{name}","s":{self.sequence},"d":{text}}}'
        self.sent.append((self.sequence, payload))
        if len(self.sent) > KEPT_EVENTS:
            self.confirmed = self.sent.popleft()[0]
        if self.connection is not None:
            self.connection.send_text(payload)

    def dispatch_json(self, name: str, body: Json) -> None:
        """Send an event."""
        self.dispatch(name, write_json(body))

    def confirm(self, sequence: int) -> None:
        """Forget what the client says it has."""
        self.confirmed = max(self.confirmed, sequence)
        while self.sent and self.sent[0][0] <= sequence:
            self.sent.popleft()

    def can_resume_from(self, sequence: int) -> bool:
        """Whether everything after `sequence` is still there."""
        return self.confirmed <= sequence <= self.sequence

    def resume(self, connection: "Connection", sequence: int) -> None:
        """Go on over a new connection: everything after `sequence` again, in order, then RESUMED."""
        self.connection = connection
        self.left_s = None
        for number, payload in list(self.sent):
            if number > sequence:
                connection.send_text(payload)
        self.dispatch_json("RESUMED", {"_trace": ["localcord"]})
