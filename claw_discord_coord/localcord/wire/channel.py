"""Channels, threads and guilds as JSON."""

from ..access import guild_permissions
from ..shapes import Json
from ..world.channel import REQUIRE_TAG, Channel, ChannelType, ThreadMember
from ..world.guild import Guild
from ..world.world import World
from .user import emoji_json, member_json, role_json, user_json


def channel_json(world: World, channel: Channel, viewer_id: str | None = None) -> Json:
    """A channel of any kind: `GuildChannelResponse`, `ThreadResponse` or `PrivateChannelResponse`.

    A thread carries `member` when the viewer has joined it; a direct message leaves the viewer out of its recipients.
    """
    if channel.is_thread:
        return _thread_json(world, channel, viewer_id)
    if channel.guild_id is None:
        return _direct_json(world, channel, viewer_id)
    body: Json = {
        "id": channel.id,
        "type": channel.type,
        "guild_id": channel.guild_id,
        "name": channel.name,
        "position": channel.position,
        "flags": channel.flags,
        "parent_id": channel.parent_id,
        "permission_overwrites": [dict(overwrite) for overwrite in channel.overwrites],
    }
    if channel.type == ChannelType.CATEGORY:
        return body
    body |= {
        "last_message_id": channel.last_message_id,
        "rate_limit_per_user": channel.rate_limit_per_user,
        "nsfw": channel.nsfw,
    }
    if channel.type in (ChannelType.VOICE, ChannelType.STAGE):
        return body | {
            "bitrate": channel.bitrate,
            "user_limit": channel.user_limit,
            "rtc_region": None,
            "video_quality_mode": 1,
        }
    body |= {
        "topic": channel.topic,
        "last_pin_timestamp": channel.last_pin_timestamp,
        "default_thread_rate_limit_per_user": channel.default_thread_rate_limit_per_user,
    }
    if channel.default_auto_archive_duration is not None:
        body["default_auto_archive_duration"] = channel.default_auto_archive_duration
    if channel.is_forum:
        body |= {
            "available_tags": [dict(tag) for tag in channel.tags],
            "default_reaction_emoji": channel.default_reaction_emoji,
            "default_sort_order": channel.default_sort_order,
            "default_forum_layout": channel.default_forum_layout,
            "default_tag_setting": "match_some",
            "template": "",
        }
    return body


def _direct_json(world: World, channel: Channel, viewer_id: str | None) -> Json:
    return {
        "id": channel.id,
        "type": channel.type,
        "last_message_id": channel.last_message_id,
        "last_pin_timestamp": channel.last_pin_timestamp,
        "flags": channel.flags,
        "recipients": [user_json(world.users[user]) for user in channel.recipients if user != viewer_id],
    }


def _thread_json(world: World, thread: Channel, viewer_id: str | None) -> Json:
    joined = world.joined.get(thread.id, {})
    metadata: Json = {
        "archived": thread.archived,
        "archive_timestamp": thread.archive_timestamp,
        "auto_archive_duration": thread.auto_archive_duration,
        "locked": thread.locked,
        "create_timestamp": thread.create_timestamp,
    }
    if thread.type == ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = thread.invitable
    parent = world.channels.get(thread.parent_id)
    body: Json = {
        "id": thread.id,
        "type": thread.type,
        "guild_id": thread.guild_id,
        "name": thread.name,
        "parent_id": thread.parent_id,
        "owner_id": thread.owner_id,
        "last_message_id": thread.last_message_id,
        "last_pin_timestamp": thread.last_pin_timestamp,
        "rate_limit_per_user": thread.rate_limit_per_user,
        "bitrate": 64000,
        "user_limit": 0,
        "rtc_region": None,
        "flags": thread.flags,
        "thread_metadata": metadata,
        "message_count": thread.message_count,
        "member_count": min(50, len(joined)),
        "total_message_sent": thread.total_message_sent,
    }
    if parent is not None and parent.is_forum:
        body["applied_tags"] = list(thread.applied_tags)
    if viewer_id in joined:
        body["member"] = thread_member_json(world, joined[viewer_id])
    return body


def thread_member_json(world: World, joined: ThreadMember, *, with_member: bool = False) -> Json:
    """`ThreadMemberResponse`."""
    body: Json = {
        "id": joined.thread_id,
        "user_id": joined.user_id,
        "join_timestamp": joined.join_timestamp,
        "flags": joined.flags,
    }
    thread = world.channels.get(joined.thread_id)
    member = world.member(thread.guild_id, joined.user_id) if with_member and thread else None
    if member is not None:
        body["member"] = member_json(world, member)
    return body


def guild_json(world: World, guild: Guild) -> Json:
    """`GuildResponse`."""
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": guild.icon,
        "description": guild.description,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": list(guild.features),
        "banner": None,
        "owner_id": guild.owner_id,
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": guild.afk_channel_id,
        "afk_timeout": guild.afk_timeout,
        "system_channel_id": guild.system_channel_id,
        "system_channel_flags": guild.system_channel_flags,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": guild.verification_level,
        "roles": [role_json(role) for role in world.roles_of(guild.id)],
        "default_message_notifications": guild.default_message_notifications,
        "mfa_level": 0,
        "explicit_content_filter": guild.explicit_content_filter,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": guild.preferred_locale,
        "rules_channel_id": guild.rules_channel_id,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": guild.public_updates_channel_id,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [emoji_json(world, emoji) for emoji in world.emojis if emoji.guild_id == guild.id],
        "stickers": [],
        "incidents_data": None,
    }


def own_guild_json(world: World, guild: Guild, user_id: str) -> Json:
    """`MyGuildResponse`: an entry of the list of one's guilds."""
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": guild.icon,
        "banner": None,
        "owner": guild.owner_id == user_id,
        "permissions": str(guild_permissions(world, guild, user_id)),
        "features": list(guild.features),
    }


def needs_tag(channel: Channel) -> bool:
    """Whether posts of a forum must have a tag."""
    return bool(channel.flags & REQUIRE_TAG)
