"""Apprise's addresses, such as `tgram://token/chat`. Apprise is an optional dependency, imported on first use."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from claw_discord_coord.config.invalid_setting import InvalidSetting

if TYPE_CHECKING:
    from apprise import NotifyBase


def service_at(address: str) -> NotifyBase:
    """Return the service of an address, without connecting.

    Raises:
        ValueError: Apprise is not installed, or does not understand the address. The message leaves the address out.
    """
    with warnings.catch_warnings():
        # Apprise imports imghdr for pgpy, which Python 3.11 and 3.12 call deprecated; delete when both are gone.
        warnings.filterwarnings("ignore", message="'imghdr' is deprecated", category=DeprecationWarning)
        try:
            import apprise
        except ImportError:
            raise InvalidSetting("this needs Apprise", "Run `pip install 'claw-discord-coord[apprise]'`.") from None
        service = apprise.Apprise.instantiate(address)  # pyright: ignore[reportUnknownMemberType] - Apprise's bare `dict`
    if service is None:
        # Without the address, which holds a password or token.
        raise InvalidSetting("is not an address that Apprise understands", "Write such as tgram://token/chat.")
    return service
