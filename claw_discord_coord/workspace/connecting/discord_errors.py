"""Translates exceptions of discord.py and aiohttp into this package's errors, with a sentence for a person."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

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


_KINDS: dict[int, type[DiscordRefused]] = {
    UNKNOWN_CHANNEL: Vanished,
    UNKNOWN_MESSAGE: Vanished,
    THREAD_ARCHIVED: ThreadClosed,
    THREAD_LOCKED: ThreadClosed,
    THREAD_EXISTS: ThreadExists,
}
"""Refusals that the workspace itself handles."""

_FIXES: dict[int, str] = {
    UNKNOWN_CHANNEL: "The channel or thread was deleted; it is made again when the task is opened again.",
    UNKNOWN_GUILD: "Check discord.guild_id in skill.yaml, and that the bot is a member of that server.",
    UNKNOWN_MESSAGE: "The message was deleted.",
    MISSING_ACCESS: "Let the bot's role see the channel: View Channel, in the channel's permissions.",
    30005: "Delete roles that are no longer used.",
    30013: "Delete channels that are no longer used: a server may have 500.",
    INVALID_FORM: "Report this with the coordinator's log: a message was built that Discord does not take.",
    40005: "Send a smaller file, or raise the server's boost level.",
    50024: "The channel is of a kind in which this cannot be done; name a text channel in skill.yaml.",
    THREAD_ARCHIVED: "Unarchive the thread, or give the bot's role Manage Threads.",
    THREAD_LOCKED: "Unlock the thread, or give the bot's role Manage Threads.",
    THREADS_FULL: "Archive threads that are no longer used: a server may have 1,000 active ones.",
    20016: "Take the slow mode off the channel, or give the bot's role Manage Channels.",
}
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
    if error.code == MISSING_PERMISSIONS or (error.status == 403 and error.code not in _FIXES):
        fix = f"Give the bot's role, in this server or channel: {needs}."
    else:
        fix = _FIXES.get(error.code, "See Discord's documentation of this code: topics/opcodes-and-status-codes.")
    kind = _KINDS.get(error.code, DiscordRefused)
    return kind(f"Discord refused to {doing}: {_reason(error)} ({error.code or f'HTTP {error.status}'}).", fix=fix)


def retry_after_s(error: discord.HTTPException) -> float | None:
    """Return the pause in seconds that Discord asks for (Discord documentation, topics/rate-limits, `Retry-After`)."""
    said = error.response.headers.get("Retry-After", "")
    return float(said) if re.fullmatch(r"\d+(\.\d+)?", said) else None


def _reason(error: discord.HTTPException) -> str:
    text = ", ".join(error.text.split("\n")).strip()
    if not text or text.startswith("<"):  # a page of Cloudflare's, made for browsers
        return "no reason given"
    return beginning(text, 300).rstrip(".")
