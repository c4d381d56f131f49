"""What the `command` runtime returns beyond what every runtime promises."""

import asyncio
import json

import pytest

from claw_discord_coord.models import RunState

pytestmark = pytest.mark.anyio


async def test_a_run_is_told_its_brief_and_its_result_and_progress_come_back(desk, notes):
    order = desk.order(
        "import json, sys\n"
        "task = json.load(sys.stdin)\n"
        "print('reading the task')\n"
        "print(json.dumps({'progress': 'half way'}))\n"
        "print(json.dumps({'text': f'# {task[\"text\"]}', 'title': 'Done', 'kind': 'report',"
        " 'usage': {'input_tokens': 3, 'output_tokens': 4, 'cost_usd': 0.5}}))",
        text="Grüße 🦀",
    )
    outcome = await desk.run(order, notes)
    assert outcome.state is RunState.COMPLETED
    assert outcome.exit_code == 0
    assert outcome.error is None
    assert outcome.result is not None
    assert outcome.result.text == "# Grüße 🦀"
    assert (outcome.result.title, outcome.result.kind) == ("Done", "report")
    assert outcome.usage is not None
    assert (outcome.usage.input_tokens, outcome.usage.cost_usd) == (3, 0.5)
    assert notes.lines == ["reading the task", "half way"]


@pytest.mark.parametrize(("code", "state"), [(0, RunState.COMPLETED), (3, RunState.FAILED)])
async def test_the_session_of_the_agents_own_program_comes_back_however_the_run_ends(desk, code, state):
    said = {"type": "result", "subtype": "success", "result": "done", "session_id": "5f0c-11"}
    outcome = await desk.run(desk.order(f"import sys; print({json.dumps(said)!r}); sys.exit({code})"))
    assert (outcome.state, outcome.session_id) == (state, "5f0c-11")


async def test_two_watchers_hear_the_same_outcome_and_a_later_one_hears_it_again(desk):
    (order,) = [
        desk.order("print('line'); print('{\"text\": \"end\", \"artifacts\": [\"a.txt\"]}'); open('a.txt', 'w')")
    ]
    runtime = desk.runtime()
    await runtime.start(order)

    async def watch():
        async def report(line: str) -> None:
            pass

        return await desk.watched(runtime.watch("run-1", report))

    one, two = await asyncio.gather(watch(), watch())
    (desk.session / "a.txt").unlink()
    three = await watch()
    assert one == two == three
    assert one.result.artifacts == (str(desk.artifacts / "run-1" / "a.txt"),)


async def test_a_run_that_says_it_failed_has_failed_with_its_last_words(desk):
    outcome = await desk.run(desk.order("import sys; print('bad day', file=sys.stderr); sys.exit(7)"))
    assert outcome.state is RunState.FAILED
    assert outcome.exit_code == 7
    assert "exit code 7" in outcome.error
    assert "bad day" in outcome.error
    assert outcome.stderr == "bad day\n"
    assert outcome.result is None


async def test_stopping_ends_the_run_and_its_watcher_answers_canceled(desk, notes, is_alive):
    runtime = desk.runtime()
    await runtime.start(desk.order("import os, time; print('pid', os.getpid()); time.sleep(600)"))
    watch = asyncio.ensure_future(runtime.watch("run-1", notes))
    pid = int(await notes.first("pid "))
    await runtime.stop("run-1")
    assert not is_alive(pid)
    outcome = await desk.watched(watch)
    assert outcome.state is RunState.CANCELED
    assert outcome.error == "The run was stopped."
    await runtime.stop("run-1")
    assert (await desk.watched(runtime.watch("run-1", notes))).state is RunState.CANCELED


async def test_stopping_an_ended_run_changes_nothing(desk, notes):
    outcome = await desk.run(desk.order("print('well done')"), notes)
    await desk.runtime().stop("run-1")
    assert await desk.watched(desk.runtime().watch("run-1", notes)) == outcome
    assert outcome.state is RunState.COMPLETED


async def test_a_run_that_exceeds_its_time_has_failed(desk, notes, is_alive):
    order = desk.order("import os, time; print('pid', os.getpid()); time.sleep(600)", timeout_s=0.5)
    outcome = await desk.run(order, notes)
    assert outcome.state is RunState.FAILED
    assert "took longer than 0.5 s and was stopped" in outcome.error
    assert not is_alive(int(await notes.first("pid ")))


async def test_a_forgotten_run_leaves_nothing_but_its_artifacts(desk, notes):
    outcome = await desk.run(
        desk.order("open('kept.txt', 'w').write('x'); print('{\"text\": \"t\", \"artifacts\": [\"kept.txt\"]}')")
    )
    await desk.runtime().forget("run-1")
    await desk.runtime().forget("run-1")
    assert list(desk.runs.iterdir()) == []
    assert outcome.result.artifacts == (str(desk.artifacts / "run-1" / "kept.txt"),)
    assert (desk.artifacts / "run-1" / "kept.txt").read_text() == "x"


async def test_output_in_pieces_that_split_characters_arrives_whole(desk):
    text = "é🦀漢" * 50
    code = (
        "import os, sys, time\n"
        f"data = {text!r}.encode()\n"
        "for start in range(0, len(data), 7):\n"
        "    os.write(1, data[start:start + 7])\n"
    )
    outcome = await desk.run(desk.order(code))
    assert outcome.result.text == text
