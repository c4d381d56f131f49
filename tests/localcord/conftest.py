import importlib.util
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import pytest

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which Python 3.11 and 3.12 call deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord as _discord  # noqa: F401

HERE = Path(__file__).parent


def _load(name: str) -> ModuleType:
    """Import a module beside this file under a name of its own (import mode importlib has no packages of tests)."""
    full = f"localcord_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


for _name in ("requirements", "client"):
    _load(_name)


from localcord_client import Http, Listener  # noqa: E402

from claw_discord_coord.localcord import LocalDiscord  # noqa: E402
from tests.judged_discord import judged_discord  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "local(**options): how the local Discord of a test is served")


@asynccontextmanager
async def serving(**options) -> AsyncIterator[LocalDiscord]:
    """A local Discord whose every answer is held against Discord's OpenAPI document."""
    options.setdefault("limits", False)
    async with judged_discord(**options) as local:
        yield local


@pytest.fixture
def serve():
    return serving


@pytest.fixture
async def local(request):
    marker = request.node.get_closest_marker("local")
    async with serving(**(marker.kwargs if marker else {})) as running:
        yield running


@pytest.fixture
async def bot(local):
    async with Http(local, local.ready.bot("coordinator").token, bot=True) as client:
        yield client


@pytest.fixture
async def other_bot(local):
    async with Http(local, local.ready.bot("assistant").token, bot=True) as client:
        yield client


@pytest.fixture
async def ada(local):
    async with Http(local, local.ready.person("ada").token) as client:
        yield client


@pytest.fixture
async def grace(local):
    async with Http(local, local.ready.person("grace").token) as client:
        yield client


@pytest.fixture
async def channel(bot):
    return await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)


@pytest.fixture
async def connect(local):
    """Connects a listener to the gateway by token; all are closed at the end."""
    listeners = []

    async def connect(token, **options):
        listener = await Listener.connect(local, token, **options)
        listeners.append(listener)
        return listener

    yield connect
    for listener in listeners:
        await listener.close()
