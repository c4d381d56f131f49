"""How a coordinator starts and ends, and what it says of a folder in which something is wrong."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from tests.conftest import judged_process
from tests.e2e.conftest import PATIENCE_S, Program, program_in, programs

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def state_of_earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a coordinator that was started and ended."""
    folder = tmp_path_factory.mktemp("earlier")
    with judged_process(folder / "judged-answers") as judged:
        program = program_in(folder, judged)
        async with program.up():
            pass
    return program.state_folder


async def test_a_delivery_that_failed_is_told_by_the_exit_code(program: Program) -> None:
    (program.folder / "blog").write_text("a file where the folder should be")
    async with program.up():
        code, out, err = await program.run("route-output", "--content", "# News", "--to", "blog")
        assert (code, err) == (1, "")
        assert out.startswith("blog: failed (")


@pytest.mark.proves("lost.shutdown")
async def test_shutting_down_ends_the_runs_and_the_next_start_goes_on(program: Program) -> None:
    async with program.up():
        task = await program.json("spawn-agent", "sleep well")
        async with asyncio.timeout(30):
            while len(programs(program)) < 2:
                await asyncio.sleep(0.05)
    assert programs(program) == []
    async with program.up():
        async with asyncio.timeout(30):
            while len(programs(program)) < 2:
                await asyncio.sleep(0.05)
        status = await program.json("registry-status", "--task", task["task_id"])
        assert [run["state"] for run in status["runs"]] == ["lost", "running"]
        assert status["task"]["state"] == "working"


def readable_by_others(folder: Path) -> list[str]:
    """Return the files and folders that other users may read, without those of agents in their session folders."""
    entries = [entry for entry in folder.rglob("*") if not entry.is_symlink()]
    modes = {
        entry.relative_to(folder): entry.stat().st_mode & 0o777
        for entry in entries
        if entry.relative_to(folder).parts[0] != "sessions" or entry.is_dir()
    }
    return [f"{name} {mode:o}" for name, mode in modes.items() if mode & 0o77]


@pytest.mark.proves("secret.state")
async def test_everything_below_the_state_folder_is_private_while_agents_work(program: Program) -> None:
    chart = "import pathlib; pathlib.Path('chart.svg').write_text('<svg/>')\n"
    code = (program.folder / "echo.py").read_text().replace('"kind"', '"artifacts": ["chart.svg"], "kind"')
    (program.folder / "echo.py").write_text(chart + code)
    async with program.up():
        slow = await program.json("spawn-agent", "sleep well")
        task = await program.json("spawn-agent", "echo the sea")
        await program.settled(task["task_id"])
        await program.until(slow["task_id"], lambda status: bool(status["runs"]))
        names = {entry.name for entry in program.state_folder.rglob("*")}
        assert {"order.json", "output.log", "chart.svg", "localcord.sqlite3", "registry.sqlite3.lock"} <= names
        assert readable_by_others(program.state_folder) == []
    assert readable_by_others(program.state_folder) == []


@pytest.mark.proves("lost.state-moved")
async def test_the_state_of_an_earlier_version_is_moved_at_the_start_and_said_so(program: Program) -> None:
    former = program.folder / ".claw-discord-coord"
    async with program.up("--state-folder", str(former)):
        task = await program.json("spawn-agent", "echo the sea")
        await program.settled(task["task_id"])
    async with program.up() as up:
        assert f"The state folder {former} was moved to {program.state_folder}." in program.said
        status = await program.json("registry-status", "--task", task["task_id"])
        assert status["task"]["state"] == "completed"
        assert up.returncode is None
    assert not former.exists()


@pytest.mark.proves("lost.run-outlives")
async def test_a_run_goes_on_while_the_coordinator_is_dead_and_is_taken_up_again(program: Program) -> None:
    go_on = program.folder / "go on"
    (program.folder / "echo.py").write_text(
        "import pathlib, time\n"
        "print('begun', flush=True)\n"
        f"while not pathlib.Path({str(go_on)!r}).exists(): time.sleep(0.05)\n"
        'print(\'{"text": "through"}\')\n'
    )
    async with program.up() as up:
        task = await program.json("spawn-agent", "echo the sea")
        await program.until(task["task_id"], lambda status: bool(status["runs"]))
        up.send_signal(signal.SIGKILL)
        await up.wait()
    go_on.touch()
    async with program.up():
        status = await program.settled(task["task_id"])
        assert status["task"]["result"]["text"] == "through"
        assert [run["state"] for run in status["runs"]] == ["completed"]


async def test_without_a_coordinator_commands_say_how_to_start_one(program: Program) -> None:
    code, _, err = await program.run("registry-status")
    assert code == 1
    assert "claw-discord-coord up" in err


async def test_a_broken_skill_yaml_is_explained(program: Program) -> None:
    (program.folder / "skill.yaml").write_text("agents:\n  echo: {purpose: 5}\n")
    code, _, err = await program.run("up")
    assert code == 2
    assert "line 2, agents.echo.channel: is missing" in err
    assert "Traceback" not in err


@pytest.mark.proves("shown.reason")
async def test_a_missing_program_fails_its_task_and_says_which(program: Program) -> None:
    (program.folder / "skill.yaml").write_text(
        "agents: {a: {purpose: x, channel: a, runtime: {kind: command, command: [no-such-program]}}}"
    )
    async with program.up():
        code, out, err = await program.run("spawn-agent", "x", "--agent", "a", "--wait")
        assert code == 1
        assert "no-such-program" in out + err


async def test_an_unwritable_blog_folder_is_a_failed_delivery_not_a_lost_result(program: Program) -> None:
    (program.folder / "blog").write_text("a file where the folder should be")
    async with program.up():
        task = await program.json("spawn-agent", "echo the sea", "--wait")
        status = await program.settled(task["task_id"])
        states = {one["destination"]: (one["state"], one["error"]) for one in status["deliveries"]}
        assert states["reports"][0] == "delivered"
        assert states["blog"][0] == "failed"
        assert "blog" in states["blog"][1]
        assert status["task"]["result"]["text"] == "You said: echo the sea"


async def test_a_taken_port_is_named_with_the_fix(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (program.folder / "skill.yaml").write_text(
            (program.folder / "skill.yaml").read_text() + f"server: {{port: {port}}}\n"
        )
        code, _, err = await program.run("up")
    assert code == 1
    assert f"Port {port}" in err
    assert "server.port" in err


async def test_a_taken_port_of_the_local_discord_is_named_with_the_fix(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = await program.run("up", "--local-discord-port", str(taken.getsockname()[1]))
    assert code == 1
    assert "--local-discord-port" in err
    assert "Traceback" not in err


async def test_links_stay_good_over_a_restart(program: Program) -> None:
    async with program.up():
        first = await program.json("spawn-agent", "echo the sea", "--wait")
    async with program.up():
        second = await program.json("spawn-agent", "echo the sea", "--wait")
    assert first["thread_url"].split("/#")[0] == second["thread_url"].split("/#")[0]


@pytest.mark.parametrize("left", [b"", b"99999", b"\xff"])
async def test_a_damaged_note_of_the_port_is_made_anew(program: Program, left: bytes) -> None:
    note = program.state_folder / "local-discord" / "port"
    note.parent.mkdir(parents=True)
    note.write_bytes(left)
    async with program.up():
        thread = (await program.json("spawn-agent", "echo the sea", "--wait"))["thread_url"]
    assert thread.startswith(f"http://127.0.0.1:{int(note.read_text())}/")


@pytest.mark.parametrize("damage", ["local-discord/localcord.sqlite3", "token.key", "registry.sqlite3"])
async def test_damaged_files_are_named(program: Program, state_of_earlier: Path, damage: str) -> None:
    shutil.copytree(state_of_earlier, program.state_folder)
    for extra in (program.state_folder / damage).parent.glob(Path(damage).name + "-*"):
        extra.unlink()
    (program.state_folder / damage).write_bytes(b"nonsense" * 1_000)
    code, _, err = await program.run("up")
    assert code == 1
    assert Path(damage).parts[0] in err
    assert "Traceback" not in err


async def test_without_a_home_the_coordinator_runs_all_the_same(program: Program) -> None:
    (program.folder / "config").write_text("a file where the user's folder should be")
    async with program.up():
        assert (await program.json("spawn-agent", "echo the sea", "--wait"))["state"] == "completed"


@pytest.mark.proves("lost.migration")
async def test_a_database_from_a_newer_version_is_left_alone(program: Program, state_of_earlier: Path) -> None:
    shutil.copytree(state_of_earlier, program.state_folder)
    with closing(sqlite3.connect(program.state_folder / "registry.sqlite3")) as database, database:
        database.execute("update claw_version set version_num = '9999'")
    code, _, err = await program.run("up")
    assert code == 1
    assert "newer version" in err
    assert "Traceback" not in err


async def test_no_call_forges_a_line_of_the_log(program: Program) -> None:
    async with program.up("--verbose") as up, aiohttp.ClientSession() as session:
        run = json.loads((program.state_folder / "coordinator.json").read_text())
        headers = {"Authorization": f"Bearer {run['token']}", "X-Request-Id": "call-\x9b31m"}
        async with session.post(f"{run['url']}/skills/registry_status", json={}, headers=headers) as called:
            assert called.status == 200
        port = (program.state_folder / "local-discord" / "port").read_text()
        async with session.get(URL(f"http://127.0.0.1:{port}/api/v10/x%0AFORGED%1B[31m", encoded=True)) as asked:
            assert asked.status == 404
        up.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE_S):
            _, err = await up.communicate()
    log = err.decode()
    assert r"call-Â\x9b31m received by http: registry_status" in log
    assert r"GET /x\nFORGED\x1b[31m: 404" in log
    assert all(re.match(r"\d{4}-\d\d-\d\d |  \| ", line) for line in log.splitlines())
