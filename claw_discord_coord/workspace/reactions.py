"""Receives people's reactions to the messages about tasks."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import discord

from claw_discord_coord.ports import IncomingReaction
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.members import role_ids
from claw_discord_coord.workspace.records import Records

_log = logging.getLogger(__name__)

OnReaction = Callable[[IncomingReaction], Awaitable[None]]
"""Handles one reaction. A person may take a reaction back and add it again, so handlers carry out an order once."""


class Reactions:
    """The reactions to cards, results and requests. Reactions from the time when the bot was away are not read."""

    def __init__(self, connection: Connection, records: Records, on_reaction: OnReaction) -> None:
        self._connection = connection
        self._records = records
        self._on_reaction = on_reaction

    async def added(self, reaction: discord.RawReactionActionEvent) -> None:
        """Handle a reaction that was added just now."""
        member = reaction.member
        # Looked up last: most reactions of a server are to messages of other people.
        if member is None or member.bot or reaction.message_author_id not in (None, self._connection.bot_id):
            return
        post = await self._records.posts.by_message(str(reaction.message_id))
        if post is None:
            return
        task_id, _, rest = post.key.partition("/")
        event, _, _number = rest.rpartition("/")
        if not task_id.startswith("t-") or not event:
            return
        try:
            await self._on_reaction(
                IncomingReaction(
                    task_id=task_id,
                    event=event,
                    message_id=str(reaction.message_id),
                    emoji=reaction.emoji.name,
                    user_id=str(reaction.user_id),
                    user_name=member.display_name,
                    user_roles=role_ids(member),
                )
            )
        except Exception:  # noqa: BLE001 - the outermost edge: one reaction must not end the others
            _log.exception("The reaction to message %s was not handled.", reaction.message_id)
