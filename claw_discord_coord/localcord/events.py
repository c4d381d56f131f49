"""Events on their way to gateway sessions."""

from collections.abc import Callable
from dataclasses import dataclass

from .shapes import Json


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at something, and whether message content is shown to them."""

    user_id: str
    bot: bool = False
    sees_content: bool = True
    application_id: str | None = None


Body = Json | Callable[[Viewer], Json | None]
"""What an event says: the same to all, or depending on the viewer (None: nothing for this one)."""


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatch to be sent to whoever may have it.

    A bot's session gets it if it asked for any of `intents` (0: always). With `channel_id`, only those who may view
    that channel; with `guild_id`, only its members; with `only`, only these users; with `session_id`, only that
    session if it exists, else all of `only`.
    """

    name: str
    body: Body
    intents: int = 0
    guild_id: str | None = None
    channel_id: str | None = None
    only: frozenset[str] | None = None
    session_id: str | None = None
