"""A local Discord whose every answer is held against Discord's own description of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from claw_discord_coord.localcord import LocalDiscord
from tests.localcord.answers import AnswerCheck


@asynccontextmanager
async def judged_discord(observer: Callable[..., None] | None = None, **options: Any) -> AsyncIterator[LocalDiscord]:
    """Serve as LocalDiscord.serve does; the test fails if an answer was not as the description has it."""
    check = AnswerCheck()

    def observe(*answer: Any) -> None:
        check(*answer)
        if observer is not None:
            observer(*answer)

    async with LocalDiscord.serve(observer=observe, **options) as local:
        yield local
    assert not check.wrong, check.wrong
