"""Lays out a text of any length, with files, as Discord messages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from claw_discord_coord.text.discord_markdown import discord_markdown
from claw_discord_coord.text.sanitize import one_line, outgoing, sanitize
from claw_discord_coord.workspace.posting.draft import REQUEST_BYTES, Draft, Upload, bundles
from claw_discord_coord.workspace.posting.pages import pages


async def long_message(name: str, text: str, files: Sequence[Path], *, file_limit_bytes: int) -> list[Draft]:
    """Lay out a sanitized text and files. The same input always gives the same messages.

    Markdown that Discord does not show, such as tables, becomes other Markdown or plain text.

    Args:
        name: The file name for a text that is too long for messages.
        text: The text.
        files: The files.
        file_limit_bytes: Larger files, and missing files, are named in the text instead of attached.
    """
    file_limit_bytes = min(file_limit_bytes, REQUEST_BYTES)
    # Mentions last: only then it is decided which parts are code on Discord.
    laid_out = pages(sanitize(discord_markdown(outgoing(text.replace("\r\n", "\n")))))
    uploads: list[Upload] = []
    if laid_out.attachment is not None:
        uploads += _as_files(name, laid_out.attachment, file_limit_bytes)
    missing: list[str] = []
    for path in files:
        upload, problem = await asyncio.to_thread(_taken, path, file_limit_bytes)
        if upload is not None:
            uploads.append(upload)
        missing += problem
    contents = [*laid_out.contents, *(pages("\n".join(missing)).contents if missing else ())]
    first, *more = bundles(uploads) or [()]
    drafts = [Draft(content=content) for content in contents]
    drafts[-1] = Draft(content=contents[-1], files=first)
    return [*drafts, *(Draft(files=bundle) for bundle in more)]


def _as_files(name: str, text: str, limit_bytes: int) -> list[Upload]:
    stem = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.") or "text"
    # A character takes four bytes at most, so every piece stays below the limit; it is only cut when it has to be.
    step = len(text) if len(text.encode()) <= limit_bytes else limit_bytes // 4
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    if len(pieces) == 1:
        return [Upload(f"{stem}.md", text.encode())]
    return [Upload(f"{stem}-{number}.md", piece.encode()) for number, piece in enumerate(pieces, 1)]


def _taken(path: Path, limit_bytes: int) -> tuple[Upload | None, list[str]]:
    """Read one file, or return the reason why the file cannot be attached."""
    name = one_line(path.name, 100)
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            return None, [f"-# {name} ({size / 1e6:.1f} MB) is too large for Discord; the coordinator keeps it."]
        return Upload(name, path.read_bytes()), []
    except OSError:
        return None, [f"-# {name} can no longer be read."]
