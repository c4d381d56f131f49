"""The command line as a person uses it, with the real program."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Program

pytestmark = pytest.mark.anyio


async def test_work_is_given_watched_and_looked_up(program: Program) -> None:
    async with program.up():
        spawned = await program.json("spawn-agent", "echo the sea", "--wait")
        assert spawned["state"] == "completed"
        assert spawned["task"]["result"]["text"] == "You said: echo the sea"
        assert spawned["chosen_because"] == "takes echo"
        assert spawned["thread_url"].startswith("http://127.0.0.1:")
        listed = await program.json("registry-status", "--state", "completed", "--text", "SEA")
        assert [task["task_id"] for task in listed["tasks"]] == [spawned["task_id"]]
        status = await program.json("registry-status", "--task", spawned["task_id"])
        assert status["task"]["state"] == "completed"
        assert [run["state"] for run in status["runs"]] == ["completed"]
        assert {one["destination"] for one in status["deliveries"]} == {"blog", "reports"}
        receipts = (await program.json("route-output", "--task", spawned["task_id"]))["receipts"]
        assert {one["state"] for one in receipts} == {"delivered"}
        assert len(list((program.folder / "blog").glob("*.md"))) == 1


async def test_content_is_routed_and_a_dry_run_sends_nothing(program: Program) -> None:
    async with program.up():
        plan = await program.json("route-output", "--content", "# News", "--kind", "report", "--dry-run")
        assert [one["destination"] for one in plan["planned"]] == ["blog", "reports"]
        assert not (program.folder / "blog").exists()
        sent = await program.json("route-output", "--content", "# News", "--to", "blog")
        assert [one["state"] for one in sent["receipts"]] == ["delivered"]
        assert Path(sent["receipts"][0]["receipt"]["path"]).is_relative_to(program.folder / "blog")


@pytest.mark.parametrize(
    ("options", "stdin", "text"),
    [
        (["--content", "-hello"], None, "-hello"),
        (["--content=- one\n- two"], None, "- one"),
        (["--content", "---\nkind: report\n---\nFields."], None, "Fields."),
        (["--content", "-"], "from a pipe", "from a pipe"),
    ],
)
async def test_content_may_begin_with_a_dash_or_come_on_standard_input(
    program: Program, options: list[str], stdin: str | None, text: str
) -> None:
    async with program.up():
        code, out, err = await program.run("route-output", *options, "--to", "blog", "--json", stdin=stdin)
        assert code == 0, err
        assert [one["state"] for one in json.loads(out)["receipts"]] == ["delivered"]
        (post,) = (program.folder / "blog").glob("*.md")
        assert text in post.read_text()


async def test_a_delivery_that_failed_is_told_by_the_exit_code(program: Program) -> None:
    (program.folder / "blog").write_text("a file where the folder should be")
    async with program.up():
        code, out, err = await program.run("route-output", "--content", "# News", "--to", "blog")
        assert (code, err) == (1, "")
        assert out.startswith("blog: failed (")


async def test_a_handoff_is_accepted_and_recorded(program: Program) -> None:
    async with program.up():
        source = await program.json("spawn-agent", "echo the sea", "--wait")
        (program.folder / "findings.txt").write_text("wet")
        handed = await program.json(
            "handoff",
            "--task",
            source["task_id"],
            "--to-agent",
            "echo",
            "--summary",
            "go on",
            "--artifact",
            "findings.txt",
        )
        async with asyncio.timeout(30):
            while (await program.json("registry-status", "--task", handed["task_id"]))["task"]["state"] != "completed":
                await asyncio.sleep(0.1)
        status = await program.json("registry-status", "--task", source["task_id"])
        assert [one["state"] for one in status["handoffs"]] == ["completed"]
        assert [child["task_id"] for child in status["children"]] == [handed["task_id"]]
        handoff = ["handoff", "--task", source["task_id"], "--to-agent", "echo", "--summary", "again"]
        code, _, complaint = await program.run(*handoff, "--artifact", "findings.txt", "--artifact", "nowhere.txt")
        assert code == 2
        assert "nowhere.txt` (there is no such file)" in complaint
        assert len((await program.json("registry-status", "--task", source["task_id"]))["handoffs"]) == 1


async def test_a_stop_ends_the_whole_process_tree(program: Program) -> None:
    async with program.up() as up:
        task = await program.json("spawn-agent", "sleep well")
        async with asyncio.timeout(30):
            while len(_programs(program)) < 2:
                await asyncio.sleep(0.05)
        await program.json("control-task", "--task", task["task_id"], "--action", "cancel", "--note", "enough")
        assert _programs(program) == []
        status = await _settled(program, task["task_id"])
        assert status["task"]["state"] == "canceled"
        assert status["task"]["reason"].endswith(": enough")
        assert not [child for child in psutil.Process(up.pid).children() if child.status() == psutil.STATUS_ZOMBIE]


async def test_shutting_down_ends_the_runs_and_the_next_start_goes_on(program: Program) -> None:
    async with program.up():
        task = await program.json("spawn-agent", "sleep well")
        async with asyncio.timeout(30):
            while len(_programs(program)) < 2:
                await asyncio.sleep(0.05)
    assert _programs(program) == []
    async with program.up():
        async with asyncio.timeout(30):
            while len(_programs(program)) < 2:
                await asyncio.sleep(0.05)
        status = await program.json("registry-status", "--task", task["task_id"])
        assert [run["state"] for run in status["runs"]] == ["lost", "running"]
        assert status["task"]["state"] == "working"


async def test_a_run_goes_on_while_the_coordinator_is_dead_and_is_taken_up_again(program: Program) -> None:
    (program.folder / "echo.py").write_text(
        "import time; print('begun', flush=True); time.sleep(3); print('{\"text\": \"through\"}')"
    )
    async with program.up() as up:
        task = await program.json("spawn-agent", "echo the sea")
        async with asyncio.timeout(30):
            while not (await program.json("registry-status", "--task", task["task_id"]))["runs"]:
                await asyncio.sleep(0.05)
        up.send_signal(signal.SIGKILL)
        await up.wait()
    async with program.up():
        status = await _settled(program, task["task_id"])
        assert status["task"]["result"]["text"] == "through"
        assert [run["state"] for run in status["runs"]] == ["completed"]


async def test_a_second_coordinator_says_that_there_is_one(program: Program) -> None:
    async with program.up():
        code, _, err = await program.run("up")
        assert code == 1
        assert "already running" in err
        assert "Traceback" not in err


async def test_a_task_for_review_waits_until_it_is_approved(program: Program) -> None:
    async with program.up():
        task = await program.json("spawn-agent", "echo the sea", "--review")
        async with asyncio.timeout(30):
            while (await program.json("registry-status", "--task", task["task_id"]))["task"][
                "state"
            ] != "input-required":
                await asyncio.sleep(0.05)
        await program.json("control-task", "--task", task["task_id"], "--action", "approve")
        assert (await _settled(program, task["task_id"]))["task"]["state"] == "completed"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["spawn-agent", "echo", "--agent", "nobody"], 2, "Name one of: echo, slow"),
        (["spawn-agent", ""], 2, "task"),
        (["spawn-agent", "-"], 2, "1,000,000 characters"),
        (["spawn-agent", "echo", "--kind", "king"], 2, "is not one of"),
        (["registry-status", "--task", "t-none"], 2, "t-none"),
        (["handoff", "--task", "t-none", "--to-agent", "echo", "--summary", "x"], 2, "t-none"),
        (["route-output"], 2, "either task_id or content"),
        (["route-output", "--content", "x", "--to", "moon"], 2, "blog, reports"),
        (["control-task", "--task", "t-none", "--action", "cancel"], 2, "t-none"),
        (["fly"], 2, "No such command"),
    ],
)
async def test_a_bad_call_says_what_to_do(up: Program, arguments: list[str], code: int, said: str) -> None:
    stdin = "x" * 1_000_000 if arguments[-1] == "-" else None
    found, out, err = await up.run(*arguments, stdin=stdin)
    assert found == code, out + err
    assert said in err
    assert "Traceback" not in err


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
        status = await _settled(program, task["task_id"])
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
    note = program.folder / ".claw-discord-coord" / "local-discord" / "port"
    note.parent.mkdir(parents=True)
    note.write_bytes(left)
    async with program.up():
        thread = (await program.json("spawn-agent", "echo the sea", "--wait"))["thread_url"]
    assert thread.startswith(f"http://127.0.0.1:{int(note.read_text())}/")


async def test_the_state_folder_is_closed_to_others(program: Program) -> None:
    async with program.up():
        assert (program.folder / ".claw-discord-coord").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["local-discord/localcord.sqlite3", "token.key", "registry.sqlite3"])
async def test_damaged_files_are_named(program: Program, damage: str) -> None:
    async with program.up():
        pass
    for extra in (program.folder / ".claw-discord-coord" / damage).parent.glob(Path(damage).name + "-*"):
        extra.unlink()
    (program.folder / ".claw-discord-coord" / damage).write_bytes(b"nonsense" * 1_000)
    code, _, err = await program.run("up")
    assert code == 1
    assert Path(damage).parts[0] in err
    assert "Traceback" not in err


async def test_without_a_home_the_coordinator_runs_all_the_same(program: Program) -> None:
    (program.folder / "config").write_text("a file where the user's folder should be")
    async with program.up():
        assert (await program.json("spawn-agent", "echo the sea", "--wait"))["state"] == "completed"


async def test_a_zero_is_a_value(program: Program) -> None:
    async with program.up():
        code, _, err = await program.run("spawn-agent", "echo", "--timeout-s", "0")
    assert code == 2
    assert "timeout_s" in err


async def test_a_database_from_a_newer_version_is_left_alone(program: Program) -> None:
    async with program.up():
        pass
    import sqlite3

    database = sqlite3.connect(program.folder / ".claw-discord-coord" / "registry.sqlite3")
    database.execute("update claw_version set version_num = '9999'")
    database.commit()
    database.close()
    code, _, err = await program.run("up")
    assert code == 1
    assert "newer version" in err
    assert "Traceback" not in err


@pytest.fixture
async def up(program: Program, anyio_backend: str):
    async with program.up():
        yield program


async def _settled(program: Program, task_id: str) -> dict:
    """The task's status once it and its deliveries have ended."""
    async with asyncio.timeout(30):
        while True:
            status = await program.json("registry-status", "--task", task_id)
            if "task.closed" in json.dumps(status["events"]) and all(
                one["state"] != "planned" for one in status["deliveries"]
            ):
                return status
            await asyncio.sleep(0.1)


def _programs(program: Program) -> list[int]:
    """The processes that work in this folder's sessions."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(
                str(program.folder / ".claw-discord-coord" / "sessions")
            ):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
