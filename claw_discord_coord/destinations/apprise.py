"""Any of the services that Apprise knows: Telegram, e-mail, Slack, ntfy, ... (github.com/caronc/apprise).

Apprise is an optional part (`claw-discord-coord[apprise]`) and is only imported by who names such a destination.
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
from claw_discord_coord.destinations.masking import SECRECY, words_of_service
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import CoordError, DeliveryFailed, DeliveryUnclear, Unavailable
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.text.fences import commonmark_fences
from claw_discord_coord.text.markdown import without_title
from claw_discord_coord.text.split import split

if TYPE_CHECKING:
    from apprise import NotifyBase

TITLE_ROOM_CHARS = 40
"""What a service may put around a title that it shows in the text."""

_NEVER_SENT = re.compile(
    r"connection refused|failed to establish a new connection|failed to resolve|name or service not known|getaddrinfo"
    r"|network is unreachable|no route to host|connecttimeout",
    re.IGNORECASE,
)
"""What the system says when no connection came about, so that nothing can have arrived."""
_NEVER_TAKEN = re.compile(
    r"not supported by server|no suitable authentication|certificate.verify.failed|wrong.version.number", re.IGNORECASE
)
"""What smtplib and ssl say when the server cannot do what the address asks for, before anything is sent."""
_STATUS = re.compile(r"error=(\d{3})\b|\((\d{3}), b['\"]|\b(\d{3}) [245]\.\d\.\d+ ")
"""How Apprise tells an HTTP status, and smtplib an SMTP reply code."""


class Apprise:
    """Sends each delivery as one message, or as several where the service takes only short ones.

    No service tells whether a message arrived before: after a broken connection a person must look.
    """

    guarantee: ClassVar[Guarantee] = Guarantee.AT_LEAST_ONCE
    Settings: ClassVar[type[AppriseDestinationConfig]] = AppriseDestinationConfig

    def __init__(self, name: str, settings: AppriseDestinationConfig, context: DestinationContext) -> None:
        """Send to the service of `settings`."""
        self._name = name
        self._settings = settings
        self._clock = context.clock
        SECRECY.keep(words_of_service(settings.url.get_secret_value()))

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Send the message, or its parts one after another."""
        service = await asyncio.to_thread(self._service)
        text = without_title(delivery.title, delivery.text)
        files = delivery.artifacts if self._settings.attach and service.attachment_support else ()
        messages = _messages(service, delivery.title, text.strip() or delivery.title, files)
        for number, message in enumerate(messages, 1):
            try:
                await self._send(service, message)
            except CoordError as error:
                if number == 1:
                    raise
                raise DeliveryUnclear(
                    f"{number - 1} of {len(messages)} messages arrived, then: {error}",
                    fix="Look what is there before you resend it.",
                ) from error
        return receipt(delivery, text, self._clock())

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Nobody can look."""
        return None

    def leaves_machine(self) -> bool:
        """Messages go elsewhere, with very few exceptions."""
        return True

    def _service(self) -> NotifyBase:
        try:
            service = service_at(self._settings.url.get_secret_value())
        except ValueError as error:
            raise DeliveryFailed(f"{self._name}: {error}.", fix="Correct it in skill.yaml, then resend.") from None
        from apprise import OverflowMode

        _listen_closely()
        if _limit_chars(service) is not None:
            service.overflow_mode = OverflowMode.SPLIT
        service.socket_connect_timeout = service.socket_read_timeout = self._settings.timeout_s
        return service

    async def _send(self, service: NotifyBase, message: _Message) -> None:
        said = await self._notify(service, message, self._settings.format)
        if said is not None and "can't parse entities" in said:
            # Telegram refuses Markdown that it does not understand, and has sent nothing then.
            said = await self._notify(service, message, "text")
        if said is not None:
            raise _failure(self._name, said, targets=len(service))

    async def _notify(self, service: NotifyBase, message: _Message, form: str) -> str | None:
        """Send once; None, or what Apprise said went wrong."""
        import apprise

        carrier = apprise.Apprise()
        carrier.add(service)  # pyright: ignore[reportUnknownMemberType] - Apprise's bare `dict`
        outcome = await carrier.async_notify(
            body=message.text,
            title=message.title,
            body_format=form,
            attach=list(message.files) or None,
            timeout=self._settings.timeout_s + service.request_rate_per_sec,
            log_level=logging.DEBUG,
        )
        if outcome:
            return None
        entries = [log for result in outcome.results for attempt in result.attempts for log in attempt.logs]
        told = [entry.message for entry in entries if entry.level != "DEBUG" or "Exception" in entry.message]
        late = f"It did not answer within {self._settings.timeout_s:g} s."
        return SECRECY.clean(" ".join(" ".join(told).split()))[:1_000] or late


@dataclass(frozen=True)
class _Message:
    """What is sent in one go."""

    title: str
    text: str
    files: tuple[str, ...] = ()


def _messages(service: NotifyBase, title: str, text: str, files: Sequence[str]) -> list[_Message]:
    """Lay a text out in messages.

    Files come last and alone, so that a failure is of one or the other; an e-mail holds both.
    """
    several = _parts(service, title, text)
    messages = [
        _Message(title if number == 1 else f"{title} ({number}/{len(several)})", part)
        for number, part in enumerate(several, 1)
    ]
    if not files:
        return messages
    if type(service).__name__ == "NotifyEmail":
        return [*messages[:-1], replace(messages[-1], files=tuple(files))]
    return [*messages, _Message(title, ", ".join(Path(file).name for file in files), tuple(files))]


def _failure(name: str, said: str, *, targets: int) -> CoordError:
    """Tell from what Apprise said whether trying again may help, cannot help, or nobody knows."""
    sentence = f"{name}: {said}"
    if targets > 1:
        return DeliveryUnclear(sentence, fix="Some of its recipients may have it: name one recipient per destination.")
    if _NEVER_SENT.search(said):
        return Unavailable(sentence)
    no = DeliveryFailed(sentence, fix=f"Check the address of {name}, its credentials and its recipient, then resend.")
    if _NEVER_TAKEN.search(said):
        return no
    found = _STATUS.search(said)
    status = int(next(filter(None, found.groups()))) if found else None
    if status is None or 200 <= status < 400:
        return DeliveryUnclear(sentence, fix="Look whether it arrived; resend it if not.")
    is_smtp = found is not None and found[1] is None
    if status in {408, 425, 429} or (400 <= status < 500 if is_smtp else status >= 500):
        return Unavailable(sentence)
    return no


def _limit_chars(service: NotifyBase) -> int | None:
    """Tell how long a message may be; most services have the base class's limit, which stands for none."""
    from apprise import NotifyBase as Base

    return service.body_maxlen if 0 < service.body_maxlen < Base.body_maxlen else None


def _parts(service: NotifyBase, title: str, text: str) -> list[str]:
    """Take the text apart for services that limit it."""
    several = [text]
    if (limit := _limit_chars(service)) is not None:
        room = limit - (len(title) + TITLE_ROOM_CHARS if service.title_maxlen <= 0 else 0)
        split_text = split(text, limit_chars=max(room, limit // 4), fences=commonmark_fences)
        several = [part.content for part in split_text]
    if (lines_max := service.body_max_line_count) > 0:  # Apprise cuts off what is more
        lines = [line for part in several for line in part.splitlines()]
        several = ["\n".join(lines[start : start + lines_max]) for start in range(0, len(lines), lines_max)]
    return several


class _ToRoot(logging.Handler):
    """Passes records on to the root logger's handlers as if the logger had no level of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on what the root logger is interested in."""
        root = logging.getLogger()
        if record.levelno >= root.getEffectiveLevel():
            root.handle(record)


def _listen_closely() -> None:
    """Have Apprise report details, where alone it says why a connection failed; the log gets no more than before."""
    logger = logging.getLogger("apprise")
    if not any(isinstance(handler, _ToRoot) for handler in logger.handlers):
        logger.addHandler(_ToRoot())
        logger.propagate = False
        logger.setLevel(logging.DEBUG)
