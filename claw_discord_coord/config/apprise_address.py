"""Apprise's addresses, such as `tgram://token/chat`; Apprise is an optional part and is imported when one is read."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from claw_discord_coord.config.mistake import Mistake

if TYPE_CHECKING:
    from apprise import NotifyBase


def service_at(address: str) -> NotifyBase:
    """Make the service that an address means; nothing is connected.

    Raises:
        ValueError: Apprise is not installed, or does not understand the address (which the message does not repeat).

    """
    with warnings.catch_warnings():
        # Apprise imports imghdr for pgpy, which Python 3.11 and 3.12 call deprecated; delete when both are gone.
        warnings.filterwarnings("ignore", message="'imghdr' is deprecated", category=DeprecationWarning)
        try:
            import apprise
        except ImportError:
            raise Mistake("this needs Apprise", "Run `pip install 'claw-discord-coord[apprise]'`.") from None
        service = apprise.Apprise.instantiate(address)  # pyright: ignore[reportUnknownMemberType] - Apprise's bare `dict`
    if service is None:
        raise ValueError("this is not an address that Apprise understands, such as tgram://token/chat")
    return service
