"""Pictures: those of emoji that were uploaded, and colored discs with a letter for all else."""

import hashlib
import re
from html import escape

from aiohttp import web

from .emojis import picture_key
from .world.world import World

_COLORS = ("#5865f2", "#747f8d", "#3ba55c", "#faa61a", "#ed4245", "#eb459e")
_INERT = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}


def picture(world: World, path: str) -> web.Response | None:
    """The picture at `/avatars/…`, `/embed/avatars/…`, `/icons/…` or `/emojis/…`; None for other paths."""
    parts = path.strip("/").split("/")
    if parts[0] == "emojis" and len(parts) == 2:
        return _emoji(world, parts[1].partition(".")[0])
    if parts[0] == "embed" and parts[1:2] == ["avatars"]:
        return _disc("", int(next(iter(re.findall("[0-9]{1,3}", parts[-1])), 0)))
    if parts[0] not in ("avatars", "icons", "guilds", "app-icons") or len(parts) < 2:
        return None
    user = world.users.get(parts[1])
    name = user.username if user else parts[1]
    number = hashlib.md5(parts[1].encode(), usedforsecurity=False).digest()[0]
    return _disc(name[:1].upper(), number)


def _emoji(world: World, emoji_id: str) -> web.Response | None:
    emoji = world.emojis.get(emoji_id)
    if emoji is None:
        return None
    kept = world.store.get_upload(picture_key(emoji.id))
    if kept is None:
        return _disc(emoji.name[:1].upper(), int(emoji.id))
    kind, body = kept
    return web.Response(body=body, content_type=kind, headers=_INERT)


def _disc(letter: str, number: int) -> web.Response:
    color = _COLORS[number % len(_COLORS)]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 128 128">'
        f'<rect width="128" height="128" fill="{color}"/>'
        '<text x="64" y="64" dy=".36em" font-family="sans-serif" font-size="64" fill="#fff" text-anchor="middle">'
        f"{escape(letter)}</text></svg>"
    )
    return web.Response(text=svg, content_type="image/svg+xml", headers=_INERT)
