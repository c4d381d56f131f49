"""What a session learns when its user gains or loses access to channels.

Source: Discord documentation, events/gateway-events, "Thread List Sync".
"""

from ..access import can_view
from ..shapes import Json
from ..wire.channel import channel_json, thread_member_json
from ..world.world import World
from .session import Session

CHANGES_ACCESS = frozenset(
    {"CHANNEL_CREATE", "CHANNEL_UPDATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE", "GUILD_MEMBER_UPDATE"}
)
"""Dispatches after which someone may see more or less than before."""


def visible_channels(world: World, session: Session) -> set[str]:
    """The channels of guilds that the session's user may view."""
    user_id = session.user.id
    return {c.id for c in world.channels if c.guild_id and not c.is_thread and can_view(world, c, user_id)}


def update_visible(world: World, session: Session, created: set[str]) -> None:
    """Tell a session of channels that came into view (with their threads) or went out of it.

    Of those just `created` it has been told already.
    """
    before, session.visible = session.visible, visible_channels(world, session)
    for channel_id in sorted(session.visible - before - created):
        channel = world.channels[channel_id]
        threads = [t for t in world.threads(channel_id) if not t.archived and can_view(world, t, session.user.id)]
        if not session.user.bot:
            session.dispatch_json("CHANNEL_CREATE", channel_json(world, channel, session.user.id))
        if session.wants(1) and threads:
            joined = [world.joined[thread.id].get(session.user.id) for thread in threads]
            body: Json = {
                "guild_id": channel.guild_id,
                "channel_ids": [channel_id],
                "threads": [channel_json(world, thread, session.user.id) for thread in threads],
                "members": [thread_member_json(world, member) for member in joined if member],
            }
            session.dispatch_json("THREAD_LIST_SYNC", body)
    if not session.user.bot:
        for channel_id in before - session.visible:
            channel = world.channels.get(channel_id)
            if channel is not None:
                session.dispatch_json("CHANNEL_DELETE", channel_json(world, channel))
