"""The hidden mark at the head of a comment, to find the coordinator's comments again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self

_NAME = "claw-discord-coord"


@dataclass(frozen=True)
class Mark:
    """The mark of a comment: part `part` of `count`, of the delivery `delivery`, as new as `as_of_ms`.

    `delivery` is the hash of the delivery's key. `subject` is the same hash, or in update mode the hash of the
    destination's name.
    """

    # Hashes, because a key has the names of tasks and destinations, and `-->` in a name would end the HTML comment.
    subject: str
    part: int
    count: int
    delivery: str
    as_of_ms: int

    @classmethod
    def read(cls, body: str, subject: str) -> Self | None:
        """Return the mark at the head of a comment, or None without a mark of the subject."""
        match = re.match(rf"<!-- {_NAME} {subject} (\d+)/(\d+) ([0-9a-f]+) (\d+) -->", body)
        return None if match is None else cls(subject, int(match[1]), int(match[2]), match[3], int(match[4]))

    def above(self, text: str) -> str:
        """Return the body of a comment: the mark, and the text below."""
        head = f"<!-- {_NAME} {self.subject} {self.part}/{self.count} {self.delivery} {self.as_of_ms} -->"
        return f"{head}\n{text}"


def hash_of(name: str) -> str:
    """Return the hash of a name or key for marks."""
    return hashlib.sha256(name.encode()).hexdigest()[:24]
