"""A whole coordinator with fakes only at two ports: where people watch and where agents run. Registry and engine are
the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from claw_discord_coord.clock import utc_now
from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.announcements import Announcements, Announcer
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.delegation import Delegation, HandedOff
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.display import Display
from claw_discord_coord.coordination.people.control import Control
from claw_discord_coord.coordination.people.orders import Orders
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.coordination.updates import Updates
from claw_discord_coord.coordination.workflows.agent_queue import AgentQueue
from claw_discord_coord.coordination.workflows.delivery_workflow import DeliveryWorkflow
from claw_discord_coord.coordination.workflows.engine import Engine
from claw_discord_coord.coordination.workflows.task_effects import TaskEffects
from claw_discord_coord.coordination.workflows.task_workflow import TaskWorkflow
from claw_discord_coord.coordination.workflows.wait_notices import WaitNotices
from claw_discord_coord.destinations.catalog import build
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.models import Delivery, DeliveryState, NewHandoff, NewTask, Result, RunOutcome, RunState, Task
from claw_discord_coord.ports import Report, RunOrder
from claw_discord_coord.registry.executions import CLOSED
from claw_discord_coord.registry.registry import Registry
from tests.contract.memory_workspace import MemoryWorkspace

PATIENCE_S = 10.0


@dataclass
class ScriptedRuntime:
    """Runs that end when the test says so."""

    ends_with_us: bool = True
    orders: list[RunOrder] = field(default_factory=list)
    outcomes: dict[str, asyncio.Future[RunOutcome]] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=lambda: ["looking around"])
    refusing: Exception | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)
    sessions: None = None
    processes: None = None

    @property
    def messages(self) -> ScriptedRuntime:
        return self

    async def start(self, order: RunOrder) -> None:
        if self.refusing is not None:
            raise self.refusing
        if order.run_id not in [known.run_id for known in self.orders]:
            self.orders.append(order)
        self.started.set()

    async def watch(self, run_id: str, report: Report) -> RunOutcome:
        for line in self.lines:
            await report(line)
        return await asyncio.shield(self._outcome(run_id))

    async def send_message(self, run_id: str, key: str, text: str) -> None:
        self.sent.append((run_id, text))

    async def stop(self, run_id: str) -> None:
        self.end(run_id, RunOutcome(RunState.CANCELED))

    async def forget(self, run_id: str) -> None:
        pass

    def end(self, run_id: str, outcome: RunOutcome) -> None:
        future = self._outcome(run_id)
        if not future.done():
            future.set_result(outcome)

    def complete(self, run_id: str, text: str = "done", kind: str | None = None) -> None:
        self.end(run_id, RunOutcome(RunState.COMPLETED, Result(text=text, kind=kind), exit_code=0))

    def _outcome(self, run_id: str) -> asyncio.Future[RunOutcome]:
        return self.outcomes.setdefault(run_id, asyncio.get_running_loop().create_future())


@dataclass
class House:
    """The coordinator under test and what stands around it."""

    coordinator: Coordinator
    services: Services
    workspace: MemoryWorkspace
    runtime: ScriptedRuntime
    sessions: Sessions
    runs: Runs
    folder: Path

    @property
    def registry(self) -> Registry:
        return self.services.registry

    @property
    def engine(self) -> Engine:
        return self.services.engine

    async def spawn(self, text: str = "survey the sources", request_id: str | None = None, **options: object) -> Task:
        caller = Caller(request_id or f"r-{len(self.workspace.calls)}-{text}-{options}", "test", "ada")
        # Unvalidated, since callers inside of this process may also give what a surface would refuse.
        new = NewTask.model_construct(task=text, **options)  # type: ignore[arg-type]
        return (await self.coordinator.delegation.spawn(new, caller)).task

    async def handoff(self, task_id: str, to_agent: str, summary: str, caller: Caller, **options: object) -> HandedOff:
        new = NewHandoff.model_validate({"task_id": task_id, "to_agent": to_agent, "summary": summary, **options})
        return await self.coordinator.delegation.handoff(new, caller)

    async def running(self, task_id: str, attempt: int = 1) -> str:
        """The run's id once it has been started."""
        run_id = f"{task_id}-r{attempt}"
        async with asyncio.timeout(PATIENCE_S):
            while run_id not in [order.run_id for order in self.runtime.orders]:
                self.runtime.started.clear()
                await self.runtime.started.wait()
        return run_id

    async def until(self, task_id: str, state: str) -> Task:
        return await self._until(task_id, lambda task: task.state == state)

    async def closed(self, task_id: str) -> Task:
        """The task once nothing more happens to it."""
        async with asyncio.timeout(PATIENCE_S):
            while CLOSED not in [event.type for event in await self.registry.events.of_task(task_id)]:
                await asyncio.sleep(0.01)
        return await self.registry.tasks.get(task_id)

    async def delivered(self, delivery_id: str) -> Delivery:
        """The delivery once it has arrived."""
        async with asyncio.timeout(PATIENCE_S):
            while (delivery := await self.registry.deliveries.get(delivery_id)).state is not DeliveryState.DELIVERED:
                await asyncio.sleep(0.01)
        return delivery

    async def _until(self, task_id: str, holds: Callable[[Task], bool]) -> Task:
        async with asyncio.timeout(PATIENCE_S):
            while not holds(task := await self.registry.tasks.get(task_id)):
                await asyncio.sleep(0.01)
        return task


def settings() -> Config:
    runtime = {"kind": "command", "command": ["never-run"]}
    return Config.model_validate(
        {
            "agents": {
                "research": {
                    "purpose": "Looks",
                    "channel": "research",
                    "takes": ["survey"],
                    "runtime": runtime,
                    "concurrency": 1,
                },
                "writing": {"purpose": "Writes", "channel": "writing", "takes": ["report"], "runtime": runtime},
            },
            "destinations": {
                "files": {"kind": "file", "folder": "out"},
                "reports": {"kind": "discord", "channel": "reports"},
            },
            "routes": [
                {"when": {"kind": "report"}, "to": ["files", "reports"]},
                {"when": {"kind": "report", "private": True}, "to": ["files", "reports"]},
            ],
        }
    )


@asynccontextmanager
async def open_house(
    folder: Path,
    config: Config,
    workspace: MemoryWorkspace,
    runtime: ScriptedRuntime,
    url: str | None = None,
    announcer: Announcer | None = None,
) -> AsyncIterator[House]:
    url = url or f"sqlite:///{folder / 'registry.sqlite3'}"
    async with Registry.open(url) as registry:
        sessions, updates = Sessions(folder), Updates()
        engine = Engine(registry.due, utc_now, waited=WaitNotices(registry, updates).record)
        services = Services(registry, engine, workspace, updates, lambda: config, utc_now)
        runs = Runs(services, {"command": runtime}, sessions, {})
        made = build(config, DestinationContext(folder, workspace))
        deliveries = Deliveries(services, lambda: made)
        announcements = Announcements(services, runs, announcer)
        effects = TaskEffects(services, runs, deliveries, sessions, announcements)
        workflows = {
            "agent": AgentQueue(services).run,
            "task": TaskWorkflow(registry, effects).run,
            "delivery": DeliveryWorkflow(services, deliveries, lambda: made).run,
        }
        try:
            async with engine.running(workflows), shown(Display(services, deliveries)):
                control = Control(services, runs)
                delegation = Delegation(services, sessions, deliveries, announcements, folder / "handoffs")
                orders = Orders(registry, control, deliveries)
                coordinator = Coordinator(registry, delegation, control, orders, deliveries, updates, services.config)
                yield House(coordinator, services, workspace, runtime, sessions, runs, folder)
        finally:
            await runs.close()


@asynccontextmanager
async def shown(display: Display) -> AsyncIterator[None]:
    """Keep Discord current while the context lasts."""
    running = asyncio.create_task(display.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
