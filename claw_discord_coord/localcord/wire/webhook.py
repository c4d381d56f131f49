"""Webhooks as JSON."""

from ..shapes import Json
from ..world.webhook import Webhook
from ..world.world import World
from .user import user_json


def webhook_json(world: World, webhook: Webhook, *, with_user: bool = True) -> Json:
    """`GuildIncomingWebhookResponse`; whoever holds only the token doesn't learn who made it."""
    body: Json = {
        "id": webhook.id,
        "type": 1,
        "guild_id": webhook.guild_id,
        "channel_id": webhook.channel_id,
        "name": webhook.name,
        "avatar": webhook.avatar,
        "application_id": webhook.application_id,
        "token": webhook.token,
        "url": world.url(f"/api/webhooks/{webhook.id}/{webhook.token}"),
    }
    creator = world.users.get(webhook.user_id)
    if with_user and creator is not None:
        body["user"] = user_json(creator)
    return body
