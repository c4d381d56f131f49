"""Any service of Apprise: Telegram, e-mail, Slack, ntfy, ... (github.com/caronc/apprise).

Apprise is an optional dependency (`claw-discord-coord[apprise]`), imported when skill.yaml has such a destination.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from claw_discord_coord.config.apprise_address import service_at
from claw_discord_coord.config.destinations import AppriseDestinationConfig
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.masking import SECRETS, service_words
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import CoordError, DeliveryFailed, DeliveryUnclear, Unavailable
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.text.excerpts import one_line_of
from claw_discord_coord.text.fences import commonmark_fences
from claw_discord_coord.text.markdown import without_title
from claw_discord_coord.text.mentions import for_chat
from claw_discord_coord.text.sanitize import outgoing
from claw_discord_coord.text.split import split

if TYPE_CHECKING:
    from apprise import NotifyBase

TITLE_ROOM_CHARS = 40
"""Room for markup that a service puts around a title in the text."""

_PROBLEM_CHARS = 1_000

_NEVER_SENT = re.compile(
    r"connection refused|failed to establish a new connection|failed to resolve|name or service not known|getaddrinfo"
    r"|network is unreachable|no route to host|connecttimeout",
    re.IGNORECASE,
)
"""Messages of the system when there was no connection, so the message cannot have arrived."""
_NEVER_TAKEN = re.compile(
    r"not supported by server|no suitable authentication|certificate.verify.failed|wrong.version.number", re.IGNORECASE
)
"""Messages of smtplib and ssl when the server lacks a feature of the address, before the message is sent."""
# Apprise returns no status, so HTTP statuses are read from its log, and SMTP reply codes from smtplib's exceptions.
_STATUS = re.compile(r"error=(\d{3})\b|\((\d{3}), b['\"]|\b(\d{3}) [245]\.\d\.\d+ ")


class Apprise:
    """Sends each delivery as a message, or as several messages if the service limits the length."""

    # Apprise offers no way to look for a message: after a broken connection a person must look.
    guarantee: ClassVar[Guarantee] = Guarantee.AT_LEAST_ONCE
    Settings: ClassVar[type[AppriseDestinationConfig]] = AppriseDestinationConfig

    def __init__(self, name: str, settings: AppriseDestinationConfig, context: DestinationContext) -> None:
        """Send to the service of `settings`."""
        self._name = name
        self._settings = settings
        self._clock = context.clock
        SECRETS.add(service_words(settings.url.get_secret_value()))

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Send the message, or the parts of a long message one after another."""
        service = await asyncio.to_thread(self._service)
        title = for_chat(outgoing(delivery.title))
        text = for_chat(outgoing(without_title(delivery.title, delivery.text)))
        files = delivery.artifacts if self._settings.attach and service.attachment_support else ()
        messages = _messages(service, title, text.strip() or title, files)
        for number, message in enumerate(messages, 1):
            try:
                await self._send(service, message)
            except CoordError as error:
                if number == 1:
                    raise
                # Another attempt would send the first parts again.
                raise DeliveryUnclear(
                    f"{number - 1} of {len(messages)} messages arrived, then: {error}",
                    fix="Check which messages arrived before you resend the output.",
                ) from error
        return receipt(delivery, text, self._clock())

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Return None: no service can be searched for a message."""
        return None

    def leaves_machine(self) -> bool:
        """Return True; hardly any service runs on the same machine."""
        return True

    def _service(self) -> NotifyBase:
        try:
            service = service_at(self._settings.url.get_secret_value())
        except ValueError as error:
            raise DeliveryFailed(f"{self._name}: {error}.", fix="Correct it in skill.yaml, then resend.") from None
        from apprise import OverflowMode

        _report_details()
        # By default Apprise sends a long message as it is. The parts made here may grow over the limit when Apprise
        # converts their format.
        if _limit_chars(service) is not None:
            service.overflow_mode = OverflowMode.SPLIT
        service.socket_connect_timeout = service.socket_read_timeout = self._settings.timeout_s
        return service

    async def _send(self, service: NotifyBase, message: _Message) -> None:
        problem = await self._notify(service, message, self._settings.format)
        if problem is not None and "can't parse entities" in problem:
            # Telegram refuses Markdown that its parser does not understand, and has sent nothing then.
            problem = await self._notify(service, message, "text")
        if problem is not None:
            raise _failure(self._name, problem, targets=len(service))

    async def _notify(self, service: NotifyBase, message: _Message, form: str) -> str | None:
        """Send once, and return the problem in Apprise's log, or None."""
        import apprise

        carrier = apprise.Apprise()
        carrier.add(service)  # pyright: ignore[reportUnknownMemberType] - Apprise's bare `dict`
        outcome = await carrier.async_notify(
            body=message.text,
            title=message.title,
            body_format=form,
            attach=list(message.files) or None,
            # Apprise waits between two messages to keep the service's rate limit; the wait counts as well.
            timeout=self._settings.timeout_s + service.request_rate_per_sec,
            log_level=logging.DEBUG,
        )
        if outcome:
            return None
        entries = [log for result in outcome.results for attempt in result.attempts for log in attempt.logs]
        # At DEBUG Apprise logs the whole message, and the exception that explains a broken connection.
        lines = [entry.message for entry in entries if entry.level != "DEBUG" or "Exception" in entry.message]
        late = f"The service did not respond within {self._settings.timeout_s:g} s."
        return one_line_of(SECRETS.mask("\n".join(lines)), _PROBLEM_CHARS) or late


@dataclass(frozen=True)
class _Message:
    """A message to a service."""

    title: str
    text: str
    files: tuple[str, ...] = ()


def _messages(service: NotifyBase, title: str, text: str, files: Sequence[str]) -> list[_Message]:
    """Return the messages for a text and the attachments."""
    parts = _parts(service, title, text)
    messages = [
        _Message(title if number == 1 else f"{title} ({number}/{len(parts)})", part)
        for number, part in enumerate(parts, 1)
    ]
    if not files:
        return messages
    if type(service).__name__ == "NotifyEmail":
        return [*messages[:-1], replace(messages[-1], files=tuple(files))]
    # Alone and last, so that a failure concerns either the text or the attachments.
    return [*messages, _Message(title, ", ".join(Path(file).name for file in files), tuple(files))]


def _failure(name: str, problem: str, *, targets: int) -> CoordError:
    """Return the error for a problem: another attempt may succeed, cannot succeed, or may send twice."""
    sentence = f"{name}: {problem}"
    # Apprise reports one problem for all recipients, so the others may have received the message.
    if targets > 1:
        return DeliveryUnclear(sentence, fix="Some of its recipients may have it: name one recipient per destination.")
    if _NEVER_SENT.search(problem):
        return Unavailable(sentence)
    refused = DeliveryFailed(sentence, fix=f"Check the address, login and recipient of {name}, then resend.")
    if _NEVER_TAKEN.search(problem):
        return refused
    found = _STATUS.search(problem)
    status = int(next(filter(None, found.groups()))) if found else None
    if status is None or 200 <= status < 400:
        return DeliveryUnclear(sentence, fix="Look whether it arrived; resend it if not.")
    # RFC 5321, section 4.2.1: a reply of 4xx is transient in SMTP, whereas in HTTP most of 4xx is permanent.
    is_smtp = found is not None and found[1] is None
    if status in {408, 425, 429} or (400 <= status < 500 if is_smtp else status >= 500):
        return Unavailable(sentence)
    return refused


def _limit_chars(service: NotifyBase) -> int | None:
    """Return how long a message may be, or None for no limit."""
    from apprise import NotifyBase as Base

    return service.body_maxlen if 0 < service.body_maxlen < Base.body_maxlen else None


def _parts(service: NotifyBase, title: str, text: str) -> list[str]:
    """Split the text by the limits of the service."""
    parts = [text]
    if (limit := _limit_chars(service)) is not None:
        # A service without titles shows the title in the text.
        room = limit - (len(title) + TITLE_ROOM_CHARS if service.title_maxlen <= 0 else 0)
        split_text = split(text, limit_chars=max(room, limit // 4), fences=commonmark_fences)
        parts = [part.content for part in split_text]
    if (lines_max := service.body_max_line_count) > 0:  # Apprise cuts off further lines
        lines = [line for part in parts for line in part.splitlines()]
        parts = ["\n".join(lines[start : start + lines_max]) for start in range(0, len(lines), lines_max)]
    return parts


class _ToRoot(logging.Handler):
    """Passes records on to the root logger's handlers, by the level of the root logger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on a record of the root logger's level or above."""
        root = logging.getLogger()
        if record.levelno >= root.getEffectiveLevel():
            root.handle(record)


def _report_details() -> None:
    """Let Apprise report at DEBUG, without more records in the program's log."""
    # Apprise tells the reason of a failed connection at DEBUG only.
    logger = logging.getLogger("apprise")
    if not any(isinstance(handler, _ToRoot) for handler in logger.handlers):
        logger.addHandler(_ToRoot())
        logger.propagate = False
        logger.setLevel(logging.DEBUG)
