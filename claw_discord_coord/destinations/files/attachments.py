"""Files that go along with a text: what they are called where they end up, and the text's references to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from claw_discord_coord.destinations.files.slug import file_name
from claw_discord_coord.text.markdown import code_and_prose

IMAGE_ENDINGS = frozenset({"png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "tiff"})
"""The images that browsers show and that Astro takes from beside a post (docs.astro.build, "Images")."""

_REFERENCE = re.compile(
    r"""(?P<before>\]\(\s*)(?:<(?P<angled>[^<>\n]+)>|(?P<bare>[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*))"""
    r"""|(?P<tag>(?:src|href)\s*=\s*)(?P<quote>["'])(?P<quoted>[^"'\n]+)(?P=quote)"""
    r"""|(?P<label>^ {0,3}\[[^\]\n]+\]:[ \t]+)(?:<(?P<defined_angled>[^<>\n]+)>|(?P<defined>\S+))""",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Attachment:
    """A file and its name where it ends up; names are unique among the attachments of a text."""

    source: Path
    name: str

    @property
    def is_image(self) -> bool:
        """Whether browsers show it."""
        return self.name.rpartition(".")[2] in IMAGE_ENDINGS


def named(artifacts: Sequence[str]) -> tuple[Attachment, ...]:
    """Give every file a safe name of its own; where two would have the same, later ones are numbered."""
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
    """Point the Markdown and HTML references in `text` that mean an attachment to its new address.

    Code is left as it is. Answers the text and the attachments that it refers to.
    """
    found: set[Attachment] = set()

    def one(match: re.Match[str]) -> str:
        target = next(filter(None, map(match.group, ("angled", "bare", "quoted", "defined_angled", "defined"))))
        attachment = _meant(target, attachments)
        if attachment is None:
            return match[0]
        found.add(attachment)
        new = quote(address(attachment), safe="/:.-_~")
        if match["tag"]:
            return f"{match['tag']}{match['quote']}{new}{match['quote']}"
        return f"{match['before'] or match['label']}{new}"

    return "".join(part if code else _REFERENCE.sub(one, part) for code, part in code_and_prose(text)), frozenset(found)


def _meant(target: str, attachments: Sequence[Attachment]) -> Attachment | None:
    """The attachment that a reference means: the same path, or else the one that shares most of its end with it."""
    path = unquote(target)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:|//|#", path):
        return None
    wanted = [part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in {".", "..", "/"}]

    def shared(attachment: Attachment) -> int:
        pairs = zip(reversed(wanted), reversed(attachment.source.parts), strict=False)
        return next((count for count, (a, b) in enumerate(pairs) if a != b), len(wanted))

    best = max(attachments, key=shared, default=None)
    return best if best is not None and wanted and shared(best) > 0 else None
