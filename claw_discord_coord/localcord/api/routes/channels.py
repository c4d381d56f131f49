"""Channels. Source: Discord documentation, resources/channel."""

from ... import channels
from ...access import guild_permissions
from ...audit import changes_between, log
from ...checks.channel import read_channel_fields, read_overwrite
from ...checks.form import form_of
from ...errors import MISSING_PERMISSIONS, NOT_IN_DM, UNKNOWN_OVERWRITE, WRONG_CHANNEL_TYPE, DiscordError
from ...events import Event
from ...intents import Intent
from ...permissions import Permission
from ...shapes import Json
from ...wire.channel import channel_json
from ...wire.user import member_json
from ...world.audit import AuditEvent
from ...world.channel import Channel, ChannelType
from ..call import Call
from ..routing import Routes
from . import thread_edits

routes = Routes()


@routes.on("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Json:
    """One channel or thread."""
    return channel_json(call.world, call.channel(), call.user.id)


@routes.on("PATCH", "/channels/{channel_id}")
def edit_channel(call: Call) -> Json:
    """Change a channel or thread."""
    channel = call.channel()
    if channel.is_thread:
        return thread_edits.edit_thread(call, channel)
    if channel.guild_id is None:
        raise DiscordError(NOT_IN_DM)
    call.channel(Permission.MANAGE_CHANNELS)
    form = form_of(call.body)
    kind = form.choice("type", (ChannelType.TEXT, ChannelType.ANNOUNCEMENT), default=channel.type)
    fields = read_channel_fields(form, channel.type)
    form.errors.raise_if_any()
    if form.has("type") and channel.type in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT):
        fields["type"] = kind
    if "overwrites" in fields:
        call.channel(Permission.MANAGE_ROLES)
    channels.change(call.world, call.parts.limits, channel, fields, by=call.user.id, reason=call.reason)
    return channel_json(call.world, channel, call.user.id)


@routes.on("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Json:
    """Delete a channel or thread, or close a direct channel; answers how it looked."""
    channel = call.channel()
    if channel.guild_id is None:
        return channel_json(call.world, channel, call.user.id)
    if channel.is_thread:
        call.channel(Permission.MANAGE_THREADS)
        return thread_edits.delete_thread(call, channel)
    call.channel(Permission.MANAGE_CHANNELS)
    return channels.remove(call.world, channel, by=call.user.id, reason=call.reason)


@routes.on("POST", "/channels/{channel_id}/typing")
def start_typing(call: Call) -> None:
    """Show that the caller is typing; in a guild this needs the right to write."""
    channel = call.channel()
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    call.channel(needed)
    body: Json = {
        "channel_id": channel.id,
        "user_id": call.user.id,
        "timestamp": int(call.world.clock.now_s()),
    }
    intent = Intent.DIRECT_MESSAGE_TYPING
    member = call.world.member(channel.guild_id, call.user.id)
    if member is not None:
        intent = Intent.GUILD_MESSAGE_TYPING
        body |= {"guild_id": channel.guild_id, "member": member_json(call.world, member)}
    call.world.emit(Event("TYPING_START", body, int(intent), guild_id=channel.guild_id, channel_id=channel.id))


@routes.on("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")
def put_overwrite(call: Call) -> None:
    """Set the overwrite of a role or member; the caller can give only what it has in the guild or the category."""
    channel = _with_overwrites(call)
    form = form_of(call.body)
    overwrite = read_overwrite(form, call.id("overwrite_id"))
    form.errors.raise_if_any()
    guild = call.world.guilds[channel.guild_id or ""]
    parent = call.world.channels.get(channel.parent_id)
    own = guild_permissions(call.world, guild, call.user.id) | (call.permissions(parent) if parent else 0)
    if (int(overwrite["allow"]) | int(overwrite["deny"])) & ~own:
        raise DiscordError(MISSING_PERMISSIONS)
    old = next((old for old in channel.overwrites if old["id"] == overwrite["id"]), None)
    channel.overwrites = [kept for kept in channel.overwrites if kept is not old] + [overwrite]
    call.world.channels.put(channel)
    channels.emit_channel(call.world, "CHANNEL_UPDATE", channel)
    event = AuditEvent.CHANNEL_OVERWRITE_UPDATE if old else AuditEvent.CHANNEL_OVERWRITE_CREATE
    _log_overwrite(call, channel, event, old or {}, overwrite)


@routes.on("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}")
def delete_overwrite(call: Call) -> None:
    """Remove an overwrite."""
    channel = _with_overwrites(call)
    target = call.id("overwrite_id")
    old = next((old for old in channel.overwrites if old["id"] == target), None)
    if old is None:
        raise DiscordError(UNKNOWN_OVERWRITE)
    channel.overwrites = [kept for kept in channel.overwrites if kept is not old]
    call.world.channels.put(channel)
    channels.emit_channel(call.world, "CHANNEL_UPDATE", channel)
    _log_overwrite(call, channel, AuditEvent.CHANNEL_OVERWRITE_DELETE, old, {})


def _with_overwrites(call: Call) -> Channel:
    """Return the channel in the path; raises DiscordError 50003 or 50024 for a direct channel or a thread.

    A thread has its parent's overwrites and none of its own.
    """
    channel = call.channel()
    if channel.guild_id is None:
        raise DiscordError(NOT_IN_DM)
    if channel.is_thread:
        raise DiscordError(WRONG_CHANNEL_TYPE)
    return call.channel(Permission.MANAGE_ROLES)


def _log_overwrite(call: Call, channel: Channel, event: AuditEvent, old: Json, new: Json) -> None:
    target = old or new
    options: Json = {"id": target["id"], "type": str(target["type"])}
    role = call.world.roles.get(target["id"])
    if role is not None:
        options["role_name"] = role.name
    log(
        call.world,
        channel.guild_id or "",
        call.user.id,
        event,
        channel.id,
        changes=changes_between(old, new, ("id", "type", "allow", "deny")),
        options=options,
        reason=call.reason,
    )
