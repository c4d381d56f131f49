"""Pictures that the server draws itself: a coloured disc with a letter for each user."""

import hashlib
import re
from html import escape

from aiohttp import web

from .world.world import World

_COLOURS = ("#5865f2", "#747f8d", "#3ba55c", "#faa61a", "#ed4245", "#eb459e")


def picture(world: World, path: str) -> web.Response | None:
    """The picture at `/avatars/…`, `/embed/avatars/…` or `/icons/…`; None for other paths."""
    parts = path.strip("/").split("/")
    if parts[0] == "embed" and parts[1:2] == ["avatars"]:
        return _disc("", int(next(iter(re.findall("[0-9]{1,3}", parts[-1])), 0)))
    if parts[0] not in ("avatars", "icons", "guilds", "app-icons") or len(parts) < 2:
        return None
    user = world.users.get(parts[1])
    name = user.username if user else parts[1]
    number = hashlib.md5(parts[1].encode(), usedforsecurity=False).digest()[0]
    return _disc(name[:1].upper(), number)


def _disc(letter: str, number: int) -> web.Response:
    colour = _COLOURS[number % len(_COLOURS)]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 128 128">'
        f'<rect width="128" height="128" fill="{colour}"/>'
        '<text x="64" y="64" dy=".36em" font-family="sans-serif" font-size="64" fill="#fff" text-anchor="middle">'
        f"{escape(letter)}</text></svg>"
    )
    headers = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=svg, content_type="image/svg+xml", headers=headers)
