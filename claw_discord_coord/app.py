"""The composition root: the only place that builds the parts of a coordinator and joins them."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from yarl import URL

from claw_discord_coord.config.file import ConfigFile, watch
from claw_discord_coord.config.locate import Located
from claw_discord_coord.config.model import Config, DiscordConfig, OperatorsConfig
from claw_discord_coord.coordination.announcements import Announcements, Announcer
from claw_discord_coord.coordination.board import Board
from claw_discord_coord.coordination.control import Control
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.delegation import Delegation
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.delivery_workflow import DeliveryWorkflow
from claw_discord_coord.coordination.engine import Boundary, DurableEngine
from claw_discord_coord.coordination.journal import Engine
from claw_discord_coord.coordination.orders import Order, Orders
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.coordination.task_effects import TaskEffects
from claw_discord_coord.coordination.task_workflow import TaskWorkflow
from claw_discord_coord.coordination.thread_messages import ThreadMessages
from claw_discord_coord.coordination.updates import Updates
from claw_discord_coord.coordination.wait_notices import WaitNotices
from claw_discord_coord.destinations.catalog import build
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.errors import CoordError, RegistryUnavailable
from claw_discord_coord.localcord import DataError, LocalDiscord
from claw_discord_coord.models import TaskState
from claw_discord_coord.openclaw.announce import GatewayAnnouncer
from claw_discord_coord.openclaw.connection import Access
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.ports import Click, Destination, IncomingMessage, TaskLocation
from claw_discord_coord.registry.address import Address
from claw_discord_coord.registry.lock import Hold, hold
from claw_discord_coord.registry.part import utc_now
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.runtimes.catalog import build as build_runtimes
from claw_discord_coord.runtimes.context import RuntimeContext
from claw_discord_coord.surfaces import http
from claw_discord_coord.surfaces.client import write_run_file
from claw_discord_coord.workspace.discord_workspace import DiscordWorkspace

DEVICE_FILE_NAME = "openclaw-device.json"
"""In the state folder: by what right the coordinator calls OpenClaw."""

HOLD_LOOK_S = 5.0
"""How often it is made sure that the registry is still ours."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """A coordinator that is up.

    `page` is where the local Discord can be watched, None with the real one. `lost` is set when another coordinator has
    taken over the registry: then this one must end.
    """

    coordinator: Coordinator
    url: str
    token: str
    page: str | None
    lost: asyncio.Event


@asynccontextmanager
async def open_coordinator(
    file: ConfigFile, folders: Located, *, local_discord_port: int = 0, boundary: Boundary | None = None
) -> AsyncGenerator[Running]:
    """Bring a coordinator up, take up what an earlier one left, and yield it; leaving closes everything in order.

    Raises:
        RegistryInUse: another coordinator has this registry.
        CoordError: anything that keeps it from starting, with a fix.
    """
    config = file.config
    _make_state_folder(folders.state)
    address = registry_url(config, folders)
    async with AsyncExitStack() as stack:
        held = stack.enter_context(hold(address))
        registry = await stack.enter_async_context(Registry.open(address, clock=utc_now))
        discord, owners, page = config.discord, (), None
        if discord.token is None:
            local = await _local_discord(stack, folders.state / "local-discord", local_discord_port)
            discord, page = _local(local, config), local.page
            owners = (local.ready.people[0].user_id,)  # there, everyone is the person at this machine
        gateway = await _gateway(stack, config, folders.state)
        parts = _Parts(file, folders, registry, gateway, owners)
        workspace = await stack.enter_async_context(
            DiscordWorkspace.connect(
                discord,
                parts.operators,
                registry,
                on_click=parts.on_click,
                on_message=parts.on_message,
                on_moved=parts.on_moved,
            )
        )
        coordinator = await parts.join(stack, workspace, address, boundary)
        token = secrets.token_urlsafe(24)
        url = await stack.enter_async_context(http.serve(coordinator, token, port=config.server.port))
        for written in write_run_file(folders.state, url, token, os.getpid()):
            stack.callback(written.unlink, missing_ok=True)
        _in_background(stack, watch(file, parts.settings_changed), "watch skill.yaml")
        lost = asyncio.Event()
        _in_background(stack, _watch_hold(held, parts, lost), "watch the registry")
        yield Running(coordinator, url, token, page, lost)


@dataclass(frozen=True)
class _Doors:
    """Who carries out what people want."""

    orders: Orders
    thread_messages: ThreadMessages


class _Parts:
    """The coordination parts while they are being joined: people may act before there is somebody to carry it out."""

    def __init__(
        self,
        file: ConfigFile,
        folders: Located,
        registry: Registry,
        gateway: Gateway | None,
        owners: tuple[str, ...],
    ) -> None:
        self._file = file
        self._owners = owners
        self._gateway = gateway
        self._folders = folders
        self._registry = registry
        self._doors: asyncio.Future[_Doors] = asyncio.get_running_loop().create_future()
        self.runs: Runs | None = None
        self._engine: Engine | None = None

    def operators(self) -> OperatorsConfig:
        """Who may command on Discord by the settings in force; its owner, who is in no settings, may on a local one."""
        named = self._config().operators
        return named.model_copy(update={"users": (*named.users, *self._owners)})

    async def settings_changed(self) -> None:
        """Let those that wait for a free place look again: there may be more places now."""
        for task in await self._registry.tasks.unfinished():
            if task.state is TaskState.SUBMITTED and self._engine is not None:
                await self._engine.wake("task", task.id)

    async def on_click(self, click: Click) -> None:
        """Carry out the order of an operator's click."""
        order = Order(click.action, click.subject_id, click.user_name)
        await (await self._doors).orders.carry_out(order)

    async def on_moved(self, task_id: str, place: TaskLocation) -> None:
        """A task's card or thread was deleted and has been made anew elsewhere."""
        task = await self._registry.tasks.get(task_id)
        await self._registry.executions.place(
            task_id,
            fence=task.fence,
            channel_id=place.channel_id,
            message_id=place.message_id,
            thread_id=place.thread_id,
            thread_url=place.url,
        )

    async def on_message(self, message: IncomingMessage) -> None:
        """A person has written in a task's thread."""
        await (await self._doors).thread_messages.handle(message)

    async def join(
        self, stack: AsyncExitStack, workspace: DiscordWorkspace, address: str, boundary: Boundary | None
    ) -> Coordinator:
        folders, registry = self._folders, self._registry
        sessions = Sessions(folders.state)
        artifacts = folders.state / "artifacts"
        updates = Updates()
        runtimes = build_runtimes(
            self._config(),
            RuntimeContext(folders.state, folders.programs, artifacts / "runs", utc_now, self._gateway),
        )
        announcer: Announcer | None = GatewayAnnouncer(self._gateway) if self._gateway is not None else None
        environment = {
            "CLAW_STATE_DIR": str(folders.state),
            "CLAW_CLI": json.dumps([sys.executable, "-m", "claw_discord_coord"]),
        }
        engine = DurableEngine(
            Address.parse(address).url.render_as_string(hide_password=False),
            waited=WaitNotices(registry, updates).record,
            boundary=boundary,
        )
        services = Services(registry, engine, workspace, updates, self._config, utc_now)
        runs = Runs(services, runtimes, sessions, environment)
        stack.push_async_callback(runs.close)
        destinations = _Destinations(self._file, DestinationContext(folders.work, workspace, self._gateway))
        deliveries = Deliveries(services, destinations.current)
        announcements = Announcements(services, runs, announcer)
        effects = TaskEffects(services, runs, deliveries, sessions, announcements)
        workflows = {
            "task": TaskWorkflow(registry, runs, effects).run,
            "delivery": DeliveryWorkflow(services, deliveries, destinations.current).run,
        }
        await stack.enter_async_context(engine.running(workflows))
        control = Control(services, runs)
        delegation = Delegation(services, sessions, deliveries, announcements, artifacts / "handoffs")
        for task in await registry.tasks.unfinished():
            await engine.start("task", task.id)
            await engine.wake("task", task.id)  # what should have woken it may have died with the last coordinator
        await deliveries.take_up()
        orders = Orders(registry, control, deliveries)
        thread_messages = ThreadMessages(services, control, orders, self.operators)
        self._doors.set_result(_Doors(orders, thread_messages))
        self.runs, self._engine = runs, engine
        _in_background(stack, Board(services).run(), "board")
        _in_background(stack, announcements.run(), "announcements")
        return Coordinator(
            registry, delegation, control, orders, deliveries, updates, self._config, runtimes.run_of_session
        )

    def _config(self) -> Config:
        return self._file.config


class _Destinations:
    """The destinations of the settings in force, built anew when those change."""

    def __init__(self, file: ConfigFile, context: DestinationContext) -> None:
        self._file = file
        self._context = context
        self._built_for: Config | None = None
        self._built: Mapping[str, Destination] = {}

    def current(self) -> Mapping[str, Destination]:
        if self._built_for is not self._file.config:
            self._built = build(self._file.config, self._context)
            self._built_for = self._file.config
        return self._built


def _local(local: LocalDiscord, config: Config) -> DiscordConfig:
    return config.discord.model_copy(
        update={
            "token": SecretStr(local.ready.bots[0].token),
            "guild_id": local.ready.guild_id,
            "api_base": local.api_base,
            "gateway_url": local.gateway_url,
        }
    )


def _make_state_folder(folder: Path) -> None:
    """Make the folder for this user only: it holds tokens, and what private tasks are about."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise CoordError(
            f"The state folder {folder} cannot be used: {error.strerror}.", fix="Name another one with --state-folder."
        ) from error


async def _gateway(stack: AsyncExitStack, config: Config, state_folder: Path) -> Gateway | None:
    """The connection to OpenClaw, if skill.yaml says that it is there: by the pairing of `install`, or the token."""
    if config.openclaw is None:
        return None
    device = Device.open(state_folder / DEVICE_FILE_NAME)
    access = Access(config.openclaw.gateway_url, token=config.openclaw.token, device=device)
    return await stack.enter_async_context(Gateway(access))


def registry_url(config: Config, folders: Located) -> str:
    """Where the registry is: as skill.yaml says, else a file in the state folder. May hold a password."""
    if config.registry.url is not None:
        return config.registry.url.get_secret_value()
    return f"sqlite:///{folders.state / 'registry.sqlite3'}"


async def _local_discord(stack: AsyncExitStack, data: Path, port: int) -> LocalDiscord:
    """Serve the local Discord, where nothing else was asked for on the port it had before, so that old links work."""
    port_file = data / "port"
    before = port or _port_in(port_file)
    for candidate in dict.fromkeys((before, port)):
        try:
            local = await stack.enter_async_context(LocalDiscord.serve(port=candidate, data=data))
        except OSError as error:
            if candidate == port:
                raise CoordError(
                    f"The local Discord cannot listen on port {port} of 127.0.0.1: {error.strerror}.",
                    fix="Give another one with --local-discord-port, or 0 for a free one.",
                ) from error
        except DataError as error:
            raise CoordError(
                f"The local Discord's {error}.", fix=f"Move {data} away, or name another state folder."
            ) from error
        else:
            aside = port_file.with_suffix(".new")  # a crash leaves no half of a number
            aside.write_text(str(URL(local.page).port))
            aside.replace(port_file)
            return local
    raise AssertionError  # the last candidate has returned or raised


def _port_in(file: Path) -> int:
    """The port in the file, or 0 where there is none to be had: then links change, and nothing is lost."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        return 0
    return port if 0 < port <= 65_535 else 0


def _in_background(stack: AsyncExitStack, work: Coroutine[Any, Any, None], name: str) -> None:
    """Do something until the coordinator closes; what goes wrong in it is logged, and ends only it."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_log_failure)
    stack.push_async_callback(_cancel, task)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s has stopped", task.get_name(), exc_info=error)


async def _watch_hold(held: Hold, parts: _Parts, lost: asyncio.Event) -> None:
    """Notice when another coordinator has taken the registry, as can happen when its server was restarted."""
    while True:
        await asyncio.sleep(HOLD_LOOK_S)
        try:
            if await asyncio.to_thread(held.still):
                continue
        except RegistryUnavailable as error:
            log.warning("the registry cannot be asked whose it is: %s", error)
            continue
        log.error("another coordinator has taken over this registry; this one ends")
        if parts.runs is not None:
            await parts.runs.abandon()
        lost.set()
        return


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
