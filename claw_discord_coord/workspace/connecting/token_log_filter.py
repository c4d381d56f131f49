"""Removes the bot's token from discord.py's log."""

from __future__ import annotations

import logging

from claw_discord_coord.text.secrets import SECRET_REMOVED
from claw_discord_coord.workspace.connecting.discord_errors import explained

_library = logging.getLogger("discord")
_ours = logging.getLogger("claw_discord_coord.workspace.discord_py")


class TokenLogFilter(logging.Handler):
    """Filters discord.py's log records on their way to the program's handlers.

    Interaction and webhook tokens are parts of URLs, which discord.py logs at level DEBUG. So DEBUG records are
    dropped.
    """

    def __init__(self, token: str) -> None:
        super().__init__(logging.INFO)
        self._token = token
        self._propagated = True

    def begin(self) -> None:
        """Install the filter between discord.py's logger and the handlers above."""
        self._propagated = _library.propagate
        _library.propagate = False
        _library.addHandler(self)

    def end(self) -> None:
        """Remove the filter."""
        _library.removeHandler(self)
        _library.propagate = self._propagated

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on, without the token in the message and the traceback."""
        text, level, traceback = f"{record.name}: {record.getMessage()}", record.levelno, None
        if "voice will NOT be supported" in text:  # and none is wanted
            return
        if record.exc_info and record.exc_info[1] is not None:
            known = explained(record.exc_info[1], "stay connected")
            if known is not None:  # the program is not to blame for a lost network: one line, no traceback
                text, level = f"{text} ({known})", logging.WARNING
            else:
                traceback = logging.Formatter().formatException(record.exc_info)
        if not _ours.isEnabledFor(level):
            return
        passed = _ours.makeRecord(_ours.name, level, "", 0, "%s", (text.replace(self._token, SECRET_REMOVED),), None)
        # As text, since the exception itself would be formatted again with the token.
        passed.exc_text = traceback and traceback.replace(self._token, SECRET_REMOVED)
        _ours.handle(passed)
