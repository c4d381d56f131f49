"""The main job as a newcomer runs it: it ends well, it says so in JSON, and it survives being killed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import aiohttp
import pytest

from tests.judged_discord import judged_discord

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to check up on, with a copy in it and a name that is no word."""
    folder = tmp_path / "my `odd` | folder"
    (folder / "notes").mkdir(parents=True)
    (folder / "README.md").write_text("# Mine\n")
    (folder / "notes" / "a.txt").write_text("the same words\n" * 100)
    (folder / "notes" / "b.txt").write_text("the same words\n" * 100)
    (folder / "app.py").write_text("# TODO: write it\nprint('hello')\n")
    return folder


@pytest.fixture
def unspeakable(tmp_path: Path) -> Path:
    """A folder whose name is no text."""
    if sys.platform != "linux":
        pytest.skip("this system has no such names")
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    folder.mkdir()
    return folder


@pytest.fixture
def full() -> Iterator[IO[bytes]]:
    """A file that takes nothing."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as opened:
        yield opened


async def start(
    here: Path,
    folder: Path,
    judged: dict[str, str],
    *options: str,
    state: Path | None = None,
    stdout: IO[bytes] | int = asyncio.subprocess.PIPE,
) -> asyncio.subprocess.Process:
    home = state.parent if state else here
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "claw_discord_coord",
        "demo",
        "--json",
        "--state-folder",
        str(home / "state"),
        "--input",
        str(folder),
        *(options or ("--config", str(ROOT / "skill.yaml"), "--output", str(home / "blog"))),
        cwd=here,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), **judged},
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def finish(process: asyncio.subprocess.Process) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    return json.loads(out) | {"last words": err.decode().rstrip().rpartition("\n")[2]}


def assert_whole(summary: dict[str, Any], tmp_path: Path) -> None:
    assert [(task["agent"], task["state"]) for task in summary["tasks"]] == [
        ("research", "completed"),
        ("engineering", "completed"),
        ("writing", "completed"),
    ]
    outputs = {output["destination"]: output for output in summary["outputs"]}
    assert set(outputs) == {"blog", "reports"}
    post = Path(outputs["blog"]["path"])
    assert post.is_absolute()
    assert list((tmp_path / "blog").glob("*.md")) == [post]
    assert "What to do next" in post.read_text()
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", post.read_text()):
        assert (post.parent / picture).is_file()


async def test_the_demo_ends_well_and_says_what_it_made(tmp_path: Path, folder: Path, judged: dict[str, str]) -> None:
    summary = await finish(await start(tmp_path, folder, judged))
    assert_whole(summary, tmp_path)
    assert set(summary["tasks"][0]) == {
        "task_id",
        "title",
        "agent",
        "kind",
        "state",
        "duration_s",
        "discord_requests",
    }
    assert all(task["duration_s"] >= 0 for task in summary["tasks"])
    for intern in [task for task in summary["tasks"] if task["kind"] == "intern"]:
        assert intern["discord_requests"] in {5, 8}, "five, and three more where its channel had to be made"
    with closing(sqlite3.connect(tmp_path / "state" / "registry.sqlite3")) as registry:
        assert not registry.execute("select text from claw_events where type = 'task.plan.failed'").fetchall()
    assert summary["page"].startswith("http://127.0.0.1:")
    assert summary["last words"].endswith(" `claw-discord-coord demo --keep` keeps it running.")
    assert answers(judged) > 30, "its Discord was not judged"


@pytest.mark.parametrize(
    "kill_group", [pytest.param(True, marks=pytest.mark.long), False], ids=["with everything it started", "alone"]
)
@pytest.mark.proves("doubled.demo")
async def test_the_demo_killed_again_and_again_finishes_everything_once(
    tmp_path: Path, folder: Path, judged: dict[str, str], kill_group: bool
) -> None:
    kills = 0
    for lines in (2, 6, 9, 12, 15):
        process = await start(tmp_path, folder, judged)
        if not await said(process, lines):
            break  # it has finished before it said so much
        (os.killpg if kill_group else os.kill)(process.pid, signal.SIGKILL)
        await process.communicate()
        kills += 1
    else:
        process = await start(tmp_path, folder, judged)
    assert kills >= 2
    assert_whole(await finish(process), tmp_path)
    cards, reports = await _on_discord(tmp_path)
    assert len(cards) == 3, "one card per task"
    assert sum("What to do next" in message["content"] for message in reports) == 1


async def test_the_demo_tells_the_story_of_a_folder_once_however_it_is_spelled_and_needs_no_token(
    tmp_path: Path, folder: Path, judged: dict[str, str], full: IO[bytes]
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "skill.yaml").write_text(
        (ROOT / "skill.yaml").read_text()
        + "\ndiscord: {token: '${DISCORD_BOT_TOKEN}', guild_id: '123456789012345678'}\n"
    )
    shutil.copytree(ROOT / "examples", mine / "examples")
    link = tmp_path / "link"
    link.symlink_to(folder)
    options = ["--config", str(mine / "skill.yaml"), "--output", str(tmp_path / "blog")]
    process = await start(tmp_path, folder, judged, *options, stdout=full)
    async with asyncio.timeout(PATIENCE_S):
        _, err = await process.communicate()
    assert process.returncode == 1
    assert "Could not write the output: No space left on device" in err.decode()
    assert "Traceback" not in err.decode()

    process = await start(link, Path("..") / link.name, judged, *options, state=tmp_path / "state")
    assert_whole(await finish(process), tmp_path)
    cards, _ = await _on_discord(tmp_path)
    assert len(cards) == 3, "the same three tasks"


async def test_a_folder_whose_name_is_no_text_is_refused(
    tmp_path: Path, unspeakable: Path, judged: dict[str, str]
) -> None:
    process = await start(tmp_path, unspeakable, judged)
    async with asyncio.timeout(PATIENCE_S):
        _, err = await process.communicate()
    assert process.returncode == 2
    assert "is not UTF-8" in err.decode()
    assert "Traceback" not in err.decode()


def answers(judged: dict[str, str]) -> int:
    """How many answers of the local Discord in the program were judged."""
    return Path(judged["CLAW_JUDGED_ANSWERS"]).read_text().count("\n")


async def said(process: asyncio.subprocess.Process, lines: int) -> bool:
    """Whether the program has said so many lines; false when it ended before."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(lines):
            if not await process.stderr.readline():
                return False
    return True


async def _on_discord(tmp_path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The cards in the agents' channels, and what is in #reports, read from what the local Discord has kept."""
    async with judged_discord(data=tmp_path / "state" / "local-discord") as local:
        headers = {"Authorization": local.ready.people[0].token}
        async with aiohttp.ClientSession(headers=headers) as session:

            async def get(path: str) -> Any:
                async with session.get(f"{local.api_base}{path}") as answer:
                    assert answer.status == 200, await answer.text()
                    return await answer.json()

            channels = await get(f"/guilds/{local.ready.guild_id}/channels")
            found = {
                channel["name"]: await get(f"/channels/{channel['id']}/messages?limit=100")
                for channel in channels
                if channel["name"] in {"research", "engineering", "writing", "reports"}
            }
    assert len([channel for channel in channels if channel["name"] in found]) == len(found), "no channel twice"
    reports = found.pop("reports")
    return [message for messages in found.values() for message in messages if message["type"] == 0], reports
