"""A key on standard error or standard output of a failed run is masked before lines are left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw_discord_coord.runtimes.command.outcome import outcome
from claw_discord_coord.runtimes.command.run_files import Exit
from claw_discord_coord.runtimes.command.run_folder import RunFolder
from claw_discord_coord.text.secrets import SECRET_REMOVED
from tests.made_texts import Made
from tests.secret_corpus import SHAPES, key

FAILED: Exit = {"exit_code": 1, "reason": "exited", "ended_at": 0.0, "error": None, "survivors": []}


@pytest.mark.parametrize("stream", ["stderr.log", "output.log"])
@pytest.mark.parametrize("lines_after", [0, 1, 3, 4, 5])
def test_the_last_lines_of_a_failed_run_hold_no_part_of_a_key(tmp_path: Path, stream: str, lines_after: int) -> None:
    whole = key(Made())
    after = "".join(f"line {number}\n" for number in range(lines_after))
    (tmp_path / stream).write_text(f"before\n{whole}\n{after}")

    made = outcome(RunFolder(tmp_path), FAILED, artifacts_folder=tmp_path / "kept")

    shown = f"{made.error} {made.stderr}"
    assert (SECRET_REMOVED in shown) is (stream == "stderr.log" or lines_after < 5)
    assert not any(line in shown for line in whole.splitlines()[1:-1])


@pytest.mark.parametrize("before", range(900, 1_010, 5))
def test_a_token_at_the_cut_of_the_last_lines_is_masked(tmp_path: Path, before: int) -> None:
    token = SHAPES["github classic"](Made())
    (tmp_path / "stderr.log").write_text(f"{token}{' y' * (before // 2)}")

    made = outcome(RunFolder(tmp_path), FAILED, artifacts_folder=tmp_path / "kept")

    assert not any(token[at : at + 10] in (made.error or "") for at in range(len(token) - 10))
