"""Embeds. Source: Discord documentation, resources/message, "Embed Limits"."""

from ..clock import from_iso
from ..shapes import Json, JsonList
from .form import Form, without_none

TOTAL_CHARS = 6000
"""Characters of all embeds of a message together."""

_URL_CHARS = 2048
_SHOWN = frozenset({"title", "description", "timestamp", "footer", "author", "image", "thumbnail", "fields"})


def read_embeds(form: Form, name: str = "embeds") -> JsonList | None:
    """The embeds of a message as Discord gives them back; None when the field is missing."""
    forms = form.objects(name, 10)
    if forms is None:
        return None
    embeds = [_read_embed(embed) for embed in forms]
    if sum(_chars(embed) for embed in embeds) > TOTAL_CHARS:
        form.fault(name, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {TOTAL_CHARS}")
    return embeds


def shows_something(embed: Json) -> bool:
    """Whether there is anything to see of an embed but its color."""
    return bool(_SHOWN & embed.keys())


def _read_embed(form: Form) -> Json:
    embed = without_none(
        {
            "type": "rich",
            "title": form.text("title", 256) or None,
            "description": form.text("description", 4096) or None,
            "url": _url(form, "url"),
            "color": form.integer("color", low=0, high=0xFFFFFF),
            "timestamp": _timestamp(form),
            "footer": _part(form, "footer", {"text": 2048}, ("icon_url",)),
            "author": _part(form, "author", {"name": 256}, ("url", "icon_url")),
            "image": _part(form, "image", {}, ("url",)),
            "thumbnail": _part(form, "thumbnail", {}, ("url",)),
        }
    )
    fields = form.objects("fields", 25)
    if fields:
        embed["fields"] = [
            {
                "name": field.text("name", 256, low=1, required=True) or "",
                "value": field.text("value", 1024, low=1, required=True) or "",
                "inline": field.boolean("inline"),
            }
            for field in fields
        ]
    return embed


def _part(form: Form, name: str, texts: dict[str, int], urls: tuple[str, ...]) -> Json | None:
    part = form.object(name)
    if part is None:
        return None
    values = {field: part.text(field, high, low=1, required=True) or "" for field, high in texts.items()}
    return values | without_none({field: _url(part, field) for field in urls})


def _url(form: Form, name: str) -> str | None:
    url = form.text(name, _URL_CHARS)
    if not url:
        return None
    if not url.startswith(("http://", "https://", "attachment://")):
        form.fault(name, "URL_TYPE_INVALID_SCHEME", f"Scheme \"{url.split(':')[0]}\" is not one of ('http', 'https').")
        return None
    return url


def _timestamp(form: Form) -> str | None:
    text = form.text("timestamp", 64)
    if text is None:
        return None
    try:
        from_iso(text)
    except ValueError:
        form.fault("timestamp", "DATETIME_TYPE_PARSE", f"Could not parse {text}. Should be ISO8601.")
        return None
    return text


def _chars(embed: Json) -> int:
    parts = [embed.get("title", ""), embed.get("description", "")]
    parts += [embed.get("footer", {}).get("text", ""), embed.get("author", {}).get("name", "")]
    for field in embed.get("fields", []):
        parts += [field["name"], field["value"]]
    return sum(len(part) for part in parts)
