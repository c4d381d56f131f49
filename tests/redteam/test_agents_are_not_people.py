"""An agent at work tries to act as a person: with the coordinator's token, in every way a program can call.

Prints the number of attempts that were held off and the number of attempts that were made.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Program, program_in

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.xdist_group("redteam"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process calls over TCP"),
]

SECRET = "the-merger-is-on-friday"
SKILL_YAML = """
agents:
  attacker:
    purpose: Tries to act as a person.
    channel: attacker
    timeout_s: 300
    runtime: {kind: command, command: [python, attacker.py]}
  echo:
    purpose: Repeats what it is told.
    channel: echo
    runtime: {kind: command, command: [python, echo.py]}
  slow:
    purpose: Takes its time.
    channel: slow
    runtime: {kind: command, command: [python, slow.py]}
destinations:
  guarded: {kind: file, folder: guarded, approval: true}
routes:
  - {when: {kind: report}, to: [guarded]}
limits: {children: 2}
"""
CHILDREN = 2


@pytest.fixture
async def scene(tmp_path: Path, judged: dict[str, str]) -> AsyncIterator[Program]:
    program = program_in(tmp_path, judged)
    (program.folder / "skill.yaml").write_text(SKILL_YAML)
    shutil.copy(Path(__file__).with_name("attacker.py"), program.folder)
    async with program.up():
        yield program


@pytest.mark.proves("obeyed.agent-process")
async def test_whatever_token_an_agent_shows_its_calls_count_as_its_own(scene: Program) -> None:
    going_on = await _what_a_person_has_going_on(scene)
    calls = [
        ("approve a held delivery", "control_task", {"action": "approve", "delivery_id": going_on["delivery"]}),
        ("approve a reviewed task", "control_task", {"action": "approve", "task_id": going_on["reviewed"]}),
        ("cancel the work of others", "control_task", {"action": "cancel", "task_id": going_on["working"]}),
        ("read a private result", "registry_status", {"task_id": going_on["private"]}),
        ("spawn past the limits", "spawn_agent", {"task": "more and more", "agent": "slow"}),
    ]
    async with _fetcher() as fetcher:
        brief = json.dumps({"calls": calls, "fetcher": fetcher})
        attack = await scene.json("spawn-agent", brief, "--agent", "attacker")
        ended = await scene.until(attack["task_id"], lambda status: status["task"]["state"] in {"completed", "failed"})
    assert ended["task"]["state"] == "completed", ended["task"]["reason"]
    attempts = json.loads(ended["task"]["result"]["text"])
    assert len(attempts) == 80
    # Every call but those that an agent may make below its own task is refused.
    succeeded = [
        (way, goal, response)
        for way, goal, status, response in attempts
        if goal != "spawn past the limits" and (SECRET in response or '"state"' in response or status == 200)
    ]
    print(f"held off {len(attempts) - len(succeeded)} of {len(attempts)} attempts")
    assert succeeded == []
    assert await _what_is_still_going_on(scene, going_on) == {
        "delivery": "held",
        "reviewed": "input-required",
        "working": "working",
        "private": "completed",
    }
    tasks = (await scene.json("registry-status"))["tasks"]
    spawned = [task for task in tasks if task["title"] == "more and more"]
    assert {task["parent_task"] for task in spawned} <= {attack["task_id"]}
    assert len(spawned) <= CHILDREN


@asynccontextmanager
async def _fetcher() -> AsyncIterator[int]:
    """Serve as a service of this machine that connects wherever it is told to, and yield its port."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server, port, client, own_port = json.loads(await reader.readline())
        _, fetched = await asyncio.open_connection(server, port, local_addr=(client, own_port))
        await reader.read()
        for each in (fetched, writer):
            each.close()

    async with await asyncio.start_server(connect, "127.0.0.1", 0) as service:
        yield service.sockets[0].getsockname()[1]


async def _what_a_person_has_going_on(scene: Program) -> dict[str, str]:
    """Return the ids of a held delivery, a reviewed task, work in progress and a private task."""
    held = await scene.json("spawn-agent", "a report", "--agent", "echo")
    reviewed = await scene.json("spawn-agent", "another report", "--agent", "echo", "--review")
    private = await scene.json("spawn-agent", SECRET, "--agent", "echo", "--private", "--title", "private")
    working = await scene.json("spawn-agent", "sleep", "--agent", "slow")
    await scene.until(working["task_id"], lambda status: status["task"]["state"] == "working")
    await scene.until(private["task_id"], lambda status: status["task"]["state"] == "completed")
    await scene.until(reviewed["task_id"], lambda status: status["task"]["state"] == "input-required")
    status = await scene.until(held["task_id"], lambda status: bool(status["deliveries"]))
    return {
        "delivery": status["deliveries"][0]["delivery_id"],
        "delivering": held["task_id"],
        "reviewed": reviewed["task_id"],
        "working": working["task_id"],
        "private": private["task_id"],
    }


async def _what_is_still_going_on(scene: Program, ids: dict[str, str]) -> dict[str, Any]:
    states = {name: (await scene.status(ids[name]))["task"]["state"] for name in ("reviewed", "working", "private")}
    return {"delivery": (await scene.status(ids["delivering"]))["deliveries"][0]["state"], **states}
