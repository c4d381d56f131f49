"""Nothing of a run's output leaves with a secret, whichever runtime ran it."""

from __future__ import annotations

import asyncio

import pytest

from claw_discord_coord.coordination.masked_runs import MaskedProgress, masked_outcome
from claw_discord_coord.coordination.runs import SECRETS_MASKED
from claw_discord_coord.models import Result, RunOutcome, RunState
from claw_discord_coord.text import masked_lines
from claw_discord_coord.text.secrets import SECRET_REMOVED
from tests.house import House
from tests.secret_corpus import SHAPES, Made, key

TOKEN = SHAPES["github classic"](Made(1))


def test_an_outcome_is_masked_in_every_text() -> None:
    outcome, count = masked_outcome(
        RunOutcome(RunState.FAILED, result=Result(text=f"{TOKEN} {TOKEN}", title=TOKEN), error=TOKEN, stderr=TOKEN)
    )

    assert outcome.result is not None
    assert outcome.result.text == f"{SECRET_REMOVED} {SECRET_REMOVED}"
    assert (outcome.result.title, outcome.error, outcome.stderr) == (SECRET_REMOVED,) * 3
    assert count == 2


@pytest.mark.anyio
async def test_held_progress_comes_after_a_moment_and_the_rest_at_the_end(monkeypatch) -> None:
    monkeypatch.setattr("claw_discord_coord.coordination.masked_runs.HELD_S", 0.01)
    shown: list[str] = []

    async def show(line: str) -> None:
        shown.append(line)

    progress = MaskedProgress(show)
    await progress.report(f"half of it: {TOKEN[:20]}")
    assert shown == []
    async with asyncio.timeout(5):
        while not shown:
            await asyncio.sleep(0.01)
    for line in key(Made()).splitlines()[:-1]:
        await progress.report(line)
    await progress.close()

    assert shown == [f"half of it: {SECRET_REMOVED}", SECRET_REMOVED]
    assert masked_lines.HELD_S <= 5


async def test_a_run_that_prints_a_key_line_by_line_shows_no_line_of_it(house: House) -> None:
    whole = key(Made())
    house.runtime.lines = ["before", *whole.splitlines(), "after"]
    task = await house.spawn()
    run_id = await house.running(task.id)
    house.runtime.complete(run_id, f"Done with {TOKEN}.", kind="report")
    await house.closed(task.id)

    assert house.workspace.progress_lines[task.id] == ["before", SECRET_REMOVED, "after"]
    shown = f"{vars(house.workspace)}"
    assert not any(line in shown for line in whole.splitlines()[1:-1])
    assert TOKEN not in shown
    events = await house.registry.events.of_task(task.id, types=[SECRETS_MASKED])
    assert [event.text for event in events] == ["1 secret was masked in the result"]
