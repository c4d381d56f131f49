"""An agent at work tries to act as a person on the local Discord, which has no passwords."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.conftest import Program, program_in

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process calls over TCP"),
]

AGENT = """
import json, os, pathlib, sys, urllib.error, urllib.request

json.load(sys.stdin)
state = pathlib.Path(os.environ["CLAW_STATE_DIR"])
origin = f"http://127.0.0.1:{(state / 'local-discord' / 'port').read_text()}"
found = {}
for path in ("/localcord/people", "/localcord/admin/people", "/api/v10/users/@me", "/gateway", "/"):
    try:
        with urllib.request.urlopen(origin + path, timeout=20) as response:
            found[path] = response.status
    except urllib.error.HTTPError as error:
        found[path] = error.code
print(json.dumps({"text": json.dumps(found)}))
"""
SKILL_YAML = """
agents:
  clicker:
    purpose: Tries to click.
    channel: clicker
    runtime: {kind: command, command: [python, clicker.py]}
"""


@pytest.mark.proves("obeyed.agent-process")
async def test_the_local_discord_serves_people_and_no_agent(tmp_path: Path, judged: dict[str, str]) -> None:
    program: Program = program_in(tmp_path, judged)
    (tmp_path / "skill.yaml").write_text(SKILL_YAML)
    (tmp_path / "clicker.py").write_text(AGENT)
    async with program.up():
        task = await program.json("spawn-agent", "click", "--agent", "clicker")
        status = await program.until(task["task_id"], lambda status: status["task"]["state"] in {"completed", "failed"})
        assert status["task"]["state"] == "completed", status["task"]["reason"]
        found = json.loads(status["task"]["result"]["text"])
        # The page's files hold no token, and show nothing of the server.
        assert found.pop("/") == 200
        assert set(found.values()) == {403}
        port = (program.state_folder / "local-discord" / "port").read_text()
        async with (
            aiohttp.ClientSession() as person,
            person.get(f"http://127.0.0.1:{port}/localcord/people") as response,
        ):
            assert response.status == 200
