"""Searching messages. Source: Discord documentation, resources/message, "Search Guild Messages"."""

from ...access import can_view
from ...errors import MISSING_ACCESS, DiscordError
from ...permissions import Permission
from ...shapes import Json
from ...wire.channel import channel_json, thread_member_json
from ...wire.message import message_json
from ..call import Call
from ..routing import Routes

routes = Routes()


@routes.on("GET", "/guilds/{guild_id}/messages/search")
def search_messages(call: Call) -> Json:
    """Messages with a text, by an author, in a channel; newest first. The answer is exact, not an eventual index."""
    guild = call.guild(Permission.READ_MESSAGE_HISTORY)
    if not call.viewer.sees_content:
        raise DiscordError(MISSING_ACCESS)
    limit, offset = call.integer("limit", 25, 1, 25), call.integer("offset", 0, 0, 9975)
    text = call.query.get("content", "").lower()
    author, place = call.snowflake("author_id"), call.snowflake("channel_id")
    low, high = call.snowflake("min_id"), call.snowflake("max_id")
    world = call.world
    visible = {c.id for c in world.channels if c.guild_id == guild.id and can_view(world, c, call.user.id)}
    found = [
        message
        for message in world.messages
        if message.channel_id in visible
        and message.ephemeral_to is None
        and text in message.content.lower()
        and (author is None or message.author_id == str(author))
        and (place is None or message.channel_id == str(place))
        and (low is None or int(message.id) > low)
        and (high is None or int(message.id) < high)
    ]
    found.sort(key=lambda message: int(message.id), reverse=call.query.get("sort_order", "desc") != "asc")
    page = found[offset : offset + limit]
    threads = [world.channels[i] for i in {m.channel_id for m in page} if world.channels[i].is_thread]
    joined = [world.joined[thread.id].get(call.user.id) for thread in threads]
    return {
        "analytics_id": world.new_id(),
        "doing_deep_historical_index": False,
        "total_results": len(found),
        "messages": [[message_json(world, message, call.viewer) | {"hit": True}] for message in page],
        "threads": [channel_json(world, thread, call.user.id) for thread in threads],
        "members": [thread_member_json(world, member) for member in joined if member is not None],
    }
