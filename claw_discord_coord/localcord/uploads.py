"""Downloading attachments."""

from urllib.parse import quote, unquote

from aiohttp import web

from .world.message import Message
from .world.world import World

_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/", "text/plain")
_PARTS = 4


def download(world: World, path: str) -> web.Response | None:
    """The upload at `/attachments/{channel}/{attachment}/{name}`; None when there is none.

    Whatever is not plainly a picture, sound or text is handed over as a file, so that nobody's HTML runs here.
    """
    parts = path.strip("/").split("/")
    if len(parts) != _PARTS or parts[0] != "attachments":
        return None
    body = world.store.get_bytes(f"{parts[1]}/{parts[2]}")
    if body is None:
        return None
    name = unquote(parts[3])
    kind = _kind(world, parts[1], parts[2])
    inline = kind.startswith(_SHOWN)
    return web.Response(
        body=body,
        headers={
            "Content-Type": kind,
            "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name)}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def _kind(world: World, channel_id: str, attachment_id: str) -> str:
    for message_id in world.history.all(channel_id):
        found = _of_message(world.messages.get(message_id), attachment_id)
        if found is not None:
            return found
    return "application/octet-stream"


def _of_message(message: Message | None, attachment_id: str) -> str | None:
    for attachment in message.attachments if message else ():
        if attachment["id"] == attachment_id:
            return str(attachment["content_type"])
    return None
