"""Makes text from outside harmless before it reaches anybody: no mention, no hidden character, no secret."""

from __future__ import annotations

import re

SECRET_REMOVED = "[secret removed]"  # noqa: S105 - the very opposite of one
"""What stands where something that looks like a secret was."""

_BREAK = "\u200b"
"""A zero-width space: splits a mention so that Discord reads it as plain text."""

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, except tab and line feed
    "\xad\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # soft hyphen and letters without a glyph
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls (Unicode Standard Annex 9, section 2)
    "\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible, but not the joiners that scripts and emoji need
    "\U000e0000-\U000e0fff"  # tags, and variation selectors beyond the common ones, in which text can hide
    "]"
)
_FLAG_TAGS = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
"""The one honest use of tag characters: flags of regions, such as Scotland's (Unicode Technical Standard 51)."""

_MENTION = re.compile(r"@(?=everyone|here)|(?<=<)@(?=[!&]?\d)", re.IGNORECASE)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_SECRETS = re.compile(
    "|".join(
        (
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
            r"https?://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/[\w-]+",
            r"https?://hooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]+",
            r"(?<![\w-])[MNO][\w-]{22,27}\.[\w-]{5,8}\.[\w-]{25,}",  # Discord: user id, time and signature in base64
            r"(?<![\w-])mfa\.[\w-]{20,}",
            r"(?<!\w)task_[0-9a-f]{64}(?!\w)",  # our own task tokens
            r"(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
            r"(?<!\w)glpat-[\w-]{20,}",
            r"(?<!\w)(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}",
            r"(?<![\w-])sk-[\w-]{20,}",  # OpenAI, Anthropic
            r"(?<![\w-])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?!\w)",
            r"(?<!\w)AIza[\w-]{35}",
            r"(?<!\w)\d{8,10}:AA[\w-]{33}(?!\w)",  # Telegram
            r"(?<!\w)(?:sk|rk)_live_[A-Za-z0-9]{20,}",
            r"(?<!\w)npm_[A-Za-z0-9]{36}",
            r"(?<!\w)pypi-AgE[\w-]{50,}",
            r"(?<!\w)eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",  # JSON Web Token
        )
    ),
    re.DOTALL,
)
_LABELLED = re.compile(r"(?i)((?:aws_?)?secret_?access_?key[\"']?\s*[=:]\s*[\"']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])")
_BEARER = re.compile(r"(?i)(authorization[\"']?\s*[=:]\s*[\"']?(?:bearer|bot|basic|token)\s+)[\w.~+/=-]{12,}")


def neutral(text: str) -> str:
    """Take out of a text what could ping, hide, reverse or give away.

    Visible characters stay as they are, but for secrets, which become `SECRET_REMOVED`, and mentions, which get a
    zero-width space after the `@`. Every line end becomes a line feed. Applying it twice is the same as once.
    Masking secrets is a net for accidents, by the shapes their issuers publish; it does not find one in disguise.
    Messages are sent with `allowed_mentions` empty, too.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _LONE_SURROGATE.sub("\ufffd", text)
    text = without_secrets(_without_hidden(text))
    return _MENTION.sub(f"@{_BREAK}", text)


def without_secrets(text: str) -> str:
    """Take out of a text what looks like a secret, and leave the rest as it is."""
    text = _SECRETS.sub(SECRET_REMOVED, text)
    text = _LABELLED.sub(rf"\1{SECRET_REMOVED}", text)
    return _BEARER.sub(rf"\1{SECRET_REMOVED}", text)


def visible(text: str) -> str:
    """Take out what a terminal would obey or hide: control characters, reversals, what has no glyph."""
    return _without_hidden(_LONE_SURROGATE.sub("\ufffd", text))


def one_line(text: str, limit_chars: int) -> str:
    """Make the text neutral, put it on one line, and cut it with an ellipsis to so many characters; never empty."""
    line = " ".join(neutral(text).split()) or "(untitled)"
    return line if len(line) <= limit_chars else line[: limit_chars - 1].rstrip() + "…"


def _without_hidden(text: str) -> str:
    pieces: list[str] = []
    at = 0
    for flag in _FLAG_TAGS.finditer(text):
        pieces += [_HIDDEN.sub("", text[at : flag.start()]), flag[0]]
        at = flag.end()
    return "".join(pieces) + _HIDDEN.sub("", text[at:])
