"""Downloading attachments."""

from urllib.parse import quote, unquote

from aiohttp import web

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
    found = world.store.get_upload(f"{parts[1]}/{parts[2]}")
    if found is None:
        return None
    kind, body = found
    name = unquote(parts[3])
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
