"""Creating, changing and deleting channels of a guild."""

from typing import Any

from .access import can_view, viewers
from .audit import changes_between, log
from .errors import TOO_MANY_CHANNELS, DiscordError, invalid
from .events import Event, Viewer
from .intents import Intent
from .limits import Limits
from .shapes import Json, JsonList
from .wire.channel import channel_json
from .world.audit import AuditEvent
from .world.channel import Channel, ChannelType
from .world.world import World

LOGGED = (
    *("name", "type", "topic", "position", "nsfw", "parent_id", "rate_limit_per_user", "permission_overwrites"),
    *("available_tags", "flags", "default_auto_archive_duration", "default_reaction_emoji"),
)


def emit_channel(world: World, name: str, channel: Channel) -> None:
    """Send CHANNEL_CREATE or CHANNEL_UPDATE.

    Bots are told of channels they may not view, as Discord does (discord.js has `viewable` for that reason); people
    only of those they may.
    """
    body = channel_json(world, channel)

    def told(viewer: Viewer) -> Json | None:
        return body if viewer.bot or can_view(world, channel, viewer.user_id) else None

    world.emit(Event(name, told, int(Intent.GUILDS), guild_id=channel.guild_id, channel_id=channel.id))


def create(
    world: World, limits: Limits, guild_id: str, kind: int, fields: dict[str, Any], *, by: str, reason: str | None
) -> Channel:
    """Add a channel at the end of its category; raises DiscordError 30013, 50035."""
    siblings = world.channels_of(guild_id)
    if len(siblings) >= limits.channels_per_guild:
        raise DiscordError(TOO_MANY_CHANNELS)
    _check_parent(world, limits, guild_id, kind, fields.get("parent_id"))
    parent = world.channels.get(fields.get("parent_id"))
    channel = Channel(world.new_id(), kind, guild_id, fields["name"])
    if parent is not None and "overwrites" not in fields:
        fields["overwrites"] = [dict(overwrite) for overwrite in parent.overwrites]
    fields.setdefault("position", max((other.position for other in siblings), default=-1) + 1)
    _set(world, channel, fields)
    world.add_channel(channel)
    emit_channel(world, "CHANNEL_CREATE", channel)
    changes = changes_between({}, channel_json(world, channel), LOGGED)
    log(world, guild_id, by, AuditEvent.CHANNEL_CREATE, channel.id, changes=changes, reason=reason)
    return channel


def change(
    world: World, limits: Limits, channel: Channel, fields: dict[str, Any], *, by: str, reason: str | None
) -> None:
    """Change fields of a channel and say so; nothing is said when nothing differs."""
    guild_id = channel.guild_id or ""
    if fields.get("parent_id") not in (None, channel.parent_id):
        _check_parent(world, limits, guild_id, channel.type, fields["parent_id"])
    before = channel_json(world, channel)
    _set(world, channel, fields)
    after = channel_json(world, channel)
    if before == after:
        return
    world.channels.put(channel)
    emit_channel(world, "CHANNEL_UPDATE", channel)
    changes = changes_between(before, after, LOGGED)
    log(world, guild_id, by, AuditEvent.CHANNEL_UPDATE, channel.id, changes=changes, reason=reason)


def remove(world: World, channel: Channel, *, by: str, reason: str | None) -> Json:
    """Delete a channel with all in it; a category's channels stay. Answers how it looked."""
    guild_id = channel.guild_id or ""
    body = channel_json(world, channel)
    told = viewers(world, channel) | {user.id for user in world.users if user.bot}
    event = Event("CHANNEL_DELETE", body, int(Intent.GUILDS), guild_id=guild_id, only=told)
    for child in world.channels_of(guild_id):
        if child.parent_id == channel.id:
            child.parent_id = None
            world.channels.put(child)
            emit_channel(world, "CHANNEL_UPDATE", child)
    world.drop_channel(channel)
    world.emit(event)
    changes = changes_between(body, {}, LOGGED)
    log(world, guild_id, by, AuditEvent.CHANNEL_DELETE, channel.id, changes=changes, reason=reason)
    return body


def _set(world: World, channel: Channel, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(channel, name, with_tag_ids(world, value) if name == "tags" else value)


def with_tag_ids(world: World, tags: JsonList) -> JsonList:
    """Tags of which each has an id."""
    return [tag | {"id": tag["id"] or world.new_id()} for tag in tags]


def _check_parent(world: World, limits: Limits, guild_id: str, kind: int, parent_id: str | None) -> None:
    if parent_id is None:
        return
    parent = world.channels.get(parent_id)
    if parent is None or parent.guild_id != guild_id or parent.type != ChannelType.CATEGORY:
        raise invalid(("parent_id",), "CHANNEL_PARENT_INVALID", "Category does not exist")
    if kind == ChannelType.CATEGORY:
        raise invalid(("parent_id",), "CHANNEL_PARENT_INVALID_TYPE", "Not a category")
    if sum(child.parent_id == parent_id for child in world.channels_of(guild_id)) >= limits.channels_per_category:
        raise invalid(
            ("parent_id",), "CHANNEL_PARENT_MAX_CHANNELS", "Maximum number of channels in category reached (50)"
        )
