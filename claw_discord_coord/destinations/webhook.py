"""An address that is sent every output as an event, in the form of Standard Webhooks 1.0.0.

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
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp

from claw_discord_coord.config.destinations import WebhookDestinationConfig, signing_key
from claw_discord_coord.destinations import retry_after
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.masking import SECRECY, words_of, words_of_value
from claw_discord_coord.destinations.programs.payload import enclosed, letter
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed, Unavailable
from claw_discord_coord.models import Delivery, Receipt

EVENT_TYPE = "output.routed"
"""The event's `type`; hierarchical and full-stop delimited, as the specification recommends."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which trying again may help."""

_READ_BYTES = 65_536
"""How much of an answer is read: far more than is shown, so that no secret is cut before it is found and hidden."""
_SHOWN_CHARS = 200


class Webhook:
    """Posts each delivery as one event. Its id is the same for every attempt, so that receivers can tell repeats."""

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
        SECRECY.keep(words_of(self._url))
        SECRECY.keep(word for value in self._headers.values() for word in words_of_value(value))
        SECRECY.keep([settings.secret.get_secret_value()] if settings.secret else [])

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Post the event; only an answer of 200 to 299 is a success."""
        data = {**letter(delivery), "files": await asyncio.to_thread(enclosed, delivery)}
        body = json.dumps(
            {"type": EVENT_TYPE, "timestamp": delivery.created_at.isoformat(), "data": data},
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        event_id = f"msg_{hashlib.sha256(delivery.key.encode()).hexdigest()[:32]}"
        status, said, rest_s = await self._post(body, self._signed(event_id, body))
        if 200 <= status < 300:
            return receipt(delivery, body, self._clock(), identifier=event_id)
        answer = f"{self._name} answered {status}" + (f": {said}" if said else "")
        if status in PASSING:
            raise Unavailable(f"{answer}.", retry_after_s=rest_s)
        raise DeliveryFailed(f"{answer}.", fix=_fix(status, self._name))

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Nobody can look; receivers tell repeats by the event's id."""
        return None

    def leaves_machine(self) -> bool:
        """Only this machine's own addresses stay here."""
        host = urlsplit(self._url).hostname or ""
        try:
            return not ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host != "localhost"

    def _signed(self, event_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock().timestamp()))
        headers = {"content-type": "application/json", "webhook-id": event_id, "webhook-timestamp": timestamp}
        if self._key is not None:
            mac = hmac.new(self._key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
            headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        return {**self._headers, **headers}

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str, float | None]:
        """Post the body, follow no redirects, and answer the status, the beginning of what was said, and after how many
        seconds it may be said again.
        """
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                asked = response.headers.get("Retry-After")
                rest_s = None if asked is None else retry_after.seconds(asked, self._clock())
                return response.status, "" if 200 <= response.status < 300 else await _said(response.content), rest_s
        except TimeoutError:
            raise Unavailable(f"{self._name} did not answer within {self._settings.timeout_s:g} s.") from None
        except aiohttp.InvalidURL:
            raise DeliveryFailed(f"The address of {self._name} is none.", fix="Correct it in skill.yaml.") from None
        except aiohttp.ClientError as error:
            reason = SECRECY.clean(str(error) or type(error).__name__)
            raise Unavailable(f"{self._name} cannot be reached: {reason}.") from None


async def _said(content: aiohttp.StreamReader) -> str:
    """Read the beginning of what was said. The status has decided already, so that a break here changes nothing."""
    said = b""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError):
        while len(said) < _READ_BYTES and (piece := await content.read(_READ_BYTES - len(said))):
            said += piece
    return " ".join(SECRECY.clean(said.decode(errors="replace")).split())[:_SHOWN_CHARS]


def _fix(status: int, name: str) -> str:
    match status:
        case 401 | 403:
            return f"Check the secret and headers of {name} in skill.yaml, then resend."
        case 404 | 410:
            return f"Check the address of {name} in skill.yaml, then resend."
        case 413:
            return "Send less, or have the receiver take more."
        case _ if 300 <= status < 400:
            return f"Put the address it points to into {name} in skill.yaml; redirects are not followed."
        case _:
            return "Look at the receiver's log, then resend."
