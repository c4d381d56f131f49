"""An address for every output as an event, in the form of Standard Webhooks 1.0.0.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md ("Signature scheme", "Webhook
headers", "Delivery success and failure").
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ipaddress
import json
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp

from claw_discord_coord.config.destinations import WebhookDestinationConfig, signing_key
from claw_discord_coord.destinations import retry_after
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.masking import SECRETS, address_words, value_words
from claw_discord_coord.destinations.programs.payload import files_of, payload_of
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed, Unavailable
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.text.excerpts import one_line_of

# The specification recommends types that are hierarchical and full-stop delimited.
EVENT_TYPE = "output.routed"
"""The event's `type`."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which another attempt may succeed."""

# Far more than is shown, because a secret that is cut before it is masked would not be recognized.
_READ_BYTES = 65_536
"""How much of a response is read."""
_SHOWN_CHARS = 200


@dataclass(frozen=True)
class _Response:
    """An HTTP response: the status, the beginning of the body, and the pause before another request."""

    status: int
    text: str
    retry_after_s: float | None


class Webhook:
    """Posts each delivery as an event. The event's id is the same at every attempt, so receivers recognize repeats."""

    guarantee: ClassVar[Guarantee] = Guarantee.AT_LEAST_ONCE
    Settings: ClassVar[type[WebhookDestinationConfig]] = WebhookDestinationConfig

    def __init__(self, name: str, settings: WebhookDestinationConfig, context: DestinationContext) -> None:
        """Post to the address of `settings`."""
        self._name = name
        self._settings = settings
        self._clock = context.clock
        self._url = settings.url.get_secret_value()
        self._key = signing_key(settings.secret.get_secret_value()) if settings.secret else None
        self._headers = {header: value.get_secret_value() for header, value in settings.headers.items()}
        SECRETS.add(address_words(self._url))
        SECRETS.add(word for value in self._headers.values() for word in value_words(value))
        SECRETS.add([settings.secret.get_secret_value()] if settings.secret else [])

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Post the event; only a status from 200 to 299 is a success."""
        data = {**payload_of(delivery), "files": await asyncio.to_thread(files_of, delivery)}
        body = json.dumps(
            {"type": EVENT_TYPE, "timestamp": delivery.created_at.isoformat(), "data": data},
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        # The same at every attempt, like the key; a hash, because a header does not take every character of a key.
        event_id = f"msg_{hashlib.sha256(delivery.key.encode()).hexdigest()[:32]}"
        response = await self._post(body, self._signed(event_id, body))
        if 200 <= response.status < 300:
            return receipt(delivery, body, self._clock(), identifier=event_id)
        sentence = f"{self._name} responded with {response.status}" + (f": {response.text}" if response.text else "")
        if response.status in PASSING:
            raise Unavailable(f"{sentence}.", retry_after_s=response.retry_after_s)
        raise DeliveryFailed(f"{sentence}.", fix=_fix(response.status, self._name))

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Return None: only the receiver can recognize a repeat, by the event's id."""
        return None

    def leaves_machine(self) -> bool:
        """Return False for local addresses only."""
        host = urlsplit(self._url).hostname or ""
        try:
            return not ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host != "localhost"

    def _signed(self, event_id: str, body: bytes) -> dict[str, str]:
        # The time of this attempt, not of the delivery: receivers refuse old timestamps against replay attacks.
        timestamp = str(int(self._clock().timestamp()))
        headers = {"content-type": "application/json", "webhook-id": event_id, "webhook-timestamp": timestamp}
        if self._key is not None:
            mac = hmac.new(self._key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
            headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        return {**self._headers, **headers}

    async def _post(self, body: bytes, headers: dict[str, str]) -> _Response:
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                # The specification counts a redirect as a failure; the owner of skill.yaml decides where outputs go.
                session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                text = "" if 200 <= response.status < 300 else await _beginning(response.content)
                header = response.headers.get("Retry-After")
                pause_s = None if header is None else retry_after.seconds(header, self._clock())
                return _Response(response.status, text, pause_s)
        except TimeoutError:
            raise Unavailable(f"{self._name} did not respond within {self._settings.timeout_s:g} s.") from None
        except aiohttp.InvalidURL:
            raise DeliveryFailed(f"The address of {self._name} is invalid.", fix="Correct it in skill.yaml.") from None
        except aiohttp.ClientError as error:
            reason = SECRETS.mask(str(error) or type(error).__name__)
            raise Unavailable(f"{self._name} cannot be reached: {reason}.") from None


async def _beginning(content: aiohttp.StreamReader) -> str:
    """Return the beginning of a response's body, masked and without line breaks."""
    body = b""
    # The status has decided already, so a connection that breaks here changes nothing.
    with contextlib.suppress(TimeoutError, aiohttp.ClientError):
        while len(body) < _READ_BYTES and (piece := await content.read(_READ_BYTES - len(body))):
            body += piece
    return one_line_of(SECRETS.mask(body.decode(errors="replace")), _SHOWN_CHARS)


def _fix(status: int, name: str) -> str:
    match status:
        case 401 | 403:
            return f"Check the secret and headers of {name} in skill.yaml, then resend."
        case 404 | 410:
            return f"Check the address of {name} in skill.yaml, then resend."
        case 413:
            return "Send less, or let the receiver accept more."
        case _ if 300 <= status < 400:
            return f"Put the address it points to into {name} in skill.yaml; redirects are not followed."
        case _:
            return "Look at the receiver's log, then resend."
