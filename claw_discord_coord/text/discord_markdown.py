"""Turns Markdown into the part of Markdown that Discord shows. Everything else becomes plain text; code stays.

Source: Discord's Help Center, "Markdown Text 101": headings of three levels, lists, quotes, code, masked links.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter

from claw_discord_coord.text.fences import Fence, commonmark_fences, discord_fences
from claw_discord_coord.text.markdown import code_and_prose
from claw_discord_coord.text.tables import aligned

_LANGUAGE = re.compile(r"[A-Za-z0-9_+\-.#]{1,40}")
_DEEP_HEADING = re.compile(r"^([ \t]*(?:> ?)*)#{4,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_TASK = re.compile(r"^([ \t]*(?:> ?)*[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\][ \t]+", re.MULTILINE)
_DETAILS = re.compile(r"[ \t]*</?details(?:\s[^<>]{0,100})?>[ \t]*\n?", re.IGNORECASE)
_SUMMARY = re.compile(
    r"[ \t]*<summary(?:\s[^<>]{0,100})?>\s*(.{1,500}?)\s*</summary>[ \t]*\n*", re.IGNORECASE | re.DOTALL
)
_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_IMAGE = re.compile(
    r"!\[([^\[\]\n]{0,500})\]\([ \t]*<?(data:[^\s()<>]+|[^\s()<>]{1,2000})>?"
    r"(?:[ \t]+(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'))?[ \t]*\)"
)
_HTML_IMAGE = re.compile(r"<img\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(alt|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)

_LINE_MARK = re.compile(r"^([^\S\n]*(?:\d{1,9}(?=[.)]\s))?)(?=[>#]|-#|[-*+]\s|(?<=\d)[.)])", re.MULTILINE)


def discord_markdown(text: str) -> str:
    """Return Markdown as Discord shows it. A second application changes nothing.

    Fences of tildes or of more than three backticks become fences of three backticks, tables become aligned code
    blocks, headings below `###` become bold, task lists get boxes, `<details>` is opened, and images become links.
    """
    text = aligned(_with_discords_fences(text))
    # Prose is given by paragraph; `<details>` goes over several.
    groups = groupby(code_and_prose(text, discord_fences), key=itemgetter(0))
    whole = ((code, "".join(piece for _, piece in pieces)) for code, pieces in groups)
    return "".join(piece if code else _prose(piece) for code, piece in whole)


def without_line_marks(text: str) -> str:
    """Escape the marks of quotes, headings, small text and lists, so that they show as characters."""
    return _LINE_MARK.sub(r"\1\\", text)


def _prose(text: str) -> str:
    text = _SUMMARY.sub(lambda match: f"**{' '.join(match[1].split())}**\n", text)
    text = _DETAILS.sub("", text)
    text = _BREAK.sub("\n", text)
    text = _HTML_IMAGE.sub(_html_image, text)
    text = _IMAGE.sub(lambda match: _image(match[1], match[2]), text)
    text = _TASK.sub(lambda match: f"{match[1]}{'☐' if match[2] == ' ' else '☑'} ", text)
    return _DEEP_HEADING.sub(_bold, text)


def _bold(match: re.Match[str]) -> str:
    # A heading may hold bold words, and Discord does not nest bold text.
    return f"{match[1]}**{match[2].replace('**', '')}**"


def _image(alt: str, address: str) -> str:
    name = alt.strip()
    if address.startswith(("http://", "https://")):
        return f"[{name}]({address})" if name else address
    if address.startswith("data:"):
        return f"({name or 'picture'})"
    return f"{name} ({address})" if name and name != address else f"({address})"


def _html_image(match: re.Match[str]) -> str:
    values = {found[1].lower(): found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(match[0])}
    return _image(values.get("alt", ""), values["src"]) if values.get("src") else match[0]


def _with_discords_fences(text: str) -> str:
    """Write the code blocks that Discord would read in another way as blocks that Discord reads."""
    pieces: list[str] = []
    at = 0
    for fence in commonmark_fences(text):
        # Without a closing line the rules differ too much: the block may be none to the writer.
        if fence.outside == fence.end or not _is_read_otherwise(text, fence):
            continue
        pieces += [text[at : fence.start], _block(text, fence)]
        at = fence.end
    return "".join(pieces) + text[at:]


def _is_read_otherwise(text: str, fence: Fence) -> bool:
    return fence.mark != "```" or "```" in text[fence.inside : fence.outside]


def _block(text: str, fence: Fence) -> str:
    """Return a block in Discord's form. Three backticks would end the block, so such lines are shown as code spans."""
    info = fence.opening.strip().strip("`~").split(maxsplit=1)
    language = info[0] if info and _LANGUAGE.fullmatch(info[0]) else ""
    parts: list[str] = []
    lines: list[str] = []
    for line in [*text[fence.inside : fence.outside].removesuffix("\n").split("\n"), None]:
        if line is not None and "```" not in line:
            lines.append(line)
            continue
        if any(held.strip() for held in lines):
            parts += [f"```{language}", *lines, "```"]
        lines = []
        if line is not None:
            parts.append(_span(line))
    return "\n".join(parts) or text[fence.start : fence.end]


def _span(line: str) -> str:
    runs = {len(run) for run in re.findall("`+", line)}
    mark = next((mark for mark in ("``", "`") if len(mark) not in runs), None)
    return line.replace("`", "\\`") if mark is None else f"{mark} {line} {mark}"
