"""Makes names for files and addresses out of titles that anyone may have written."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LIMIT_BYTES = 80
"""How long a slug may be in UTF-8; file systems take names of 255 bytes, and dates, numbers and endings are added."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")
"""Names that Windows reserves (learn.microsoft.com, "Naming Files, Paths, and Namespaces")."""


def slug(title: str, *, otherwise: str = "post") -> str:
    """Turn a title into lower-case letters and digits of any script, with single hyphens between, and no Latin accents.

    Nothing of what it answers means anything to a file system, a shell, or an address. `otherwise` is answered for a
    title without a letter or digit.
    """
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    plain = unicodedata.normalize("NFC", re.sub(r"([a-z])[\u0300-\u036f]+", r"\1", decomposed))
    words = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split()
    name = "-".join(words).encode()[:LIMIT_BYTES].decode(errors="ignore").strip("-")
    return f"{otherwise}-{name}" if _RESERVED.match(name) else name or otherwise


def tail(key: str) -> str:
    """Turn a delivery's key into eight characters that tell its file from others of the same title."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def file_name(name: str) -> str:
    """Turn an attachment's name into one that is safe anywhere, keeping a short ending such as `.png`."""
    base = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = base.rpartition(".")
    suffix = re.sub(r"[^a-z0-9]", "", ending.lower())[:10] if dot and stem else ""
    safe = slug(stem if suffix else base, otherwise="file")
    return f"{safe}.{suffix}" if suffix else safe
