"""What the `command` runtime does with real programs: good ones, clumsy ones and bad ones."""

import asyncio
import json
import stat

import psutil
import pytest

from claw_discord_coord.errors import RunFailed
from claw_discord_coord.models import RunState

pytestmark = pytest.mark.anyio

STUBBORN_FAMILY = """
import os, signal, subprocess, sys, time
stubborn = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " print('ready', flush=True); time.sleep(600)"
)
child = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
away = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)
for process in (child, away):
    process.stdout.readline()
unmarked = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, env={}, start_new_session=True)
unmarked.stdout.readline()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("family", child.pid, away.pid, unmarked.pid, os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
"""


@pytest.mark.proves("secret.environment")
async def test_the_program_finds_no_secret_of_the_coordinator_in_its_environment(desk):
    order = desk.order(
        "import json, os; print(json.dumps({'text': json.dumps(dict(os.environ))}))", env={"MODEL": "small"}
    )
    outcome = await desk.run(order)
    found = json.loads(outcome.result.text)
    assert "DISCORD_BOT_TOKEN" not in found
    assert found["CLAW_TASK_TOKEN"] == "tasks-own"
    assert found["MODEL"] == "small"
    assert {"PATH", "HOME", "LC_TIME"} <= set(found)
    allowed = {"CLAW_TASK_TOKEN", "CLAW_RUN_MARK", "MODEL", "PATH", "HOME", "LOGNAME", "USER", "TZ", "TMPDIR"}
    allowed |= {"PYTHONUNBUFFERED", "PYTHONUTF8", "LANG", "LANGUAGE"}
    assert [name for name in found if name not in allowed and not name.startswith("LC_")] == []


@pytest.mark.proves("secret.order")
async def test_the_order_with_the_token_is_readable_by_its_owner_alone(desk):
    await desk.run(desk.order("pass"))
    assert stat.S_IMODE((desk.runs / "run-1").stat().st_mode) == 0o700


@pytest.mark.proves("obeyed.text")
async def test_task_text_full_of_shell_is_only_text(desk):
    text = "$(touch pwned); `touch pwned` && touch pwned | touch pwned > pwned ' \" \\ \n rm -rf ."
    outcome = await desk.run(desk.order("import json, sys; print(json.load(sys.stdin)['text'])", text=text))
    assert outcome.result.text == text
    assert list(desk.session.iterdir()) == []


async def test_a_program_that_never_reads_a_large_brief_ends_well(desk):
    outcome = await desk.run(desk.order("print('not interested')", text="x" * 1_000_000))
    assert outcome.result.text == "not interested"


async def test_a_program_that_prints_before_it_reads_a_large_brief_does_not_deadlock(desk):
    code = "import json, sys; print('y' * 1_000_000); print(len(json.load(sys.stdin)['text']))"
    outcome = await desk.run(desk.order(code, text="x" * 1_000_000))
    assert outcome.result.text == "y" * 1_000_000 + "\n1000000"


@pytest.mark.proves("lost.output")
async def test_large_output_is_kept_whole(desk, notes):
    code = "for number in range(200_000): print('line number', number)"
    outcome = await desk.run(desk.order(code), notes)
    assert outcome.result.text.splitlines() == [f"line number {number}" for number in range(200_000)]
    assert notes.lines[-1] == "line number 199999"


async def test_a_program_that_prints_too_much_is_stopped(desk):
    code = "import sys\nwhile True: sys.stdout.write('x' * 10_000)"
    outcome = await desk.run(desk.order(code, output_limit_bytes=50_000))
    assert outcome.state is RunState.FAILED
    assert outcome.error == "The program printed more than 50,000 bytes and was stopped."
    assert (desk.runs / "run-1" / "output.log").stat().st_size == 50_000


async def test_a_program_that_printed_exactly_what_it_may_is_fine(desk):
    outcome = await desk.run(desk.order("print('x' * 49_999)", output_limit_bytes=50_000))
    assert outcome.state is RunState.COMPLETED


@pytest.mark.proves("lost.output")
async def test_output_that_cannot_be_kept_fails_the_run_with_the_reason(desk, is_alive):
    (desk.runs / "run-1").mkdir(parents=True)
    (desk.runs / "run-1" / "output.log").symlink_to("/dev/full")
    outcome = await desk.run(desk.order("import time; print('x'); time.sleep(600)"))
    assert outcome.state is RunState.FAILED
    assert "No space left on device" in outcome.error


async def test_what_a_program_that_failed_has_used_is_known(desk):
    said = "import json, sys; print(json.dumps({'text': 'no', 'usage': {'input_tokens': 5}})); sys.exit(3)"
    outcome = await desk.run(desk.order(said))
    assert (outcome.state, outcome.result, outcome.usage.input_tokens) == (RunState.FAILED, None, 5)


async def test_of_endless_complaints_the_end_is_kept(desk):
    code = "import sys\nfor number in range(200_000): print('complaint', number, file=sys.stderr)\nsys.exit(1)"
    outcome = await desk.run(desk.order(code))
    assert outcome.stderr.endswith("complaint 199999\n")
    assert len(outcome.stderr) == 20_000
    assert (desk.runs / "run-1" / "stderr.log").stat().st_size < 1_000_000


async def test_a_program_killed_by_a_signal_has_failed_by_its_name(desk):
    outcome = await desk.run(desk.order("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"))
    assert outcome.state is RunState.FAILED
    assert "SIGSEGV" in outcome.error


async def test_stopping_ends_grandchildren_that_ignore_it_or_have_left(desk, notes, is_alive):
    runtime = desk.runtime()
    await runtime.start(desk.order(STUBBORN_FAMILY + "time.sleep(600)"))
    watch = asyncio.ensure_future(runtime.watch("run-1", notes))
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    assert sum(is_alive(pid) for pid in family) >= 4
    await runtime.stop("run-1")
    assert [pid for pid in family if is_alive(pid)] == []
    assert (await desk.watched(watch)).state is RunState.CANCELED


async def test_what_a_program_leaves_behind_ends_with_it(desk, notes, is_alive):
    runtime = desk.runtime()
    await runtime.start(desk.order(STUBBORN_FAMILY + "time.sleep(0.3); print('the end')"))
    outcome = await desk.watched(runtime.watch("run-1", notes))
    assert outcome.state is RunState.COMPLETED
    assert "the end" in outcome.result.text
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    assert [pid for pid in family if is_alive(pid)] == []


async def test_a_program_may_clean_up_when_it_is_stopped(desk, notes):
    code = (
        "import signal, sys, time\n"
        "def clean_up(*_):\n"
        "    open('cleaned', 'a').write('once')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, clean_up)\n"
        "print('ready')\n"
        "time.sleep(600)\n"
    )
    runtime = desk.runtime(grace_s=20)
    await runtime.start(desk.order(code))
    watch = asyncio.ensure_future(runtime.watch("run-1", notes))
    await notes.first("ready")
    await runtime.stop("run-1")
    assert (desk.session / "cleaned").read_text() == "once"
    assert (await desk.watched(watch)).state is RunState.CANCELED


async def test_a_missing_program_is_refused_at_once_with_what_to_do(desk):
    with pytest.raises(RunFailed, match="`no-such-program` is not installed") as refusal:
        await desk.runtime().start(desk.command_order("no-such-program"))
    assert "skill.yaml" in refusal.value.fix
    with pytest.raises(RunFailed, match=r"agents/missing does not exist"):
        await desk.runtime().start(desk.command_order("agents/missing"))
    with pytest.raises(RunFailed, match=r"agents/missing\.py does not exist"):
        await desk.runtime().start(desk.command_order("python", "agents/missing.py"))


async def test_a_program_that_is_not_executable_is_refused(desk):
    (desk.root / "agent.sh").write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(RunFailed, match="not executable") as refusal:
        await desk.runtime().start(desk.command_order("./agent.sh"))
    assert "chmod +x" in refusal.value.fix


async def test_a_program_without_a_format_the_system_knows_is_refused_each_time(desk, notes):
    (desk.root / "agent.bin").write_bytes(b"\0\1\2\3")
    (desk.root / "agent.bin").chmod(0o755)
    for _ in range(2):
        with pytest.raises(RunFailed, match="could not be started"):
            await desk.runtime().start(desk.command_order("./agent.bin"))
    assert (await desk.watched(desk.runtime().watch("run-1", notes))).state is RunState.FAILED


async def test_a_session_folder_that_cannot_be_is_refused(desk):
    desk.session.write_text("a file where the folder should be")
    with pytest.raises(RunFailed, match="cannot work in"):
        await desk.runtime().start(desk.order("pass"))


async def test_relative_paths_of_the_command_are_meant_from_the_programs_folder(desk):
    (desk.root / "agents").mkdir()
    (desk.root / "agents" / "hello.py").write_text("import os, sys; print(sys.argv[1], os.getcwd())")
    outcome = await desk.run(desk.command_order("python", "agents/hello.py", "--loud"))
    assert outcome.result.text == f"--loud {desk.session}"


@pytest.mark.proves("obeyed.files")
async def test_only_files_inside_the_session_folder_are_taken_as_artifacts(desk):
    (desk.root / "private.txt").write_text("secret")
    code = (
        "import json, os\n"
        "os.makedirs('sub'); open('sub/report.md', 'w').write('fine'); os.symlink('/etc', 'etc')\n"
        "os.symlink('../private.txt', 'link.txt'); os.mkfifo('pipe')\n"
        "print(json.dumps({'text': 'done', 'artifacts':"
        " ['sub/report.md', '/etc/passwd', '../private.txt', 'link.txt', 'etc/passwd', 'pipe', 'none', '.']}))\n"
    )
    outcome = await desk.run(desk.order(code))
    assert [path.read_text() for path in (desk.artifacts / "run-1").iterdir()] == ["fine"]
    assert outcome.result.artifacts == (str(desk.artifacts / "run-1" / "report.md"),)
    for refused in ("/etc/passwd", "../private.txt", "link.txt", "etc/passwd", "pipe", "none"):
        assert f"`{refused}`" in outcome.result.text


async def test_a_hundred_runs_at_once_all_end_and_leave_no_process(desk, notes):
    before = set(psutil.Process().children())
    runtime = desk.runtime()
    orders = [desk.order(f"print('number {number}')", run_id=f"run-{number}") for number in range(100)]

    async def one(order):
        await runtime.start(order)
        return await desk.watched(runtime.watch(order.run_id, notes))

    outcomes = await asyncio.gather(*(one(order) for order in orders))
    assert [outcome.result.text for outcome in outcomes] == [f"number {number}" for number in range(100)]
    assert set(psutil.Process().children()) - before == set()
