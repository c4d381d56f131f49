"""A message that is yet to be sent."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import discord

FILES_PER_MESSAGE = 10
REQUEST_BYTES = 24_000_000
"""Discord takes 10 files and 25 MiB per request (Discord documentation, topics/opcodes-and-status-codes 30015, and
resources/message, "Create Message"); a little is left for the rest of the request."""


@dataclass(frozen=True)
class Upload:
    """A file to attach; its bytes are kept, since an attempt at sending may have to be repeated."""

    name: str
    data: bytes

    def opened(self) -> discord.File:
        """Open it for one attempt at sending."""
        return discord.File(io.BytesIO(self.data), filename=self.name)


@dataclass(frozen=True)
class Draft:
    """What one message will hold."""

    content: str = ""
    embed: discord.Embed | None = None
    view: discord.ui.View | None = None
    files: tuple[Upload, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash by which the message is recognised once it is on Discord."""
        footers = [] if self.embed is None else [self.embed.footer.text or ""]
        return fingerprint(self.content, footers, [upload.name for upload in self.files])


def fingerprint(content: str, footers: Sequence[str], filenames: Sequence[str]) -> str:
    """Hash what stays the same on the way through Discord, which trims content and changes the names of files."""
    names = [_as_discord_names(name) for name in filenames]
    return hashlib.sha256("\0".join([content.strip(), *footers, *names]).encode()).hexdigest()


def recognised(message: discord.Message) -> str:
    """Hash a message that is on Discord in the same way."""
    footers = [embed.footer.text or "" for embed in message.embeds if embed.type == "rich"]
    return fingerprint(message.content, footers, [attachment.filename for attachment in message.attachments])


def bundles(uploads: Iterable[Upload]) -> list[tuple[Upload, ...]]:
    """Lay files out over as few messages as Discord's limits allow, in their order."""
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
    """Reduce a file's name to what survives: Discord turns spaces and odd characters into underscores or drops them."""
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in ".-"))
