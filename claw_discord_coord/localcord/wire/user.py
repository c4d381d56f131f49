"""Users, members, roles, emoji and applications as JSON."""

from ..intents import PRIVILEGED
from ..shapes import Json
from ..world.guild import Emoji, Member, Role
from ..world.user import Application, User
from ..world.world import World

_FLAGS_OF_SMALL_APPLICATIONS = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}
"""Application flags GATEWAY_…_LIMITED: the intent is on for an application in few servers."""


def user_json(user: User) -> Json:
    """`UserResponse`."""
    body: Json = {
        "id": user.id,
        "username": user.username,
        "avatar": user.avatar,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "banner": user.banner,
        "accent_color": None,
        "global_name": user.global_name,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    if user.bot:
        body["bot"] = True
    return body


def own_user_json(user: User) -> Json:
    """`UserPIIResponse`: how a user sees itself."""
    return user_json(user) | {
        "mfa_enabled": False,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
        "verified": True,
        "bio": "",
    }


def partial_member_json(member: Member) -> Json:
    """A member without its user, as in MESSAGE_CREATE."""
    return {
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "communication_disabled_until": member.communication_disabled_until,
        "flags": member.flags,
        "joined_at": member.joined_at,
        "nick": member.nick,
        "pending": False,
        "premium_since": None,
        "roles": list(member.roles),
        "collectibles": None,
        "mute": False,
        "deaf": False,
    }


def member_json(world: World, member: Member) -> Json:
    """`GuildMemberResponse`."""
    return partial_member_json(member) | {"user": user_json(world.users[member.user_id])}


def role_json(role: Role) -> Json:
    """`GuildRoleResponse`."""
    body: Json = {
        "id": role.id,
        "name": role.name,
        "description": None,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": role.hoist,
        "managed": role.managed,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": role.unicode_emoji,
        "flags": 0,
    }
    if role.tags is not None:
        body["tags"] = role.tags
    return body


def emoji_json(world: World, emoji: Emoji) -> Json:
    """`EmojiResponse`."""
    return {
        "id": emoji.id,
        "name": emoji.name,
        "roles": list(emoji.roles),
        "user": user_json(world.users[emoji.creator_id]),
        "require_colons": True,
        "managed": False,
        "animated": emoji.animated,
        "available": True,
    }


def application_flags(application: Application) -> int:
    """The public flags of an application."""
    return sum(_FLAGS_OF_SMALL_APPLICATIONS[name] for name in PRIVILEGED if name in application.privileged)


def public_application_json(application: Application) -> Json:
    """An application as others see it."""
    return {
        "id": application.id,
        "name": application.name,
        "icon": application.icon,
        "description": application.description,
        "summary": "",
        "type": None,
    }


def application_json(world: World, application: Application) -> Json:
    """`PrivateApplicationResponse`: how an application sees itself."""
    flags = application_flags(application)
    settings = application.settings
    return public_application_json(application) | {
        "bot": user_json(world.users[application.bot_id]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": application.verify_key,
        "flags": flags,
        "flags_new": str(flags),
        "max_participants": None,
        "tags": settings.get("tags", []),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_json(world.users[application.owner_id]),
        "approximate_guild_count": len(world.guilds_of(application.bot_id)),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
        "hook": True,
    }
