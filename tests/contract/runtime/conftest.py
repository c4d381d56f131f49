"""A bench for every runtime, and a desk for the `command` runtime: small Python programs as agents."""

import asyncio
import os
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import cast

import psutil
import pytest

import claw_discord_coord.runtimes
from claw_discord_coord.clock import utc_now
from claw_discord_coord.config.model import AgentConfig
from claw_discord_coord.config.runtimes import CommandRuntimeConfig
from claw_discord_coord.models import RunOutcome
from claw_discord_coord.ports import RunOrder
from claw_discord_coord.runtimes.command.runtime import CommandRuntime
from claw_discord_coord.runtimes.context import RuntimeContext
from tests.contract.runtime.benches import Bench, CommandBench, InboxBench
from tests.readme_package import installed

PATIENCE_S = 30
README = Path(claw_discord_coord.runtimes.__file__).with_name("README.md").read_text()
BENCHES = {"command": CommandBench, "inbox": InboxBench}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runtime-bench", metavar="MODULE:CLASS", help="hold another package's runtime to the contract")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bench" in metafunc.fixturenames:
        other = metafunc.config.getoption("--runtime-bench", None)
        metafunc.parametrize("bench", [other] if other else list(BENCHES), indirect=True)


@pytest.fixture
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    if request.param == "inbox":
        request.getfixturevalue("inbox")
    kind = BENCHES.get(request.param) or cast("type[Bench]", pkgutil.resolve_name(request.param))
    async with kind(tmp_path / "bench") as bench:
        yield bench
        for run_id in ("run-1", "run-2", "run-unknown"):
            await bench.runtime().forget(run_id)


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the README's package, installed."""
    package = tmp_path / "package"
    with installed(README, "inbox", "claw_discord_coord.runtimes", package, monkeypatch):
        yield package


class Notes:
    """Progress lines as they come; a `report` whose lines can be waited for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._news = asyncio.Condition()

    async def __call__(self, line: str) -> None:
        async with self._news:
            self.lines.append(line)
            self._news.notify_all()

    async def first(self, start: str) -> str:
        """What follows `start` in the first line that begins with it."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            while True:
                for line in self.lines:
                    if line.startswith(start):
                        return line.removeprefix(start)
                await self._news.wait()


class Desk:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = root / "runs"
        self.artifacts = root / "artifacts"
        self.session = root / "session"
        self.ordered: list[str] = []

    def runtime(self, **settings: float) -> CommandRuntime:
        """A runtime on this desk's folders, as a coordinator makes one after each start."""
        environment = {**os.environ, "DISCORD_BOT_TOKEN": "coordinators-secret", "LC_TIME": "C"}
        options = {"grace_s": 0.3, "limit_s": 5.0, **settings}
        context = RuntimeContext(self.root, self.root, self.artifacts, utc_now)
        return CommandRuntime(context, environment=environment, **options)

    def order(
        self, code: str, *, run_id: str = "run-1", text: str = "the task", timeout_s: float = 60, **config: object
    ) -> RunOrder:
        """An order to run `code` as a Python program."""
        return self.command_order("python", "-c", code, run_id=run_id, text=text, timeout_s=timeout_s, **config)

    def command_order(
        self, *command: str, run_id: str = "run-1", text: str = "the task", timeout_s: float = 60, **config: object
    ) -> RunOrder:
        runtime = CommandRuntimeConfig.model_validate({"kind": "command", "command": command, **config})
        agent = AgentConfig(purpose="to be tried", channel="trials", runtime=runtime)
        self.ordered.append(run_id)
        return RunOrder(run_id, agent, {"text": text}, self.session, {"CLAW_TASK_TOKEN": "tasks-own"}, timeout_s)

    async def run(self, order: RunOrder, notes: Notes | None = None) -> RunOutcome:
        """Start the run and wait for its end."""
        runtime = self.runtime()
        await runtime.start(order)
        return await self.watched(runtime.watch(order.run_id, notes or Notes()))

    async def watched(self, watch: Awaitable[RunOutcome]) -> RunOutcome:
        async with asyncio.timeout(PATIENCE_S):
            return await watch


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    for run_id in set(desk.ordered):
        await desk.runtime().forget(run_id)
    assert not zombies(), "an ended supervisor was not collected"


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Whether the process is there and not only waiting to be collected."""

    def look(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return look


def zombies() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]
