"""Slow mode: how often one user may post in a channel.

Source: Discord documentation, resources/channel, `rate_limit_per_user`, and code 20016.
"""

from ...errors import SLOWMODE, DiscordError
from ...permissions import Permission
from ...world.channel import Channel
from ..call import Call

_FREE = int(Permission.BYPASS_SLOWMODE | Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS)
_LOOK_BACK = 200


def check_slowmode(call: Call, channel: Channel, permissions: int) -> None:
    """Raise DiscordError 20016 when the caller posted too recently; looks at the newest messages only."""
    if channel.rate_limit_per_user == 0 or permissions & _FREE:
        return
    now_ms = call.world.clock.now_ms()
    for message_id in call.world.history.page(channel.id, _LOOK_BACK):
        message = call.world.messages[message_id]
        waited_s = (now_ms - message.created_ms) / 1000
        if waited_s >= channel.rate_limit_per_user:
            return
        if message.author_id == call.user.id:
            raise DiscordError(
                SLOWMODE,
                "This action cannot be performed due to slowmode rate limit",
                status=429,
                more={"retry_after": round(channel.rate_limit_per_user - waited_s, 3), "global": False},
            )
