from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime()) as opened:
        yield opened
