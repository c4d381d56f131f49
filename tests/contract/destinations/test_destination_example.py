"""examples/routes as in its README: a coordinator with the local Discord, a blog folder, Telegram, and GitHub."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from claw_discord_coord.app.coordinator import Running, open_coordinator
from claw_discord_coord.config.apprise_address import service_at
from claw_discord_coord.config.file import ConfigFile, load
from claw_discord_coord.config.locate import locate
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.errors import Refused
from claw_discord_coord.models import Delivery, DeliveryState, NewTask, Task, TaskState
from claw_discord_coord.routing.output import Output
from claw_discord_coord.routing.rules import explain
from tests.contract.destinations.github_server import TOKEN as GITHUB_TOKEN
from tests.contract.destinations.github_server import GitHubServer
from tests.contract.destinations.telegram_server import TOKEN, TelegramServer

pytestmark = pytest.mark.anyio

EXAMPLE = Path(__file__).parents[3] / "examples" / "routes"
ADDRESS = f"tgram://{TOKEN}/4711"
ENGINE = "def start(parts=[]):\n    try:\n        return parts\n    except:\n        return parts == None\n"
WAIT_S = 60


@dataclass
class Scene:
    """The running example."""

    running: Running
    github: GitHubServer
    telegram: TelegramServer
    folder: Path

    async def done(self, text: str) -> tuple[Task, list[Delivery]]:
        """Run a task, and return the task and its deliveries when all deliveries have ended."""
        coordinator = self.running.coordinator
        spawned = (await coordinator.delegation.spawn(NewTask(task=text), Caller(text, "test", "ada"))).task
        task = await coordinator.wait_for(spawned.id, lambda one: False, timeout_s=WAIT_S)
        async with asyncio.timeout(WAIT_S):
            while True:
                deliveries = await coordinator.registry.deliveries.of_task(task.id)
                if deliveries and all(one.state is not DeliveryState.PLANNED for one in deliveries):
                    return task, deliveries
                await asyncio.sleep(0.05)


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    folder = tmp_path / "routes"
    shutil.copytree(EXAMPLE, folder)
    github, telegram = GitHubServer(), TelegramServer()
    github.subjects[12].patches = {
        "engine.py": "@@ -0,0 +1,5 @@\n" + "".join(f"+{line}\n" for line in ENGINE.splitlines())
    }
    async with github.running() as api, telegram.running() as bots:
        monkeypatch.setattr(type(service_at(ADDRESS)), "notify_url", bots)
        for name, value in {
            "ALERTS_URL": ADDRESS,
            "GITHUB_REPOSITORY": "ada/engine",
            "GITHUB_TOKEN": GITHUB_TOKEN,
            "GITHUB_API_URL": api,
        }.items():
            monkeypatch.setenv(name, value)
        located = locate(folder / "skill.yaml", tmp_path / "state", here=folder)
        async with open_coordinator(ConfigFile.open(located.file), located) as running:
            yield Scene(running, github, telegram, folder)


async def test_research_becomes_a_post_alerts_reach_the_phone_and_reviews_the_pull_request(scene: Scene):
    engine = scene.folder / "engine"
    engine.mkdir()
    (engine / "engine.py").write_text(ENGINE)
    pull = scene.github.base.replace("/api/v3", "/ada/engine/pull/12")

    survey, posts = await scene.done(f'Survey "{engine}"')
    watch, alerts = await scene.done('Watch the disk of "/", alert over 0.000001 %')
    review, comments = await scene.done(f'Review the code in "{engine}" for {pull}')

    assert [task.state for task in (survey, watch, review)] == [TaskState.COMPLETED] * 3
    assert {one.destination for one in posts} == {"blog", "reports"}
    assert [one.destination for one in alerts] == ["phone"]
    assert [one.destination for one in comments] == ["pull-request"]
    assert {one.state for one in (*posts, *alerts, *comments)} == {DeliveryState.DELIVERED}

    (post,) = scene.folder.rglob("index.md")
    assert "![Sizes](chart.svg)" in post.read_text()
    assert post.with_name("chart.svg").read_text().startswith("<svg")
    (alert,) = scene.telegram.texts
    assert "filling up" in alert
    (comment,) = scene.github.bodies()
    assert "3 findings." in comment
    assert [(one["line"], one["body"]) for one in scene.github.subjects[12].review_comments] == [
        (1, "a mutable default is shared by all calls"),
        (4, "a bare `except:` also catches KeyboardInterrupt"),
        (5, "compare with None by `is`"),
    ]


async def test_a_failed_task_reaches_the_phone_and_nothing_else(scene: Scene):
    task, deliveries = await scene.done("Survey nothing at all")

    assert task.state is TaskState.FAILED
    assert [(one.destination, one.route, one.state) for one in deliveries] == [
        ("phone", "failures", DeliveryState.DELIVERED)
    ]
    assert "failed" in scene.telegram.texts[0]
    assert list(scene.folder.rglob("index.md")) == []


async def test_a_review_that_cannot_be_delivered_is_an_alert_on_the_phone(scene: Scene):
    engine = scene.folder / "engine"
    engine.mkdir()
    (engine / "engine.py").write_text(ENGINE)

    await scene.done(f'Review the code in "{engine}"')

    async with asyncio.timeout(WAIT_S):
        while not scene.telegram.texts:
            await asyncio.sleep(0.05)
    (alert,) = scene.telegram.texts
    assert "Not delivered to pull-request" in alert
    assert "The output names no pull request" in alert


async def test_a_private_output_does_not_go_to_a_channel_of_the_local_discord(scene: Scene):
    private = Output("x", "t", kind="quiet", agent="watch", private=True)

    explanation = await scene.running.coordinator.deliveries.explain(private)

    assert explanation.planned == ()
    with pytest.raises(Refused, match="others can see reports"):
        await scene.running.coordinator.deliveries.explain(private, to=["reports"])


def test_an_output_without_a_rule_goes_to_the_channel():
    environment = {"ALERTS_URL": ADDRESS, "GITHUB_REPOSITORY": "ada/engine", "GITHUB_TOKEN": "x"}
    config = load(EXAMPLE / "skill.yaml", environment=environment)

    planned = explain(config, Output("x", "t", kind="quiet", agent="watch")).planned

    assert [(one.destination, one.route) for one in planned] == [("reports", "the rest")]
