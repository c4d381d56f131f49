"""The MCP server is built for the first requests, once, and again after a failure."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from claw_discord_coord.surfaces.mcp_on_demand import McpOnDemand

pytestmark = pytest.mark.anyio

LISTING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).encode()
HEADERS = {"host": "127.0.0.1:80", "content-type": "application/json", "accept": "application/json, text/event-stream"}


class Skills:
    """The offered skills; counts the readings, of which the first ones may fail."""

    def __init__(self, *, failures: int = 0) -> None:
        self.readings = 0
        self._failures = failures

    def __call__(self) -> tuple[str, ...]:
        self.readings += 1
        if self.readings <= self._failures:
            raise OSError("too many open files")
        return ("registry_status",)


async def never_called(_name: str, _arguments: dict[str, Any], _request_id: str) -> dict[str, Any]:
    raise AssertionError


async def list_tools(app: McpOnDemand) -> list[str]:
    """The names of the tools, by one ASGI request."""
    body = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": LISTING}

    async def send(message: Any) -> None:
        body.extend(message.get("body", b""))

    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    return [tool["name"] for tool in json.loads(body)["result"]["tools"]]


async def test_first_requests_at_the_same_time_share_one_server() -> None:
    skills = Skills()
    app = McpOnDemand(never_called, skills)
    async with app.running():
        assert await asyncio.gather(*(list_tools(app) for _ in range(5))) == [["registry_status"]] * 5
        assert await list_tools(app) == ["registry_status"]
    assert skills.readings == 1


async def test_a_request_that_is_canceled_during_the_import_leaves_the_others_alone() -> None:
    app = McpOnDemand(never_called, Skills())
    async with app.running():
        canceled = asyncio.create_task(list_tools(app))
        other = asyncio.create_task(list_tools(app))
        await asyncio.sleep(0)
        canceled.cancel()
        assert await other == ["registry_status"]
        with pytest.raises(asyncio.CancelledError):
            await canceled


async def test_after_a_failure_the_next_request_starts_the_server_again(caplog: pytest.LogCaptureFixture) -> None:
    skills = Skills(failures=1)
    app = McpOnDemand(never_called, skills)
    async with app.running():
        failed = await asyncio.gather(list_tools(app), list_tools(app), return_exceptions=True)
        assert [type(error) for error in failed] == [OSError, OSError]
        assert await list_tools(app) == ["registry_status"]
    assert "the next request starts it again" in caplog.text


async def test_without_a_request_nothing_is_built() -> None:
    skills = Skills()
    async with McpOnDemand(never_called, skills).running():
        pass
    assert skills.readings == 0
