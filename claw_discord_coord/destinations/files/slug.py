"""Makes safe names for files and addresses out of titles by agents."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# File systems take names of 255 bytes; dates, marks, numbers and endings are added to a slug.
LIMIT_BYTES = 80
"""How long a slug may be in UTF-8."""

# learn.microsoft.com, "Naming Files, Paths, and Namespaces"
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")
"""Names that Windows reserves."""

_MARK_CHARS = 8
_ENDING_CHARS = 10


def slug(title: str, *, otherwise: str = "post") -> str:
    """Return a title as lower-case letters and digits of any script, with single hyphens between words.

    No character of a slug has a meaning for a file system, a shell, or an address.

    Args:
        title: Any text.
        otherwise: The slug of a title without letters and digits.

    """
    # Accents go from Latin letters only. In other scripts, such marks are letters to the reader.
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    plain = unicodedata.normalize("NFC", re.sub(r"([a-z])[\u0300-\u036f]+", r"\1", decomposed))
    words = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split()
    # `ignore` drops a character that the limit cuts in half.
    name = "-".join(words).encode()[:LIMIT_BYTES].decode(errors="ignore").strip("-")
    return f"{otherwise}-{name}" if _RESERVED.match(name) else name or otherwise


def tail(key: str) -> str:
    """Return eight characters by a delivery's key, to distinguish files of the same title."""
    return hashlib.sha256(key.encode()).hexdigest()[:_MARK_CHARS]


def file_name(name: str) -> str:
    """Return a safe name for an attachment, with a short ending (`.png`) kept."""
    # The name may come from a program on Windows, where backslashes separate folders.
    base = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = base.rpartition(".")
    suffix = re.sub(r"[^a-z0-9]", "", ending.lower())[:_ENDING_CHARS] if dot and stem else ""
    safe = slug(stem if suffix else base, otherwise="file")
    return f"{safe}.{suffix}" if suffix else safe
