"""A message before sending."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import discord

FILES_PER_MESSAGE = 10
REQUEST_BYTES = 24_000_000
"""Discord accepts 10 files and 25 MiB per request (Discord documentation, topics/opcodes-and-status-codes 30015, and
resources/message, "Create Message"). A part is left for the rest of the request."""


@dataclass(frozen=True)
class Upload:
    """A file to attach, with its bytes in memory, since a request may have to be repeated."""

    name: str
    data: bytes

    def opened(self) -> discord.File:
        """Open the file for one request."""
        return discord.File(io.BytesIO(self.data), filename=self.name)


@dataclass(frozen=True)
class Draft:
    """The content of one message. `reply_to` is the id of a message in the same channel."""

    content: str = ""
    embed: discord.Embed | None = None
    view: discord.ui.View | None = None
    files: tuple[Upload, ...] = ()
    reply_to: int | None = None

    @property
    def sha256(self) -> str:
        """Return the hash by which the message is found again on Discord."""
        footers = [] if self.embed is None else [self.embed.footer.text or ""]
        return fingerprint(self.content, footers, [upload.name for upload in self.files])


def fingerprint(content: str, footers: Sequence[str], filenames: Sequence[str]) -> str:
    """Return the hash of the parts that Discord keeps unchanged: Discord trims content and renames files."""
    names = [_as_discord_names(name) for name in filenames]
    return hashlib.sha256("\0".join([content.strip(), *footers, *names]).encode()).hexdigest()


def recognized(message: discord.Message) -> str:
    """Return the same hash for a message on Discord."""
    footers = [embed.footer.text or "" for embed in message.embeds if embed.type == "rich"]
    return fingerprint(message.content, footers, [attachment.filename for attachment in message.attachments])


def bundles(uploads: Iterable[Upload]) -> list[tuple[Upload, ...]]:
    """Distribute files over as few messages as Discord's limits allow, in their order."""
    result: list[tuple[Upload, ...]] = []
    bundle: list[Upload] = []
    for upload in uploads:
        full = len(bundle) == FILES_PER_MESSAGE or sum(len(u.data) for u in [*bundle, upload]) > REQUEST_BYTES
        if bundle and full:
            result.append(tuple(bundle))
            bundle = []
        bundle.append(upload)
    return [*result, tuple(bundle)] if bundle else result


def _as_discord_names(name: str) -> str:
    """Reduce a file's name to the characters that Discord keeps; Discord replaces or drops spaces and special
    characters.
    """
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in ".-"))
