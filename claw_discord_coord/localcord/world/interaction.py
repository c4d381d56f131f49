"""Interactions: someone used a command, clicked, chose, or submitted a modal."""

import secrets
from dataclasses import dataclass, field
from enum import IntEnum

from ..shapes import Json

ANSWER_WITHIN_S = 3.0
"""Time for the first answer. Source: Discord documentation, interactions/receiving-and-responding."""

TOKEN_VALID_S = 15 * 60.0
"""How long follow-ups and edits are accepted. Same source."""


KEPT_S = 86_400.0
"""How long an interaction, and what only its person can see, is remembered. Discord gives no number."""


class InteractionType(IntEnum):
    """Kinds of interactions. Same source."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


@dataclass(slots=True)
class Interaction:
    """One use; `answered` is the type of the callback that was accepted, None before it.

    `original_id` is the message `@original` stands for. `hidden` are the messages that only
    the person sees. `deferred` is true between a deferred answer (callback 5) and
    the message that takes its place.
    """

    id: str
    application_id: str
    type: int
    token: str
    user_id: str
    guild_id: str | None
    channel_id: str
    created_s: float
    data: Json = field(default_factory=dict)
    message_id: str | None = None
    nonce: str | None = None
    session_id: str | None = None
    command_name: str | None = None
    command_type: int = 1
    answered: int | None = None
    original_id: str | None = None
    deferred: bool = False
    failed: bool = False
    modal: Json | None = None
    opened_by: str | None = None
    hidden: list[str] = field(default_factory=lambda: list[str]())

    @property
    def key(self) -> str:
        """What the interaction is stored under."""
        return self.id


def make_interaction_token() -> str:
    """A token in the manner of Discord's: opaque, long, safe in a path."""
    return secrets.token_urlsafe(120)
