"""Masks secrets in the lines of a log."""

from __future__ import annotations

import logging

from claw_discord_coord.text.secrets import mask_secrets


class MaskedFormatter(logging.Formatter):
    """Formats records without secrets, the traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the masked line."""
        return mask_secrets(super().format(record))
