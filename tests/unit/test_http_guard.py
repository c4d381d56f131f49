"""The guard of the HTTP server: who calls is looked up once per call, and nothing passes unidentified."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest
from starlette.requests import Request

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.errors import UsageError
from claw_discord_coord.runtimes.command import processes
from claw_discord_coord.surfaces import http
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio

CALL = """
import sys, urllib.error, urllib.request
headers = {"Authorization": "Bearer " + sys.argv[2], "Content-Type": "application/json"}
try:
    with urllib.request.urlopen(urllib.request.Request(sys.argv[1], b"{}", headers), timeout=20) as response:
        print(response.status)
except urllib.error.HTTPError as error:
    print(error.code)
"""
TOKEN = "the-coordinators-own"


class Scene:
    """A coordinator that is served, and the marks and tokens that it looked up."""

    def __init__(self, house: House, url: str, looked_up: list[str]) -> None:
        self.house, self.url, self.looked_up = house, url, looked_up

    async def call(self, path: str, *, token: str = TOKEN, mark: str = "") -> int:
        """The HTTP status of a call by a process of its own, with that mark in the environment."""
        environment = {**os.environ, **({processes.MARK: mark} if mark else {})}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CALL, self.url + path, token), env=environment, stdout=subprocess.PIPE
        )
        printed, _ = await process.communicate()
        return int(printed)


@dataclasses.dataclass(frozen=True)
class CountingCoordinator(Coordinator):
    """Notes each look-up of an agent."""

    looked_up: list[str] = dataclasses.field(default_factory=list)

    async def agent_caller(self, token: str, *, request_id: str, surface: str) -> Caller:
        self.looked_up.append(token)
        return await super().agent_caller(token, request_id=request_id, surface=surface)

    async def process_caller(self, marks: Sequence[str], *, request_id: str, surface: str) -> Caller:
        self.looked_up.extend(marks)
        return await super().process_caller(marks, request_id=request_id, surface=surface)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime()) as house:
        looked_up: list[str] = []
        parts = {part.name: getattr(house.coordinator, part.name) for part in dataclasses.fields(Coordinator)}
        known = {**parts, "run_of_process": lambda marks: f"{marks[0]}-r1", "looked_up": looked_up}
        async with http.serve(CountingCoordinator(**known), lambda: TOKEN, port=0) as url:
            yield Scene(house, url, looked_up)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process calls over TCP")
async def test_the_run_of_a_process_is_looked_up_once_per_call(scene: Scene) -> None:
    task = await scene.house.spawn()
    await scene.house.running(task.id)
    assert await scene.call("/skills/registry_status", mark=task.id) == 200
    assert scene.looked_up == [task.id]


async def test_the_run_of_a_task_token_is_looked_up_once_per_call(scene: Scene) -> None:
    task = await scene.house.spawn()
    token = scene.house.sessions.token(await scene.house.running(task.id))
    assert await scene.call("/skills/registry_status", token=token) == 200
    assert scene.looked_up == [token]
    assert await scene.call("/skills/registry_status", token="task_of-nobody") == 401


@pytest.mark.parametrize("path", ["/mcp", "/mcp/", "//mcp", "/%6dcp", "/MCP", "/skills/../mcp", "/other"])
async def test_an_agent_calls_nothing_but_the_routes_that_are_for_agents(scene: Scene, path: str) -> None:
    task = await scene.house.spawn()
    token = scene.house.sessions.token(await scene.house.running(task.id))
    assert await scene.call(path, token=token) in {401, 404}
    if sys.platform == "linux":
        assert await scene.call(path, mark=task.id) in {401, 404}


async def test_a_call_that_would_change_the_protocol_is_an_http_call(scene: Scene) -> None:
    async with aiohttp.ClientSession() as session:
        for headers, status in (({}, 401), ({"Authorization": f"Bearer {TOKEN}"}, 200)):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(scene.url + "/skills", headers=headers)
            assert refused.value.status == status


@pytest.mark.parametrize("header", ["Via", "Forwarded", "X-Forwarded-For"])
async def test_a_proxy_does_not_call_for_others(scene: Scene, header: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", header: "127.0.0.1"}
    async with aiohttp.ClientSession() as session, session.get(f"{scene.url}/skills", headers=headers) as response:
        assert response.status == 401


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(UsageError, match=r"did not arrive within 0\.01 s"):
        await http.read_body(request, limit_s=0.01)
