"""Builds a coordinator, joins the parts, and closes the parts in order."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from claw_discord_coord.app.background import in_background
from claw_discord_coord.app.former_state import correct_paths
from claw_discord_coord.app.state import DEVICE_FILE_NAME, open_state_folder, registry_url
from claw_discord_coord.clock import utc_now
from claw_discord_coord.config.file import ConfigFile, watch
from claw_discord_coord.config.locate import Located
from claw_discord_coord.config.model import Config, DiscordConfig, OperatorsConfig
from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.delegation import Delegation
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.display import Display
from claw_discord_coord.coordination.people.board import Board
from claw_discord_coord.coordination.people.control import Control
from claw_discord_coord.coordination.people.inbox import Inbox
from claw_discord_coord.coordination.people.orders import Orders
from claw_discord_coord.coordination.people.thread_messages import ThreadMessages
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.coordination.takeover import watch_for_takeover
from claw_discord_coord.coordination.updates import Updates
from claw_discord_coord.coordination.workflows.agent_queue import AgentQueue
from claw_discord_coord.coordination.workflows.delivery_workflow import DeliveryWorkflow
from claw_discord_coord.coordination.workflows.engine import Engine, Workflow
from claw_discord_coord.coordination.workflows.steps import Boundary
from claw_discord_coord.coordination.workflows.task_effects import TaskEffects
from claw_discord_coord.coordination.workflows.task_workflow import TaskWorkflow
from claw_discord_coord.coordination.workflows.wait_notices import WaitNotices
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.current import CurrentDestinations
from claw_discord_coord.openclaw.announce import GatewayAnnouncer
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.storage.lock import hold
from claw_discord_coord.runtimes.catalog import build as build_runtimes
from claw_discord_coord.runtimes.context import RuntimeContext
from claw_discord_coord.surfaces import http
from claw_discord_coord.surfaces.bearer import bearer_token
from claw_discord_coord.surfaces.run_file import RunFile, write_run_file
from claw_discord_coord.surfaces.unix_socket import listen, socket_file
from claw_discord_coord.workspace.channel_topics import topic_of
from claw_discord_coord.workspace.discord_workspace import DiscordWorkspace


@dataclass(frozen=True)
class Running:
    """A coordinator that is up.

    Attributes:
        coordinator: The coordinator.
        url: The base URL of the HTTP server.
        token: The token for calls of the HTTP server.
        page: The page of the local Discord, or None with the real Discord.
        lost: Set when another coordinator has taken over the registry, and this coordinator must end.
        state_folder: The state folder.
        moved_from: The former state folder, when this start has moved the folder.
    """

    coordinator: Coordinator
    url: str
    token: str
    page: str | None
    lost: asyncio.Event
    state_folder: Path
    moved_from: Path | None = None


@asynccontextmanager
async def open_coordinator(
    file: ConfigFile, folders: Located, *, local_discord_port: int = 0, boundary: Boundary | None = None
) -> AsyncGenerator[Running]:
    """Start a coordinator and resume unfinished work. Leaving the context closes everything.

    Raises:
        RegistryInUse: Another coordinator has this registry.
        CoordError: The coordinator cannot start; `fix` says what to do.
    """
    folders = open_state_folder(folders)
    address = registry_url(file.config, folders)
    async with AsyncExitStack() as stack:
        # Before anything else: a second coordinator on the same registry must not touch Discord or OpenClaw.
        held = stack.enter_context(hold(address))
        registry = await stack.enter_async_context(Registry.open(address, clock=utc_now))
        moved_from = await correct_paths(registry, folders.state)
        discord = await _discord(stack, file, folders.state, local_discord_port)
        gateway = await _gateway(stack, file.config, folders.state)

        def operators() -> OperatorsConfig:
            named = file.config.operators
            return named.model_copy(update={"users": (*named.users, *discord.owners)})

        # Connected before the parts are built, since the parts post through the connection.
        inbox = Inbox(registry)
        workspace = await stack.enter_async_context(
            DiscordWorkspace.connect(
                discord.settings,
                operators,
                registry,
                on_click=inbox.button_clicked,
                on_message=inbox.message_written,
                on_reaction=inbox.reaction_added,
                on_moved=inbox.task_moved,
                topic=lambda name: topic_of(file.config, name),
            )
        )
        updates = Updates()
        engine = Engine(registry.due, utc_now, waited=WaitNotices(registry, updates).record, boundary=boundary)
        services = Services(registry, engine, workspace, updates, lambda: file.config, utc_now)
        parts = _build(services, folders, gateway, boundary)
        # Closed after the engine: a workflow that is suspended first cannot start another run meanwhile.
        stack.push_async_callback(parts.runs.close)
        await stack.enter_async_context(engine.running(parts.workflows))
        coordinator = parts.coordinator
        inbox.open(coordinator.orders, ThreadMessages(services, coordinator.control, coordinator.orders, operators))
        in_background(stack, parts.display.run(), "display")
        in_background(stack, Board(services).run(), "board")
        in_background(stack, parts.announcements.run(), "announcements")

        async def changed() -> None:
            for agent in file.config.agents:  # the new settings may allow more slots
                engine.wake("agent", agent)

        # Last, so that a call finds everything in place.
        url, token = await _serve(stack, coordinator, folders)
        in_background(stack, watch(file, changed), "watch skill.yaml")
        lost = asyncio.Event()
        in_background(stack, watch_for_takeover(held, parts.runs, lost), "watch the registry")
        yield Running(coordinator, url, token, discord.page, lost, folders.state, moved_from)


@dataclass(frozen=True)
class _Parts:
    coordinator: Coordinator
    runs: Runs
    announcements: Announcements
    display: Display
    workflows: Mapping[str, Workflow]


def _build(services: Services, folders: Located, gateway: Gateway | None, boundary: Boundary | None) -> _Parts:
    registry, artifacts = services.registry, folders.state / "artifacts"
    sessions = Sessions(folders.state)
    runtimes = build_runtimes(
        services.config(), RuntimeContext(folders.state, folders.programs, artifacts / "runs", utc_now, gateway)
    )
    environment = {
        "CLAW_STATE_DIR": str(folders.state),
        "CLAW_SOCKET": str(socket_file(folders.state)),
        "CLAW_CLI": json.dumps([sys.executable, "-m", "claw_discord_coord"]),
    }
    runs = Runs(services, runtimes, sessions, environment)
    destinations = CurrentDestinations(services.config, DestinationContext(folders.work, services.workspace, gateway))
    deliveries = Deliveries(services, destinations)
    announcements = Announcements(services, runs, GatewayAnnouncer(gateway) if gateway is not None else None)
    effects = TaskEffects(services, runs, deliveries, sessions, announcements)
    control = Control(services, runs)
    return _Parts(
        Coordinator(
            registry=registry,
            delegation=Delegation(services, sessions, deliveries, announcements, artifacts / "handoffs"),
            control=control,
            orders=Orders(registry, control, deliveries),
            deliveries=deliveries,
            updates=services.updates,
            config=services.config,
            run_of_session=runtimes.run_of_session,
            run_of_process=runtimes.run_of_process,
        ),
        runs,
        announcements,
        Display(services, deliveries, boundary=boundary),
        {
            "agent": AgentQueue(services).run,
            "task": TaskWorkflow(registry, effects).run,
            "delivery": DeliveryWorkflow(services, deliveries, destinations).run,
        },
    )


async def _serve(stack: AsyncExitStack, coordinator: Coordinator, folders: Located) -> tuple[str, str]:
    """Serve the coordinator over HTTP, and return the base URL and the token for calls."""
    token = bearer_token(folders.state)
    file = socket_file(folders.state)
    unix = listen(file)
    port = coordinator.config().server.port
    # Read at every call, so that `rotate-token` takes effect at once.
    url = await stack.enter_async_context(
        http.serve(coordinator, lambda: bearer_token(folders.state), port=port, unix=unix)
    )
    if unix:
        stack.callback(file.unlink, missing_ok=True)
    known = RunFile(url, token, os.getpid(), folders.state, folders.work, file if unix else None)
    for written in write_run_file(known):
        stack.callback(written.unlink, missing_ok=True)
    return url, token


@dataclass(frozen=True)
class _Discord:
    """The settings of the Discord server, the users who always command, and the page of a local server."""

    settings: DiscordConfig
    owners: tuple[str, ...] = ()
    page: str | None = None


async def _discord(stack: AsyncExitStack, file: ConfigFile, state_folder: Path, port: int) -> _Discord:
    """Return the Discord server of the settings, or serve a local one when there is no token."""
    settings = file.config.discord
    if settings.token is not None:
        return _Discord(settings)
    # Imported here: the local Discord and aiohttp's server take 8 MB.
    from claw_discord_coord.app.local_discord import discord_settings, serve_local_discord

    local = await stack.enter_async_context(
        serve_local_discord(state_folder / "local-discord", port, lambda: file.config.gateway_port)
    )
    # The person at this machine commands on the local Discord, though no settings name this person.
    return _Discord(discord_settings(settings, local), (local.ready.people[0].user_id,), local.page)


async def _gateway(stack: AsyncExitStack, config: Config, state_folder: Path) -> Gateway | None:
    """Return a client of OpenClaw's Gateway, or None when skill.yaml has no section `openclaw`."""
    if config.openclaw is None:
        return None
    device = Device.open(state_folder / DEVICE_FILE_NAME)
    access = Access(config.openclaw.gateway_url, token=config.openclaw.token, device=device)
    return await stack.enter_async_context(Gateway(access))
