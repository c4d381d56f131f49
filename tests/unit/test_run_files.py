"""How commands find the coordinator that runs, and none that was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claw_discord_coord.errors import CoordinatorUnavailable
from claw_discord_coord.surfaces.run_file import RunFile, find, write_run_file

URL = "http://127.0.0.1:1"


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the user's list, which is empty; and commands are called from nowhere in particular."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "claw-discord-coord" / "running"


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir(exist_ok=True)
    return tmp_path / name


def test_a_coordinator_is_found_from_anywhere(tmp_path: Path, listed: Path) -> None:
    written = write_run_file(RunFile(URL, "secret", os.getpid(), folder(tmp_path, "a")))
    assert written == [tmp_path / "a" / "coordinator.json", listed / f"{os.getpid()}.json"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in written)
    assert find(None, {}).state_folder == tmp_path / "a"
    assert find(tmp_path / "a", {}).token == "secret"


def test_what_the_killed_have_left_is_swept_out(tmp_path: Path, listed: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as killed:
        write_run_file(RunFile(URL, "old", killed.pid, folder(tmp_path, "a")))
        assert find(None, {}).token == "old"
        killed.kill()
    (listed / "1.json").write_text("nonsense")
    write_run_file(RunFile(URL, "new", os.getpid(), folder(tmp_path, "b")))
    assert [file.name for file in listed.iterdir()] == [f"{os.getpid()}.json"]


def test_of_one_folder_there_is_one_coordinator(tmp_path: Path, listed: Path) -> None:
    write_run_file(RunFile(URL, "old", os.getppid(), folder(tmp_path, "a")))
    write_run_file(RunFile(URL, "new", os.getpid(), folder(tmp_path, "a")))
    assert [file.name for file in listed.iterdir()] == [f"{os.getpid()}.json"]
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (listed / "again.json").write_text(json.dumps({"state_folder": str(tmp_path / "link")}))
    assert find(None, {}).token == "new"


def test_two_coordinators_are_named(tmp_path: Path, listed: Path) -> None:
    write_run_file(RunFile(URL, "one", os.getppid(), folder(tmp_path, "a")))
    write_run_file(RunFile(URL, "two", os.getpid(), folder(tmp_path, "b")))
    with pytest.raises(CoordinatorUnavailable, match=rf"{tmp_path}/a, {tmp_path}/b|{tmp_path}/b, {tmp_path}/a"):
        find(None, {})


def test_of_two_coordinators_the_one_of_the_nearest_folder_is_found(
    tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "project" / "part"
    inner.mkdir(parents=True)
    write_run_file(RunFile(URL, "outer", os.getppid(), folder(tmp_path, "a"), tmp_path))
    write_run_file(RunFile(URL, "inner", os.getpid(), folder(tmp_path, "b"), tmp_path / "project"))
    monkeypatch.chdir(inner)
    assert find(None, {}).token == "inner"
    monkeypatch.chdir(tmp_path / "a")
    assert find(None, {}).token == "outer"


def test_a_project_whose_coordinator_does_not_run_calls_no_other(
    tmp_path: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run_file(RunFile(URL, "other", os.getpid(), folder(tmp_path, "a"), folder(tmp_path, "other")))
    project = folder(tmp_path, "project")
    monkeypatch.chdir(project)
    assert find(None, {}).token == "other"
    (project / "skill.yaml").write_text("")
    with pytest.raises(CoordinatorUnavailable, match=r"project/skill.yaml is not running"):
        find(None, {})


def test_the_list_of_coordinators_holds_no_token(tmp_path: Path, listed: Path) -> None:
    write_run_file(RunFile(URL, "secret", os.getpid(), folder(tmp_path, "a")))
    assert "secret" not in (listed / f"{os.getpid()}.json").read_text()


def test_a_later_process_of_the_same_number_is_not_taken_for_the_coordinator(tmp_path: Path, listed: Path) -> None:
    for file in write_run_file(RunFile(URL, "secret", os.getpid(), folder(tmp_path, "a"))):
        left = json.loads(file.read_text())
        file.write_text(json.dumps({**left, "born": "at another time"}))
    for named in (None, tmp_path / "a"):
        with pytest.raises(CoordinatorUnavailable, match="No coordinator is running"):
            find(named, {})
