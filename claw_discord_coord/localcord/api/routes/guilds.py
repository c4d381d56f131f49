"""The guild and its list of channels. Source: Discord documentation, resources/guild."""

from typing import Any

from ... import channels
from ...access import can_view
from ...audit import changes_between, log
from ...checks.channel import read_channel_fields
from ...checks.form import Form, form_of
from ...emojis import emojis_of
from ...errors import FormErrors
from ...events import Event
from ...intents import Intent
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...wire.channel import channel_json, guild_json, thread_member_json
from ...world.audit import AuditEvent
from ...world.channel import ChannelType
from ..call import Call
from ..routing import Reply, Routes

routes = Routes()

_CREATABLE = (
    *(ChannelType.TEXT, ChannelType.VOICE, ChannelType.CATEGORY, ChannelType.ANNOUNCEMENT),
    *(ChannelType.STAGE, ChannelType.FORUM, ChannelType.MEDIA),
)


@routes.on("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Json:
    """The guild."""
    guild = call.guild()
    body = guild_json(call.world, guild)
    if call.flag("with_counts"):
        body["approximate_member_count"] = body["approximate_presence_count"] = len(call.world.members_of(guild.id))
    return body


@routes.on("PATCH", "/guilds/{guild_id}")
def edit_guild(call: Call) -> Json:
    """Change the guild's name or description."""
    guild = call.guild(Permission.MANAGE_GUILD)
    form = form_of(call.body)
    name, description = form.text("name", 100, low=2), form.text("description", 300)
    form.errors.raise_if_any()
    before = guild_json(call.world, guild)
    guild.name = name or guild.name
    guild.description = description if form.has("description") else guild.description
    call.world.guilds.put(guild)
    body = guild_json(call.world, guild)
    call.world.emit(Event("GUILD_UPDATE", body, int(Intent.GUILDS), guild_id=guild.id))
    changes = changes_between(before, body, ("name", "description"))
    log(call.world, guild.id, call.user.id, AuditEvent.GUILD_UPDATE, guild.id, changes=changes, reason=call.reason)
    return body


@routes.on("GET", "/guilds/{guild_id}/preview")
def get_preview(call: Call) -> Json:
    """What a stranger would learn of the guild."""
    guild = call.guild()
    count = len(call.world.members_of(guild.id))
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": guild.icon,
        "description": guild.description,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": list(guild.features),
        "approximate_member_count": count,
        "approximate_presence_count": count,
        "emojis": emojis_of(call.world, guild),
        "stickers": [],
    }


@routes.on("GET", "/guilds/{guild_id}/channels")
def get_channels(call: Call) -> JsonList:
    """The channels the caller may see; Discord lists all of them to a bot, without their content."""
    guild = call.guild()
    return [channel_json(call.world, channel, call.user.id) for channel in call.world.channels_of(guild.id)]


@routes.on("POST", "/guilds/{guild_id}/channels")
def create_channel(call: Call) -> Reply:
    """Create a channel."""
    guild = call.guild(Permission.MANAGE_CHANNELS)
    form = form_of(call.body)
    kind = form.choice("type", _CREATABLE, default=ChannelType.TEXT) or ChannelType.TEXT
    fields = read_channel_fields(form, kind, new=True)
    form.errors.raise_if_any()
    world, limits = call.world, call.parts.limits
    channel = channels.create(world, limits, guild.id, kind, fields, by=call.user.id, reason=call.reason)
    return Reply(channel_json(world, channel, call.user.id), 201)


@routes.on("PATCH", "/guilds/{guild_id}/channels")
def move_channels(call: Call) -> None:
    """Change the positions of channels."""
    guild = call.guild(Permission.MANAGE_CHANNELS)
    wrapped = Form({"channels": call.items}, FormErrors())
    for form in wrapped.objects("channels", 1000) or []:
        channel = call.world.channels.get(form.snowflake("id", required=True))
        wrapped.errors.raise_if_any()
        if channel is None or channel.guild_id != guild.id:
            continue
        fields: dict[str, Any] = {}
        if form.body.get("position") is not None:
            fields["position"] = form.integer("position", low=0)
        if form.has("parent_id"):
            fields["parent_id"] = form.snowflake("parent_id")
        wrapped.errors.raise_if_any()
        channels.change(call.world, call.parts.limits, channel, fields, by=call.user.id, reason=call.reason)


@routes.on("GET", "/guilds/{guild_id}/threads/active")
def get_active_threads(call: Call) -> Json:
    """The threads that are not archived and that the caller may see, newest first."""
    guild = call.guild()
    threads = [thread for thread in call.world.active_threads(guild.id) if can_view(call.world, thread, call.user.id)]
    threads.sort(key=lambda thread: int(thread.id), reverse=True)
    joined = [call.world.joined[thread.id].get(call.user.id) for thread in threads]
    return {
        "threads": [channel_json(call.world, thread, call.user.id) for thread in threads],
        "members": [thread_member_json(call.world, member) for member in joined if member is not None],
        "has_more": False,
    }
