"""Measures a coordinator with many tasks against its goals, from outside: real processes, HTTP, a local Discord.

Run `python -m benchmarks.scale` in the repository's folder. Prints machine, versions and command, and for each figure
the median, the spread over the rounds, and the goal with yes or no. Linux only: the figures are read from /proc.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.installation import Installation, memory_mb

SLEEP = ["sleep", "3600"]
STARTED_IN_A_ROUND = 5
"""The number of calls whose median is the figure of one round."""


@dataclass(frozen=True)
class Sizes:
    """The numbers of tasks, of rounds, and the seconds in which nothing happens."""

    rounds: int
    quiet_s: float
    scale: float

    def of(self, count: int) -> int:
        """Return a number of tasks, scaled, and at least 2."""
        return max(2, round(count * self.scale))


@dataclass(frozen=True)
class Figure:
    """One value for each round, and the goal: the largest median that is good enough."""

    name: str
    unit: str
    values: list[float]
    goal: float | None = None

    def __str__(self) -> str:
        median = statistics.median(self.values)
        spread = f"({min(self.values):.1f} to {max(self.values):.1f}, {len(self.values)} rounds)"
        verdict = "" if self.goal is None else f"<= {self.goal:g}: {'yes' if median <= self.goal else 'no'}"
        return f"{self.name:<64} {median:>8.1f} {self.unit:<3} {spread:<32} {verdict}".rstrip()


def start(sizes: Sizes) -> Iterator[Figure]:
    """Measure the start and an idle coordinator."""
    imports = [_import_cpu_s() for _ in range(sizes.rounds)]
    seconds: list[float] = []
    memory: list[float] = []
    with Installation(["true"]) as here:
        for _ in range(sizes.rounds):
            here.down()
            seconds.append(here.up())
            here.until_quiet()
            memory.append(memory_mb(here.coordinator.pid, "Rss"))
    yield Figure("CPU of importing the coordinator", "s", imports)
    yield Figure("from `up` to the first answered call", "s", seconds)
    yield Figure("memory of an idle coordinator (RSS)", "MB", memory, 120)


def _import_cpu_s() -> float:
    process = subprocess.Popen([sys.executable, "-c", "import claw_discord_coord.app.coordinator"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def live(sizes: Sizes) -> Iterator[Figure]:
    """Measure calls, CPU and memory with many queued tasks against none."""
    count = sizes.of(1_000)
    with Installation(SLEEP, agents=4) as here:
        here.spawn_many(4)
        here.until_quiet()
        without = [_spawn_ms(here) for _ in range(sizes.rounds)]
        fill = [_fill_ms(here, -(-count // sizes.rounds)) for _ in range(sizes.rounds)]
        here.until_quiet()
        memory = [memory_mb(here.coordinator.pid, "Rss") for _ in range(sizes.rounds)]
        cpu = [100 * here.cpu_share(sizes.quiet_s) for _ in range(sizes.rounds)]
        full = [_spawn_ms(here) for _ in range(sizes.rounds)]
    yield Figure(f"filling: each of {count:,} tasks, 8 calls at the same time", "ms", fill, 15)
    yield Figure("a call that starts a task, without live tasks", "ms", without)
    yield Figure(f"a call that starts a task, with {count:,} live tasks", "ms", full)
    ratios = [value / statistics.median(without) for value in full]
    yield Figure(f"the same, {count:,} live tasks against none", "x", ratios, 1.2)
    yield Figure(f"CPU of a core with {count:,} queued tasks, nothing happens", "%", cpu, 1.5)
    yield Figure(f"memory with {count:,} live tasks (RSS)", "MB", memory, 150)


def _spawn_ms(here: Installation) -> float:
    times: list[float] = []
    for _ in range(STARTED_IN_A_ROUND):
        began = time.perf_counter()
        here.spawn()
        times.append(time.perf_counter() - began)
    return 1_000 * statistics.median(times)


def _fill_ms(here: Installation, count: int) -> float:
    began = time.perf_counter()
    here.spawn_many(count)
    return 1_000 * (time.perf_counter() - began) / count


def restart(sizes: Sizes) -> Iterator[Figure]:
    """Measure the start after `kill -9` with queued and running tasks."""
    queued, running = sizes.of(1_000), sizes.of(50)
    answered: list[float] = []
    attached: list[float] = []
    with Installation(SLEEP, concurrency=running) as here:
        here.spawn_many(queued + running)
        here.until_quiet()
        here.until(lambda: len(here.programs()) == running)
        for _ in range(sizes.rounds):
            supervisors = here.supervisors()
            here.kill()
            began = time.perf_counter()
            answered.append(here.up())
            here.until(lambda known=supervisors: known <= here.attached())
            attached.append(time.perf_counter() - began)
            here.until_quiet()
    state = f"{queued:,} queued and {running} running"
    yield Figure(f"kill -9 with {state}: until calls are answered", "s", answered, 3)
    yield Figure(f"kill -9 with {state}: until all runs are attached", "s", attached, 5)


def status(sizes: Sizes) -> Iterator[Figure]:
    """Measure registry_status by each filter in a small and a large registry."""
    few, many = sizes.of(1_000), sizes.of(100_000)
    small, large = _status_ms(few, sizes.rounds), _status_ms(many, sizes.rounds)
    for name, values in large.items():
        yield Figure(f"registry_status by {name}, {many:,} tasks", "ms", values)
        ratios = [value / statistics.median(small[name]) for value in values]
        yield Figure(f"registry_status by {name}, {many:,} tasks against {few:,}", "x", ratios, 1.5)


def _status_ms(count: int, rounds: int) -> dict[str, list[float]]:
    with Installation(["true"]) as here:
        seed = here.spawn()
        here.until(lambda: here.closed() == 1)
        here.down()
        _copy_task(here, count)
        here.up()
        filters: dict[str, dict[str, object]] = {
            "nothing": {},
            "state": {"state": "working"},
            "agent": {"agent": "a0"},
            "common text": {"text": "copies"},
            "rare text": {"text": "work number"},
            "task": {"task_id": seed},
        }
        return {name: [_call_ms(here, given) for _ in range(rounds)] for name, given in filters.items()}


def _call_ms(here: Installation, arguments: dict[str, object]) -> float:
    times: list[float] = []
    for _ in range(STARTED_IN_A_ROUND):
        began = time.perf_counter()
        here.call("registry_status", arguments)
        times.append(time.perf_counter() - began)
    return 1_000 * statistics.median(times)


def _copy_task(here: Installation, count: int) -> None:
    """Copy the only task, so that a large registry need not run all its tasks."""
    with here.registry() as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM claw_tasks").fetchone())
        columns = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        copies = (
            {
                **row,
                "number": 1_000 + number,
                "id": f"t-x{number:07d}",
                "root_id": f"t-x{number:07d}",
                "origin": f"copy-{number}",
                "searchable": f"copies {number}",
                "fingerprint": None,
            }
            for number in range(count)
        )
        database.executemany(f"INSERT INTO claw_tasks ({columns}) VALUES ({places})", copies)


def trivial(sizes: Sizes) -> Iterator[Figure]:
    """Measure the CPU of one task whose program does nothing."""
    count = sizes.of(20)
    values: list[float] = []
    with Installation(["true"]) as here:
        _run_one(here)
        here.until_quiet()
        for _ in range(sizes.rounds):
            before = here.cpu_s()
            for _ in range(count):
                _run_one(here)
            values.append(1_000 * (here.cpu_s() - before) / count)
    yield Figure("CPU of one trivial task, coordinator and all its children", "ms", values, 60)


def _run_one(here: Installation) -> None:
    before = here.closed()
    here.spawn()
    here.until(lambda: here.closed() > before)


def supervisor(sizes: Sizes) -> Iterator[Figure]:
    """Measure the memory of the supervisor that each run has."""
    count = max(2, sizes.rounds)
    with Installation(SLEEP, concurrency=count) as here:
        here.spawn_many(count)
        here.until(lambda: len(here.programs()) == count)
        pids = here.supervisors()
        rss = [memory_mb(pid, "Rss") for pid in pids]
        own = [memory_mb(pid, "Private_Clean", "Private_Dirty") for pid in pids]
    yield Figure("memory of a supervisor (RSS)", "MB", rss)
    yield Figure("memory of a supervisor, not shared (USS)", "MB", own)


def stop(sizes: Sizes) -> Iterator[Figure]:
    """Measure one order that stops a tree of running tasks."""
    count = sizes.of(100)
    values: list[float] = []
    with Installation(SLEEP, concurrency=count) as here:
        for _ in range(sizes.rounds):
            root = here.spawn()
            here.until(lambda: len(here.programs()) == 1)
            here.spawn_many(count - 1, token=here.task_token())
            here.until(lambda: len(here.programs()) == count)
            here.until_quiet()
            began = time.perf_counter()
            here.call("control_task", {"action": "cancel", "task_id": root})
            here.until(lambda: not here.programs() and not here.supervisors())
            values.append(time.perf_counter() - began)
            here.until_quiet()
    yield Figure(f"one order that stops {count} running tasks: all processes gone", "s", values, 5)


SCENARIOS: dict[str, Callable[[Sizes], Iterator[Figure]]] = {
    scenario.__name__: scenario for scenario in (start, live, restart, status, trivial, supervisor, stop)
}


def main() -> None:
    """Run the scenarios and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"default: all of {', '.join(SCENARIOS)}")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each figure (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor for all numbers of tasks (default: 1)")
    parser.add_argument("--quiet-s", type=float, default=10.0, help="seconds in which nothing happens (default: 10)")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}; use {', '.join(SCENARIOS)}")
    sizes = Sizes(options.rounds, options.quiet_s, options.scale)
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("claw-discord-coord", "discord.py", "sqlalchemy", "pydantic", "uvicorn")
    )
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}")
    print(f"command: python -m benchmarks.scale {shlex.join(sys.argv[1:])}".rstrip(), end="\n\n", flush=True)
    for name in options.scenarios or SCENARIOS:
        for figure in SCENARIOS[name](sizes):
            print(figure, flush=True)


if __name__ == "__main__":
    main()
