"""An agent behind a wall, without a network, calls skills as itself and does not see the coordinator's keys."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Program, program_in

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is missing (Debian: bubblewrap)"),
]

AGENT = """
import json, os, pathlib, subprocess, sys

brief = json.load(sys.stdin)
cli = json.loads(os.environ["CLAW_CLI"])
state = pathlib.Path(os.environ["CLAW_SOCKET"]).parents[1]

def call(*words, **environment):
    ended = subprocess.run([*cli, *words, "--json"], env={**os.environ, **environment}, capture_output=True, text=True)
    return [ended.returncode, ended.stdout + ended.stderr]

print(json.dumps({"text": json.dumps({
    "spawned": call("spawn-agent", "echo the sea", "--agent", "echo"),
    "other": call("registry-status", "--task", brief["text"]),
    "without token": call("registry-status", "--task", brief["text"], CLAW_TASK_TOKEN=""),
    "state": sorted(name.name for name in state.iterdir()),
})}))
"""
SKILL_YAML = """
agents:
  walled:
    purpose: Works behind a wall.
    channel: walled
    runtime: {kind: command, command: [python, walled.py], isolation: {kind: bwrap, network: false}}
  echo:
    purpose: Repeats what it is told.
    channel: echo
    runtime: {kind: command, command: [python, echo.py]}
"""


@pytest.mark.proves("obeyed.agent-wall")
async def test_an_agent_behind_a_wall_calls_skills_as_itself(tmp_path: Path, judged: dict[str, str]) -> None:
    program: Program = program_in(tmp_path, judged)
    (tmp_path / "skill.yaml").write_text(SKILL_YAML)
    (tmp_path / "walled.py").write_text(AGENT)
    async with program.up():
        other = await program.json("spawn-agent", "of others", "--agent", "echo")
        task = await program.json("spawn-agent", other["task_id"], "--agent", "walled")
        status = await program.until(task["task_id"], lambda status: status["task"]["state"] in {"completed", "failed"})
        assert status["task"]["state"] == "completed", status["task"]["reason"]
        result = json.loads(status["task"]["result"]["text"])
        code, spawned = result["spawned"]
        assert code == 0, spawned
        child = await program.status(json.loads(spawned)["task_id"])
        assert child["task"]["parent_task"] == task["task_id"]
        assert result["other"][0] != 0
        assert result["without token"][0] != 0
        assert set(result["state"]) == {"sessions", "socket"}
