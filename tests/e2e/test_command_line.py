"""The command line as a person uses it, with the real program and a coordinator that is up."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Program, programs

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("command line")]


async def test_work_is_given_watched_and_looked_up(up: Program) -> None:
    earlier = up.posts()
    spawned = await up.json("spawn-agent", "echo the northern sea", "--wait")
    assert spawned["state"] == "completed"
    assert spawned["task"]["result"]["text"] == "You said: echo the northern sea"
    assert spawned["chosen_because"] == "takes echo"
    assert spawned["thread_url"].startswith("http://127.0.0.1:")
    listed = await up.json("registry-status", "--state", "completed", "--text", "NORTHERN SEA")
    assert [task["task_id"] for task in listed["tasks"]] == [spawned["task_id"]]
    status = await up.json("registry-status", "--task", spawned["task_id"])
    assert status["task"]["state"] == "completed"
    assert [run["state"] for run in status["runs"]] == ["completed"]
    assert {one["destination"] for one in status["deliveries"]} == {"blog", "reports"}
    receipts = (await up.json("route-output", "--task", spawned["task_id"]))["receipts"]
    assert {one["state"] for one in receipts} == {"delivered"}
    assert len(up.posts() - earlier) == 1


@pytest.mark.proves("shown.dry-run")
async def test_content_is_routed_and_a_dry_run_sends_nothing(up: Program) -> None:
    earlier = up.posts()
    plan = await up.json("route-output", "--content", "# News", "--kind", "report", "--dry-run")
    assert [one["destination"] for one in plan["planned"]] == ["blog", "reports"]
    assert up.posts() == earlier
    sent = await up.json("route-output", "--content", "# News", "--to", "blog")
    assert [one["state"] for one in sent["receipts"]] == ["delivered"]
    assert Path(sent["receipts"][0]["receipt"]["path"]).is_relative_to(up.folder / "blog")


async def test_content_that_no_route_takes_ends_with_a_failure_and_names_the_routes(up: Program) -> None:
    code, out, err = await up.run("route-output", "--content", "# News")
    assert code == 1, err
    assert "reports:" in out
    assert "Nothing is sent: no route of skill.yaml takes this output. Name a destination (blog, reports)" in out
    code, out, _ = await up.run("route-output", "--content", "# News", "--json")
    assert (code, json.loads(out)["receipts"], json.loads(out)["rules"][0]["taken"]) == (1, [], False)
    assert (await up.json("route-output", "--content", "# News", "--dry-run"))["rules"][0]["taken"] is False


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
    up: Program, options: list[str], stdin: str | None, text: str
) -> None:
    earlier = up.posts()
    code, out, err = await up.run("route-output", *options, "--to", "blog", "--json", stdin=stdin)
    assert code == 0, err
    assert [one["state"] for one in json.loads(out)["receipts"]] == ["delivered"]
    (post,) = up.posts() - earlier
    assert text in post.read_text()


async def test_a_handoff_is_accepted_and_recorded(up: Program) -> None:
    source = await up.json("spawn-agent", "echo the sea", "--wait")
    (up.folder / "findings.txt").write_text("wet")
    handed = await up.json(
        "handoff", "--task", source["task_id"], "--to-agent", "echo", "--summary", "go on", "--artifact", "findings.txt"
    )
    await up.until(handed["task_id"], lambda status: status["task"]["state"] == "completed")
    status = await up.json("registry-status", "--task", source["task_id"])
    assert [one["state"] for one in status["handoffs"]] == ["completed"]
    assert [child["task_id"] for child in status["children"]] == [handed["task_id"]]
    handoff = ["handoff", "--task", source["task_id"], "--to-agent", "echo", "--summary", "again"]
    code, _, complaint = await up.run(*handoff, "--artifact", "findings.txt", "--artifact", "nowhere.txt")
    assert code == 2
    assert "nowhere.txt` (there is no such file)" in complaint
    assert len((await up.json("registry-status", "--task", source["task_id"]))["handoffs"]) == 1


@pytest.mark.proves("obeyed.stop")
async def test_a_stop_ends_the_whole_process_tree(up: Program) -> None:
    task = await up.json("spawn-agent", "sleep well")
    async with asyncio.timeout(30):
        while len(programs(up)) < 2:
            await asyncio.sleep(0.05)
    await up.json("control-task", "--task", task["task_id"], "--action", "cancel", "--note", "enough")
    assert programs(up) == []
    status = await up.settled(task["task_id"])
    assert status["task"]["state"] == "canceled"
    assert status["task"]["reason"].endswith(": enough")
    assert up.coordinator is not None
    assert not [
        child for child in psutil.Process(up.coordinator.pid).children() if child.status() == psutil.STATUS_ZOMBIE
    ]


@pytest.mark.proves("doubled.coordinator")
async def test_a_second_coordinator_says_that_there_is_one(up: Program) -> None:
    code, _, err = await up.run("up")
    assert code == 1
    assert "already running" in err
    assert "Traceback" not in err


@pytest.mark.proves("obeyed.review")
async def test_a_task_for_review_waits_until_it_is_approved(up: Program) -> None:
    task = await up.json("spawn-agent", "echo the sea", "--review")
    await up.until(task["task_id"], lambda status: status["task"]["state"] == "input-required")
    await up.json("control-task", "--task", task["task_id"], "--action", "approve")
    assert (await up.settled(task["task_id"]))["task"]["state"] == "completed"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["spawn-agent", "echo", "--agent", "nobody"], 2, "Name one of: echo, slow"),
        (["spawn-agent", ""], 2, "`TASK` is missing"),
        (["spawn-agent", "-"], 2, "1,000,000 characters"),
        (["spawn-agent", "echo", "--kind", "king"], 2, "is not one of"),
        (["registry-status", "--task", "t-none"], 2, "'t-none'.\nAsk `registry-status` for the tasks there are."),
        (["handoff", "--task", "t-none", "--to-agent", "echo", "--summary", "x"], 2, "t-none"),
        (["route-output"], 2, "Give either `--task` or `--content`.\n`claw-discord-coord route-output --help` lists"),
        (["registry-status", "--limit", "0"], 2, "`--limit` must be at least 1"),
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


async def test_the_state_folder_is_closed_to_others(up: Program) -> None:
    assert up.state_folder.stat().st_mode & 0o077 == 0


async def test_a_zero_is_a_value(up: Program) -> None:
    code, _, err = await up.run("spawn-agent", "echo", "--timeout-s", "0")
    assert code == 2
    assert "`--timeout-s` must be greater than 0" in err
