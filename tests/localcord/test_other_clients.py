"""A client that is not discord.py: hikari, unmodified, in an environment of its own."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio

STEPS = Path(__file__).parent / "hikari_steps.py"
HIKARI = "hikari==2.7.0"


@pytest.fixture(scope="module")
def hikari_python(request):
    """A Python that has hikari, installed once and kept in pytest's cache (it wants older parts than the project)."""
    folder = request.config.cache.mkdir("localcord-hikari-2.7.0")
    python = folder / "bin" / "python"
    installed = folder / "installed"
    if not installed.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, timeout=120)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", HIKARI]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            problem = done.stderr.strip()[-300:] if done.returncode else None
        except subprocess.TimeoutExpired:
            problem = "no answer in 5 minutes"
        if problem is not None:
            pytest.skip(f"{HIKARI} CAN'T BE INSTALLED, so no other client was tried: {problem}")
        installed.touch()
    return python


@pytest.mark.proves("clients.hikari")
@pytest.mark.local(limits=True)
async def test_hikari_connects_reads_posts_and_gets_events(local, hikari_python):
    bot = local.ready.bots[1]
    process = await asyncio.create_subprocess_exec(
        *(str(hikari_python), str(STEPS), local.api_base, bot.token, local.ready.guild_id),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 90)
    assert out.decode().strip().splitlines()[-1] == "done", out.decode()
    assert process.returncode == 0
