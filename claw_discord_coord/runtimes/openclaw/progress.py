"""Reports a run's progress from OpenClaw's events."""

from __future__ import annotations

import asyncio

from claw_discord_coord.openclaw import progress_text
from claw_discord_coord.openclaw.gateway import Back, Listener
from claw_discord_coord.ports import Report

WRITING_EVERY_S = 3.0
"""How often the text that the agent is writing is reported; OpenClaw sends an event for every few words."""


async def report_until_due(events: Listener, report: Report, limit_s: float) -> None:
    """Report progress until an event makes the transcript worth reading, for `limit_s` at most."""
    loop = asyncio.get_running_loop()
    end, written_at = loop.time() + limit_s, 0.0
    try:
        async with asyncio.timeout_at(end):
            while True:
                event = await events.next()
                # Back: the connection was lost, and events with it.
                if isinstance(event, Back) or progress_text.is_end(event):
                    return
                line = progress_text.line(event)
                writing = progress_text.is_writing(event)
                if line is None or (writing and loop.time() - written_at < WRITING_EVERY_S):
                    continue
                if writing:
                    written_at = loop.time()
                await report(line)
    except TimeoutError:
        return
