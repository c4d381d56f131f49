"""Draws a bar chart as SVG."""

from __future__ import annotations

from html import escape

WIDTH, ROW, LEFT, RIGHT = 720, 34, 150, 110
STYLE = (
    ".ground{fill:#fbfbfd;stroke:#d9d9e3}.name{fill:#33333d}.value{fill:#6a6a78}.bar{fill:#5865f2}"
    "text{font:14px system-ui,sans-serif}.title{font-weight:600;fill:#33333d}"
    "@media(prefers-color-scheme:dark){.ground{fill:#1f2028;stroke:#3a3b47}"
    ".name,.title{fill:#e6e6ee}.value{fill:#a9a9b8}.bar{fill:#8b95ff}}"
)
"""The picture brings its own ground, so that it can be read on a light page and on a dark one."""


def bars(title: str, rows: list[tuple[str, float, str]]) -> str:
    """An SVG with a bar for each row of (name, value, value in words), the longest bar for the largest value."""
    height = 68 + ROW * max(len(rows), 1)
    largest = max((value for _, value, _ in rows), default=0) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">',
        f"<title>{_text(title)}</title><style>{STYLE}</style>",
        f'<rect class="ground" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
        f'<text class="title" x="20" y="30">{_text(title)}</text>',
    ]
    for number, (name, value, words) in enumerate(rows):
        middle = 56 + ROW * number + ROW // 2 - 4
        length = max(2.0, (WIDTH - LEFT - RIGHT) * value / largest)
        parts += [
            f'<text class="name" x="{LEFT - 10}" y="{middle + 5}" text-anchor="end">{_text(name)}</text>',
            f'<rect class="bar" x="{LEFT}" y="{middle - 9}" width="{length:.1f}" height="18" rx="4"/>',
            f'<text class="value" x="{LEFT + length + 8:.1f}" y="{middle + 5}">{_text(words)}</text>',
        ]
    if not rows:
        parts.append(f'<text class="value" x="20" y="{56 + ROW // 2}">There is nothing to show.</text>')
    return "\n".join([*parts, "</svg>\n"])


def _text(text: str) -> str:
    """Text as XML allows it: without control characters."""
    return escape("".join(character for character in text if character.isprintable()))
