"""Keeps secrets of destinations out of messages, receipts and logs."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

TALKATIVE = ("apprise", "urllib3.connectionpool", "aiohttp.client", "github.Requester")
"""Loggers of libraries that write down addresses and headers when asked for details."""

SHORTEST_CHARS = 6
"""Shorter words are no secrets worth the name, and hiding them would make messages unreadable."""

HIDDEN = "[hidden]"

SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "oauth", "token", "apikey", "api-key"})
"""Words before the secret of an `Authorization` header, which are none themselves (IANA, "HTTP Authentication Schemes",
and what services add to it).
"""


class Secrecy(logging.Filter):
    """Hides words wherever they appear; as a filter of a logger, in what it logs."""

    def __init__(self) -> None:
        super().__init__()
        self._words: set[str] = set()
        self._pattern = re.compile(r"(?!)")

    def keep(self, words: Iterable[str]) -> None:
        """Hide these words from now on, also where they are written as addresses write them."""
        self._words |= {form for word in words for form in (word, quote(word, safe="")) if len(word) >= SHORTEST_CHARS}
        if self._words:
            longest_first = sorted(self._words, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def clean(self, text: str) -> str:
        """Answer the text without the words."""
        return self._pattern.sub(HIDDEN, text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record's message; every record passes."""
        message = record.getMessage()
        cleaned = self.clean(message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        return True


SECRECY = Secrecy()
"""The one for this process, since its loggers are of the process, too."""

for _name in TALKATIVE:
    logging.getLogger(_name).addFilter(SECRECY)


def words_of(address: str) -> list[str]:
    """List the parts of a web address that may be secret: user, password, path and query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return [address]
    login = parts.netloc.rpartition("@")[0]
    pieces = re.split(r"[/:?&=;,]", f"{login}/{parts.path}?{parts.query}")
    return [*pieces, *map(unquote, pieces)]


def words_of_value(value: str) -> list[str]:
    """List the parts of a header's or variable's value that may be secret; a counterpart may repeat any of them alone.

    They are the whole, its words, what stands between marks (but not the name in `name=value`), an address's parts,
    and user and password of basic authentication (RFC 7617: `Basic` and their base64).
    """
    words = value.split()
    pieces = [value, *words]
    if len(words) == 2 and words[0].lower() == "basic":
        pieces += _login(words[1])
    for word in re.sub(r"(?:(?<=[\s;,&?])|^)[\w.-]+=(?=[^\s=])", " ", value).split():
        pieces += words_of(word) if "://" in word else re.split(r"[:=,;&?@\"'()<>]", word)
    return [piece for piece in pieces if piece.lower() not in SCHEMES]


def _login(encoded: str) -> list[str]:
    try:
        login = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [login, *login.split(":", 1)]


def words_of_service(address: str) -> list[str]:
    """List the parts of an Apprise address that may be secret.

    A token may stand anywhere, also where others have the host; only of mail it is known that host and query are none.
    """
    if address.startswith("mailto"):
        return words_of(address.partition("?")[0])
    pieces = re.split(r"[/:@?&=;,]", address.partition("://")[2])
    return [*pieces, *map(unquote, pieces)]
