"""Translates exceptions of discord.py and aiohttp into this package's errors, with a sentence for a person."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
import discord

from claw_discord_coord.errors import CoordError, DiscordRefused, DiscordUnavailable
from claw_discord_coord.text.excerpts import beginning

UNKNOWN_CHANNEL = 10003
UNKNOWN_GUILD = 10004
UNKNOWN_MESSAGE = 10008
UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060
MISSING_ACCESS = 50001
MISSING_PERMISSIONS = 50013
INVALID_FORM = 50035
THREAD_ARCHIVED = 50083
REPLY_WITHOUT_HISTORY = 160002
THREAD_EXISTS = 160004
THREAD_LOCKED = 160005
THREADS_FULL = 160006
"""Discord's JSON error codes (Discord documentation, topics/opcodes-and-status-codes, "JSON Error Codes")."""


class Vanished(DiscordRefused):
    """The channel, thread or message no longer exists."""


class ThreadClosed(DiscordRefused):
    """The thread is archived or locked."""


class ThreadExists(DiscordRefused):
    """The message has a thread already."""


class WordsRefused(DiscordRefused):
    """A name or text holds words that Discord, or a rule of the server, does not allow."""


class FilesRefused(DiscordRefused):
    """The files are too large, or of a kind that Discord does not take."""


@dataclass(frozen=True)
class _Refusal:
    """The course to take after one error code.

    Attributes:
        fix: The advice for a person.
        passes: True when the refusal passes by itself; the request is then repeated.
        kind: The error for the workspace. A kind of its own means that the workspace does the thing another way.
    """

    fix: str
    passes: bool = False
    kind: type[DiscordRefused] = DiscordRefused


_OTHER_WORDS = "Use other words, or change the server's rules: Server Settings > Safety Setup > AutoMod."
_SMALLER = "Send smaller or other files; the coordinator keeps all of them."
_LATER = "This passes by itself; the coordinator tries again."

_REFUSALS: dict[int, _Refusal] = {
    # Refusals that pass: the request is repeated until Discord takes it.
    20016: _Refusal("Take the slow mode off the channel, or give the bot's role Manage Channels.", passes=True),
    20022: _Refusal(_LATER, passes=True),
    20028: _Refusal(_LATER, passes=True),
    20029: _Refusal(_LATER, passes=True),
    30040: _Refusal(_LATER, passes=True),
    30042: _Refusal(_LATER, passes=True),
    30046: _Refusal(_LATER, passes=True),
    40004: _Refusal("Discord has switched off messages for a time; see https://discordstatus.com.", passes=True),
    40006: _Refusal("Discord has switched this off for a time; see https://discordstatus.com.", passes=True),
    40009: _Refusal(_LATER, passes=True),
    # So Discord calls a forum post whose first message is still on its way (flybywiresim/discord-bot#391).
    40058: _Refusal(_LATER, passes=True),
    40062: _Refusal(_LATER, passes=True),
    40333: _Refusal("Cloudflare blocks the requests of this machine; see https://discordstatus.com.", passes=True),
    110000: _Refusal(_LATER, passes=True),
    110001: _Refusal(_LATER, passes=True),
    130000: _Refusal(_LATER, passes=True),
    THREADS_FULL: _Refusal(
        "Archive threads that are no longer used: a server may have 1,000 active ones. The task goes on by itself.",
        passes=True,
    ),
    160007: _Refusal("Archive announcement threads that are no longer used.", passes=True),
    # Refusals after which the workspace does the thing another way.
    UNKNOWN_CHANNEL: _Refusal(
        "The channel or thread was deleted; it is made again when the task is opened again.", kind=Vanished
    ),
    UNKNOWN_MESSAGE: _Refusal("The message was deleted.", kind=Vanished),
    THREAD_ARCHIVED: _Refusal("Unarchive the thread, or give the bot's role Manage Threads.", kind=ThreadClosed),
    THREAD_LOCKED: _Refusal("Unlock the thread, or give the bot's role Manage Threads.", kind=ThreadClosed),
    THREAD_EXISTS: _Refusal("See Discord's documentation of this code.", kind=ThreadExists),
    # Of community servers Discord refuses words in names with this code, and has no code of its own for that.
    INVALID_FORM: _Refusal(
        "If a word is not allowed in the server, use another; else report this with the coordinator's log.",
        kind=WordsRefused,
    ),
    20009: _Refusal(_OTHER_WORDS, kind=WordsRefused),
    20031: _Refusal(_OTHER_WORDS, kind=WordsRefused),
    200000: _Refusal(_OTHER_WORDS, kind=WordsRefused),
    200001: _Refusal(_OTHER_WORDS, kind=WordsRefused),
    240000: _Refusal("A link is on Discord's list of harmful links; leave the link out.", kind=WordsRefused),
    30015: _Refusal(_SMALLER, kind=FilesRefused),
    40005: _Refusal("Send a smaller file, or raise the server's boost level.", kind=FilesRefused),
    50045: _Refusal(_SMALLER, kind=FilesRefused),
    50046: _Refusal(_SMALLER, kind=FilesRefused),
    50110: _Refusal(_SMALLER, kind=FilesRefused),
    50123: _Refusal(_SMALLER, kind=FilesRefused),
    50146: _Refusal(_SMALLER, kind=FilesRefused),
    400001: _Refusal("Discord limits uploads in this server for a time.", kind=FilesRefused),
    # Refusals that only a person can end. Codes that are not listed are of this sort, too.
    UNKNOWN_GUILD: _Refusal("Check discord.guild_id in skill.yaml, and that the bot is a member of that server."),
    MISSING_ACCESS: _Refusal("Let the bot's role see the channel: View Channel, in the channel's permissions."),
    30005: _Refusal("Delete roles that are no longer used."),
    30013: _Refusal("Delete channels that are no longer used: a server may have 500."),
    30033: _Refusal("Remove people from the thread: a thread may have 1,000."),
    40002: _Refusal("Verify the account of the bot's owner."),
    40066: _Refusal("Create a tag in the forum that everybody may use, or do not require tags."),
    40067: _Refusal("Name `tags` of the destination in skill.yaml, or do not require tags in the forum."),
    50008: _Refusal("The channel takes no messages; name a text channel in skill.yaml."),
    50009: _Refusal("Lower the server's verification level for the bot, or give the bot a role."),
    50024: _Refusal("The channel is of a kind in which this cannot be done; name a text channel in skill.yaml."),
    60003: _Refusal("Switch on two-factor authentication for the account of the bot's owner."),
    REPLY_WITHOUT_HISTORY: _Refusal("Give the bot's role Read Message History."),
}
"""The course after every error code that the bot's requests may meet. No code ends a task."""

_UNLISTED = "See Discord's documentation of this code: topics/opcodes-and-status-codes."
_AGAIN = "It is tried again by itself; if this lasts, see https://discordstatus.com."


@contextmanager
def mapped(doing: str, *, needs: str = "View Channel") -> Generator[None]:
    """Raise DiscordUnavailable or DiscordRefused for exceptions of Discord or of the network.

    Args:
        doing: Completes the sentence "Discord refused to …".
        needs: The permissions that the request needs, named as in Discord's settings.
    """
    try:
        yield
    except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
        problem = explained(error, doing, needs=needs)
        if problem is None:
            raise
        raise problem from error


def explained(error: BaseException, doing: str, *, needs: str = "View Channel") -> CoordError | None:
    """Return the error for an exception, or None when the exception does not come from Discord."""
    if isinstance(error, discord.RateLimited):
        return DiscordUnavailable(
            f"Discord wants {error.retry_after:.0f} seconds of rest before it will {doing}.",
            retry_after_s=error.retry_after,
        )
    if isinstance(error, discord.LoginFailure):
        return DiscordRefused(
            "Discord does not accept the bot's token.",
            fix="Copy the token again from the Developer Portal (Bot > Reset Token) into skill.yaml's variable.",
        )
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return DiscordRefused(
            "The bot may not read what people write.",
            fix="Switch on Message Content Intent in the Developer Portal (Bot > Privileged Gateway Intents).",
        )
    if isinstance(error, discord.HTTPException):
        return _answered(error, doing, needs)
    if isinstance(error, discord.ConnectionClosed | discord.GatewayNotFound):
        return DiscordUnavailable("Discord's gateway closed the connection.", fix=_AGAIN)
    if isinstance(error, aiohttp.ClientError | OSError):  # TimeoutError is an OSError
        return DiscordUnavailable(f"Discord could not be reached to {doing}.", fix=_AGAIN)
    # aiohttp says so of a session that was closed meanwhile, which happens when the connection is being renewed.
    if isinstance(error, RuntimeError) and "closed" in str(error):
        return DiscordUnavailable(
            f"The connection to Discord was being renewed while asking it to {doing}.", fix=_AGAIN
        )
    return None


def _answered(error: discord.HTTPException, doing: str, needs: str) -> CoordError:
    if error.status == 429:
        return DiscordUnavailable(
            f"Discord is asked too often to {doing}.", fix=_AGAIN, retry_after_s=retry_after_s(error)
        )
    if error.status >= 500:
        return DiscordUnavailable(f"Discord could not {doing}: it answered {error.status}.", fix=_AGAIN)
    if error.status == 401:
        return DiscordRefused(
            "Discord no longer accepts the bot's token.", fix="Copy the token again from the Developer Portal."
        )
    refusal = _REFUSALS.get(error.code)
    if refusal is None:
        permission = error.code == MISSING_PERMISSIONS or error.status == 403
        refusal = _Refusal(f"Give the bot's role, in this server or channel: {needs}." if permission else _UNLISTED)
    message = f"Discord refused to {doing}: {_reason(error)} ({error.code or f'HTTP {error.status}'})."
    if refusal.passes:
        return DiscordUnavailable(message, fix=refusal.fix, retry_after_s=retry_after_s(error))
    return refusal.kind(message, fix=refusal.fix)


def retry_after_s(error: discord.HTTPException) -> float | None:
    """Return the pause in seconds that Discord asks for (Discord documentation, topics/rate-limits, `Retry-After`)."""
    said = error.response.headers.get("Retry-After", "")
    return float(said) if re.fullmatch(r"\d+(\.\d+)?", said) else None


def _reason(error: discord.HTTPException) -> str:
    text = ", ".join(error.text.split("\n")).strip()
    if not text or text.startswith("<"):  # a page of Cloudflare's, made for browsers
        return "no reason given"
    return beginning(text, 300).rstrip(".")
