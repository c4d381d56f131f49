"""Output never decides over a command: every encoding, a closed pipe, no standard output at all."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from tests.e2e.conftest import Program

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("output")]

TITLE = "Done ✅ – 数 😀"
COMMANDS = {
    "spawn-agent": ("spawn-agent", "echo ✅", "--title", TITLE),
    "registry-status": ("registry-status",),
    "route explain": ("route", "explain", "--kind", "report", "--text", TITLE),
    "an error": ("spawn-agent", "echo", "--agent", TITLE),
    "help": ("--help",),
    "schema": ("schema",),
}


async def run(up: Program, *words: str, encoding: str) -> tuple[int | None, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "claw_discord_coord", *words),
        cwd=up.folder,
        env={**up.environment, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "latin-1", "utf-8", "gbk"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_a_command_prints_in_every_encoding(up: Program, command: tuple[str, ...], encoding: str) -> None:
    code, out, err = await run(up, *command, encoding=encoding)
    assert b"Traceback" not in out + err
    assert b"codec" not in out + err
    assert code == (0 if TITLE not in command or command[0] != "spawn-agent" or "--title" in command else 2), err


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
async def test_json_stays_json(up: Program, encoding: str) -> None:
    code, out, err = await run(up, "spawn-agent", "echo ✅", "--title", TITLE, "--json", encoding=encoding)
    assert code == 0, err
    # Click writes UTF-8 where the encoding is ASCII: that is a sign of a terminal nobody has set up.
    assert json.loads(out.decode("utf-8" if encoding == "ascii" else encoding))["title"] == TITLE


@pytest.mark.parametrize("command", [("registry-status",), ("spawn-agent", "echo on"), ("schema",)], ids=" ".join)
async def test_a_pipe_that_nobody_reads_is_no_failure(up: Program, command: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "claw_discord_coord", *command),
        cwd=up.folder,
        env=up.environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    async with asyncio.timeout(60):
        _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_without_standard_output_the_work_is_done(up: Program) -> None:
    before = (await up.json("registry-status"))["counts"]
    words = "exec {} -m claw_discord_coord spawn-agent 'echo on and on' >&- 2>&-".format(sys.executable)  # noqa: UP032
    process = await asyncio.create_subprocess_exec("sh", "-c", words, cwd=up.folder, env=up.environment)
    async with asyncio.timeout(60):
        assert await process.wait() == 0
    after = (await up.json("registry-status"))["counts"]
    assert sum(after.values()) == sum(before.values()) + 1
