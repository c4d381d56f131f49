"""The skills as MCP tools, called by the SDK's own client over both transports."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from claw_discord_coord.skills import SKILLS
from tests.e2e.conftest import Program

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("mcp")]


@asynccontextmanager
async def over_http(program: Program) -> AsyncIterator[ClientSession]:
    address = json.loads((program.state_folder / "coordinator.json").read_text())
    client = create_mcp_http_client(headers={"Authorization": f"Bearer {address['token']}"})
    async with (
        client,
        streamable_http_client(f"{address['url']}/mcp", http_client=client) as streams,
        ClientSession(streams[0], streams[1]) as session,
    ):
        await session.initialize()
        yield session


@asynccontextmanager
async def over_stdio(program: Program) -> AsyncIterator[ClientSession]:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "claw_discord_coord", "mcp"], cwd=program.folder, env=program.environment
    )
    async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


@pytest.mark.parametrize("connect", [over_http, over_stdio])
@pytest.mark.proves("doubled.key")
async def test_an_assistant_finds_the_skills_and_gives_work(up: Program, connect) -> None:
    async with connect(up) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) == set(SKILLS)
        assert tools["registry_status"].annotations is not None
        assert tools["registry_status"].annotations.read_only_hint is True
        answer = await session.call_tool("spawn_agent", {"task": "echo the sea", "key": "sea"})
        assert not answer.is_error
        assert answer.structured_content is not None
        task_id = answer.structured_content["task_id"]
        again = await session.call_tool("spawn_agent", {"task": "echo the sea", "key": "sea"})
        assert again.structured_content is not None
        assert (again.structured_content["task_id"], again.structured_content["joined"]) == (task_id, True)
        status = await session.call_tool("registry_status", {"task_id": task_id})
        assert status.structured_content is not None
        assert status.structured_content["task"]["task_id"] == task_id
        assert task_id in status.content[0].text
        listed = await session.call_tool("registry_status", {})
        assert task_id in listed.content[0].text
        assert len(listed.content[0].text) < len(json.dumps(listed.structured_content)), "the text is no second copy"


@pytest.mark.parametrize("connect", [over_http, over_stdio])
async def test_a_bad_call_is_an_error_with_the_fix(up: Program, connect) -> None:
    async with connect(up) as session:
        answer = await session.call_tool("spawn_agent", {"task": "echo", "agent": "nobody"})
        assert answer.is_error
        assert "Name one of: echo, slow" in answer.content[0].text
        answer = await session.call_tool("spawn_agent", {"task": "echo", "color": "red"})
        assert answer.is_error
        assert "color" in answer.content[0].text


@pytest.mark.proves("obeyed.token")
async def test_nobody_gets_in_without_the_token_or_from_a_web_page(up: Program) -> None:
    address = json.loads((up.state_folder / "coordinator.json").read_text())
    right = {"Authorization": f"Bearer {address['token']}"}
    async with aiohttp.ClientSession(address["url"]) as session:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Bearer task_wrong"},
            {**right, "Host": "evil.example"},
            {**right, "Origin": "http://evil.example"},
        ):
            async with session.post("/skills/registry_status", json={}, headers=headers) as answer:
                assert answer.status in {401, 403}, headers
            async with session.post("/mcp", json={}, headers=headers) as answer:
                assert answer.status in {401, 403}, headers
        async with session.post("/skills/registry_status", json={}, headers=right) as answer:
            assert answer.status == 200
        async with session.post("/skills/registry_status", data=b"\xff{", headers=right) as answer:
            assert answer.status == 400
        async with session.post("/skills/spawn_agent", data=io.BytesIO(b" " * 5_000_000), headers=right) as answer:
            assert answer.status == 400
        async with session.get("/health") as answer:
            assert (await answer.json())["status"] == "ok"


async def test_a_client_over_http_goes_on_after_a_restart(program: Program) -> None:
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    tokens = set()
    for session in ("begun before the restart", "known to nobody"):
        async with program.up(), aiohttp.ClientSession() as client:
            address = json.loads((program.state_folder / "coordinator.json").read_text())
            tokens.add(address["token"])
            headers = {"Authorization": f"Bearer {address['token']}", "Mcp-Session-Id": session}
            headers |= {"Accept": "application/json, text/event-stream"}
            async with client.post(f"{address['url']}/mcp", json=listing, headers=headers) as response:
                assert response.status == 200, await response.text()
                assert len((await response.json())["result"]["tools"]) == len(SKILLS)
    assert len(tokens) == 1
