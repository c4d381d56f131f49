"""Chromium, and the page of a local Discord open in it as one of its people."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from claw_discord_coord.localcord import LocalDiscord
from tests.localcord.page.chromium import Page, chromium, chromium_path, open_page

Browse = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here need a browser."""
    for item in items:
        if "/localcord/page/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[str]:
    """The DevTools address of a running Chromium; skips, saying why, where there is none."""
    if chromium_path() is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium); the page was NOT tested")
    with chromium() as devtools:
        yield devtools


@pytest.fixture
async def browse(browser: str, local: LocalDiscord) -> AsyncIterator[Browse]:
    """Opens the page as a person, in a tab with storage of its own; at the end no tab may have logged an error."""
    async with contextlib.AsyncExitStack() as stack:
        tabs: list[Page] = []

        async def open_as(name: str = "ada", where: str = "", *, ready: str = ".composer textarea") -> Page:
            tab = await stack.enter_async_context(open_page(browser))
            tabs.append(tab)
            await tab.goto(f"{local.page}?as={name}{where}")
            if ready:
                await tab.until(f"document.querySelector({ready!r})")
            return tab

        yield open_as
        for tab in tabs:
            assert tab.errors == [], tab.errors


@pytest.fixture
async def page(browse: Browse) -> Page:
    """The page as Ada, who owns the guild, in #general."""
    return await browse("ada")


@pytest.fixture
def general(local: LocalDiscord) -> str:
    """The id of #general."""
    world = local.parts.world
    return next(channel.id for channel in world.channels if channel.name == "general")
