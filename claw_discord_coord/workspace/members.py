"""Reads the roles of people."""

from __future__ import annotations

from collections.abc import Collection

import discord

from claw_discord_coord.workspace.connecting.discord_errors import mapped


def role_ids(user: discord.abc.User) -> frozenset[str]:
    """Return the ids of the roles that Discord sent with the user; empty when Discord sent no member."""
    return frozenset(str(role.id) for role in user.roles) if isinstance(user, discord.Member) else frozenset()


async def looked_up_role_ids(guild: discord.Guild, user_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the role ids of each user, with one request per user; empty for a person who has left the server.

    Raises:
        DiscordUnavailable: Discord cannot be reached now.
        DiscordRefused: Discord refuses the request.
    """
    found: dict[int, frozenset[str]] = {}
    for user_id in user_ids:
        with mapped("look a member up"):
            try:
                found[user_id] = role_ids(await guild.fetch_member(user_id))
            except discord.NotFound:
                found[user_id] = frozenset()
    return found
