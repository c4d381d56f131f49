"""The guild, its roles, members, bans and emoji."""

from dataclasses import dataclass, field

from ..shapes import Json


@dataclass(slots=True)
class Guild:
    """A server. Source: Discord documentation, resources/guild."""

    id: str
    name: str
    owner_id: str
    icon: str | None = None
    description: str | None = None
    features: list[str] = field(default_factory=lambda: ["COMMUNITY", "NEWS"])
    system_channel_id: str | None = None
    rules_channel_id: str | None = None
    public_updates_channel_id: str | None = None
    afk_channel_id: str | None = None
    afk_timeout: int = 300
    verification_level: int = 0
    default_message_notifications: int = 1
    explicit_content_filter: int = 0
    preferred_locale: str = "en-US"
    system_channel_flags: int = 0
    command_version: int = 1

    @property
    def key(self) -> str:
        """What the guild is stored under."""
        return self.id


@dataclass(slots=True)
class Role:
    """A role; the one with the guild's own id is @everyone. Source: Discord documentation, topics/permissions."""

    id: str
    guild_id: str
    name: str
    permissions: int
    position: int = 0
    color: int = 0
    hoist: bool = False
    managed: bool = False
    mentionable: bool = False
    unicode_emoji: str | None = None
    tags: Json | None = None

    @property
    def key(self) -> str:
        """What the role is stored under."""
        return self.id

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands among the others: by position, and of several at one position the older is the higher."""
        return self.position, -int(self.id)


@dataclass(slots=True)
class Member:
    """A user's membership of a guild; `roles` does not name @everyone."""

    guild_id: str
    user_id: str
    joined_at: str
    roles: list[str] = field(default_factory=lambda: list[str]())
    nick: str | None = None
    communication_disabled_until: str | None = None
    flags: int = 0

    @property
    def key(self) -> str:
        """What the member is stored under."""
        return member_key(self.guild_id, self.user_id)


def member_key(guild_id: str, user_id: str) -> str:
    """The key of a membership, or of a ban."""
    return f"{guild_id}:{user_id}"


@dataclass(slots=True)
class Ban:
    """That a user may not be in a guild. Source: Discord documentation, resources/guild, "Ban Object"."""

    guild_id: str
    user_id: str
    reason: str | None = None

    @property
    def key(self) -> str:
        """What the ban is stored under."""
        return member_key(self.guild_id, self.user_id)


@dataclass(slots=True)
class Emoji:
    """A custom emoji of a guild. Source: Discord documentation, resources/emoji."""

    id: str
    guild_id: str
    name: str
    creator_id: str
    animated: bool = False
    roles: list[str] = field(default_factory=lambda: list[str]())

    @property
    def key(self) -> str:
        """What the emoji is stored under."""
        return self.id
