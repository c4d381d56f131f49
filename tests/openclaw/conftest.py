"""The real OpenClaw for the tests in this folder: installed once, started once for each test file that asks for it."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from tests.openclaw.harness import Installed, OpenClaw, OpenClawMissing, ScriptedModel, install
from tests.openclaw.harness.openclaw import TOKEN


@pytest.fixture(scope="session")
def installed() -> Installed:
    try:
        return install()
    except OpenClawMissing as error:
        pytest.skip(f"the real OpenClaw could not be installed, NOTHING IS PROVED WITH IT: {error}")


@pytest.fixture(scope="module")
async def model_server() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel() as model:
        yield model


@pytest.fixture
def model(model_server: ScriptedModel) -> ScriptedModel:
    model_server.reset()
    return model_server


@pytest.fixture(scope="module")
async def openclaw_of_module(
    installed: Installed, model_server: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenClaw]:
    async with OpenClaw(installed, tmp_path_factory.mktemp("openclaw"), model_server) as openclaw:
        openclaw.prepare()
        yield openclaw


@pytest.fixture
async def openclaw(openclaw_of_module: OpenClaw, model: ScriptedModel) -> OpenClaw:
    """A running OpenClaw, shared by the tests of a file; one that a test has ended is started again."""
    if not openclaw_of_module.running:
        await openclaw_of_module.start()
    return openclaw_of_module


@pytest.fixture
def access(openclaw: OpenClaw) -> Access:
    return Access(openclaw.url, token=SecretStr(TOKEN))


@pytest.fixture
async def gateway(access: Access) -> AsyncIterator[Gateway]:
    async with Gateway(access) as gateway:
        await gateway.hello(limit_s=120)
        yield gateway
