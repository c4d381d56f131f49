"""A pytest fixture for anyone's tests: `local_discord`, a local Discord of the test's own.

It is registered as a plugin by the installed package; only pytest is imported until the fixture is used. The server
runs on an event loop of its own in a thread, so it serves tests of any kind, asynchronous or not.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from .threaded import ThreadedDiscord


@pytest.fixture
def local_discord(request: pytest.FixtureRequest) -> "Iterator[ThreadedDiscord]":
    """A local Discord without rate limits; `@pytest.mark.local_discord(limits=True, data=path)` changes that."""
    from .threaded import ThreadedDiscord

    marker = cast("pytest.Item", request.node).get_closest_marker("local_discord")  # pyright: ignore[reportUnknownMemberType]
    options: dict[str, Any] = dict(marker.kwargs) if marker else {}
    with ThreadedDiscord.serve(**options) as local:
        yield local


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "local_discord(limits, data, bots, people): options of the local_discord fixture"
    )
