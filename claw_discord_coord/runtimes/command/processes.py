"""Finds and ends the processes of a run, also processes that left the session or lost their parent.

A process belongs to a run when the environment has the run's mark, when the process descends from the supervisor, or
when the process is in the session that the program began. On Linux the supervisor adopts orphans; a process without
the mark and outside the session then only escapes when the supervisor is killed, too.
"""

# Linux is read through /proc, other systems through psutil, which is imported only there: a supervisor must start fast.

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

MARK = "CLAW_RUN_MARK"
"""The environment variable that marks every process of a run."""
SUPERVISOR_MARK = "CLAW_RUN_SUPERVISOR"
"""The environment variable of a supervisor, with the mark of the supervised run."""
_READINGS = 20
"""The most readings of a process's ancestors. A second one is rare unless a program ends processes on purpose."""

_PF_KTHREAD = 0x0020_0000
"""The flag of kernel threads, which have no environment. Source: proc_pid_stat(5), linux/sched.h."""


class Process:
    """A process that is alive (not a zombie).

    Attributes:
        pid: The number.
        parent: The parent's number.
        group: The process group, 0 when unknown.
        session: The session, 0 when unknown.
        born: The time of birth; a later process of the same number has another.
        environment: The variables, separated by NUL.
    """

    # Neither a NamedTuple nor a dataclass: every supervisor would import the modules for it.
    __slots__ = ("born", "environment", "group", "parent", "pid", "session")

    def __init__(self, pid: int, parent: int, group: int, session: int, born: str, environment: bytes) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.born = born
        self.environment = environment


def of_run(mark: str, *, supervisor: int | None = None, program: tuple[int, str] | None = None) -> list[Process]:
    """Return every process of the run, without the calling process and the supervisor.

    Args:
        mark: The run's mark.
        supervisor: The supervisor's number, while the supervisor is alive.
        program: The program's number and time of birth.
    """
    sign = f"{MARK}={mark}".encode()
    table = list(everything())
    found = {process.pid for process in table if sign in process.environment.split(b"\0")}
    if program is not None:
        found.update(_in_session(table, *program))
    if supervisor is not None:
        found.update(_descendants(table, supervisor))
    return [process for process in table if process.pid in found - {os.getpid(), supervisor}]


def end(find: Callable[[], list[Process]], *, grace_s: float, limit_s: float = 10.0) -> list[int]:
    """Ask the processes that `find` returns to end, kill the rest after `grace_s`, and repeat until none is left.

    Returns:
        The processes that are still alive `limit_s` after the kill. The system cannot end, for example, a process
        that waits for a broken disk.
    """
    began = time.monotonic()
    asked: set[int] = set()
    pause_s = 0.005
    # Looked up each time: a process that is ending may start others.
    while left := find():
        elapsed_s = time.monotonic() - began
        if elapsed_s > grace_s + limit_s:
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


def lineage(pid: int) -> list[Process]:
    """Return the process and its ancestors, nearest first; an empty list when the process has ended.

    The list is also empty when the ancestors end faster than they can be read.
    """
    if sys.platform != "linux":
        table = {process.pid: process for process in from_psutil()}
        return _upwards(pid, table.get)
    boot = _boot()
    return whole_lineage(pid, lambda number: _look_at(str(number), boot))


def whole_lineage(pid: int, look_at: Callable[[int], Process | None]) -> list[Process]:
    """Return the process and its ancestors without a gap, or an empty list; `look_at` reads the system's table.

    An ancestor that ends while the table is read would hide all ancestors above. Its child then has another parent, so
    the list is read again.
    """
    first: Process | None = None
    for _ in range(_READINGS):
        ancestry = _upwards(pid, look_at)
        if not ancestry or (first is not None and ancestry[0].born != first.born):
            return []
        first, last = ancestry[0], ancestry[-1]
        # The parent of the last process may be hidden: in another PID namespace, or by `hidepid` (proc(5)). A hidden
        # parent stays the parent, while a parent that has ended is replaced at once.
        again = look_at(last.pid)
        gapless = again is not None and (again.born, again.parent) == (last.born, last.parent)
        # A parent is older than its child: a younger one has got the number of a parent that has ended.
        ages = [_ticks(process) for process in ancestry]
        if gapless and ages == sorted(ages, reverse=True):
            return ancestry
    return []


def marks(ancestry: list[Process]) -> list[str]:
    """Return the marks of runs in the environments of a process and its ancestors, farthest ancestor first.

    A process chooses the environments of its descendants only, so the farthest mark is a supervisor's own.
    """
    names = (f"{SUPERVISOR_MARK}=".encode(), f"{MARK}=".encode())
    return [
        variable.partition(b"=")[2].decode("ascii", "replace")
        for process in reversed(ancestry)
        for variable in process.environment.split(b"\0")
        if variable.startswith(names)
    ]


def _upwards(pid: int, look_at: Callable[[int], Process | None]) -> list[Process]:
    found: list[Process] = []
    seen: set[int] = set()
    while pid > 0 and pid not in seen and (process := look_at(pid)) is not None:
        seen.add(pid)
        found.append(process)
        pid = process.parent
    return found


def _ticks(process: Process) -> int:
    """Return the time of birth in clock ticks since the start of the machine."""
    return int(process.born.rpartition(" ")[2])


def born(pid: int) -> str:
    """Return the time of birth as a string that no other process of the number ever has; "" for no such process."""
    if sys.platform == "linux":
        process = _look_at(str(pid), _boot())
        return "" if process is None else process.born
    return next((process.born for process in everything() if process.pid == pid), "")


def everything() -> Iterator[Process]:
    """Yield all processes that this user may read."""
    return _from_proc() if sys.platform == "linux" else from_psutil()


def _in_session(table: list[Process], leader: int, leader_born: str) -> Iterator[int]:
    """Yield the members of the session that `leader` began."""
    owner = next((process for process in table if process.pid == leader), None)
    # The system reuses numbers: another process may have the leader's, and have begun another session.
    if owner is not None and owner.born != leader_born:
        return
    # While a session has members, its number is not reused; only a restart of the machine ends all sessions.
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
    """Ask a process to end, or kill the process with its group."""
    if sys.platform == "win32":
        _kill_on_windows(process.pid)
        return
    try:
        if not forced:
            os.kill(process.pid, signal.SIGTERM)
        elif process.group > 1 and process.group != os.getpgrp():
            # The group, since processes may be forked faster than they are found. A group never reaches beyond its
            # session, and a program begins a session of its own: no process of another run is in the group.
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
    """Read a process from /proc. None for a process that has ended."""
    try:
        # Fields of proc_pid_stat(5), counted from the last parenthesis: the name in parentheses may hold anything.
        fields = _content(f"/proc/{name}/stat").rpartition(b")")[2].split()
        # A process whose first thread has ended looks like a zombie while its other threads live.
        threads = os.listdir(f"/proc/{name}/task") if fields[0] == b"Z" else [name]  # noqa: PTH208
        if fields[0] == b"X" or (fields[0] == b"Z" and len(threads) < 2):
            return None
        if int(fields[6]) & _PF_KTHREAD:
            threads = []
        environment = next((found for thread in threads if (found := _environment(name, thread))), b"")
    except (FileNotFoundError, ProcessLookupError):
        return None
    parent, group, session = (int(field) for field in fields[1:4])
    return Process(int(name), parent, group, session, f"{boot} {fields[19].decode()}", environment)


def _environment(name: str, thread: str) -> bytes:
    try:
        return _content(f"/proc/{name}/task/{thread}/environ")
    except (PermissionError, ProcessLookupError):  # a process of another user, or a thread that has ended
        return b""


def _content(path: str) -> bytes:
    # Not with open(), which takes half as long again: every run's end reads two files of every process, at least twice.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        content = b""
        while part := os.read(descriptor, 65_536):
            content += part
    finally:
        os.close(descriptor)
    return content


def from_psutil() -> Iterator[Process]:
    """Yield all processes, on a system without /proc."""
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
