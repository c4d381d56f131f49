"""Masks secrets in everything that a run hands over, before anything of the run is stored or shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from claw_discord_coord.models import RunOutcome
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.masked_lines import HELD_S, MaskedLines
from claw_discord_coord.text.secrets import mask, mask_metadata, mask_secrets


def masked_outcome(outcome: RunOutcome) -> tuple[RunOutcome, int]:
    """Return the outcome without secrets, and the number of secrets in the result."""
    result, count = outcome.result, 0
    if result is not None:
        text, count = _masked_markdown(result.text)
        title = None if result.title is None else mask_secrets(result.title)
        result = result.model_copy(update={"text": text, "title": title})
    error = None if outcome.error is None else mask_secrets(outcome.error)
    return replace(outcome, result=result, error=error, stderr=mask_secrets(outcome.stderr)), count


def _masked_markdown(text: str) -> tuple[str, int]:
    """Return Markdown without secrets, and the number of secrets."""
    values, body = front_matter.split(text)
    in_head = mask(text[: len(text) - len(body)]).count
    masked = mask(text)
    if values and in_head:
        # Masked value by value: in YAML, the words in brackets that replace a secret would be a list.
        return front_matter.join(mask_metadata(values), mask_secrets(body)), max(masked.count, in_head)
    return masked.text, masked.count


class MaskedProgress:
    """Passes progress lines on without secrets. Lines wait a few seconds at most while a secret may go on."""

    def __init__(self, report: Callable[[str], Awaitable[None]]) -> None:
        self._report = report
        self._lines = MaskedLines()
        self._timer: asyncio.Task[None] | None = None

    async def report(self, line: str) -> None:
        """Take a line, and report the lines that can be shown."""
        self._stop_timer()
        lines = self._lines.add(line)
        if self._lines.is_holding:
            self._timer = asyncio.create_task(self._release_later(), name="release held progress")
        await self._pass_on(lines)

    async def close(self) -> None:
        """Report the lines that were held back; the run has ended."""
        self._stop_timer()
        await self._pass_on(self._lines.release())

    def abandon(self) -> None:
        """Drop the lines that were held back."""
        self._stop_timer()

    async def _release_later(self) -> None:
        await asyncio.sleep(HELD_S)
        self._timer = None
        await self._pass_on(self._lines.release())

    async def _pass_on(self, lines: list[str]) -> None:
        for line in lines:
            await self._report(line)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
