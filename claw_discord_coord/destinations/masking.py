"""Keeps secrets of destinations out of messages, receipts and logs."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from claw_discord_coord.text.secrets import mask_secrets

# At level DEBUG these libraries log addresses and headers.
LOGGERS = ("apprise", "urllib3.connectionpool", "aiohttp.client", "github.Requester")
"""Loggers of libraries whose messages are masked."""

# A shorter word is not a safe secret anyway, and masking `a` or `443` everywhere would make messages unreadable.
SHORTEST_CHARS = 6
"""Shorter words are not masked."""

HIDDEN = "[hidden]"

# IANA, "HTTP Authentication Schemes", and names that services add.
SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "oauth", "token", "apikey", "api-key"})
"""Words in front of the secret in an `Authorization` header; none of them is a secret."""


class SecretFilter(logging.Filter):
    """Masks secrets in texts and, as a filter of a logger, in log records."""

    def __init__(self) -> None:
        super().__init__()
        self._words: set[str] = set()
        self._pattern = re.compile(r"(?!)")

    def add(self, words: Iterable[str]) -> None:
        """Mask the words from now on, also in percent-encoding."""
        self._words |= {form for word in words for form in (word, quote(word, safe="")) if len(word) >= SHORTEST_CHARS}
        if self._words:
            # The longest alternative first: otherwise the rest of a longer secret stays behind a shorter secret.
            longest_first = sorted(self._words, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def mask(self, text: str) -> str:
        """Return the text without the secrets of skill.yaml and without anything with the shape of a secret."""
        return mask_secrets(self._pattern.sub(HIDDEN, text))

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's message, and let every record pass."""
        message = record.getMessage()
        masked = self.mask(message)
        if masked != message:
            # The arguments may hold the secret, and a handler formats the message again.
            record.msg, record.args = masked, None
        return True


# One for the process, like the loggers. A secret that skill.yaml no longer has stays masked: deliveries with the old
# secret may still be under way.
SECRETS = SecretFilter()
"""The secrets of all destinations."""

for _name in LOGGERS:
    logging.getLogger(_name).addFilter(SECRETS)


def address_words(address: str) -> list[str]:
    """Return the possibly secret parts of a web address: user, password, path and query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return [address]
    login = parts.netloc.rpartition("@")[0]
    pieces = re.split(r"[/:?&=;,]", f"{login}/{parts.path}?{parts.query}")
    return [*pieces, *map(unquote, pieces)]


def value_words(value: str) -> list[str]:
    """Return the possibly secret parts of a header's or variable's value.

    The parts are the whole value, single words, the pieces between marks (without the name in `name=value`), the parts
    of an address, and user and password of basic authentication.
    """
    # A counterpart may repeat any part alone in an error message, so every part is masked by itself.
    words = value.split()
    pieces = [value, *words]
    if len(words) == 2 and words[0].lower() == "basic":
        pieces += _login(words[1])
    for word in re.sub(r"(?:(?<=[\s;,&?])|^)[\w.-]+=(?=[^\s=])", " ", value).split():
        pieces += address_words(word) if "://" in word else re.split(r"[:=,;&?@\"'()<>]", word)
    return [piece for piece in pieces if piece.lower() not in SCHEMES]


def _login(encoded: str) -> list[str]:
    # RFC 7617: `Basic`, and the base64 of user, colon and password.
    try:
        login = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [login, *login.split(":", 1)]


def service_words(address: str) -> list[str]:
    """Return the possibly secret parts of an Apprise address."""
    # Services put tokens anywhere, also where web addresses have the host. Only for e-mail it is known that neither
    # host nor query is a secret.
    if address.startswith("mailto"):
        return address_words(address.partition("?")[0])
    pieces = re.split(r"[/:@?&=;,]", address.partition("://")[2])
    return [*pieces, *map(unquote, pieces)]
