"""Where a coordinator keeps its state, who may read it, and how the state of an earlier version is moved."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claw_discord_coord.app.former_state import correct_paths, has_former_state
from claw_discord_coord.app.state import current_state, open_state_folder, registry_url
from claw_discord_coord.config.locate import FORMER_STATE_FOLDER_NAME, Located, default_state_folder, locate
from claw_discord_coord.config.model import Config
from claw_discord_coord.errors import RegistryInUse
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.runtimes.command.run_folder import RunFolder
from claw_discord_coord.surfaces.run_file import RunFile, write_run_file
from tests.contract.registry_records import Records

CONFIG = Config.model_validate(
    {"agents": {"echo": {"purpose": "p", "channel": "c", "runtime": {"kind": "command", "command": ["true"]}}}}
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a skill.yaml; state of this user goes elsewhere."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "skill.yaml").write_text("")
    return folder


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def located(here: Path) -> Located:
    return locate(None, None, here=here)


@pytest.mark.proves("secret.state")
def test_state_is_outside_of_the_folder_of_skill_yaml(here: Path, tmp_path: Path) -> None:
    state = open_state_folder(located(here)).state
    assert state.parent == tmp_path / "state" / "claw-discord-coord"
    assert [file.name for file in here.iterdir()] == ["skill.yaml"]


@pytest.mark.proves("secret.state")
def test_what_an_earlier_version_or_a_killed_process_left_behind_is_put_right(here: Path) -> None:
    folders = located(here)
    run = folders.state / "runs" / "r1"
    session = folders.state / "sessions" / "task-t1"
    for folder in (run, session):
        folder.mkdir(parents=True, mode=0o755)
    for file in (run / "order.json", run / "exit.json.0123456789ab.new", run / "young.new", session / "run.sh"):
        file.write_text("")
        file.chmod(0o755)
    os.utime(run / "exit.json.0123456789ab.new", (0, 0))
    open_state_folder(folders)
    assert {file.name: file.stat().st_mode & 0o777 for file in run.iterdir()} == {
        "order.json": 0o600,
        "young.new": 0o600,
    }
    assert run.stat().st_mode & 0o777 == 0o700
    assert session.parent.stat().st_mode & 0o777 == 0o700
    assert (session / "run.sh").stat().st_mode & 0o777 == 0o755


@pytest.mark.proves("secret.state")
def test_a_folder_that_is_private_already_is_not_walked_again(here: Path) -> None:
    folders = locate(None, None, here=here)
    open_state_folder(folders)
    kept = folders.state / "artifacts" / "runs" / "r1" / "report.pdf"
    kept.parent.mkdir(parents=True)
    secret, aside = folders.state / "bearer-token", folders.state / "openclaw-runs" / "r1.json.0123456789ab.new"
    aside.parent.mkdir()
    for file in (kept, secret, aside):
        file.write_text("")
        file.chmod(0o644)
    os.utime(aside, (0, 0))
    open_state_folder(folders)
    assert folders.state.stat().st_mode & 0o777 == 0o700
    assert secret.stat().st_mode & 0o777 == 0o600
    assert not aside.exists()
    assert kept.stat().st_mode & 0o777 == 0o644
    # Somebody has let others in: everything is looked at once more.
    folders.state.chmod(0o755)
    open_state_folder(folders)
    assert folders.state.stat().st_mode & 0o777 == 0o700
    assert kept.stat().st_mode & 0o777 == 0o600


def test_each_skill_yaml_has_a_state_folder_of_its_own(here: Path) -> None:
    other = here / "other.yaml"
    other.write_text("")
    assert located(here).state != locate(other, None, here=here).state
    assert located(here).state == locate(here / "skill.yaml", None, here=Path("/")).state


def test_a_skill_yaml_written_after_the_example_takes_over_its_state(tmp_path: Path) -> None:
    before = locate(None, None, here=tmp_path).state
    (tmp_path / "skill.yaml").write_text("")
    assert locate(None, None, here=tmp_path).state == before


@pytest.mark.proves("secret.state")
def test_only_this_user_reads_it_and_git_leaves_it_out(here: Path) -> None:
    folders = located(here)
    folders.state.mkdir(parents=True, mode=0o755)
    (folders.state / "registry.sqlite3").write_bytes(b"")
    (folders.state / "registry.sqlite3").chmod(0o644)
    open_state_folder(folders)
    assert folders.state.stat().st_mode & 0o777 == 0o700
    assert {file.name: file.stat().st_mode & 0o777 for file in folders.state.iterdir()} == {
        ".gitignore": 0o600,
        "registry.sqlite3": 0o600,
    }
    assert (folders.state / ".gitignore").read_text() == "*\n"


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["a%20b", "feature%2Fx", "what?now=1", "b#c", "x;y@z:1", "\u00fc \u00e9"])
async def test_a_folders_name_is_no_url(tmp_path: Path, name: str) -> None:
    folders = locate(None, tmp_path / name, here=tmp_path)
    open_state_folder(folders)
    async with Registry.open(registry_url(CONFIG, folders)):
        pass
    assert (tmp_path / name / "registry.sqlite3").stat().st_size > 0
    assert _names(tmp_path) == [name]


@pytest.mark.anyio
@pytest.mark.proves("lost.state-moved")
async def test_an_earlier_versions_state_is_moved_with_the_paths_in_it(here: Path) -> None:
    former = here / FORMER_STATE_FOLDER_NAME
    earlier = dataclasses.replace(located(here), state=former, former_state=None)
    open_state_folder(earlier)
    kept = former / "artifacts" / "handoffs" / "h-1" / "report.pdf"
    kept.parent.mkdir(parents=True)
    kept.write_text("the report")
    run = former / "runs" / "t-1-r1"
    run.mkdir(parents=True)
    (run / "order.json").write_text(json.dumps({"folder": str(former / "sessions" / "agent-echo")}))
    records = Records()
    source = records.task()
    received, offered = records.handoff(source)
    received = received.model_copy(update={"packet": {"artifacts": [str(kept)]}, "handoff_id": offered.id})
    offered = offered.model_copy(update={"artifacts": (str(kept), f"/elsewhere/of/{former}")})
    async with Registry.open(registry_url(CONFIG, earlier)) as registry:
        await registry.admission.create(source, limits=CONFIG.limits, event="submitted")
        await registry.admission.create(received, handoff=offered, limits=CONFIG.limits, event="handed off")

    folders = located(here)
    assert current_state(folders).state == former
    folders = open_state_folder(folders)
    assert not former.exists()
    moved = folders.state / kept.relative_to(former)
    async with Registry.open(registry_url(CONFIG, folders)) as registry:
        assert await correct_paths(registry, folders.state) == former
        assert (await registry.handoffs.get(offered.id)).artifacts == (str(moved), f"/elsewhere/of/{former}")
        assert (await registry.tasks.get(received.id)).packet == {"artifacts": [str(moved)]}
        assert await correct_paths(registry, folders.state) is None
    assert moved.read_text() == "the report"
    order = json.loads((folders.state / "runs" / "t-1-r1" / "order.json").read_text())
    assert order == {"folder": str(folders.state / "sessions" / "agent-echo")}


@pytest.mark.proves("lost.state-moved")
def test_the_state_stays_where_it_is_while_agents_work_there(here: Path) -> None:
    former = here / FORMER_STATE_FOLDER_NAME
    run = RunFolder(former / "runs" / "t-1-r1")
    run.create()
    with run.lock():
        assert open_state_folder(located(here)).state == former
    assert open_state_folder(located(here)).state == located(here).state


def test_the_state_of_a_running_coordinator_is_not_moved(here: Path) -> None:
    former = here / FORMER_STATE_FOLDER_NAME
    former.mkdir()
    files = write_run_file(RunFile("http://127.0.0.1:1", "secret", os.getpid(), former))
    with pytest.raises(RegistryInUse, match="still running with the former state folder"):
        open_state_folder(located(here))
    for file in files:
        file.unlink()
    assert has_former_state(located(here))


def test_a_named_state_folder_is_taken_as_it_is(here: Path, tmp_path: Path) -> None:
    (here / FORMER_STATE_FOLDER_NAME).mkdir()
    folders = open_state_folder(locate(None, tmp_path / "named", here=here))
    assert folders.state == tmp_path / "named"
    assert (here / FORMER_STATE_FOLDER_NAME).exists()


def test_a_rotated_token_replaces_the_old_one(here: Path) -> None:
    state = open_state_folder(located(here)).state
    command = [sys.executable, "-m", "claw_discord_coord", "rotate-token"]
    tokens = set()
    for _ in range(2):
        said = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True).stdout
        assert str(state / "bearer-token") in said
        tokens.add((state / "bearer-token").read_text())
    assert len(tokens) == 2
    assert (state / "bearer-token").stat().st_mode & 0o777 == 0o600


def test_the_default_folder_is_named_after_the_folder_of_skill_yaml(here: Path) -> None:
    assert default_state_folder(here / "skill.yaml").name.startswith("work-")
