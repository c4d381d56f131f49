"""Random texts from a fixed seed."""

from __future__ import annotations

import base64
import random
import string
import uuid

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALNUM = LOWER + UPPER + DIGITS
URLSAFE = ALNUM + "-_"
HEX = DIGITS + "abcdef"
BASE64 = ALNUM + "+/"


class Made:
    """A source of random texts."""

    def __init__(self, seed: int = 20) -> None:
        self._random = random.Random(seed)

    def of(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choice(alphabet) for _ in range(length))

    def mixed(self, alphabet: str, length: int) -> str:
        """A text with at least one digit and one letter, and an end that is neither `-` nor `_`."""
        while True:
            text = self.of(alphabet, length)
            if (
                any(c.isdigit() for c in text)
                and any(c.isalpha() for c in text)
                and text[-1].isalnum()
                and text[0].isalnum()
            ):
                return text

    def uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def base64(self, length: int) -> str:
        return base64.b64encode(self._random.randbytes(length)).decode()

    def base64url(self, length: int) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(length)).decode().rstrip("=")
