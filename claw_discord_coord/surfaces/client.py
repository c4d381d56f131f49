"""Calls the skills of the running coordinator; used by the command line, `mcp` and agents at work."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import aiohttp

from claw_discord_coord.errors import CoordinatorUnavailable, by_type
from claw_discord_coord.surfaces.run_file import RunFile, find
from claw_discord_coord.surfaces.unix_socket import short_path

AGENT_TIMEOUT_S = 120.0
"""The longest wait of an agent's call for a coordinator that restarts."""
PERSON_TIMEOUT_S = 10.0
"""The longest wait of a person's call after the coordinator stopped during the call."""
CALL_TIMEOUT_S = 60.0


class Client:
    """Calls a coordinator. An agent at work calls with its task token, everyone else with the coordinator's token.

    Calls go over the coordinator's Unix socket where there is one: the operating system then tells the coordinator
    which process calls.

    A call that loses the connection is repeated with the same request id, so the coordinator runs the call once.
    """

    def __init__(self, state_folder: Path | None, environment: Mapping[str, str], *, surface: str) -> None:
        self._state_folder = state_folder
        self._environment = environment
        self._surface = surface
        self._task_token = environment.get("CLAW_TASK_TOKEN")

    def _find(self) -> RunFile:
        named = self._environment.get("CLAW_SOCKET")
        # In a sandbox the socket is all there is of the state folder, and the task token is enough.
        if named and self._task_token and self._state_folder is None and Path(named).is_socket():
            return RunFile("http://localhost", self._task_token, 0, Path(named).parent, socket=Path(named))
        found = find(self._state_folder, self._environment)
        # Kept: after a restart the call must reach the same coordinator, and not another one that runs here.
        self._state_folder = found.state_folder
        return found

    async def call(self, skill: str, arguments: Mapping[str, Any], request_id: str | None = None) -> dict[str, Any]:
        """Call a skill and return the result as JSON.

        Raises:
            CoordError: The coordinator's error; CoordinatorUnavailable when the coordinator cannot be reached.
        """
        headers = {"X-Request-Id": request_id or f"{self._surface}-{secrets.token_hex(12)}"}
        retries = _Retries(AGENT_TIMEOUT_S if self._task_token else 0.0)
        while True:
            try:
                address = self._find()
                async with (
                    self._session(address) as session,
                    session.post(f"/skills/{skill}", json=arguments, headers=headers) as response,
                ):
                    return _checked(response.status, await response.json())
            except (CoordinatorUnavailable, aiohttp.ClientConnectorError) as error:
                await retries.try_again(error)
            except (aiohttp.ClientError, OSError) as error:
                # The call may have arrived. A repeated call with the same request id returns its result.
                retries.at_least(PERSON_TIMEOUT_S)
                await retries.try_again(error)

    async def updates(self, task_id: str) -> AsyncIterator[dict[str, str]]:
        """Yield a task's updates until the task ends: objects with `type` (placed, state, progress, away) and `text`.

        `away` is yielded once while the coordinator cannot be reached; updates continue afterwards.

        Raises:
            CoordinatorUnavailable: The coordinator stayed away too long.
        """
        retries: _Retries | None = None
        while True:
            try:
                address = self._find()
                async with (
                    self._session(address, timeout_s=None) as session,
                    session.get(f"/tasks/{task_id}/updates") as response,
                ):
                    if response.status != 200:
                        _checked(response.status, await response.json())
                    retries = None
                    async for line in response.content:
                        if line.strip():
                            yield json.loads(line)
                return
            # A coordinator that is killed may leave half a line, and no folder of its socket.
            except (CoordinatorUnavailable, aiohttp.ClientError, OSError, json.JSONDecodeError) as error:
                if retries is None:
                    retries = _Retries(AGENT_TIMEOUT_S)
                    yield {"type": "away", "text": "the coordinator is away; waiting"}
                await retries.try_again(error)

    @asynccontextmanager
    async def _session(
        self, address: RunFile, *, timeout_s: float | None = CALL_TIMEOUT_S
    ) -> AsyncGenerator[aiohttp.ClientSession]:
        headers = {
            "Authorization": f"Bearer {self._task_token or address.token}",
            "X-Claw-Caller": json.dumps({"surface": self._surface}),
        }
        # Updates have no total limit. The server sends a line every KEEP_ALIVE_S: after 30 s the connection is dead.
        timeout = aiohttp.ClientTimeout(total=timeout_s, connect=5, sock_read=timeout_s or 30)
        # An older coordinator, and one on Windows, has no socket.
        with short_path(address.socket) if address.socket is not None else nullcontext() as path:
            url, connector = (address.url, None) if path is None else ("http://localhost", aiohttp.UnixConnector(path))
            async with aiohttp.ClientSession(url, headers=headers, timeout=timeout, connector=connector) as session:
                yield session


class _Retries:
    """Retries with growing pauses up to a time limit."""

    def __init__(self, timeout_s: float) -> None:
        self._end = time.monotonic() + timeout_s
        self._pause_s = 0.1

    def at_least(self, timeout_s: float) -> None:
        """Extend the time limit to `timeout_s` after the first failure."""
        # Only the first failure extends the limit; otherwise every failure would start the wait again.
        if self._end < time.monotonic() and self._pause_s == 0.1:
            self._end = time.monotonic() + timeout_s

    async def try_again(self, error: Exception) -> None:
        """Pause, or raise CoordinatorUnavailable after the time limit."""
        if time.monotonic() >= self._end:
            if isinstance(error, CoordinatorUnavailable):
                raise error
            raise CoordinatorUnavailable(
                "The coordinator does not respond.", fix="Start it with `claw-discord-coord up`, or see its log."
            ) from error
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 1.5, 2.0)


def _checked(status: int, body: Any) -> dict[str, Any]:
    if status == 200:
        return body
    error = body["error"]
    raise by_type(error["type"])(error["message"], fix=error["fix"])
