"""Finds the running coordinator and calls it; what the command line, `mcp` and agents at work use."""

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

from claw_discord_coord.errors import CoordinatorUnavailable, by_type
from claw_discord_coord.runtimes.command.processes import born

STATE_FOLDER_NAME = ".claw-discord-coord"
RUN_FILE_NAME = "coordinator.json"
AGENT_PATIENCE_S = 120.0
"""How long an agent's call waits for a coordinator that is being restarted; nothing is lost meanwhile."""
PERSON_PATIENCE_S = 10.0
"""How long a person's call waits when the coordinator went away in the middle of it."""
CALL_TIMEOUT_S = 60.0


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """Where a coordinator is, as its run file says, and the token that opens its door."""

    url: str
    token: str
    pid: int
    state_folder: Path


def write_run_file(state_folder: Path, url: str, token: str, pid: int) -> list[Path]:
    """Say where this coordinator is: in its state folder, and in a list of the user's by which commands find it from
    anywhere. What others have left in that list when they were killed is swept out.
    """
    known = {"url": url, "token": token, "pid": pid, "born": born(pid), "state_folder": str(state_folder)}
    content = json.dumps(known)
    files = [state_folder / RUN_FILE_NAME]
    _write(files[0], content)
    try:
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
    """The running coordinator: of the folder named, else of the nearest state folder from here upwards, else the only
    one of this user.

    Raises:
        CoordinatorUnavailable: none, or several and nothing says which.
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
        f"Several coordinators are running: {folders}.", fix="Say which one with --state-folder FOLDER."
    )


class Client:
    """Calls a coordinator. An agent at work calls with its task token, everyone else with the coordinator's own.

    A call that loses its connection is made again with the same request id, which the coordinator answers as the same
    call.
    """

    def __init__(self, state_folder: Path | None, environment: Mapping[str, str], *, surface: str) -> None:
        self._state_folder = state_folder
        self._environment = environment
        self._surface = surface
        self._task_token = environment.get("CLAW_TASK_TOKEN")

    async def call(self, skill: str, arguments: Mapping[str, Any], request_id: str | None = None) -> dict[str, Any]:
        """The skill's answer as JSON.

        Raises:
            CoordError: as the coordinator says; CoordinatorUnavailable when there is none to say anything.
        """
        headers = {"X-Request-Id": request_id or f"{self._surface}-{secrets.token_hex(12)}"}
        patience = _Patience(AGENT_PATIENCE_S if self._task_token else 0.0)
        while True:
            try:
                address = find(self._state_folder, self._environment)
                async with (
                    self._session(address) as session,
                    session.post(f"/skills/{skill}", json=arguments, headers=headers) as answer,
                ):
                    return _checked(answer.status, await answer.json())
            except (CoordinatorUnavailable, aiohttp.ClientConnectorError) as error:
                await patience.try_again(error)
            except (aiohttp.ClientError, TimeoutError) as error:
                patience.at_least(PERSON_PATIENCE_S)  # it may have arrived: ask again before saying that nobody knows
                await patience.try_again(error)

    async def updates(self, task_id: str) -> AsyncIterator[dict[str, str]]:
        """What happens to a task until it ends: objects with `type` (placed, state, progress, away) and `text`.

        While the coordinator is away an `away` is said once, and the stream goes on when it is back.

        Raises:
            CoordinatorUnavailable: it stays away too long.
        """
        patience: _Patience | None = None
        while True:
            try:
                address = find(self._state_folder, self._environment)
                async with (
                    self._session(address, timeout_s=None) as session,
                    session.get(f"/tasks/{task_id}/updates") as answer,
                ):
                    if answer.status != 200:
                        _checked(answer.status, await answer.json())
                    patience = None
                    async for line in answer.content:
                        if line.strip():
                            yield json.loads(line)
                return
            except (CoordinatorUnavailable, aiohttp.ClientError, TimeoutError) as error:
                if patience is None:
                    patience = _Patience(AGENT_PATIENCE_S)
                    yield {"type": "away", "text": "the coordinator is away; waiting for it"}
                await patience.try_again(error)

    @asynccontextmanager
    async def _session(
        self, address: Address, *, timeout_s: float | None = CALL_TIMEOUT_S
    ) -> AsyncGenerator[aiohttp.ClientSession]:
        headers = {
            "Authorization": f"Bearer {self._task_token or address.token}",
            "X-Claw-Caller": json.dumps({"surface": self._surface}),
        }
        timeout = aiohttp.ClientTimeout(total=timeout_s, connect=5, sock_read=timeout_s or 30)
        async with aiohttp.ClientSession(address.url, headers=headers, timeout=timeout) as session:
            yield session


class _Patience:
    """How long to go on trying, with growing pauses."""

    def __init__(self, patience_s: float) -> None:
        self._end = time.monotonic() + patience_s
        self._pause_s = 0.1

    def at_least(self, patience_s: float) -> None:
        """Go on for this long from the first time it is asked for."""
        if self._end < time.monotonic() and self._pause_s == 0.1:
            self._end = time.monotonic() + patience_s

    async def try_again(self, error: Exception) -> None:
        """Pause, or raise CoordinatorUnavailable when patience is at its end."""
        if time.monotonic() >= self._end:
            if isinstance(error, CoordinatorUnavailable):
                raise error
            raise CoordinatorUnavailable(
                "The coordinator does not answer.", fix="Start it with `claw-discord-coord up`, or see its log."
            ) from error
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 1.5, 2.0)


def _checked(status: int, body: Any) -> dict[str, Any]:
    if status == 200:
        return body
    error = body["error"]
    raise by_type(error["type"])(error["message"], fix=error["fix"])


def _read(file: Path) -> Address | None:
    """The address in a run file, or None when there is none or its process is gone: another program may listen there
    by now, and must not be shown the token.
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
