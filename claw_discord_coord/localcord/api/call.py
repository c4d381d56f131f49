"""One request to the API, as its handler sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ..access import channel_permissions, require, require_in_guild
from ..errors import (
    BOTS_CANNOT_USE,
    ONLY_BOTS_CAN_USE,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MESSAGE,
    DiscordError,
    invalid,
)
from ..events import Viewer
from ..json_text import whole_number
from ..shapes import Json
from ..snowflake import is_snowflake
from ..world.channel import Channel
from ..world.guild import Guild
from ..world.message import Message
from ..world.user import User
from ..world.world import World

if TYPE_CHECKING:
    from ..parts import Parts


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request."""

    filename: str
    content_type: str | None
    body: bytes


@dataclass(slots=True)
class Call:
    """A request: who asks (`user`; the world's nobody on anonymous routes), the path's parameters, query and body."""

    parts: "Parts"
    params: Mapping[str, str]
    query: Mapping[str, str]
    json: Any = None
    files: dict[str, Upload] = field(default_factory=lambda: dict[str, Upload]())
    caller: User | None = None
    reason: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: dict[str, str]())

    @property
    def world(self) -> World:
        """The state."""
        return self.parts.world

    @property
    def user(self) -> User:
        """Who asks; only on routes that demand a token."""
        if self.caller is None:
            raise DiscordError(0, "401: Unauthorized", status=401)
        return self.caller

    @property
    def body(self) -> Json:
        """The JSON object that was sent (empty when none was); raises DiscordError 50035 for anything else."""
        if self.json is None:
            return {}
        if not isinstance(self.json, dict):
            raise invalid((), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return cast(Json, self.json)

    @property
    def items(self) -> "list[Any]":
        """The JSON array that was sent; raises DiscordError 50035 for anything else."""
        if not isinstance(self.json, list):
            raise invalid((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return cast("list[Any]", self.json)

    @property
    def viewer(self) -> Viewer:
        """What the caller may read."""
        return viewer_of(self.world, self.caller)

    def id(self, name: str) -> str:
        """An id in the path; raises DiscordError 50035 when it isn't one."""
        value = self.params[name]
        if not is_snowflake(value):
            raise invalid((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return value

    def channel(self, needed: int = 0, name: str = "channel_id") -> Channel:
        """The channel in the path, which the caller sees and where they have the permissions `needed`."""
        channel = self.world.channels.get(self.id(name))
        if channel is None:
            raise DiscordError(UNKNOWN_CHANNEL)
        require(self.world, self.user, channel, needed)
        return channel

    def permissions(self, channel: Channel) -> int:
        """What the caller may do in a channel."""
        return channel_permissions(self.world, channel, self.user.id)

    def guild(self, needed: int = 0) -> Guild:
        """The guild in the path, of which the caller is a member with the permissions `needed`."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None:
            raise DiscordError(UNKNOWN_GUILD)
        require_in_guild(self.world, self.user, guild, needed)
        return guild

    def message(self, channel: Channel) -> Message:
        """The message in the path; raises DiscordError 10008 when the channel has no such message."""
        message = self.world.messages.get(self.id("message_id"))
        if message is None or message.channel_id != channel.id or message.ephemeral_to is not None:
            raise DiscordError(UNKNOWN_MESSAGE)
        return message

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A number in the query within bounds; raises DiscordError 50035."""
        text = self.query.get(name)
        if text is None:
            return default
        value = whole_number(text)
        if value is None:
            raise invalid((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not int.')
        if value > high:
            raise invalid((name,), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
        if value < low:
            raise invalid((name,), "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
        return value

    def snowflake(self, name: str) -> int | None:
        """An id in the query; raises DiscordError 50035."""
        text = self.query.get(name)
        if text is None:
            return None
        if not is_snowflake(text):
            raise invalid((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        return int(text)

    def flag(self, name: str) -> bool:
        """A yes or no in the query."""
        return self.query.get(name, "").lower() in {"1", "true"}

    def bots_only(self) -> None:
        """Raise DiscordError 20002 for a person."""
        if not self.user.bot:
            raise DiscordError(ONLY_BOTS_CAN_USE)

    def people_only(self) -> None:
        """Raise DiscordError 20001 for a bot."""
        if self.user.bot:
            raise DiscordError(BOTS_CANNOT_USE)


def viewer_of(world: World, user: User | None) -> Viewer:
    """What a user may read over HTTP; nobody in particular (a webhook's own answer) reads all."""
    if user is None:
        return Viewer("0")
    application = world.applications.get(user.application_id)
    sees = application is None or "message_content" in application.privileged
    return Viewer(user.id, user.bot, sees, user.application_id)
