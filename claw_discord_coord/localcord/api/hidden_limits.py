"""Rates that Discord applies without showing them in headers. Sources: see `limits.Limits`."""

from typing import cast

from ..errors import TOO_MANY_EDITS_OF_OLD_MESSAGE
from ..rate_limits import Pool
from ..shapes import Json
from ..snowflake import is_snowflake, ms_of
from .call import Call
from .routing import Route


def pools_for(route: Route, call: Call) -> list[Pool]:
    """The hidden rates a request counts for."""
    limits = call.parts.limits
    body = cast(Json, call.json) if isinstance(call.json, dict) else {}
    channel_id = call.params.get("channel_id", "")
    place = (route.method, route.template)
    if place == ("PATCH", "/channels/{channel_id}"):
        channel = call.world.channels.get(channel_id)
        if channel and any(name in body and body[name] != getattr(channel, name) for name in ("name", "topic")):
            return [Pool(f"rename:{channel_id}", limits.rename)]
    elif place[1] in ("/channels/{channel_id}/threads", "/channels/{channel_id}/messages/{message_id}/threads"):
        channel = call.world.channels.get(channel_id)
        if route.method == "POST" and channel:
            return [Pool(f"threads:{channel.guild_id}", limits.thread_creation, shared=True)]
    elif place == ("PATCH", "/channels/{channel_id}/messages/{message_id}"):
        message = call.params["message_id"]
        if is_snowflake(message) and call.world.clock.now_s() - ms_of(message) / 1000 > limits.old_after_s:
            text = "Maximum number of edits to messages older than 1 hour reached. Try again later"
            return [Pool(f"old-edits:{channel_id}", limits.old_edits, code=TOO_MANY_EDITS_OF_OLD_MESSAGE, message=text)]
    elif route.method == "POST" and place[1].startswith("/webhooks/{webhook_id}/{webhook_token}"):
        webhook = call.world.webhooks.get(call.params["webhook_id"])
        if webhook:
            return [Pool(f"webhooks-in:{webhook.channel_id}", limits.webhook_channel)]
    return []
