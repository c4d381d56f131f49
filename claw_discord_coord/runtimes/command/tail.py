"""Follows what a run prints, from where the last one to follow it left off."""

from __future__ import annotations

import os

from claw_discord_coord.runtimes.command.run_folder import RunFolder
from claw_discord_coord.runtimes.progress_lines import digest

_WINDOW_BYTES = 256_000
"""How far back to look; a program that prints faster than that is shown in parts."""
_BURST_LINES = 50
"""How many lines are shown at once; of more, the newest."""


class Tail:
    """The progress of one run. Each line is given about once, also over restarts of the coordinator."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._offset = folder.reported()
        self._size = -1

    def look(self) -> list[str]:
        """The progress lines that came since the last look, the newest 50 of them."""
        try:
            size = os.stat(self._folder.output).st_size  # noqa: PTH116  # several times a second for every run
        except FileNotFoundError:
            return []
        if size == self._size:
            return []
        self._size = size
        skipped = size - self._offset > _WINDOW_BYTES
        if skipped:
            self._offset = size - _WINDOW_BYTES
        with self._folder.output.open("rb") as file:
            file.seek(self._offset)
            output = file.read(_WINDOW_BYTES)
        lines, digested = digest(output)
        if digested == 0 and len(output) == _WINDOW_BYTES:
            digested = len(output)  # one endless line, or a large JSON object: not progress
        self._offset += digested
        return lines[skipped:][-_BURST_LINES:]

    def remember(self) -> None:
        """Keep how far the run has been followed; to be called when the lines have been passed on."""
        self._folder.write_reported(self._offset)
