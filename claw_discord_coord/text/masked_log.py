"""Formats the records of a log: without secrets, and without characters that could forge a record."""

from __future__ import annotations

import logging

from claw_discord_coord.text.sanitize import escaped
from claw_discord_coord.text.secrets import mask_secrets

CONTINUATION = "  | "
"""The beginning of each line of a traceback. No record begins so."""


class MaskedFormatter(logging.Formatter):
    """Formats a record as one line, and a traceback as lines of its own that begin with `CONTINUATION`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the masked lines. Line breaks, control characters and hidden characters are shown as escapes."""
        record.message = record.getMessage()
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        details = [record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")]
        details.append(self.formatStack(record.stack_info) if record.stack_info else "")
        # An exception's message is part of its traceback and may have lines that look like records.
        below = mask_secrets("\n".join(filter(None, details)))
        return "\n".join(
            (
                escaped(mask_secrets(self.formatMessage(record))),
                *(f"{CONTINUATION}{escaped(line)}" for line in (below.split("\n") if below else ())),
            )
        )
