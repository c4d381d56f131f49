"""What a program behind the wall of bubblewrap can see and do, with the real bubblewrap."""

import asyncio
import json
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from claw_discord_coord.errors import RunFailed
from claw_discord_coord.models import RunState
from claw_discord_coord.runtimes.command import isolation

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux"),
    pytest.mark.skipif(
        shutil.which("bwrap") is None, reason="NOT TESTED BEHIND A WALL: bubblewrap is missing (Debian: bubblewrap)"
    ),
]

LOOK = """
import json, os, pathlib, sys
task = json.load(sys.stdin)
found = {}
for path in json.loads(task["text"]):
    path = pathlib.Path(path)
    try:
        found[str(path)] = sorted(os.listdir(path)) if path.is_dir() else path.read_text()
    except OSError as error:
        found[str(path)] = error.strerror
print(json.dumps({"text": json.dumps(found)}))
"""


async def look(desk, *paths: Path | str, **isolation: object) -> dict[str, object]:
    """What the program finds at the paths: names of a folder, the text of a file, or the error."""
    names = [str(path) for path in paths]
    outcome = await desk.run(desk.order(LOOK, text=json.dumps(names), isolation={"kind": "bwrap", **isolation}))
    assert outcome.state is RunState.COMPLETED, outcome.error
    found = json.loads(outcome.result.text)
    return {name: found[name] for name in names}


@pytest.mark.proves("obeyed.agent-wall")
async def test_it_sees_its_folder_and_nothing_of_the_coordinator_or_the_user(desk) -> None:
    (desk.root / "token.key").write_text("the key")
    desk.session.mkdir()
    (desk.session / "notes.md").write_text("its own")
    hidden = (desk.root / "token.key", desk.runs, Path(__file__), "/etc/shadow")
    found = await look(desk, desk.session, Path.home(), *hidden)
    assert found[str(desk.session)] == ["notes.md"]
    assert {found[str(path)] for path in hidden} == {"No such file or directory"}
    # Python itself may be installed in the home folder.
    python = {Path(folder).relative_to(Path.home()).parts[0] for folder in _python_at_home()}
    assert set(found[str(Path.home())]) <= python


async def test_the_machines_settings_cannot_be_opened_for_writing(desk) -> None:
    code = """
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"):
    try:
        open(path, "r+").close()
        print("opened", path)
    except OSError as error:
        print("refused")
"""
    outcome = await desk.run(desk.order(code, isolation={"kind": "bwrap"}))
    assert outcome.result.text.split() == ["refused", "refused"]


async def test_a_declared_folder_can_be_read_or_written_as_declared(desk, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("books", "drafts"):
        (elsewhere / name).mkdir()
        (elsewhere / name / "one.md").write_text(name)
    code = f"""
import json, pathlib
said = []
for name in ("books", "drafts"):
    folder = pathlib.Path({str(elsewhere)!r}, name)
    said.append((folder / "one.md").read_text())
    try:
        (folder / "two.md").write_text("new")
    except OSError as error:
        said.append(error.strerror)
print(json.dumps({{"text": json.dumps(said)}}))
"""
    wall = {"kind": "bwrap", "read": [str(elsewhere / "books")], "write": [str(elsewhere / "drafts")]}
    outcome = await desk.run(desk.order(code, isolation=wall))
    assert json.loads(outcome.result.text) == ["books", "Read-only file system", "drafts"]
    assert (elsewhere / "drafts" / "two.md").read_text() == "new"


async def test_a_declared_home_folder_does_not_open_the_state_folder_in_it(desk) -> None:
    (desk.root / "token.key").write_text("the key")
    found = await look(desk, desk.root.parent, desk.root / "token.key", read=[str(desk.root.parent)])
    assert desk.root.name in found[str(desk.root.parent)]
    assert found[str(desk.root / "token.key")] == "No such file or directory"


async def test_it_sees_no_other_process_and_a_small_environment(desk) -> None:
    code = """
import json, os
pids = [name for name in os.listdir("/proc") if name.isdigit()]
print(json.dumps({"text": json.dumps([len(pids), sorted(os.environ)])}))
"""
    order = desk.order(code, isolation={"kind": "bwrap"})
    order.environment.update(CLAW_STATE_DIR=str(desk.root), CLAW_TASK_ID="t-1")
    number, names = json.loads((await desk.run(order)).result.text)
    assert number <= 3
    assert {"CLAW_TASK_TOKEN", "CLAW_TASK_ID", "PATH", "HOME"} <= set(names)
    assert "CLAW_STATE_DIR" not in names
    assert "DISCORD_BOT_TOKEN" not in names


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of a server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(("network", "reached"), [(True, "reached"), (False, "refused")])
async def test_the_network_is_open_or_closed_as_declared(desk, listening: int, network: bool, reached: str) -> None:
    code = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {listening}), timeout=5).close()
    print("reached")
except OSError:
    print("refused")
"""
    outcome = await desk.run(desk.order(code, isolation={"kind": "bwrap", "network": network}))
    assert outcome.result.text == reached


async def test_a_stop_ends_every_process_behind_the_wall(desk, notes, is_alive) -> None:
    code = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(612)"], env={}, start_new_session=True)
print("ready", flush=True)
time.sleep(612)
"""
    runtime = desk.runtime()
    order = desk.order(code, isolation={"kind": "bwrap"})
    await runtime.start(order)
    watching = asyncio.create_task(runtime.watch("run-1", notes))
    await notes.first("ready")
    mine = [process for process in psutil.process_iter() if "time.sleep(612)" in " ".join(_command_line(process))]
    assert len(mine) >= 2
    await runtime.stop("run-1")
    assert (await desk.watched(watching)).state is RunState.CANCELED
    assert not any(is_alive(process.pid) for process in mine)


async def test_a_missing_path_is_named_before_the_start(desk) -> None:
    order = desk.order("pass", isolation={"kind": "bwrap", "read": ["no/such/folder"]})
    with pytest.raises(RunFailed, match=r"no/such/folder of the agent's `isolation` does not exist"):
        await desk.runtime().start(order)


async def test_without_bubblewrap_the_run_fails_with_a_fix(desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation.shutil, "which", lambda _name, path=None: None)
    with pytest.raises(RunFailed) as failed:
        await desk.runtime().start(desk.order("pass", isolation={"kind": "bwrap"}))
    assert "needs bubblewrap, which is not installed" in str(failed.value)
    assert "apt install bubblewrap" in (failed.value.fix or "")
    assert "needs bubblewrap" in (isolation.problem() or "")


def test_doctor_finds_no_problem_with_the_wall_here() -> None:
    assert isolation.problem() is None


def _python_at_home() -> list[str]:
    prefixes = {sys.prefix, sys.base_prefix, str(Path(isolation.__file__).parents[3])}
    return [prefix for prefix in prefixes if Path(prefix).is_relative_to(Path.home())]


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
