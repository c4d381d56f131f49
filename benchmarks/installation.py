"""A coordinator and a local Discord as processes of their own, called and observed from outside. Linux only."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

CALLERS = 8
"""The number of calls at the same time while an installation is filled."""
DEADLINE_S = 900.0
"""The longest wait for anything."""
POLL_S = 0.02


class Installation:
    """A coordinator on a local Discord without rate limits, in a temporary folder.

    Args:
        command: The program of every agent.
        agents: The number of agents.
        concurrency: The number of slots of each agent.
    """

    def __init__(self, command: list[str], *, agents: int = 1, concurrency: int = 1) -> None:
        self.agents = [f"a{number}" for number in range(agents)]
        self._folder = Path(tempfile.mkdtemp(prefix="claw-scale-"))
        self.state = self._folder / "state"
        self._numbers = itertools.count()
        self._stack = contextlib.ExitStack()
        self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._settings = {
            agent: {
                "purpose": "Works.",
                "channel": agent,
                "runtime": {"kind": "command", "command": command},
                "concurrency": concurrency,
            }
            for agent in self.agents
        }
        self._environment = {**os.environ, "HOME": str(self._folder)}

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as failed:
            failed.callback(self._stack.close)
            self._serve_discord()
            self.up()
            failed.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        self._stack.close()

    def _serve_discord(self) -> None:
        words = [sys.executable, "-m", "claw_discord_coord.localcord", "--port", "0", "--no-limits"]
        local = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._stack.callback(_end, local)
        assert local.stdout is not None
        self._stack.enter_context(local.stdout)
        ready = json.loads(local.stdout.readline())
        # A server of Discord has 1,000 active threads at most; tasks above that number would wait for a thread.
        _patch(f"{ready['page']}localcord/admin/limits", {"active_threads": 100_000})
        self._environment["SCALE_TOKEN"] = ready["bots"][0]["token"]
        discord = {name: ready[name] for name in ("guild_id", "api_base", "gateway_url")}
        settings = {
            "discord": {"token": "${SCALE_TOKEN}", **discord},
            "agents": self._settings,
            "limits": {"children": 1_000, "tasks": 10_000},
        }
        (self._folder / "skill.yaml").write_text(json.dumps(settings))

    def up(self) -> float:
        """Start the coordinator, and return the seconds until a call was answered."""
        began = time.perf_counter()
        words = [sys.executable, "-m", "claw_discord_coord", "up", "--state-folder", str(self.state)]
        with (self._folder / "up.log").open("ab") as log:
            self.coordinator = subprocess.Popen(
                words, cwd=self._folder, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.until(self._is_up)
        self.call("registry_status", {"limit": 1})
        return time.perf_counter() - began

    def _is_up(self) -> bool:
        if self.coordinator.poll() is not None:
            raise RuntimeError((self._folder / "up.log").read_text()[-2_000:])
        try:
            self._address = json.loads((self.state / "coordinator.json").read_text())
        except (FileNotFoundError, ValueError):
            return False
        return self._address["pid"] == self.coordinator.pid

    def down(self) -> None:
        """Stop the coordinator; the programs end with the coordinator."""
        _end(self.coordinator)

    def kill(self) -> None:
        """Kill the coordinator with SIGKILL; the programs go on."""
        self.coordinator.kill()
        self.coordinator.wait()

    def call(self, skill: str, arguments: dict[str, Any], *, token: str | None = None) -> dict[str, Any]:
        """Call a skill over HTTP, with the coordinator's token or that of a task."""
        request = urllib.request.Request(
            f"{self._address['url']}/skills/{skill}",
            json.dumps(arguments).encode(),
            {"Authorization": f"Bearer {token or self._address['token']}", "X-Request-Id": secrets.token_hex(8)},
        )
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as response:
            return json.loads(response.read())

    def spawn(self, agent: str | None = None, *, token: str | None = None) -> str:
        """Start a task and return its id."""
        number = next(self._numbers)
        agent = agent or self.agents[number % len(self.agents)]
        return self.call("spawn_agent", {"task": f"work number {number}", "agent": agent}, token=token)["task_id"]

    def spawn_many(self, count: int, *, token: str | None = None) -> list[str]:
        """Start tasks, several at the same time, and return the ids."""
        with ThreadPoolExecutor(CALLERS) as threads:
            return list(threads.map(lambda _: self.spawn(token=token), range(count)))

    def until(self, condition: Callable[[], bool]) -> float:
        """Wait until the condition holds, and return the seconds."""
        began = time.perf_counter()
        while not condition():
            if time.perf_counter() - began > DEADLINE_S:
                raise TimeoutError((self._folder / "up.log").read_text()[-2_000:])
            time.sleep(POLL_S)
        return time.perf_counter() - began

    def until_quiet(self) -> None:
        """Wait until every task has its thread, and then a minute at most until the coordinator uses little CPU."""
        self.until(lambda: self.select("SELECT count(*) FROM claw_tasks WHERE thread_id IS NULL") == 0)
        # No longer: a coordinator that never rests is what the figures should show.
        ends = time.perf_counter() + 60
        while self.cpu_share(1.0) > 0.1 and time.perf_counter() < ends:
            pass

    def select(self, query: str) -> Any:
        """Return the only value of a query on the registry."""
        with self.registry() as database:
            return database.execute(query).fetchone()[0]

    @contextlib.contextmanager
    def registry(self) -> Iterator[sqlite3.Connection]:
        """Open the registry's database; the changes are stored at the end."""
        with contextlib.closing(sqlite3.connect(self.state / "registry.sqlite3", timeout=60)) as database, database:
            yield database

    def closed(self) -> int:
        """Return the number of tasks that need nothing more."""
        return self.select("SELECT count(*) FROM claw_events WHERE type = 'task.closed'")

    def supervisors(self) -> set[int]:
        """Return the supervisors of all runs that go on."""
        return {content["pid"] for content in self._run_files("started.json") if is_alive(content["pid"])}

    def programs(self) -> set[int]:
        """Return the agents' programs that go on."""
        return {content["pid"] for content in self._run_files("program.json") if is_alive(content["pid"])}

    def task_token(self) -> str:
        """Return the token of an agent at work."""
        return next(self._run_files("order.json"))["environment"]["CLAW_TASK_TOKEN"]

    def _run_files(self, name: str) -> Iterator[dict[str, Any]]:
        for file in (self.state / "runs").glob(f"*/{name}"):
            with contextlib.suppress(FileNotFoundError):  # the run has been forgotten meanwhile
                yield json.loads(file.read_text())

    def attached(self) -> set[int]:
        """Return the supervisors whose end the coordinator waits for: those of which it holds a pidfd."""
        found: set[int] = set()
        for file in Path(f"/proc/{self.coordinator.pid}/fdinfo").iterdir():
            with contextlib.suppress(FileNotFoundError):
                fields = dict(line.split(":\t", 1) for line in file.read_text().splitlines() if ":\t" in line)
                if "Pid" in fields:
                    found.add(int(fields["Pid"]))
        return found

    def cpu_s(self) -> float:
        """Return the CPU of the coordinator and of all processes that it has waited for."""
        fields = Path(f"/proc/{self.coordinator.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def cpu_share(self, seconds: float) -> float:
        """Return the coordinator's use of one core over some seconds."""
        cpu_s, began = self.cpu_s(), time.perf_counter()
        time.sleep(seconds)
        return (self.cpu_s() - cpu_s) / (time.perf_counter() - began)


def memory_mb(pid: int, *names: str) -> float:
    """Return the sum of these lines of /proc/PID/smaps_rollup: `Rss`, `Private_Dirty` and so on."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return sum(sizes[name] for name in names) / 1024


def is_alive(pid: int) -> bool:
    """Return whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _patch(url: str, content: dict[str, Any]) -> None:
    request = urllib.request.Request(
        url, json.dumps(content).encode(), {"Content-Type": "application/json"}, method="PATCH"
    )
    urllib.request.urlopen(request, timeout=60).close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
