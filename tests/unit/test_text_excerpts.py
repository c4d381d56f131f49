"""Everything is masked before it is cut."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import claw_discord_coord
from claw_discord_coord.openclaw import progress_text
from claw_discord_coord.openclaw.frames import Event
from claw_discord_coord.routing.output import Output
from claw_discord_coord.runtimes.progress_lines import clean_line
from claw_discord_coord.runtimes.result import parse
from claw_discord_coord.text.excerpts import beginning, ending, one_line_of
from tests.made_texts import Made
from tests.secret_corpus import SHAPES, key

TOKEN = SHAPES["github classic"](Made(1))
PACKAGE = Path(claw_discord_coord.__file__).parent


@pytest.mark.parametrize("before", range(60, 105))
def test_a_token_at_any_cut_is_masked(before: int) -> None:
    text = f"{'x' * before} {TOKEN}{' y' * 60}"

    for shown in (
        beginning(text, 100),
        ending(f"{'y ' * 60}{TOKEN} {'x' * before}", 100),
        one_line_of(text, 100),
        Output.of_content(text).title,
        parse(f'{{"text": "a", "title": "{"x" * (before + 100)} {TOKEN}"}}').title or "",
        clean_line(f"{'x' * (before + 300)} {TOKEN}"),
        progress_text.line(
            Event(type="event", event="agent", payload={"stream": "assistant", "data": {"text": f"{'x ' * 100}{text}"}})
        )
        or "",
    ):
        assert TOKEN[:12] not in shown
        assert TOKEN[-12:] not in shown


def test_the_end_of_a_private_key_alone_is_masked() -> None:
    body = [line for line in key(Made()).splitlines() if not line.startswith("-")]

    shown = ending("before\n" + key(Made())[100:], 200)

    assert not any(line in shown for line in body)


# Names, ids, hashes, lists and coordinates are cut without a mask.
CUT_ELSEWHERE = {
    "text",  # masks, or works on masked text
    "localcord",  # knows nothing of the product
}
ALLOWED = {
    ("coordination/people/board.py", "tasks"),
    ("destinations/blog/post.py", "plain"),  # a delivery's text, masked when the delivery was planned
    ("workspace/cards.py", "short"),  # sanitized before
    ("workspace/cards.py", "lines"),
    ("workspace/board.py", "view.deliveries"),
    ("workspace/posting/pages.py", "text"),  # sanitized before
    ("workspace/board.py", "'\\n'.join(waiting)"),  # sanitized before
    ("runtimes/artifacts.py", "stem"),  # masked before
    ("runtimes/command/outcome.py", "'\\n'.join(output.splitlines()[-_QUOTED_LINES:])"),  # masked before
    ("routing/matching.py", "text"),  # searched, not shown
}


def test_no_text_is_cut_outside_the_functions_that_mask() -> None:
    """A slice up to a constant in capitals, or a number of 40 or more, is a cut of text."""
    found: set[tuple[str, str]] = set()
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name.split("/")[0] in CUT_ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.step is None:
                bounds = [bound for bound in (node.slice.lower, node.slice.upper) if bound is not None]
                if len(bounds) == 1 and any(_is_limit(bound) for bound in bounds):
                    found.add((name, ast.unparse(node.value)))

    harmless = ("hexdigest()", "sanitize(", "re.sub('[^a-z0-9]")
    others = {cut for cut in found if cut not in ALLOWED and not any(word in cut[1] for word in harmless)}
    assert others == set(), sorted(others)


def _is_limit(bound: ast.expr) -> bool:
    if isinstance(bound, ast.UnaryOp):
        bound = bound.operand
    if isinstance(bound, ast.BinOp):
        return _is_limit(bound.left) or _is_limit(bound.right)
    if isinstance(bound, ast.Constant):
        return isinstance(bound.value, int) and bound.value >= 40
    return isinstance(bound, ast.Name) and bound.id.isupper() and bound.id.endswith("CHARS")
