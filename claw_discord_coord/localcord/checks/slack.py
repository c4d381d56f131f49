"""A message as Slack's incoming webhooks take it.

Source: Discord documentation, resources/webhook, "Execute Slack-Compatible Webhook" (`channel`, `icon_emoji`, `mrkdwn`
and `mrkdwn_in` are not supported), and its OpenAPI document, `SlackWebhook`.
"""

import re

from ..clock import iso
from ..shapes import Json
from .form import Form, without_none

_COLOR = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_TEXT_CHARS = 2000
_ANY_CHARS = 152_133
"""The longest text that the document lets pass; the limits of embeds come after it."""


def read_slack(form: Form) -> Json:
    """The body of an ordinary webhook that says the same; faults are left in the form."""
    return without_none(
        {
            "content": form.text("text", _TEXT_CHARS),
            "username": form.text("username", _ANY_CHARS),
            "avatar_url": form.text("icon_url", 2048),
            "embeds": [_embed(attachment) for attachment in form.objects("attachments", 10) or []],
        }
    )


def _embed(form: Form) -> Json:
    texts = [form.text(name, _ANY_CHARS) for name in ("pretext", "text")]
    return without_none(
        {
            "title": form.text("title", _ANY_CHARS),
            "url": form.text("title_link", 2048),
            "description": "\n".join(text for text in texts if text) or None,
            "color": _color(form),
            "timestamp": _timestamp(form),
            "author": _part(form, {"name": "author_name", "url": "author_link", "icon_url": "author_icon"}),
            "footer": _part(form, {"text": "footer", "icon_url": "footer_icon"}),
            "image": _part(form, {"url": "image_url"}),
            "thumbnail": _part(form, {"url": "thumb_url"}),
            "fields": [_field(field) for field in form.objects("fields", 25) or []] or None,
        }
    )


def _field(form: Form) -> Json:
    return {
        "name": form.text("title", _ANY_CHARS),
        "value": form.text("value", _ANY_CHARS),
        "inline": form.boolean("short"),
    }


def _part(form: Form, names: dict[str, str]) -> Json | None:
    """A part of an embed from fields of the attachment; None without the first of them, which carries it."""
    part = {ours: form.text(theirs, _ANY_CHARS) for ours, theirs in names.items()}
    return without_none(part) if next(iter(part.values())) else None


def _color(form: Form) -> int | None:
    text = form.text("color", 7)
    if not text:
        return None
    found = _COLOR.fullmatch(text)
    if found is None:
        form.fault("color", "STRING_TYPE_REGEX", "String value did not match validation regex.")
        return None
    digits = found[1] if len(found[1]) > 3 else "".join(digit * 2 for digit in found[1])
    return int(digits, 16)


def _timestamp(form: Form) -> str | None:
    seconds = form.integer("ts", low=0, high=(1 << 32) - 1)
    return None if seconds is None else iso(seconds)
