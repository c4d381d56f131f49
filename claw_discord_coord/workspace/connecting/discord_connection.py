"""Keeps the bot connected to Discord: an unmodified discord.py client with the base URLs of skill.yaml."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol, Self

import discord
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.ui import DynamicItem, Item

from claw_discord_coord.config.model import DiscordConfig
from claw_discord_coord.errors import ConfigError, CoordError, DiscordRefused, DiscordUnavailable
from claw_discord_coord.workspace.connecting.cooldowns import Cooldowns
from claw_discord_coord.workspace.connecting.discord_errors import explained
from claw_discord_coord.workspace.connecting.identify_budget import IdentifyBudget, IdentifyBudgetSpent
from claw_discord_coord.workspace.connecting.request_counter import trace
from claw_discord_coord.workspace.connecting.token_log_filter import TokenLogFilter

_log = logging.getLogger(__name__)

RATE_LIMIT_PATIENCE_S = 30.0
"""The longest wait for a rate limit inside discord.py, the least that discord.py accepts. A longer wait raises, so that
the task shows the wait and can be stopped."""

STUCK_AFTER_S = 300.0
"""The longest absence of the gateway before a new client replaces the present client. discord.py resumes for ever at an
address that responds only with errors (Rapptz/discord.py#10511)."""

CLOSE_WITHIN_S = 3.0
"""The longest wait for Discord's closing handshake."""

_FATAL_CLOSE_CODES = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
"""Discord documentation, topics/opcodes-and-status-codes, "Gateway Close Event Codes": codes with Reconnect "false"."""


class Listener(Protocol):
    """Receives events from Discord. Each call is an asyncio task of its own; an exception ends in the log."""

    async def connected(self) -> None:
        """A new session began; earlier events were not reported."""
        ...

    async def message(self, message: discord.Message) -> None:
        """A message was written, perhaps by this bot."""
        ...

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        """A person added a reaction to a message."""
        ...

    async def pressed(self, interaction: discord.Interaction, subject_id: str, button: str) -> None:
        """A person pressed a button of a task or delivery."""
        ...


class Client(discord.Client):
    """One discord.py client. A new client replaces a client that discord.py has given up."""

    def __init__(self, connection: Connection, items: Sequence[type[DynamicItem[Item[Any]]]]) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, message_content=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            http_trace=trace(),
            max_ratelimit_timeout=RATE_LIMIT_PATIENCE_S,
        )
        setattr(self.http, "request", connection.rests.kept(self.http.request))  # noqa: B010 - declared as a method
        self.connection = connection
        self.up = asyncio.Event()
        self.down = asyncio.Event()
        self._items = items

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Dispatch an event, unless the client is closed: discord.py then has no event loop for handlers, and would
        fail.
        """
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def setup_hook(self) -> None:
        """Register the buttons that an earlier client posted."""
        self.add_dynamic_items(*self._items)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Spend one IDENTIFY of the budget."""
        self.connection.budget.spend()
        await super().before_identify_hook(shard_id, initial=initial)

    async def on_connect(self) -> None:
        """READY arrived, and discord.py's cache is empty."""
        self._is_up()
        self.connection.guild = None

    async def on_resumed(self) -> None:
        """The session was resumed."""
        self._is_up()

    async def on_disconnect(self) -> None:
        """The gateway disconnected."""
        self.up.clear()
        self.down.set()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server and its channels are known."""
        await self.connection.entered(self, guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server."""
        await self.connection.entered(self, guild)

    async def on_ready(self) -> None:
        """All servers are known. The configured server is missing when the bot was never invited."""
        await self.connection.look_for_guild(self)

    async def on_message(self, message: discord.Message) -> None:
        """Pass a message to the listener."""
        await self.connection.listener.message(message)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Pass a reaction to the listener."""
        await self.connection.listener.reacted(payload)

    def _is_up(self) -> None:
        self.down.clear()
        self.up.set()


class Connection:
    """A connection that lasts as long as its context, whatever the network does.

    Entering the context returns at once; `ready` waits. A lost network and a client that discord.py has given up are
    retried with growing pauses. A token that Discord refuses is not retried.
    """

    def __init__(
        self,
        config: DiscordConfig,
        listener: Listener,
        *,
        items: Sequence[type[DynamicItem[Item[Any]]]] = (),
        pause_s: Callable[[int], float] | None = None,
        stuck_after_s: float = STUCK_AFTER_S,
    ) -> None:
        if config.token is None or config.guild_id is None:
            raise ConfigError(
                "skill.yaml does not say which Discord server to work in.",
                fix="Set discord.token and discord.guild_id.",
            )
        self.listener = listener
        self.budget = IdentifyBudget(time.monotonic)
        self.rests = Cooldowns(time.monotonic)
        self.guild: discord.Guild | None = None
        self._config = config
        self._token = config.token.get_secret_value()
        self._guild_id = int(config.guild_id)
        self._items = items
        self._pause_s = pause_s or _growing_pause_s
        self._stuck_after_s = stuck_after_s
        self._client: Client | None = None
        self._complaint: CoordError | None = None
        self._hopeless = False
        self._changed = asyncio.Condition()
        self._secrecy = TokenLogFilter(self._token)
        self._supervisor: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._point_discord_py()
        self._secrecy.begin()
        self._supervisor = asyncio.create_task(self._supervise(), name="discord-connection")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
        self._secrecy.end()

    @property
    def client(self) -> Client:
        """The present client.

        Raises:
            DiscordUnavailable: There is no client now.
        """
        if self._client is None or self._client.is_closed():
            raise DiscordUnavailable("There is no connection to Discord right now.", fix="The coordinator reconnects.")
        return self._client

    @property
    def bot_id(self) -> int:
        """The bot's user id; 0 before the id is known."""
        user = self._client.user if self._client else None
        return user.id if user else 0

    async def ready(self, timeout_s: float = 30.0) -> discord.Guild:
        """Wait until the server and its channels are known, and return the server.

        Raises:
            DiscordUnavailable: The server is not known after `timeout_s`; the connection is retried.
            DiscordRefused: The connection fails until a person changes a setting.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self.guild is not None or self._refused())
        if self.guild is not None:
            return self.guild
        if self._complaint is not None:
            raise type(self._complaint)(str(self._complaint), fix=self._complaint.fix)
        raise DiscordUnavailable(
            f"Discord could not be reached for {timeout_s:.0f} seconds.", fix="Check the network; it is being tried on."
        )

    def channel(self, channel_id: int) -> discord.PartialMessageable:
        """Return a channel or thread by id, without a request.

        Raises:
            DiscordUnavailable: There is no connection now.
        """
        return self.client.get_partial_messageable(channel_id, guild_id=self._guild_id)

    def link(self, channel_id: int | str, message_id: int | str | None = None) -> str:
        """Return a link for a person: to Discord, or to the page of the local Discord."""
        base = self._config.api_base
        origin = "https://discord.com" if "discord.com" in base else f"{base.split('/api', 1)[0]}/#"
        end = f"/{message_id}" if message_id is not None else ""
        return f"{origin}/channels/{self._guild_id}/{channel_id}{end}"

    async def entered(self, client: Client, guild: discord.Guild) -> None:
        """Record a server that has become known."""
        # A replaced client may still deliver events; its servers belong to a closed session.
        if guild.id != self._guild_id or client is not self._client:
            return
        self.guild, self._complaint = guild, None
        await self._tell()
        await self.listener.connected()

    async def look_for_guild(self, client: Client) -> None:
        """Record a problem when the bot was never invited to the server."""
        if client.get_guild(self._guild_id) is None:
            invitation = discord.utils.oauth_url(client.application_id or 0, permissions=PERMISSIONS)
            self._complaint = DiscordRefused(
                f"The bot is not a member of the server {self._guild_id}.", fix=f"Invite it: {invitation}"
            )
            _log.error("%s", self._complaint.sentence())
            await self._tell()

    def _point_discord_py(self) -> None:
        """Set the base URLs. All three are class attributes of discord.py, so the URLs hold for the whole process."""
        Route.BASE = self._config.api_base.rstrip("/")
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._config.gateway_url)
        if "discord.com" not in Route.BASE:
            setattr(Asset, "BASE", Route.BASE.split("/api", 1)[0])  # noqa: B010 - declared as a literal

    async def _supervise(self) -> None:
        failures = 0
        while not self._hopeless:
            began_s = time.monotonic()
            try:
                await self._live()
                problem: BaseException | None = None
            except Exception as error:  # noqa: BLE001 - discord.py ends on bugs of its own as well (see _note)
                problem = error
            # A client that lived long has proved the settings, so the pauses start again from the shortest.
            failures = 1 if time.monotonic() - began_s > self._stuck_after_s else failures + 1
            await self._note(problem)
            if not self._hopeless:
                wait_s = problem.wait_s if isinstance(problem, IdentifyBudgetSpent) else self._pause_s(failures)
                await asyncio.sleep(wait_s)

    async def _live(self) -> None:
        """Run one client from login until discord.py gives up, or until the gateway stays away too long."""
        client = Client(self, self._items)
        self._client = client
        watchdog = asyncio.create_task(self._close_when_stuck(client), name="discord-watchdog")
        running = asyncio.create_task(client.start(self._token), name="discord-client")
        try:
            # `wait` does not raise, so a cancellation of this task cannot be confused with the end of the client.
            await asyncio.wait({running})
            await running
        finally:
            self.guild = None
            watchdog.cancel()
            await _ended(client, running)
            await asyncio.wait({watchdog})

    async def _close_when_stuck(self, client: Client) -> None:
        while True:
            await client.down.wait()
            try:
                async with asyncio.timeout(self._stuck_after_s):
                    await client.up.wait()
            except TimeoutError:
                _log.warning("Discord's gateway has been away for %.0f s; reconnecting.", self._stuck_after_s)
                await client.close()
                return

    async def _note(self, problem: BaseException | None) -> None:
        """Log the reason for a client's end, and decide whether to try another client."""
        if problem is None:
            return
        if isinstance(problem, IdentifyBudgetSpent):
            complaint: CoordError | None = DiscordUnavailable(
                "The bot has connected to Discord too often today.",
                fix=f"It goes on in {problem.wait_s / 3600:.1f} hours.",
            )
        else:
            complaint = explained(problem, "let the bot in")
        closed = problem.code if isinstance(problem, discord.ConnectionClosed) else None
        if complaint is None:
            # Known: the first connect to the gateway failing ends in an AttributeError (Rapptz/discord.py#10520), and
            # any exception in the parser of an event ends the client, too. A new client fixes both.
            _log.warning("The Discord client has ended; a new one is started.", exc_info=problem)
            complaint = DiscordUnavailable("The connection to Discord broke.", fix="The coordinator reconnects.")
        self._hopeless = isinstance(complaint, DiscordRefused) or closed in _FATAL_CLOSE_CODES
        self._complaint = complaint
        (_log.error if self._hopeless else _log.warning)("%s", complaint.sentence())
        await self._tell()

    def _refused(self) -> bool:
        return isinstance(self._complaint, DiscordRefused)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    manage_threads=True,
    manage_channels=True,
    read_message_history=True,
    embed_links=True,
    attach_files=True,
)
"""The permissions that the bot needs. Manage Channels is for creating missing channels."""


async def _ended(client: Client, running: asyncio.Task[None]) -> None:
    """Close a client and wait for its end.

    Cancellation is not enough: discord.py connects inside `asyncio.wait_for`, and Python 3.11 loses a cancellation that
    arrives in the moment when the connection succeeds or fails (python/cpython#86296). A closed client ends its loop.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await client.close()
    await client.http.close()
    while not running.done():
        running.cancel()
        await asyncio.wait({running}, timeout=CLOSE_WITHIN_S)
    if not running.cancelled():
        running.exception()  # marks the error as retrieved; a caller that waits still gets the error


def _growing_pause_s(failures: int) -> float:
    return min(60.0, 2.0 ** (failures - 1)) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads reconnects, no secret
