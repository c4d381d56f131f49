"""A registry on every database it can be kept in, and records to put there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import FakeClock, Records


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_url")
    return f"sqlite:///{tmp_path / 'registry.sqlite3'}"


@pytest.fixture
async def registry(registry_url: str, clock: FakeClock) -> AsyncIterator[Registry]:
    async with Registry.open(registry_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def second_registry(registry: Registry, registry_url: str, clock: FakeClock) -> AsyncIterator[Registry]:
    """The same registry, opened once more: what it does it does beside `registry`, on other connections and threads."""
    async with Registry.open(registry_url, clock=clock) as opened:
        yield opened
