"""A local Discord whose every answer is held against Discord's own description of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from claw_discord_coord.localcord import LocalDiscord
from tests.localcord.answers import AnswerCheck


@asynccontextmanager
async def judged_discord(**options: Any) -> AsyncIterator[LocalDiscord]:
    """Serve as LocalDiscord.serve does; the test fails if an answer was not as the description has it."""
    check = AnswerCheck()
    async with LocalDiscord.serve(observer=check, **options) as local:
        yield local
    assert not check.wrong, check.wrong
