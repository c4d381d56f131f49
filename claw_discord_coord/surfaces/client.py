"""Finds the running coordinator and calls its skills; used by the command line, `mcp` and agents at work."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import click

from claw_discord_coord.config.locate import STATE_FOLDER_NAME
from claw_discord_coord.errors import CoordinatorUnavailable, by_type
from claw_discord_coord.runtimes.command.processes import born

RUN_FILE_NAME = "coordinator.json"
AGENT_TIMEOUT_S = 120.0
"""The longest wait of an agent's call for a coordinator that restarts."""
PERSON_TIMEOUT_S = 10.0
"""The longest wait of a person's call after the coordinator stopped during the call."""
CALL_TIMEOUT_S = 60.0


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """The URL and bearer token of a coordinator, as the coordinator's run file has them."""

    url: str
    token: str
    pid: int
    state_folder: Path


def write_run_file(state_folder: Path, url: str, token: str, pid: int) -> list[Path]:
    """Write the run file into the state folder and into the user's list of coordinators.

    Commands find a coordinator through the list from any folder. Entries of killed coordinators are removed.

    Returns:
        The files, to be deleted at the end.
    """
    known = {"url": url, "token": token, "pid": pid, "born": born(pid), "state_folder": str(state_folder)}
    content = json.dumps(known)
    files = [state_folder / RUN_FILE_NAME]
    _write(files[0], content)
    try:
        # A killed coordinator leaves its entry behind, and the process id may belong to another program by now.
        for listed in _list_folder().glob("*.json"):
            found = _read(listed)
            if found is None or found.state_folder == state_folder:
                listed.unlink(missing_ok=True)
        _write(listed := _list_folder() / f"{pid}.json", content)
        files.append(listed)
    except OSError as error:  # a courtesy: without a home folder commands need --state-folder
        log.warning("this coordinator is not in the user's list: %s", error.strerror)
    return files


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = file.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(content)
    aside.replace(file)


def find(state_folder: Path | None, environment: Mapping[str, str]) -> Address:
    """Find the running coordinator: in the named folder, else in the nearest state folder from here upwards, else the
    only coordinator of this user.

    Raises:
        CoordinatorUnavailable: No coordinator runs, or several run and the choice is not clear.
    """
    named = state_folder or (Path(environment["CLAW_STATE_DIR"]) if "CLAW_STATE_DIR" in environment else None)
    if named is not None:
        found = _read(named / RUN_FILE_NAME)
        if found is None:
            raise CoordinatorUnavailable(
                f"No coordinator is running with the state folder {named}.",
                fix="Start it with `claw-discord-coord up`.",
            )
        return found
    here = Path.cwd()
    for folder in (here, *here.parents):
        found = _read(folder / STATE_FOLDER_NAME / RUN_FILE_NAME)
        if found is not None:
            return found
    listed = [found for file in sorted(_list_folder().glob("*.json")) if (found := _read(file)) is not None]
    running = {found.state_folder.resolve(): found for found in listed}
    if len(running) == 1:
        return next(iter(running.values()))
    if not running:
        raise CoordinatorUnavailable("No coordinator is running.", fix="Start one with `claw-discord-coord up`.")
    folders = ", ".join(str(found.state_folder) for found in running.values())
    raise CoordinatorUnavailable(
        f"Several coordinators are running: {folders}.", fix="Name one with --state-folder FOLDER."
    )


class Client:
    """Calls a coordinator. An agent at work calls with its task token, everyone else with the coordinator's token.

    A call that loses the connection is repeated with the same request id, so the coordinator runs the call once.
    """

    def __init__(self, state_folder: Path | None, environment: Mapping[str, str], *, surface: str) -> None:
        self._state_folder = state_folder
        self._environment = environment
        self._surface = surface
        self._task_token = environment.get("CLAW_TASK_TOKEN")

    async def call(self, skill: str, arguments: Mapping[str, Any], request_id: str | None = None) -> dict[str, Any]:
        """Call a skill and return the result as JSON.

        Raises:
            CoordError: The coordinator's error; CoordinatorUnavailable when the coordinator cannot be reached.
        """
        headers = {"X-Request-Id": request_id or f"{self._surface}-{secrets.token_hex(12)}"}
        retries = _Retries(AGENT_TIMEOUT_S if self._task_token else 0.0)
        while True:
            try:
                address = find(self._state_folder, self._environment)
                async with (
                    self._session(address) as session,
                    session.post(f"/skills/{skill}", json=arguments, headers=headers) as response,
                ):
                    return _checked(response.status, await response.json())
            except (CoordinatorUnavailable, aiohttp.ClientConnectorError) as error:
                await retries.try_again(error)
            except (aiohttp.ClientError, TimeoutError) as error:
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
                address = find(self._state_folder, self._environment)
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
            except (CoordinatorUnavailable, aiohttp.ClientError, TimeoutError) as error:
                if retries is None:
                    retries = _Retries(AGENT_TIMEOUT_S)
                    yield {"type": "away", "text": "the coordinator is away; waiting"}
                await retries.try_again(error)

    @asynccontextmanager
    async def _session(
        self, address: Address, *, timeout_s: float | None = CALL_TIMEOUT_S
    ) -> AsyncGenerator[aiohttp.ClientSession]:
        headers = {
            "Authorization": f"Bearer {self._task_token or address.token}",
            "X-Claw-Caller": json.dumps({"surface": self._surface}),
        }
        # Updates have no total limit. The server sends a line every KEEP_ALIVE_S: after 30 s the connection is dead.
        timeout = aiohttp.ClientTimeout(total=timeout_s, connect=5, sock_read=timeout_s or 30)
        async with aiohttp.ClientSession(address.url, headers=headers, timeout=timeout) as session:
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


def _read(file: Path) -> Address | None:
    """Return the address in a run file, or None when the file is missing or its process has ended.

    Another program may listen at the address of a dead process, and must not receive the token.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        address = Address(content["url"], content["token"], int(content["pid"]), Path(content["state_folder"]))
        begun = content["born"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address if begun and begun == born(address.pid) else None


def _list_folder() -> Path:
    return Path(click.get_app_dir("claw-discord-coord")) / "running"
