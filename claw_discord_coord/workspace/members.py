"""Which roles a person has."""

from __future__ import annotations

from collections.abc import Collection

import discord

from claw_discord_coord.workspace.discord_errors import mapped


def role_ids(user: discord.abc.User) -> frozenset[str]:
    """The ids of the roles that Discord has sent along with the user: none where it has sent a user only."""
    return frozenset(str(role.id) for role in user.roles) if isinstance(user, discord.Member) else frozenset()


async def looked_up_role_ids(guild: discord.Guild, user_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The ids of the roles of each of these users, one request for each; of one who has left the server, none.

    Raises:
        DiscordUnavailable: Discord cannot be asked now.
        DiscordRefused: Discord does not say.
    """
    found: dict[int, frozenset[str]] = {}
    for user_id in user_ids:
        with mapped("look a member up"):
            try:
                found[user_id] = role_ids(await guild.fetch_member(user_id))
            except discord.NotFound:
                found[user_id] = frozenset()
    return found
