"""One bench for each kind of runtime: agents that do what a test says, and what is left of their runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from claw_discord_coord.clock import utc_now
from claw_discord_coord.config.model import AgentConfig
from claw_discord_coord.ports import RunOrder, Runtime
from claw_discord_coord.runtimes.catalog import runtime_class
from claw_discord_coord.runtimes.context import RuntimeContext


@dataclass(frozen=True)
class Act:
    """What an agent does with its task: report the lines, then end with the result or the error, or else work on.

    `{text}` in the result stands for the text of the task.
    """

    lines: tuple[str, ...] = ()
    result: str | None = None
    error: str | None = None


class Bench(ABC):
    """A runtime under test in a folder of its own, with agents that play an `Act`. Used as a context manager."""

    settings: dict[str, Any]
    """The section `runtime` of an agent in skill.yaml."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:  # noqa: B027 - most benches have nothing to end
        """End what belongs to the bench."""

    def runtime(self) -> Runtime:
        """Build a runtime as a coordinator does after each start: anew, on the same folders."""
        context = RuntimeContext(self.folder / "state", self.folder, self.folder / "artifacts", utc_now)
        return runtime_class(self.settings["kind"])(context)

    def order(self, act: Act, *, run_id: str = "run-1", text: str = "the task", timeout_s: float = 60) -> RunOrder:
        """Order a run in which the agent plays `act`."""
        agent = AgentConfig.model_validate(
            {"purpose": "Plays.", "channel": "trials", "runtime": self.settings_for(act)}
        )
        brief = {"task_id": "t1", "run_id": run_id, "attempt": 1, "title": "A task", "text": text, "packet": None}
        brief |= {"kind": "intern", "agent": "player"}
        session = self.folder / "session" / run_id
        return RunOrder(run_id, agent, brief, session, {"CLAW_TASK_TOKEN": "token"}, timeout_s)

    @abstractmethod
    def settings_for(self, act: Act) -> dict[str, Any]:
        """Return the section `runtime` of an agent that plays `act`."""

    @abstractmethod
    def times_begun(self, run_id: str) -> int:
        """Return how many times an agent has begun with the run."""

    @abstractmethod
    def is_at_work(self, run_id: str) -> bool:
        """Tell whether an agent works on the run, and its work still counts."""

    @abstractmethod
    def records(self) -> list[Path]:
        """Return the files and folders that the runtime keeps."""


_PLAYER = """
import json, os, pathlib, sys, time
act = json.loads(sys.argv[1])
print(os.getpid(), file=pathlib.Path("begun").open("a"))
task = json.load(sys.stdin)
for line in act["lines"]:
    print(line)
if act["result"] is not None:
    print(json.dumps({"text": act["result"].replace("{text}", task["text"])}))
elif act["error"] is not None:
    sys.exit(act["error"])
else:
    time.sleep(600)
"""


class CommandBench(Bench):
    """Programs under the `command` runtime."""

    settings = {"kind": "command", "command": ["true"]}  # noqa: RUF012

    def settings_for(self, act: Act) -> dict[str, Any]:
        return {"kind": "command", "command": ["python", "-c", _PLAYER, json.dumps(vars(act))]}

    def times_begun(self, run_id: str) -> int:
        return len(self._pids(run_id))

    def is_at_work(self, run_id: str) -> bool:
        return any(
            psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
            for pid in self._pids(run_id)
        )

    def records(self) -> list[Path]:
        return list((self.folder / "state" / "runs").glob("*"))

    def _pids(self, run_id: str) -> list[int]:
        begun = self.folder / "session" / run_id / "begun"
        return [int(pid) for pid in begun.read_text().split()] if begun.exists() else []


class InboxBench(Bench):
    """The runtime of README.md, with a person who looks into the inbox."""

    settings = {"kind": "inbox", "settings": {"assignee": "{}"}}  # noqa: RUF012

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._begun: list[str] = []

    async def __aenter__(self) -> Self:
        self._person = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._person.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._person

    def settings_for(self, act: Act) -> dict[str, Any]:
        return {"kind": "inbox", "settings": {"assignee": json.dumps(vars(act))}}

    def times_begun(self, run_id: str) -> int:
        return self._begun.count(run_id)

    def is_at_work(self, run_id: str) -> bool:
        desk = self.folder / "state" / "inbox" / run_id
        return run_id in self._begun and desk.exists() and not (desk / "ended.json").exists()

    def records(self) -> list[Path]:
        return list((self.folder / "state" / "inbox").glob("*"))

    async def _work(self) -> None:
        while True:
            for desk in self.records():
                if (desk / "task.json").exists() and not (desk / "seen").exists():
                    (desk / "seen").touch()
                    self._play(desk)
            await asyncio.sleep(0.02)

    def _play(self, desk: Path) -> None:
        self._begun.append(desk.name)
        task = json.loads((desk / "task.json").read_text())
        act = Act(**json.loads(task["assignee"]))
        (desk / "progress.txt").write_text("".join(f"{line}\n" for line in act.lines))
        if act.result is not None:
            (desk / "result.md").write_text(act.result.replace("{text}", task["text"]))
        elif act.error is not None:
            (desk / "problem.txt").write_text(act.error)
