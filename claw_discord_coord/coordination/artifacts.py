"""Takes files that go with a task into the coordinator's keeping, so that they outlive the session they were made
in.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from claw_discord_coord.errors import UsageError

LIMIT_BYTES = 25 * 1024 * 1024
"""All files of one packet together; Discord takes no more in one request (reference, "Uploading Files")."""


def keep(names: Sequence[str], *, inside: Path | None, into: Path) -> tuple[str, ...]:
    """Copies of the named files in the folder `into`, as absolute paths in the same order.

    With `inside`, only files of that folder are taken, links resolved: an agent's word is no reason to read the rest
    of the machine.

    Raises:
        UsageError: a name that is no file, leads outside, or makes the packet too large.
    """
    sources = [_source(name, inside) for name in names]
    total = sum(source.stat().st_size for source in sources)
    if total > LIMIT_BYTES:
        raise UsageError(
            f"The artifacts have {total:,} bytes; at most {LIMIT_BYTES:,} go together.",
            fix="Send fewer or smaller files.",
        )
    copies: list[str] = []
    for number, source in enumerate(sources, 1):
        into.mkdir(parents=True, exist_ok=True)
        copy = into / source.name
        if str(copy) in copies:
            copy = into / f"{number}-{source.name}"
        shutil.copyfile(source, copy)
        copies.append(str(copy.resolve()))
    return tuple(copies)


def _source(name: str, inside: Path | None) -> Path:
    path = (inside / name if inside is not None else Path(name)).resolve()
    if inside is not None and not path.is_relative_to(inside.resolve()):
        raise UsageError(
            f"The artifact {name!r} is outside the session's folder.", fix="Copy it into the folder the agent works in."
        )
    if not path.is_file():
        raise UsageError(f"The artifact {name!r} is not a file.", fix="Name an existing file.")
    return path
