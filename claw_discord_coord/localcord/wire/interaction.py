"""Interactions as applications get them.

Source: Discord documentation, interactions/receiving-and-responding, "Interaction Structure".
"""

from collections.abc import Iterable

from ..access import channel_permissions
from ..checks.command import ATTACHMENT, CHANNEL, MENTIONABLE, ROLE, USER
from ..events import Viewer
from ..permissions import ALL
from ..shapes import Json
from ..world.interaction import Interaction
from ..world.world import World
from .channel import channel_json
from .message import message_json
from .user import partial_member_json, role_json, user_json

ATTACHMENT_BYTES = 10 * 1024 * 1024


def interaction_json(world: World, interaction: Interaction, app_permissions: int) -> Json:
    """INTERACTION_CREATE."""
    channel = world.channels[interaction.channel_id]
    user = world.users[interaction.user_id]
    body: Json = {
        "id": interaction.id,
        "application_id": interaction.application_id,
        "type": interaction.type,
        "data": interaction.data,
        "channel_id": channel.id,
        "channel": channel_json(world, channel, interaction.user_id)
        | {"permissions": str(channel_permissions(world, channel, interaction.user_id))},
        "token": interaction.token,
        "version": 1,
        "app_permissions": str(app_permissions),
        "locale": "en-US",
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": owners(interaction),
        "context": 0 if interaction.guild_id else 1,
        "attachment_size_limit": ATTACHMENT_BYTES,
    }
    member = world.member(interaction.guild_id, user.id)
    if member is not None and interaction.guild_id is not None:
        guild = world.guilds[interaction.guild_id]
        permissions = str(channel_permissions(world, channel, user.id) or ALL)
        body["member"] = partial_member_json(member) | {"user": user_json(user), "permissions": permissions}
        body["guild_id"] = guild.id
        body["guild"] = {"id": guild.id, "locale": guild.preferred_locale, "features": list(guild.features)}
        body["guild_locale"] = guild.preferred_locale
    else:
        body["user"] = user_json(user)
    message = world.messages.get(interaction.message_id)
    if message is not None:
        body["message"] = message_json(world, message, Viewer(interaction.application_id, bot=True))
    return body


def owners(interaction: Interaction) -> Json:
    """Who installed the application: here always the guild (0 in direct messages)."""
    return {"0": interaction.guild_id or "0"}


def resolve(world: World, interaction: Interaction, named: Iterable[tuple[int, str]]) -> Json:
    """`resolved`: the things that ids in options or chosen values stand for."""
    resolved: Json = {}
    viewer = Viewer(interaction.application_id, bot=True)
    for kind, number in named:
        user, role, channel = world.users.get(number), world.roles.get(number), world.channels.get(number)
        if kind in (USER, MENTIONABLE) and user is not None:
            resolved.setdefault("users", {})[number] = user_json(user)
            member = world.member(interaction.guild_id, number)
            if member is not None:
                partial = {k: v for k, v in partial_member_json(member).items() if k not in ("mute", "deaf")}
                permissions = channel_permissions(world, world.channels[interaction.channel_id], number)
                resolved.setdefault("members", {})[number] = partial | {"permissions": str(permissions)}
        if kind in (ROLE, MENTIONABLE) and role is not None:
            resolved.setdefault("roles", {})[number] = role_json(role)
        if kind == CHANNEL and channel is not None:
            body = channel_json(world, channel)
            body["permissions"] = str(channel_permissions(world, channel, interaction.user_id))
            resolved.setdefault("channels", {})[number] = body
        if kind == ATTACHMENT and (found := interaction.data.get("attachments", {}).get(number)) is not None:
            resolved.setdefault("attachments", {})[number] = found
        if kind == 0 and (message := world.messages.get(number)) is not None:
            resolved.setdefault("messages", {})[number] = message_json(world, message, viewer)
    return resolved
