"""Follows the output of a run, from where an earlier coordinator stopped."""

from __future__ import annotations

import os
from pathlib import Path

from claw_discord_coord.runtimes.command.run_folder import RunFolder
from claw_discord_coord.runtimes.progress_lines import digest

_WINDOW_BYTES = 256_000
"""How much output is read at a time; of a program that prints faster, only a part is shown."""
_BURST_LINES = 50
"""How many lines are shown at a time; of more, the newest."""


class Tail:
    """The progress of one run. Each line is returned about once, also over restarts of the coordinator."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._offset = folder.reported()
        self._size = -1

    def look(self) -> list[str]:
        """Return the progress lines since the last look, the newest 50 at most."""
        try:
            # os.stat is faster than Path.stat, and is called several times a second for every run.
            size = os.stat(self._folder.output).st_size  # noqa: PTH116
        except FileNotFoundError:
            return []
        if size == self._size:
            return []
        self._size = size
        skipped = size - self._offset > _WINDOW_BYTES
        if skipped:
            self._offset = size - _WINDOW_BYTES
        with Path(self._folder.output).open("rb") as file:
            file.seek(self._offset)
            output = file.read(_WINDOW_BYTES)
        lines, digested = digest(output)
        if digested == 0 and len(output) == _WINDOW_BYTES:
            # One endless line, or a large JSON object: no progress. Without the skip, no later line would be shown.
            digested = len(output)
        self._offset += digested
        # After a skip, the window begins in the middle of a line.
        return lines[skipped:][-_BURST_LINES:]

    def remember(self) -> None:
        """Store the position in the output, after the lines have been reported."""
        self._folder.write_reported(self._offset)
