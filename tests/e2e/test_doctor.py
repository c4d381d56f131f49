"""`doctor` with the real command line and the local Discord: what is wrong is named with its cure."""

import asyncio
import json
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from claw_discord_coord.app.state import DEVICE_FILE_NAME
from claw_discord_coord.config.locate import FORMER_STATE_FOLDER_NAME, default_state_folder
from claw_discord_coord.localcord import LocalDiscord
from claw_discord_coord.workspace.connecting.discord_connection import PERMISSIONS
from tests.judged_discord import judged_discord
from tests.scripted_openclaw import ScriptedOpenClaw

pytestmark = pytest.mark.anyio

SKILL = """\
name: looked-at
discord: {{token: "${{BOT_TOKEN}}", guild_id: "{guild}", api_base: "{api}", gateway_url: "{gateway}"}}
operators: {{users: ["{operator}"]}}
agents:
  research: {{purpose: x, channel: general, runtime: {{kind: command, command: [{program}]}}}}
destinations:
  notes: {{kind: file, folder: "{folder}"}}
routes:
  - {{to: [notes]}}
"""


@dataclass
class Desk:
    """A folder with a skill.yaml for the local Discord, in which things can be put wrong."""

    folder: Path
    discord: LocalDiscord

    def write(self, **wrong: str) -> None:
        ready = self.discord.ready
        right = {"guild": ready.guild_id, "api": self.discord.api_base, "gateway": self.discord.gateway_url}
        right |= {"operator": ready.person("ada").user_id, "program": "python", "folder": "notes"}
        (self.folder / "skill.yaml").write_text(SKILL.format(**{**right, **wrong}))

    def add(self, line: str) -> None:
        with (self.folder / "skill.yaml").open("a") as file:
            file.write(f"{line}\n")

    def damage_key(self, content: str) -> None:
        state = default_state_folder(self.folder / "skill.yaml")
        state.mkdir(parents=True)
        (state / DEVICE_FILE_NAME).write_text(content)

    async def command(self, *arguments: str, token: str | None = None) -> asyncio.subprocess.Process:
        bot = self.discord.ready.bot("coordinator").token
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "claw_discord_coord",
            *arguments,
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), "PATH": "/usr/bin:/bin", "BOT_TOKEN": token or bot},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def doctor(self, *options: str, token: str | None = None) -> tuple[int | None, dict[str, Any]]:
        process = await self.command("doctor", "--json", *options, token=token)
        async with asyncio.timeout(60):
            out, complaint = await process.communicate()
        assert out, complaint.decode()
        return process.returncode, json.loads(out)


def wrong(said: dict[str, Any], *, besides: str = "coordinator") -> dict[str, dict[str, Any]]:
    """The errors, without that of a coordinator that is down, as it is in most of these tests."""
    errors = [finding for finding in said["findings"] if finding["level"] == "error"]
    return {finding["check"]: finding for finding in errors if finding["check"] != besides}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with judged_discord(limits=False) as discord:
        yield Desk(tmp_path, discord)


async def test_all_is_well_also_while_the_coordinator_runs_and_the_invitation_asks_for_the_least(desk: Desk) -> None:
    desk.write()
    up = await desk.command("up")
    assert up.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert b"is up at" in await up.stdout.readline()
        exit_code, said = await desk.doctor()
        assert up.returncode is None
    finally:
        up.terminate()
        await up.communicate()

    assert (exit_code, said["usable"], wrong(said, besides="")) == (0, True, {})
    assert {finding["check"] for finding in said["findings"] if finding["level"] == "ok"} >= {
        "skill.yaml", "coordinator", "registry", "discord token", "discord intents", "discord server",
        "channel general", "channel registry", "operators", "agent research", "destination notes", "clock", "disk",
    }  # fmt: skip
    assert said["invite"].endswith(f"&permissions={PERMISSIONS.value}&guild_id={desk.discord.ready.guild_id}")


@pytest.mark.parametrize(
    ("wrongly", "check", "words"),
    [
        ({"program": "no-such-program"}, "agent research", "not installed"),
        ({"folder": "skill.yaml/notes"}, "destination notes", "cannot be written"),
        ({"operator": "123456789012345678"}, "operators", "no member 123456789012345678"),
        ({"guild": "123456789012345678"}, "discord server", "not a member"),
    ],
)
async def test_what_is_wrong_in_skill_yaml_is_found_with_its_cure(
    desk: Desk, wrongly: dict[str, str], check: str, words: str
) -> None:
    desk.write(**wrongly)
    exit_code, said = await desk.doctor()
    assert exit_code == 1
    assert list(wrong(said)) == [check]
    assert words in wrong(said)[check]["text"]
    assert wrong(said)[check]["fix"]


async def test_where_only_the_coordinator_is_missing_the_last_line_says_how_to_start_it(desk: Desk) -> None:
    desk.write()
    process = await desk.command("doctor")
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert process.returncode == 1
    last = out.decode().splitlines()[-1]
    assert last.startswith("Only the coordinator is not running. Run `")
    assert " up --config " in last


async def test_a_blog_with_git_in_a_folder_that_git_ignores_is_a_warning(desk: Desk) -> None:
    desk.write()
    skill = desk.folder / "skill.yaml"
    skill.write_text(skill.read_text().replace("routes:", "  blog: {kind: blog, folder: blog, git: {}}\nroutes:"))
    (desk.folder / ".gitignore").write_text("blog/\n")
    git = await asyncio.create_subprocess_exec("git", "init", "-q", str(desk.folder))
    assert await git.wait() == 0
    _, said = await desk.doctor()
    (found,) = (one for one in said["findings"] if one["check"] == "destination blog")
    assert (found["level"], found["fix"]) == ("warning", "Take the folder out of .gitignore, or name another.")
    (desk.folder / ".gitignore").unlink()
    _, said = await desk.doctor()
    (found,) = (one for one in said["findings"] if one["check"] == "destination blog")
    assert found["level"] == "ok"


async def test_a_wrong_token_is_found_and_never_shown(desk: Desk) -> None:
    desk.write()
    exit_code, said = await desk.doctor(token="a-token-that-is-wrong")
    assert exit_code == 1
    assert list(wrong(said)) == ["discord token"]
    assert "a-token-that-is-wrong" not in json.dumps(said)


async def test_a_mistake_in_skill_yaml_is_told_with_its_line(desk: Desk) -> None:
    (desk.folder / "skill.yaml").write_text("name: x\nagents: 5\n")
    exit_code, said = await desk.doctor()
    assert exit_code == 1
    assert "line 2" in wrong(said)["skill.yaml"]["text"]


async def test_a_channel_in_which_the_bot_may_not_write_is_named_with_what_it_lacks(desk: Desk) -> None:
    desk.write()
    await deny(desk, lambda channel: channel["name"] == "general", PERMISSIONS.VALID_FLAGS["send_messages"])
    exit_code, said = await desk.doctor()
    assert exit_code == 1
    assert wrong(said)["channel general"]["text"] == "The bot lacks Send Messages in #general."


async def test_an_assistant_that_would_answer_in_the_tasks_threads_is_named(desk: Desk) -> None:
    desk.write()
    openclaw = ScriptedOpenClaw(desk.folder / "openclaw")
    settings: dict[str, Any] = {"requireMention": False}

    async def named() -> list[str]:
        openclaw.write({"channels": {"discord": {"guilds": {desk.discord.ready.guild_id: settings}}}})
        _, said = await desk.doctor("--openclaw", shlex.join(openclaw.command))
        return [finding["level"] for finding in said["findings"] if finding["check"] == "openclaw discord"]

    assert await named() == ["warning"]
    settings["channels"] = {"123456789012345678": {"enabled": True}}
    assert await named() == []


async def test_a_coordinator_that_is_down_is_an_error_with_the_very_command_that_starts_it(desk: Desk) -> None:
    desk.write()
    exit_code, said = await desk.doctor()
    down = wrong(said, besides="")
    assert (exit_code, list(down)) == (1, ["coordinator"])
    assert f"up --config {desk.folder / 'skill.yaml'} " in down["coordinator"]["fix"]


async def test_a_missing_skill_yaml_is_an_error_and_not_taken_for_the_built_in_example(desk: Desk) -> None:
    exit_code, said = await desk.doctor()
    assert (exit_code, said["usable"], list(wrong(said))) == (1, False, ["skill.yaml"])
    assert "claw-discord-coord install" in wrong(said)["skill.yaml"]["fix"]
    process = await desk.command("doctor")
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert out.decode().splitlines()[-1].startswith("Nothing is set up here yet. `claw-discord-coord demo` and `up`")


async def test_a_coordinator_that_runs_the_built_in_example_is_named(desk: Desk) -> None:
    up = await desk.command("up")
    assert up.stdout is not None
    async with asyncio.timeout(60):
        assert b"The coordinator is up" in await up.stdout.readline()
    try:
        _, said = await desk.doctor()
    finally:
        up.terminate()
        await up.communicate()
    assert list(wrong(said)) == ["skill.yaml"]
    assert [one["level"] for one in said["findings"] if one["check"] == "coordinator"] == ["ok"]


async def test_paths_of_a_wall_that_are_missing_or_of_the_kernel_are_errors(desk: Desk) -> None:
    desk.write()
    skill = desk.folder / "skill.yaml"
    isolation = '{read: [missing, notes.md, "/proc/1", sysfs], write: [/dev/shm]}'
    skill.write_text(skill.read_text().replace("command: [python]", f"command: [python], isolation: {isolation}"))
    (desk.folder / "notes.md").touch()
    (desk.folder / "sysfs").symlink_to("/sys")
    _, said = await desk.doctor()
    found = [one["text"] for one in said["findings"] if one["check"] == "agent research"]
    assert [text.split(" of ")[0].removeprefix("The path ") for text in found if text.startswith("The path")] == [
        f"{desk.folder}/missing",
        "/proc/1",
        f"{desk.folder}/sysfs",
        "/dev/shm",
    ]


@pytest.mark.parametrize("folder", ["/proc/agents", "/sys/agents", "/dev/shm/agents"])
async def test_folders_of_the_kernel_take_no_state_and_no_output(desk: Desk, folder: str) -> None:
    desk.write(folder=folder)
    _, said = await desk.doctor("--state-folder", folder)
    kernel = "/" + folder.split("/")[1]
    for check in ("state", "destination notes"):
        assert f"lies in {kernel}: files there do not last." in wrong(said)[check]["text"]


async def test_settings_that_openclaw_does_not_understand_are_an_error(desk: Desk) -> None:
    desk.write()
    desk.add('openclaw: {gateway_url: "ws://127.0.0.1:1"}')
    openclaw = ScriptedOpenClaw(desk.folder / "openclaw")
    openclaw.write("{ gateway: ")
    exit_code, said = await desk.doctor("--openclaw", shlex.join(openclaw.command))
    assert exit_code == 1
    assert "invalid end of input" in wrong(said)["openclaw settings"]["text"]
    assert wrong(said)["openclaw settings"]["fix"]


async def test_a_damaged_key_is_an_error_that_never_shows_it_here_or_at_the_start(desk: Desk) -> None:
    desk.write()
    desk.add('openclaw: {gateway_url: "ws://127.0.0.1:1"}')
    desk.damage_key('{"private_key":"VERYSECRET')

    exit_code, said = await desk.doctor()
    assert exit_code == 1
    assert "openclaw-device.json is damaged" in wrong(said)["pairing"]["text"]
    assert "claw-discord-coord install" in wrong(said)["pairing"]["fix"]

    up = await desk.command("up")
    async with asyncio.timeout(60):
        printed = b"".join(await up.communicate()).decode()
    assert up.returncode == 1
    assert "openclaw-device.json is damaged" in printed
    assert "VERYSECRET" not in printed + json.dumps(said)
    assert "Traceback" not in printed


async def deny(desk: Desk, which: Callable[[dict[str, Any]], bool], permission: int) -> None:
    """Have the server's owner deny everyone the permission in that channel."""
    ready = desk.discord.ready
    async with aiohttp.ClientSession(headers={"Authorization": ready.people[0].token}) as http:
        async with http.get(f"{desk.discord.api_base}/guilds/{ready.guild_id}/channels") as answer:
            channel = next(one for one in await answer.json() if which(one))
        url = f"{desk.discord.api_base}/channels/{channel['id']}/permissions/{ready.guild_id}"
        async with http.put(url, json={"type": 0, "allow": "0", "deny": str(permission)}) as answer:
            assert answer.status == 204, await answer.text()


def state_finding(said: dict[str, Any]) -> dict[str, Any]:
    (finding,) = [finding for finding in said["findings"] if finding["check"] == "state"]
    return finding


async def test_a_state_folder_where_others_read_it_is_named(desk: Desk) -> None:
    desk.write()
    _, said = await desk.doctor()
    assert state_finding(said)["level"] == "ok"

    former = desk.folder / FORMER_STATE_FOLDER_NAME
    former.mkdir()
    _, said = await desk.doctor()
    found = state_finding(said)
    assert (found["level"], f"still {former}" in found["text"]) == ("warning", True)
    assert "moves it to" in found["fix"]
    assert former.is_dir()

    default_state_folder(desk.folder / "skill.yaml").mkdir(parents=True)
    _, said = await desk.doctor()
    assert "nothing uses it any more" in state_finding(said)["text"]

    (desk.folder / ".git").mkdir()
    _, said = await desk.doctor("--state-folder", str(desk.folder / "state"))
    found = state_finding(said)
    assert (found["level"], f"git repository {desk.folder}" in found["text"]) == ("warning", True)
