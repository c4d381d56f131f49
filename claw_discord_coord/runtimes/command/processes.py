"""Finds and ends the processes of a run, also those that left its session or lost their parent.

A run's processes are those that carry its mark in their environment, that descend from its supervisor, or that are in
the session which its program began. One that has dropped the mark and left the session is still found on Linux, where
the supervisor adopts orphans, unless the supervisor was killed as well.

Linux is asked through /proc, other systems through psutil, which the supervisor loads only there.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

MARK = "CLAW_RUN_MARK"
"""The variable that marks every process of a run."""


class Process(NamedTuple):
    """A process that is alive (not a zombie). `born` tells it from a later one of the same number; a session and
    group of 0 means that the system does not say.
    """

    pid: int
    parent: int
    group: int
    session: int
    born: str
    environment: bytes


def of_run(mark: str, *, supervisor: int | None = None, program: tuple[int, str] | None = None) -> list[Process]:
    """Every process of the run, but for the one that asks and the supervisor.

    `supervisor` is given while it is alive, `program` as (pid, born).
    """
    sign = f"{MARK}={mark}".encode()
    table = list(everything())
    found = {process.pid for process in table if sign in process.environment.split(b"\0")}
    if program is not None:
        found.update(_in_session(table, *program))
    if supervisor is not None:
        found.update(_descendants(table, supervisor))
    return [process for process in table if process.pid in found - {os.getpid(), supervisor}]


def end(find: Callable[[], list[Process]], *, grace_s: float, patience_s: float = 10.0) -> list[int]:
    """Ask what `find` finds to end, and after `grace_s` make it end; looks again until nothing is left.

    Returns the processes that are still there `patience_s` later (the system can't end one that waits for a broken
    disk).
    """
    began = time.monotonic()
    asked: set[int] = set()
    pause_s = 0.005
    while left := find():
        elapsed_s = time.monotonic() - began
        if elapsed_s > grace_s + patience_s:
            return [process.pid for process in left]
        for process in left:
            if elapsed_s >= grace_s:
                _signal(process, forced=True)
            elif process.pid not in asked:
                asked.add(process.pid)
                _signal(process, forced=False)
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 0.1)
    return []


def born(pid: int) -> str:
    """When the process began, as a word that no other process of that number will ever have; empty if it is gone."""
    if sys.platform == "linux":
        process = _look_at(str(pid), _boot())
        return "" if process is None else process.born
    return next((process.born for process in everything() if process.pid == pid), "")


def everything() -> Iterator[Process]:
    """All processes that this user may look at."""
    return _from_proc() if sys.platform == "linux" else from_psutil()


def _in_session(table: list[Process], leader: int, leader_born: str) -> Iterator[int]:
    """The session's members. The number may have been given away: then its present owner was born at another time, or
    the machine was started anew.
    """
    owner = next((process for process in table if process.pid == leader), None)
    if owner is not None and owner.born != leader_born:
        return
    if owner is None and leader_born.partition(" ")[0] != _boot():
        return
    yield from (process.pid for process in table if process.session == leader or process.group == leader)


def _descendants(table: list[Process], ancestor: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process.pid)
    found: set[int] = set()
    waiting = [ancestor]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _signal(process: Process, *, forced: bool) -> None:
    """Ask a process to end, or make it and its group end: a group holds what is forked faster than we look. A program
    begins its own session, and a group never reaches beyond its session, so a run's groups hold the run's processes
    alone.
    """
    if sys.platform == "win32":
        _kill_on_windows(process.pid)
        return
    try:
        if not forced:
            os.kill(process.pid, signal.SIGTERM)
        elif process.group > 1 and process.group != os.getpgrp():
            os.killpg(process.group, signal.SIGKILL)
        else:
            os.kill(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _kill_on_windows(pid: int) -> None:
    import psutil

    try:
        psutil.Process(pid).kill()
    except psutil.Error:
        return


def _boot() -> str:
    if sys.platform != "linux":
        return ""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123
        return file.read().strip()


def _from_proc() -> Iterator[Process]:
    boot = _boot()
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and (process := _look_at(name, boot)) is not None:
            yield process


def _look_at(name: str, boot: str) -> Process | None:
    """Source of the fields: proc_pid_stat(5); the name in parentheses may hold anything, so they are counted from its
    end.
    """
    try:
        with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
        if fields[0] in (b"Z", b"X"):
            return None
        environment = _environment(name)
    except (FileNotFoundError, ProcessLookupError):
        return None
    parent, group, session = (int(field) for field in fields[1:4])
    return Process(int(name), parent, group, session, f"{boot} {fields[19].decode()}", environment)


def _environment(name: str) -> bytes:
    try:
        with open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
            return file.read()
    except PermissionError:
        return b""


def from_psutil() -> Iterator[Process]:
    """All processes, on a system without /proc."""
    import psutil

    for process in psutil.process_iter():
        try:
            with process.oneshot():
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                group, session = _ids(process.pid)
                yield Process(
                    process.pid,
                    process.ppid(),
                    group,
                    session,
                    f" {process.create_time()}",
                    _psutil_environment(process),
                )
        except psutil.Error:
            continue


def _psutil_environment(process: Any) -> bytes:
    import psutil

    try:
        return b"\0".join(os.fsencode(f"{key}={value}") for key, value in process.environ().items())
    except (psutil.Error, OSError):
        return b""


def _ids(pid: int) -> tuple[int, int]:
    if sys.platform == "win32":
        return 0, 0
    try:
        return os.getpgid(pid), os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0, 0
