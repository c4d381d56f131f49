"""Disables mentions in the dialect of each service. Code stays, since no service looks for mentions in code."""

from __future__ import annotations

import re
from collections.abc import Callable

from claw_discord_coord.text.fences import commonmark_fences, discord_fences
from claw_discord_coord.text.markdown import code_and_prose

BREAK = "\u200b"
"""A zero-width space, which splits a mention so that the text looks the same."""
_NOTHING = "<!-- -->"
"""An empty comment, which GitHub does not show. GitHub ignores a zero-width space in a name."""

# Discord documentation, reference, "Message Formatting": users, roles, and everyone or here.
_DISCORD = re.compile(r"@(?=everyone|here)|(?<=<)@(?=[!&]?\d)", re.IGNORECASE)
# The same page: `</name:id>`, perhaps with a subcommand. It would be a button that fills in the command.
_DISCORD_COMMAND = re.compile(r"(?<=<)/(?=[^\s<>:][^<>:\n]{0,100}:\d)")

# Slack (api.slack.com/reference/surfaces/formatting): `<!channel>`, `<!subteam^ID>` and `<@ID>`. Telegram, Mattermost,
# Rocket.Chat, Teams and others: `@name`. An address such as ada@example.com is not a mention.
_CHAT = re.compile(r"(?<![\w.+-])@(?=[\w<!&])|(?<=<)[!@](?=[\w&!])")

_GITHUB_NAME = re.compile(r"(?<![\w])@(?=\w)")
# GitHub documentation, "Linking a pull request to an issue": a keyword, perhaps a colon, and a reference.
_GITHUB_CLOSING = re.compile(
    r"(?i)\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?[ \t]+)(?=(?:[\w.-]{1,100}/[\w.-]{1,100})?#\d|gh-\d|https?://\S{1,100}/(?:issues|pull)/\d)"
)


def for_discord(text: str) -> str:
    """Disable Discord's mentions of people, roles and commands."""
    return _in_prose(
        text, lambda prose: _DISCORD_COMMAND.sub(f"/{BREAK}", _DISCORD.sub(f"@{BREAK}", prose)), discord=True
    )


def for_chat(text: str) -> str:
    """Disable the mentions of chat services: Slack, Telegram, Mattermost, Teams and others."""
    return _in_prose(text, lambda prose: _CHAT.sub(lambda match: f"{match[0]}{BREAK}", prose))


def for_github(text: str) -> str:
    """Disable GitHub's mentions of users and teams, and keywords that close issues."""
    return _in_prose(
        text, lambda prose: _GITHUB_CLOSING.sub(rf"\1\2{_NOTHING}", _GITHUB_NAME.sub(f"@{_NOTHING}", prose))
    )


def for_commit(line: str) -> str:
    """Disable mentions and keywords in a commit message, where GitHub and others look for both and comments show."""
    return _GITHUB_CLOSING.sub(rf"\1\2{BREAK}", _GITHUB_NAME.sub(f"@{BREAK}", line))


def _in_prose(text: str, change: Callable[[str], str], *, discord: bool = False) -> str:
    pieces = code_and_prose(text, discord_fences if discord else commonmark_fences)
    return "".join(piece if code else change(piece) for code, piece in pieces)
