"""Programs as destinations."""

from __future__ import annotations

import asyncio
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import psutil
import pytest

from claw_discord_coord.errors import DeliveryFailed, DeliveryUnclear, Unavailable
from tests.contract.destinations.benches import build_one, delivery

pytestmark = pytest.mark.anyio


def command(folder: Path, program: str, **settings: Any) -> Any:
    (folder / "program.py").write_text(textwrap.dedent(program))
    return build_one(folder, {"kind": "command", "command": ["python", "program.py"], "timeout_s": 20, **settings})


async def test_the_program_gets_the_delivery_as_json_and_prints_the_receipt(tmp_path: Path):
    destination = command(
        tmp_path,
        """
        import json, os, pathlib, sys
        pathlib.Path("given.json").write_text(json.dumps({**json.load(sys.stdin), "env": dict(os.environ)}))
        print("working"); print(json.dumps({"url": "https://x.example/1", "id": "one", "path": "/tmp/x", "more": 1}))
        """,
        env={"PAGER_KEY": "k3y-of-the-pager"},
    )

    receipt = await destination.deliver(delivery("Text.", about={"tags": ["a"]}, artifacts=("/kept/a.png",)))

    given = json.loads((tmp_path / "given.json").read_text())
    assert (given["title"], given["text"], given["about"]) == ("Fields", "Text.", {"tags": ["a"]})
    assert (given["files"], given["env"]["DELIVERY_KEY"]) == (["/kept/a.png"], "t1/out")
    assert given["env"]["PAGER_KEY"] == "k3y-of-the-pager"
    assert (receipt.url, receipt.id, receipt.path) == ("https://x.example/1", "one", "/tmp/x")


@pytest.mark.proves("secret.environment")
async def test_the_program_gets_no_secret_of_the_coordinator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "the bot's token")
    destination = command(tmp_path, 'import os, sys; sys.exit("DISCORD_BOT_TOKEN" in os.environ)')

    await destination.deliver(delivery())


@pytest.mark.proves("obeyed.text")
async def test_nothing_of_a_delivery_reaches_a_shell(tmp_path: Path):
    destination = build_one(tmp_path, {"kind": "command", "command": [sys.executable, "-c", "pass", "; touch pwned"]})

    await destination.deliver(delivery("$(touch pwned)", title="`touch pwned`"))

    assert not (tmp_path / "pwned").exists()


async def test_only_web_addresses_become_links_of_the_receipt(tmp_path: Path):
    receipt = await command(tmp_path, """print('{"url": "javascript:alert(1)"}')""").deliver(delivery())

    assert receipt.url is None


async def test_exit_code_75_is_tried_again_and_other_codes_are_final(tmp_path: Path):
    with pytest.raises(Unavailable):
        await command(tmp_path, "import sys; sys.exit(75)").deliver(delivery())
    with pytest.raises(DeliveryFailed, match="exit code 3: disk on fire"):
        await command(tmp_path, "import sys; print('disk on fire', file=sys.stderr); sys.exit(3)").deliver(delivery())


async def test_parts_of_a_variable_in_a_programs_output_are_masked(tmp_path: Path):
    program = """
    import os, sys
    address, password = os.environ["DATABASE"], os.environ["OPTIONS"].split("password=")[1]
    sys.exit(f"cannot log in at {address[:12]} with {address.split(':')[2].split('@')[0]} or {password}")
    """
    env = {"DATABASE": "postgres://ada:s3cret%2Fone@localhost/x", "OPTIONS": "user=ada password=s3cret-two"}

    with pytest.raises(DeliveryFailed, match=r"cannot log in at postgres://a with \[hidden\] or \[hidden\]$"):
        await command(tmp_path, program, env=env).deliver(delivery())


async def test_a_missing_program_is_named(tmp_path: Path):
    with pytest.raises(DeliveryFailed, match="nosuch cannot be run") as failure:
        await build_one(tmp_path, {"kind": "command", "command": ["./nosuch"]}).deliver(delivery())

    assert failure.value.fix


FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
open("pid", "w").write(str(child.pid))
time.sleep(60)
"""


async def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path):
    with pytest.raises(DeliveryUnclear, match="took longer than 2 s"):
        await command(tmp_path, FAMILY, timeout_s=2).deliver(delivery())

    await _is_gone(int((tmp_path / "pid").read_text()))


async def test_a_canceled_program_is_killed_with_its_children(tmp_path: Path):
    sending = asyncio.create_task(command(tmp_path, FAMILY).deliver(delivery()))
    async with asyncio.timeout(20):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    await _is_gone(int((tmp_path / "pid").read_text()))


async def test_a_program_that_prints_without_end_is_killed(tmp_path: Path):
    with pytest.raises(DeliveryUnclear, match="printed more than 1,000 bytes"):
        await command(tmp_path, "while True: print('x' * 100)", output_limit_bytes=1_000).deliver(delivery())


async def _is_gone(pid: int) -> None:
    """Wait until the process is gone; a killed process without a parent takes a moment."""
    try:
        async with asyncio.timeout(5):
            while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                await asyncio.sleep(0.01)
    except psutil.NoSuchProcess:
        pass
