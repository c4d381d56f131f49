"""A connection that is lost is an error for a person, wherever it breaks."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import click
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner

from claw_discord_coord.cli.main import main
from claw_discord_coord.errors import CoordinatorUnavailable
from claw_discord_coord.surfaces import client as module
from claw_discord_coord.surfaces.client import Client
from claw_discord_coord.surfaces.run_file import RunFile, write_run_file

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    for name in ("AGENT_TIMEOUT_S", "PERSON_TIMEOUT_S"):
        monkeypatch.setattr(module, name, 0.0)


def client_of(folder: Path, url: str, socket: Path | None = None) -> Client:
    folder.mkdir(parents=True)
    write_run_file(RunFile(url, secrets.token_hex(4), os.getpid(), folder, socket=socket))
    return Client(folder, {}, surface="cli")


async def test_a_socket_whose_folder_is_gone_means_that_the_coordinator_is_gone(tmp_path: Path) -> None:
    # A path that is too long for the kernel is reached through its folder.
    folder = tmp_path / ("x" * 120)
    client = client_of(folder, "http://127.0.0.1:1", folder / "socket" / "coordinator.sock")
    with pytest.raises(CoordinatorUnavailable):
        await client.call("registry_status", {})
    with pytest.raises(CoordinatorUnavailable):
        [line async for line in client.updates("t-1")]


async def test_half_a_line_of_updates_means_that_the_coordinator_is_gone(tmp_path: Path) -> None:
    async def half(request: web.Request) -> web.Response:
        del request
        return web.Response(text='{"type": "sta')

    app = web.Application()
    app.router.add_get("/tasks/{task}/updates", half)
    async with TestServer(app) as server:
        client = client_of(tmp_path / "state", str(server.make_url("/")).rstrip("/"))
        seen: list[str] = []
        with pytest.raises(CoordinatorUnavailable):
            seen.extend([line["type"] async for line in client.updates("t-1")])


class StoppedClient:
    """A client whose coordinator stops after it has taken the task."""

    def __init__(self, *_: object, **__: object) -> None: ...

    async def call(self, skill: str, arguments: dict[str, object]) -> dict[str, object]:
        del skill, arguments
        return {"task_id": "t-abcdefgh"}

    async def updates(self, task_id: str) -> AsyncIterator[dict[str, str]]:
        del task_id
        yield {"type": "away", "text": "the coordinator is away; waiting"}
        raise CoordinatorUnavailable


def test_a_command_that_waited_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from claw_discord_coord.cli import skill_commands

    monkeypatch.setattr(skill_commands, "Client", StoppedClient)
    ended = CliRunner().invoke(main, ["spawn-agent", "work", "--wait", "--json"])
    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit | click.exceptions.Exit)
    assert ended.stderr.splitlines()[1:] == [
        "Error: The coordinator stopped while this command waited for task t-abcdefgh. "
        "The task continues at the next start.",
        "Start it with `claw-discord-coord up`; then `claw-discord-coord registry-status --task t-abcdefgh` "
        "shows the task.",
    ]
