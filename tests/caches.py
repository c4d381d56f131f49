"""Where test runs keep what they download: programs that are not Python packages, each installed once."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Return the folder of that name in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return cache / "claw-discord-coord" / name
