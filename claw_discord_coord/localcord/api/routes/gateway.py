"""Where the gateway is. Source: Discord documentation, events/gateway, "Get Gateway"."""

from ...shapes import Json
from ..call import Call
from ..routing import Routes

routes = Routes()


@routes.on("GET", "/gateway", anonymous=True)
def get_gateway(call: Call) -> Json:
    """The gateway's address."""
    return {"url": call.parts.hub.url}


@routes.on("GET", "/gateway/bot")
def get_bot_gateway(call: Call) -> Json:
    """The gateway's address and how many sessions may still be started today."""
    call.bots_only()
    return {
        "url": call.parts.hub.url,
        "shards": 1,
        "session_start_limit": call.parts.hub.starts.as_json(call.user.id),
    }
