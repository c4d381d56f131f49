"""What a session is told when it begins. Source: Discord documentation, events/gateway-events, "Ready"."""

from ..access import can_view
from ..shapes import Json
from ..wire.channel import channel_json, guild_json
from ..wire.user import application_flags, member_json, own_user_json, user_json
from ..world.guild import Guild, member_key
from ..world.world import World
from .session import Session


def ready_json(world: World, session: Session, url: str) -> Json:
    """READY."""
    user = session.user
    guilds = [guild for guild in world.guilds_of(user.id) if on_shard(session, guild)]
    body: Json = {
        "v": 10,
        "user": own_user_json(user),
        "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
        "session_id": session.id,
        "session_type": "normal",
        "resume_gateway_url": url,
        "private_channels": [],
        "presences": [],
        "relationships": [],
        "user_settings": {},
        "geo_ordered_rtc_regions": [],
        "_trace": ["localcord"],
    }
    if session.shard != (0, 1):
        body["shard"] = list(session.shard)
    if session.application is not None:
        body["application"] = {
            "id": session.application.id,
            "flags": application_flags(session.application),
        }
        if session.shard == (0, 1):
            body["shard"] = [0, 1]
    else:
        body["private_channels"] = [channel_json(world, c, user.id) for c in world.direct_channels_of(user.id)]
        body["users"] = [user_json(other) for other in world.users]
    return body


def on_shard(session: Session, guild: Guild) -> bool:
    """Whether a guild belongs to the session's shard. Source: events/gateway, "Sharding Formula"."""
    return (int(guild.id) >> 22) % session.shard[1] == session.shard[0]


def guild_create_json(world: World, session: Session, guild: Guild) -> Json:
    """GUILD_CREATE: the guild with channels, active threads and members the session may know of.

    A bot without the GUILD_MEMBERS intent is told of itself only; it is told of channels it may not view, as Discord
    does, a person is not.
    """
    user_id = session.user.id
    channels = [c for c in world.channels_of(guild.id) if session.user.bot or can_view(world, c, user_id)]
    threads = [thread for thread in world.active_threads(guild.id) if can_view(world, thread, user_id)]
    members = world.members_of(guild.id)
    own = world.members[member_key(guild.id, user_id)]
    shown = members if session.wants(1 << 1) else [own]
    return guild_json(world, guild) | {
        "joined_at": own.joined_at,
        "large": False,
        "unavailable": False,
        "member_count": len(members),
        "voice_states": [],
        "members": [member_json(world, member) for member in shown],
        "channels": [_without_guild(channel_json(world, channel, user_id)) for channel in channels],
        "threads": [channel_json(world, thread, user_id) for thread in threads],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "activity_instances": [],
        "embedded_activities": [],
        "version": int(world.clock.now_s() * 1000),
    }


def _without_guild(channel: Json) -> Json:
    return {name: value for name, value in channel.items() if name != "guild_id"}
