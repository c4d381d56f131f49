"""The building of runtimes from skill.yaml, also of kinds that other packages bring, as README.md says."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw_discord_coord.config.file import load
from claw_discord_coord.config.model import Config
from claw_discord_coord.config.runtimes import BUILT_IN, RuntimeSettings
from claw_discord_coord.errors import ConfigError, NotAuthorized, RunFailed
from claw_discord_coord.models import RunState
from claw_discord_coord.ports import RunOrder
from claw_discord_coord.runtimes.catalog import Runtimes, build, runtime_class
from claw_discord_coord.runtimes.context import RuntimeContext
from tests.contract.runtime.conftest import README
from tests.readme_package import blocks

pytestmark = pytest.mark.anyio

CONTEXT = RuntimeContext(Path("state"), Path(), Path("artifacts"), lambda: datetime.now(UTC))


def context(folder: Path) -> RuntimeContext:
    return RuntimeContext(folder / "state", folder, folder / "artifacts", lambda: datetime.now(UTC))


def order(config: Config, run_id: str = "t1-r1") -> RunOrder:
    return RunOrder(run_id, config.agents["editor"], {"text": "Read this."}, Path("unused"), {}, 60)


@pytest.fixture
def skill(inbox: Path, tmp_path: Path) -> Path:
    """The README's skill.yaml, with the README's package installed."""
    (tmp_path / "skill.yaml").write_text(blocks(README, "yaml")[0])
    return tmp_path / "skill.yaml"


async def test_the_readme_shows_a_runtime_that_works(skill: Path, tmp_path: Path, notes):
    config = load(skill, environment={})
    inbox = build(config, context(tmp_path))["inbox"]

    await inbox.start(order(config))
    watching = asyncio.ensure_future(inbox.watch("t1-r1", notes))
    desk = tmp_path / "state" / "inbox" / "t1-r1"
    task = json.loads((desk / "task.json").read_text())
    (desk / "progress.txt").write_text("reading\n")
    assert await notes.first("reading") == ""
    (desk / "result.md").write_text("Well written.")
    outcome = await asyncio.wait_for(watching, 30)

    assert (task["text"], task["assignee"]) == ("Read this.", "Ada")
    assert outcome.state is RunState.COMPLETED
    assert outcome.result is not None
    assert outcome.result.text == "Well written."
    assert await build(config, context(tmp_path))["inbox"].watch("t1-r1", notes) == outcome


def test_an_invalid_setting_of_another_package_is_reported_with_its_line(skill: Path):
    text = skill.read_text()
    skill.write_text(text.replace("assignee: Ada", "asignee: Ada"))

    line = text.splitlines().index("        assignee: Ada") + 1
    with pytest.raises(ConfigError) as failure:
        load(skill, environment={})
    assert str(failure.value).splitlines() == [
        f"{skill}, line {line - 1}, agents.editor.runtime.settings.assignee: is missing. Add `assignee:` here.",
        f"{skill}, line {line}, agents.editor.runtime.settings.asignee: is not a known key. "
        "Remove it, or check its spelling (see skill.schema.json).",
    ]


def test_an_unknown_kind_is_refused_with_the_known_ones_and_nothing_else(skill: Path):
    skill.write_text(skill.read_text().replace("kind: inbox", "kind: outbox"))

    with pytest.raises(ConfigError) as failure:
        load(skill, environment={})

    assert str(failure.value).splitlines() == [
        f"{skill}, line 6, agents.editor.runtime.kind: there is no kind of runtime called 'outbox'; there are: "
        "command, openclaw, inbox. Correct it."
    ]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def (", "'inbox' cannot be imported: SyntaxError: "),
        ("import nosuch", "'inbox' cannot be imported: ModuleNotFoundError: No module named 'nosuch'"),
        ("Inbox = 1", "inbox:Inbox is not a runtime class with a `Settings` model derived from RuntimeSettings"),
        (
            "from pydantic import BaseModel\nclass Inbox:\n    Settings = BaseModel",
            "inbox:Inbox is not a runtime class with a `Settings` model derived from RuntimeSettings",
        ),
    ],
)
def test_a_package_that_cannot_be_used_is_an_error_in_a_sentence(skill: Path, inbox: Path, code: str, said: str):
    (inbox / "inbox.py").write_text(code)

    with pytest.raises(ConfigError, match=f"agents.editor.runtime.settings: .*{re.escape(said)}"):
        load(skill, environment={})


def test_a_runtime_of_another_package_may_need_openclaw(skill: Path, inbox: Path):
    code = (inbox / "inbox.py").read_text()
    (inbox / "inbox.py").write_text(code.replace("    assignee: str", "    needs_openclaw = True\n    assignee: str"))

    with pytest.raises(ConfigError, match=r"line 6, agents.editor.runtime.kind: needs OpenClaw, .* Add `openclaw: {}`"):
        load(skill, environment={})
    skill.write_text(skill.read_text() + "openclaw: {}\n")
    assert load(skill, environment={}).openclaw is not None


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_built_in_kind_has_a_class_with_the_settings_of_that_kind(kind: str):
    settings = runtime_class(kind).Settings

    assert issubclass(settings, RuntimeSettings)
    assert settings.model_fields["kind"].annotation.__args__ == (kind,)


@pytest.mark.proves("lost.runtime-gone")
async def test_a_run_of_a_runtime_that_is_gone_fails_with_a_sentence_and_harms_nothing(skill: Path, notes):
    config = load(skill, environment={})
    runtimes = Runtimes(CONTEXT)

    for kind, said in (("gone", "there is no kind of runtime called 'gone'"), ("openclaw", "where OpenClaw is")):
        runtime = runtimes[kind]
        with pytest.raises(RunFailed, match=said) as failure:
            await runtime.start(order(config))
        assert failure.value.fix
        outcome = await runtime.watch("t1-r1", notes)
        assert outcome.state is RunState.FAILED
        assert said in outcome.error
        await runtime.stop("t1-r1")
        await runtime.forget("t1-r1")
        assert (runtime.ends_with_us, runtime.messages, runtime.sessions) == (False, None, None)
    assert dict(runtimes) == {}


async def test_a_run_recorded_for_another_runtime_than_the_agent_has_now_fails(skill: Path):
    config = load(skill, environment={})

    with pytest.raises(RunFailed, match="The agent's runtime is inbox now; the run was begun with another"):
        await Runtimes(CONTEXT)["command"].start(order(config))


async def test_the_run_of_a_session_is_asked_of_the_runtimes_that_know_sessions(skill: Path):
    class Sessions:
        async def run_of(self, session_key: str) -> str | None:
            if session_key == "theirs":
                raise NotAuthorized("No run works in this session now.")
            return {"ours": "t1-r1"}.get(session_key)

    runtimes = build(load(skill, environment={}), CONTEXT)
    assert await runtimes.run_of_session("ours") is None

    runtimes["inbox"].sessions = Sessions()
    assert await runtimes.run_of_session("ours") == "t1-r1"
    assert await runtimes.run_of_session("a person's") is None
    with pytest.raises(NotAuthorized):
        await runtimes.run_of_session("theirs")
