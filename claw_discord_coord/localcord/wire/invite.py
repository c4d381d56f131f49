"""Invites as JSON."""

from ..clock import iso
from ..shapes import Json
from ..world.invite import Invite
from ..world.world import World
from .user import user_json


def invite_json(world: World, invite: Invite) -> Json:
    """`GuildInviteResponse` as anyone sees it."""
    guild, channel = world.guilds[invite.guild_id], world.channels[invite.channel_id]
    return {
        "type": 0,
        "code": invite.code,
        "inviter": user_json(world.users[invite.inviter_id]),
        "expires_at": None if invite.expires_ms is None else iso(invite.expires_ms / 1000),
        "flags": 0,
        "guild": {
            "id": guild.id,
            "name": guild.name,
            "splash": None,
            "banner": None,
            "description": guild.description,
            "icon": guild.icon,
            "features": list(guild.features),
            "verification_level": guild.verification_level,
            "vanity_url_code": None,
            "nsfw_level": 0,
            "nsfw": False,
            "premium_subscription_count": 0,
        },
        "guild_id": guild.id,
        "channel": {"id": channel.id, "type": channel.type, "name": channel.name},
    }


def invite_terms_json(invite: Invite) -> Json:
    """The metadata of an invite, for those who made it or manage it (resources/invite, "Invite Metadata Object")."""
    return {
        "uses": 0,
        "max_uses": invite.max_uses,
        "max_age": invite.max_age,
        "temporary": invite.temporary,
        "created_at": iso(invite.created_ms / 1000),
    }
