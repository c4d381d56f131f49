"""Application commands."""

from dataclasses import dataclass, field

from ..shapes import JsonList


@dataclass(slots=True)
class Command:
    """A slash command (type 1), or one in a user's (2) or message's (3) menu; global when `guild_id` is None.

    Source: Discord documentation, interactions/application-commands.
    """

    id: str
    application_id: str
    guild_id: str | None
    type: int
    name: str
    description: str = ""
    version: str = "1"
    options: JsonList = field(default_factory=lambda: JsonList())
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    default_member_permissions: str | None = None
    dm_permission: bool | None = None
    contexts: list[int] | None = None
    integration_types: list[int] = field(default_factory=lambda: [0])
    nsfw: bool = False
    permissions: JsonList = field(default_factory=lambda: JsonList())

    @property
    def key(self) -> str:
        """What the command is stored under."""
        return self.id
