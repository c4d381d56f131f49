"""Checks the bot's access to Discord through the HTTP API. Changes nothing.

Sources: Discord documentation, resources/application ("Application Flags"), topics/permissions ("Permission
Overwrites"), topics/oauth2 ("Bot Authorization Flow").
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from claw_discord_coord.config.model import DiscordConfig, OperatorsConfig
from claw_discord_coord.openclaw.checks import Finding, Level
from claw_discord_coord.workspace.connecting.discord_connection import PERMISSIONS

REQUEST_LIMIT_S = 15.0
CLOCK_LIMIT_S = 30.0
"""The largest difference to Discord's clock; deadlines and webhook signatures depend on the clock."""

MESSAGE_CONTENT_FLAGS = (1 << 18) | (1 << 19)
"""The application flags GATEWAY_MESSAGE_CONTENT and GATEWAY_MESSAGE_CONTENT_LIMITED."""

ADMINISTRATOR = 1 << 3
CREATING = "manage_channels"
_BITS = {name: PERMISSIONS.VALID_FLAGS[name] for name, needed in PERMISSIONS if needed}


class _No(Exception):
    """Discord refused a request."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class _Api:
    http: aiohttp.ClientSession
    base: str
    date: str | None = None

    async def get(self, path: str) -> Any:
        try:
            async with self.http.get(f"{self.base}{path}") as response:
                self.date = response.headers.get("Date", self.date)
                if response.status != HTTPStatus.OK:
                    raise _No(response.status, f"Discord responded to {path} with HTTP {response.status}.")
                return await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _No(0, f"Discord does not respond at {self.base} ({type(error).__name__}).") from error


def invitation(application_id: str, guild_id: str | None) -> str:
    """Return the link with which the owner of a server invites the bot, with the least permissions."""
    guild = f"&guild_id={guild_id}" if guild_id else ""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}&scope=bot"
        f"&permissions={PERMISSIONS.value}{guild}"
    )


async def look(
    discord: DiscordConfig, operators: OperatorsConfig, channels: Iterable[str]
) -> tuple[list[Finding], str | None]:
    """Return the findings, and the invite link when the application is known. `channels` are the channels in use."""
    if discord.token is None:
        text = "The embedded local Discord is used. It needs no account, no token and no permissions."
        return [Finding("discord", Level.OK, text)], None
    headers = {
        "Authorization": f"Bot {discord.token.get_secret_value()}",
        "User-Agent": "DiscordBot (claw-discord-coord, 0)",
    }
    timeout = aiohttp.ClientTimeout(total=REQUEST_LIMIT_S)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as http:
        api = _Api(http, discord.api_base.rstrip("/"))
        try:
            # Both need only the token, so they tell a wrong token from missing permissions.
            application = await api.get("/applications/@me")
            bot = await api.get("/users/@me")
        except _No as error:
            return [_no_entry(error)], None
        link = invitation(application["id"], discord.guild_id)
        found = [
            Finding("discord token", Level.OK, f"The token is that of the bot {bot['username']}."),
            _intent(application),
            _clock(api.date),
        ]
        found += [one async for one in _guild(api, discord.guild_id or "", bot["id"], operators, channels, link)]
        return found, link


def _no_entry(error: _No) -> Finding:
    if error.status == HTTPStatus.UNAUTHORIZED:
        fix = "Copy the bot's token again from the Developer Portal (Bot > Reset Token) into the environment."
        return Finding("discord token", Level.ERROR, "Discord does not know the token.", fix)
    fix = "Check the network and discord.api_base, or see https://discordstatus.com."
    return Finding("discord", Level.ERROR, str(error), fix)


def _intent(application: dict[str, Any]) -> Finding:
    if int(application.get("flags") or 0) & MESSAGE_CONTENT_FLAGS:
        return Finding("discord intents", Level.OK, "The Message Content intent is on.")
    fix = "Switch on Message Content Intent in the Developer Portal (Bot > Privileged Gateway Intents)."
    return Finding("discord intents", Level.ERROR, "The Message Content intent is off.", fix)


def _clock(date: str | None) -> Finding:
    if date is None:
        return Finding("clock", Level.OK, "Discord's response has no time to compare with.")
    # The Date header of the response saves a request, and its precision of one second is enough.
    apart_s = abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
    if apart_s <= CLOCK_LIMIT_S:
        return Finding("clock", Level.OK, "This machine's clock agrees with Discord's.")
    fix = "Set the clock, or switch on its synchronization (NTP)."
    return Finding("clock", Level.WARNING, f"This machine's clock is {apart_s:.0f} s away from Discord's.", fix)


async def _guild(
    api: _Api, guild_id: str, bot_id: str, operators: OperatorsConfig, names: Iterable[str], link: str
) -> AsyncGenerator[Finding]:
    try:
        guild = await api.get(f"/guilds/{guild_id}")
        member = await api.get(f"/guilds/{guild_id}/members/{bot_id}")
        channels = await api.get(f"/guilds/{guild_id}/channels")
    except _No as error:
        if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            text = f"The bot is not a member of the server {guild_id}."
            yield Finding("discord server", Level.ERROR, text, f"Invite it: {link}")
        else:
            yield _no_entry(error)
        return
    yield Finding("discord server", Level.OK, f"The bot is a member of the server {guild['name']}.")
    has = _in_guild(guild, member, bot_id)
    by_name = {channel["name"]: channel for channel in channels}
    for name in sorted(set(names)):
        yield _channel(name, by_name.get(name), has, guild_id, member, bot_id, link)
    async for finding in _operators(api, guild, operators):
        yield finding


def _in_guild(guild: dict[str, Any], member: dict[str, Any], bot_id: str) -> int:
    """Return the bot's permissions in the server: those of all its roles and of everyone ("Permission Hierarchy")."""
    mine = {guild["id"], *member["roles"]}
    has = 0
    for role in guild["roles"]:
        if role["id"] in mine:
            has |= int(role["permissions"])
    return -1 if has & ADMINISTRATOR or guild["owner_id"] == bot_id else has


def _in_channel(channel: dict[str, Any], has: int, guild_id: str, member: dict[str, Any], bot_id: str) -> int:
    """Apply a channel's overwrites to the bot's permissions: everyone's, then the roles', then the bot's own
    ("Permission Overwrites").
    """
    if has == -1:
        return has
    overwrites = {one["id"]: one for one in channel.get("permission_overwrites", [])}
    for ids in ([guild_id], [role for role in member["roles"] if role != guild_id], [bot_id]):
        there = [overwrites[one] for one in ids if one in overwrites]
        for one in there:
            has &= ~int(one["deny"])
        for one in there:
            has |= int(one["allow"])
    return has


def _channel(
    name: str,
    channel: dict[str, Any] | None,
    has: int,
    guild_id: str,
    member: dict[str, Any],
    bot_id: str,
    link: str,
) -> Finding:
    check = f"channel {name}"
    if channel is None:
        if has & _BITS[CREATING]:
            return Finding(check, Level.OK, f"#{name} does not exist yet; the bot creates the channel when needed.")
        fix = f"Create #{name}, or let the bot do it: {link}"
        return Finding(check, Level.ERROR, f"#{name} is missing, and the bot may not create channels.", fix)
    here = _in_channel(channel, has, guild_id, member, bot_id)
    missing = [bit for bit in _BITS if bit != CREATING and not here & _BITS[bit]]
    if not missing:
        return Finding(check, Level.OK, f"The bot has all permissions in #{name}.")
    words = ", ".join(bit.replace("_", " ").title() for bit in missing)
    fix = f"Allow that in the permissions of #{name}, or give it to the bot's role: {link}"
    return Finding(check, Level.ERROR, f"The bot lacks {words} in #{name}.", fix)


async def _operators(api: _Api, guild: dict[str, Any], operators: OperatorsConfig) -> AsyncGenerator[Finding]:
    if not operators.users and not operators.roles:
        text = "skill.yaml names no operator, so no Discord user may stop, approve or correct."
        yield Finding("operators", Level.WARNING, text, "Name yourself in operators.users in skill.yaml.")
    roles = {role["id"]: role["name"] for role in guild["roles"]}
    for role in operators.roles:
        if role in roles:
            yield Finding("operators", Level.OK, f"Members with the role {roles[role]} may command.")
        else:
            fix = "Correct operators.roles in skill.yaml."
            yield Finding("operators", Level.ERROR, f"The server has no role {role}.", fix)
    for user, member in zip(
        operators.users,
        await asyncio.gather(
            *(api.get(f"/guilds/{guild['id']}/members/{user}") for user in operators.users), return_exceptions=True
        ),
        strict=True,
    ):
        if isinstance(member, _No):
            fix = "Correct operators.users in skill.yaml: Discord user ids, as in Copy User ID."
            yield Finding("operators", Level.ERROR, f"The server has no member {user}.", fix)
        elif isinstance(member, BaseException):
            raise member
        else:
            yield Finding("operators", Level.OK, f"{member['user']['username']} may command.")
