"""Users (bots and people) and the applications behind bots."""

import base64
import secrets
from dataclasses import dataclass, field

from ..shapes import Json


@dataclass(slots=True)
class User:
    """An account: a bot or a person. Source of the shape: Discord documentation, resources/user."""

    id: str
    username: str
    token: str
    bot: bool = False
    global_name: str | None = None
    avatar: str | None = None
    banner: str | None = None
    application_id: str | None = None

    @property
    def key(self) -> str:
        """What the user is stored under."""
        return self.id


@dataclass(slots=True)
class Application:
    """The application a bot belongs to. Source: Discord documentation, resources/application.

    `privileged` holds the privileged intents that are switched on in what would be the developer portal: any of
    `presences`, `members`, `message_content`. `command_creates` are the moments (ms) of command creations by guild id
    (`""` for global), kept for the daily limit.
    """

    id: str
    name: str
    bot_id: str
    owner_id: str
    verify_key: str
    description: str = ""
    icon: str | None = None
    privileged: list[str] = field(default_factory=lambda: ["presences", "members", "message_content"])
    command_creates: dict[str, list[int]] = field(default_factory=dict)
    settings: Json = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the application is stored under."""
        return self.id


def make_token(user_id: str) -> str:
    """A token of Discord's shape: the base64 of the user id, a dot, six characters, a dot, a secret."""
    head = base64.urlsafe_b64encode(user_id.encode()).decode().rstrip("=")
    return f"{head}.{secrets.token_urlsafe(6)[:6]}.{secrets.token_urlsafe(32)[:38]}"
