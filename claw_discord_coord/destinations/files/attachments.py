"""Attachments of a text: safe names at the destination, and new references in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from claw_discord_coord.destinations.files.slug import file_name
from claw_discord_coord.text.markdown import code_and_prose

# docs.astro.build, "Images": the formats that Astro takes from beside a post.
IMAGE_ENDINGS = frozenset({"png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "tiff"})
"""Endings of images that browsers show."""

_REFERENCE = re.compile(
    r"""(?P<before>\]\(\s*)(?:<(?P<angled>[^<>\n]+)>|(?P<bare>[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*))"""
    r"""|(?P<tag>(?:src|href)\s*=\s*)(?P<quote>["'])(?P<quoted>[^"'\n]+)(?P=quote)"""
    r"""|(?P<label>^ {0,3}\[[^\]\n]+\]:[ \t]+)(?:<(?P<defined_angled>[^<>\n]+)>|(?P<defined>\S+))""",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Attachment:
    """A file, and a name at the destination, unique among the attachments of a text."""

    source: Path
    name: str

    @property
    def is_image(self) -> bool:
        """Whether browsers show the file as an image."""
        return self.name.rpartition(".")[2] in IMAGE_ENDINGS


def named(artifacts: Sequence[str]) -> tuple[Attachment, ...]:
    """Return the files with safe names; repeated names are numbered."""
    taken: set[str] = set()
    attachments: list[Attachment] = []
    for artifact in artifacts:
        wanted = name = file_name(Path(artifact).name)
        number = 2
        while name in taken:
            stem, dot, ending = wanted.rpartition(".")
            name = f"{stem}-{number}.{ending}" if dot else f"{wanted}-{number}"
            number += 1
        taken.add(name)
        attachments.append(Attachment(Path(artifact), name))
    return tuple(attachments)


def rewrite(
    text: str, attachments: Sequence[Attachment], address: Callable[[Attachment], str]
) -> tuple[str, frozenset[Attachment]]:
    """Replace references to attachments, in Markdown and HTML, by the attachments' new addresses. Code stays.

    Args:
        text: Markdown.
        attachments: The attachments of the text.
        address: Returns the new address of an attachment.

    Returns:
        The new text, and the attachments with a reference.

    """
    found: set[Attachment] = set()

    def replaced(match: re.Match[str]) -> str:
        target = next(filter(None, map(match.group, ("angled", "bare", "quoted", "defined_angled", "defined"))))
        attachment = _meant(target, attachments)
        if attachment is None:
            return match[0]
        found.add(attachment)
        new = quote(address(attachment), safe="/:.-_~")
        if match["tag"]:
            return f"{match['tag']}{match['quote']}{new}{match['quote']}"
        return f"{match['before'] or match['label']}{new}"

    pieces = [piece if code else _REFERENCE.sub(replaced, piece) for code, piece in code_and_prose(text)]
    return "".join(pieces), frozenset(found)


def _meant(target: str, attachments: Sequence[Attachment]) -> Attachment | None:
    """Return the attachment of a reference, or None."""
    # Agents write the path as they see the file, relative to a folder that is unknown here. So the attachment is the
    # file whose path has the longest common end with the reference.
    path = unquote(target)
    # Addresses of the web, of this site (`//`) and of this page (`#`) are not files.
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:|//|#", path):
        return None
    wanted = [part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in {".", "..", "/"}]

    def shared(attachment: Attachment) -> int:
        pairs = zip(reversed(wanted), reversed(attachment.source.parts), strict=False)
        return next((count for count, (a, b) in enumerate(pairs) if a != b), len(wanted))

    best = max(attachments, key=shared, default=None)
    return best if best is not None and wanted and shared(best) > 0 else None
