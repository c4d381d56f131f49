"""The `command` runtime: a program per run, under a supervisor that outlives the coordinator."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from pydantic import TypeAdapter

from claw_discord_coord.config.runtimes import CommandRuntimeConfig
from claw_discord_coord.errors import RunFailed
from claw_discord_coord.models import RunOutcome
from claw_discord_coord.ports import Report, RunOrder
from claw_discord_coord.private_files import StrPath, make_private_folder
from claw_discord_coord.runtimes.command import children, processes, program
from claw_discord_coord.runtimes.command.isolation import Folders, isolated
from claw_discord_coord.runtimes.command.outcome import outcome
from claw_discord_coord.runtimes.command.process_exit import ProcessExit
from claw_discord_coord.runtimes.command.run_files import Order, Reason
from claw_discord_coord.runtimes.command.run_folder import RunFolder
from claw_discord_coord.runtimes.command.tail import Tail
from claw_discord_coord.runtimes.context import RuntimeContext

_log = logging.getLogger(__name__)
_outcome_json = TypeAdapter(RunOutcome)
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_FIRST_LOOK_S = 0.05
_LAST_LOOK_S = 1.0
"""How often a run's output is read: soon after a line of progress, and less often the longer the run is silent."""


class CommandRuntime:
    """Runs programs; one object for all agents whose runtime is `command`.

    Each run has a folder below `runs` of the state folder; the files of a result are copied to the artifacts folder.
    Several objects, in one process or several, may work on the same folders. Nothing needs to be closed: runs go on
    when the coordinator is gone.

    Args:
        context: The folders.
        environment: The source of a program's PATH, HOME and the like; by default the environment of this process.
        grace_s: The time that a program has to end by itself before it is killed.
        limit_s: The time that a supervisor has to take a run, to end after a request, and to be collected.
    """

    Settings: ClassVar[type[CommandRuntimeConfig]] = CommandRuntimeConfig
    ends_with_us = True
    # A program has read its task to the end, and takes no messages.
    messages = None
    sessions = None

    @property
    def processes(self) -> CommandRuntime:
        """This runtime itself: every process of a run has a mark."""
        return self

    def __init__(
        self,
        context: RuntimeContext,
        *,
        environment: Mapping[str, str] | None = None,
        grace_s: float = 5.0,
        limit_s: float = 10.0,
    ) -> None:
        self._state = context.state_folder.absolute()
        self._runs = self._state / "runs"
        self._programs = context.programs_folder.absolute()
        self._artifacts = context.artifacts_folder.absolute()
        self._environment = dict(os.environ if environment is None else environment)
        self._grace_s = grace_s
        self._limit_s = limit_s

    async def start(self, order: RunOrder) -> None:
        """Start the run unless started before, and wait until the program is running.

        Raises:
            RunFailed: The run can never start: no such program or script, not executable, no folder to work in.
        """
        await asyncio.to_thread(self._start, self._folder(order.run_id), order)

    async def watch(self, run_id: str, report: Report) -> RunOutcome:
        """Wait until the run ends, and report its progress. Every call returns the same outcome."""
        folder = self._folder(run_id)
        given_up_at = time.monotonic() + self._limit_s
        while (phase := folder.phase()) != "ended":
            if phase == "running":
                await self._follow(folder, report)
            elif phase == "abandoned" or time.monotonic() > given_up_at:
                await asyncio.to_thread(self._settle, folder, "lost")
            await asyncio.sleep(_FIRST_LOOK_S if phase != "running" else 0)
        # Once more: lines may have come between the last look and the end.
        await self._report(Tail(folder), report)
        await self._collect_supervisor(folder)
        return await asyncio.to_thread(self._outcome, run_id)

    async def stop(self, run_id: str) -> None:
        """End every process of the run, and wait until none is left. A run that was not started never will be."""
        folder = self._folder(run_id)
        folder.request_stop()
        asked = False
        kill_at = time.monotonic() + self._grace_s + self._limit_s
        while folder.exit() is None:
            overdue = time.monotonic() > kill_at
            if folder.phase() == "running":
                if overdue or not asked:
                    asked = True
                    _signal_supervisor(folder, forced=overdue)
            else:
                await asyncio.to_thread(self._settle, folder, "stopped")
            await asyncio.sleep(0.02)
        await self._collect_supervisor(folder)
        # A supervisor that had to be killed leaves processes behind.
        if left := await asyncio.to_thread(self._end_leftovers, folder):
            _log.error("Run %s: these processes cannot be ended: %s", run_id, left)

    async def forget(self, run_id: str) -> None:
        """Delete the run's folder; a run that goes on is stopped first. The copies of artifacts stay."""
        folder = self._folder(run_id)
        if folder.phase() == "absent":
            return
        if folder.exit() is None:
            await self.stop(run_id)
        await self._collect_supervisor(folder)
        await asyncio.to_thread(shutil.rmtree, folder.path, ignore_errors=True)

    def run_of(self, marks: Sequence[str]) -> str | None:
        """Return the run to which a process belongs, by the marks of the process and its ancestors."""
        if not marks or not self._runs.is_dir():
            return None
        known = {_mark(folder): folder.name for folder in self._runs.iterdir()}
        return next((known[mark] for mark in marks if mark in known), None)

    def _folder(self, run_id: str) -> RunFolder:
        # Checked, since the id becomes a part of a path.
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError(f"{run_id!r} is not a run id")
        return RunFolder(self._runs / run_id)

    def _start(self, folder: RunFolder, order: RunOrder) -> None:
        if folder.phase() in ("absent", "waiting"):
            ordered = self._ordered(folder, order)
            try:
                folder.create()
                folder.write_order(ordered)
                # Marked, so that a process is known for the run's by its ancestry, whatever environment it has.
                marked = {processes.SUPERVISOR_MARK: ordered["mark"]}
                settings = order.settings(CommandRuntimeConfig)
                word = children.start_supervisor(folder, program.environment(settings, self._environment, marked))
            except OSError as error:
                raise RunFailed(
                    f"The run could not be prepared in {folder.path}: {error.strerror}.",
                    fix="Make room for it, or name another state folder.",
                ) from error
            if not word and folder.phase() == "waiting":
                raise RunFailed(
                    f"The run's supervisor could not be started: {_last_line(Path(folder.supervisor_log))}",
                    fix=f"Read {folder.supervisor_log} for the cause.",
                )
        end = folder.exit()
        if end is not None and end["reason"] == "not_started":
            raise RunFailed(end["error"], fix="Correct `runtime.command` of the agent in skill.yaml.")

    def _ordered(self, folder: RunFolder, order: RunOrder) -> Order:
        config = order.settings(CommandRuntimeConfig)
        environment = program.environment(config, self._environment, order.environment)
        command = program.command(config, self._programs, environment.get("PATH"))
        try:
            make_private_folder(order.folder)
        except OSError as error:
            raise RunFailed(
                f"The run cannot work in {order.folder}: {error.strerror}.",
                fix="Check this path and its permissions, or name another state folder.",
            ) from error
        if config.isolation is not None:
            named = environment.get("CLAW_SOCKET")
            socket = Path(named).parent if named else None
            folders = Folders(order.folder.absolute(), self._programs, self._state, socket)
            command, environment = isolated(command, environment, config.isolation, folders, _files(order))
        return {
            "command": command,
            "folder": str(order.folder.absolute()),
            "environment": environment,
            "brief": order.brief,
            "mark": _mark(folder.path),
            "timeout_s": order.timeout_s,
            "output_limit_bytes": config.output_limit_bytes,
            "grace_s": self._grace_s,
        }

    async def _follow(self, folder: RunFolder, report: Report) -> None:
        """Report progress until the supervisor has written the end of the run, or has died."""
        started = folder.started()
        if started is None:
            return
        tail = Tail(folder)
        pause_s = _FIRST_LOOK_S
        with ProcessExit(started["pid"]) as process_exit:
            while folder.phase() == "running":
                reported = await self._report(tail, report)
                pause_s = _FIRST_LOOK_S if reported else min(pause_s * 1.5, _LAST_LOOK_S)
                await process_exit.within(pause_s)

    async def _report(self, tail: Tail, report: Report) -> bool:
        lines = tail.look()
        for line in lines:
            await report(line)
        if lines:
            tail.remember()
        return bool(lines)

    async def _collect_supervisor(self, folder: RunFolder) -> None:
        """Wait for the end of the supervisor, which comes right after exit.json, and collect the process."""
        given_up_at = time.monotonic() + self._limit_s
        started = folder.started()
        while folder.is_locked() or (started is not None and not children.collected(started["pid"])):
            if time.monotonic() > given_up_at:
                return
            await asyncio.sleep(0.005)

    def _settle(self, folder: RunFolder, reason: Reason) -> None:
        """End what is left of a run without a supervisor, and write the end, so that the run cannot start later."""
        folder.create()
        with folder.lock() as locked:
            # Another process settles the run, or a supervisor has just taken the run after all.
            if not locked or folder.exit() is not None:
                return
            survivors = self._end_leftovers(folder)
            folder.write_exit(
                {
                    "exit_code": None,
                    "reason": "stopped" if folder.stop_requested() else reason,
                    "ended_at": time.time(),
                    "error": None,
                    "survivors": survivors,
                }
            )

    def _end_leftovers(self, folder: RunFolder) -> list[int]:
        order = folder.order()
        if order is None:
            return []
        started = folder.program()
        root = (started["pid"], started["born"]) if started else None
        return processes.end(lambda: processes.of_run(order["mark"], program=root), grace_s=min(self._grace_s, 1.0))

    def _outcome(self, run_id: str) -> RunOutcome:
        folder = self._folder(run_id)
        stored = folder.outcome()
        if stored is not None:
            # The stored outcome counts: the session's files may be gone by now.
            return _outcome_json.validate_python(stored)
        end = folder.exit()
        if end is None:
            raise RuntimeError(f"Run {run_id} was forgotten while a caller watched the run.")
        if end["survivors"]:
            _log.error("Run %s: these processes cannot be ended: %s", run_id, end["survivors"])
        made = outcome(folder, end, artifacts_folder=self._artifacts / run_id)
        folder.write_outcome(_outcome_json.dump_python(made, mode="json"))
        return made


def _files(order: RunOrder) -> list[str]:
    """Return the files of the handoff that started the task."""
    packet: dict[str, Any] = order.brief.get("packet") or {}
    artifacts: list[str] = packet.get("artifacts", [])
    return artifacts


def _mark(run_folder: StrPath) -> str:
    # Of the path, so that run ids of two coordinators on one machine do not meet.
    return sha256(os.fsencode(run_folder)).hexdigest()


def _signal_supervisor(folder: RunFolder, *, forced: bool) -> None:
    """Signal the supervisor, whose lock shows that the process is alive."""
    started = folder.started()
    # On Windows the supervisor looks for the request, since a signal would kill the process.
    if started is None or (sys.platform == "win32" and not forced):
        return
    try:
        if sys.platform == "win32":
            os.kill(started["pid"], signal.SIGTERM)
        else:
            os.kill(started["pid"], signal.SIGKILL if forced else signal.SIGTERM)
    except ProcessLookupError:
        return


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    return lines[-1] if lines else "the log is empty."
