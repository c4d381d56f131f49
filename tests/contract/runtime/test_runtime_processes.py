"""How a run's processes are found and ended, and what it costs to start a supervisor."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import claw_discord_coord
from claw_discord_coord.runtimes.command import processes

# Workers run in parallel and see all processes of the machine, so each marks its own.
MARK = f"the-mark-{os.getpid()}-"
SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


@pytest.fixture
def marked():
    """A process of a run, in a session of its own."""
    environment = {**os.environ, processes.MARK: MARK}
    process = subprocess.Popen(SLEEP, env=environment, stdout=subprocess.PIPE, start_new_session=True)
    process.stdout.readline()
    yield process
    process.kill()
    process.stdout.close()
    process.wait()


@pytest.mark.parametrize("source", [processes.everything, processes.from_psutil], ids=["system", "psutil"])
def test_every_source_tells_the_same_of_a_process(marked, source):
    (found,) = [process for process in source() if process.pid == marked.pid]
    assert (found.parent, found.group, found.session) == (os.getpid(), marked.pid, marked.pid)
    assert f"{processes.MARK}={MARK}".encode() in found.environment.split(b"\0")
    assert found.born == next(process.born for process in source() if process.pid == marked.pid)


def test_a_process_is_found_by_its_mark_and_not_by_another(marked):
    assert [process.pid for process in processes.of_run(MARK)] == [marked.pid]
    assert processes.of_run(MARK[:-1]) == []
    assert processes.of_run("another") == []


def test_a_process_is_found_by_its_session_only_while_the_number_is_its_own(marked):
    born = processes.born(marked.pid)
    assert [process.pid for process in processes.of_run("-", program=(marked.pid, born))] == [marked.pid]
    assert processes.of_run("-", program=(marked.pid, "another boot 123")) == []
    assert processes.of_run("-", program=(marked.pid, born + "1")) == []


def test_a_process_is_found_by_its_ancestor(marked):
    assert marked.pid in [process.pid for process in processes.of_run("-", supervisor=os.getppid())]


def test_a_zombie_counts_as_gone(marked):
    marked.kill()
    psutil.wait_procs([psutil.Process(marked.pid)], timeout=10)
    assert processes.of_run(MARK) == []
    assert processes.born(marked.pid) == ""


def test_ending_leaves_nothing_and_what_cannot_be_ended_is_named(marked):
    assert processes.end(lambda: processes.of_run(MARK), grace_s=0.1) == []
    assert marked.wait(10) != 0
    stubborn = processes.Process(2**22 - 1, 1, 2**22 - 1, 2**22 - 1, "", b"")
    assert processes.end(lambda: [stubborn], grace_s=0.0, limit_s=0.05) == [stubborn.pid]


def test_the_supervisor_loads_little():
    supervisor = "claw_discord_coord.runtimes.command.supervisor"
    code = f"import sys; sys.path.append(sys.argv[1]); import {supervisor}; print(*sys.modules)"
    package = Path(claw_discord_coord.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(package)], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"psutil", "pydantic", "asyncio", "dataclasses", "tempfile", "logging", "inspect"}
    if sys.platform != "win32":
        assert not loaded & {"subprocess", "selectors", "pathlib", "typing", "urllib", "locale"}
    ours = {name for name in loaded if name.startswith("claw_discord_coord.")}
    assert {name.rpartition(".")[2] for name in ours} <= {
        "runtimes",
        "command",
        "supervisor",
        "processes",
        "run_folder",
        "file_lock",
        "spawn",
        "private_files",
    }
