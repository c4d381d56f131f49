"""The demo agents on real folders: ordinary ones, odd ones, and with a counterpart that fails."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

AGENTS = Path(__file__).parents[2] / "examples" / "agents"

COMMAND_LINE = """
import json, os, pathlib, subprocess, sys

skill, *words = sys.argv[1:]
agent, task, packet = (
    ("engineering", words[0], None) if skill == "spawn-agent" else (
        "writing", words[words.index("--summary") + 1],
        {"from_agent": "research", "history_url": "http://local/thread",
         "artifacts": [os.path.abspath(words[words.index("--artifact") + 1])]},
    )
)
with pathlib.Path(sys.argv[0]).with_name("calls").open("a") as calls:
    print(json.dumps([skill, *words]), file=calls)
if os.environ.get("FAILS") == skill:
    sys.exit("The coordinator could not be reached.")
folder = pathlib.Path(sys.argv[0]).with_name(agent)
folder.mkdir(exist_ok=True)
done = subprocess.run(
    [sys.executable, os.environ["AGENTS"] + f"/{agent}.py"], cwd=folder, text=True, stdout=subprocess.PIPE,
    input="" if os.environ["FAILS"] == agent else json.dumps({"task_id": "t-" + agent, "text": task, "packet": packet}),
)
result = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
if result:
    result["artifacts"] = [str(folder / name) for name in result["artifacts"]]
state = "completed" if result else "failed"
answer = {"task_id": "t-" + agent, "state": state, "task": {"state": state, "reason": "it failed", "result": result}}
(folder / "answer.json").write_text(json.dumps(answer))
print(json.dumps(answer))
"""
"""Stands for the command line with a coordinator behind it: runs the other agents at once."""


@dataclass
class Ended:
    code: int
    progress: list[str]
    result: dict[str, Any] | None
    stderr: str
    desk: Path

    @property
    def report(self) -> str:
        """What writing wrote."""
        return self.answer["text"]

    @property
    def answer(self) -> dict[str, Any]:
        return json.loads((self.desk / "writing" / "answer.json").read_text())["task"]["result"]

    @property
    def findings(self) -> dict[str, Any]:
        return json.loads((self.desk / "session" / "t-research" / "findings.json").read_text())


@pytest.fixture
def check_up(tmp_path_factory):
    """Let research check up on a folder, alone or with the other agents behind it."""

    def check_up(folder: Path | str, *, fails: str = "", alone: bool = False, text: str | None = None) -> Ended:
        desk = tmp_path_factory.mktemp("desk")
        (desk / "cli.py").write_text(COMMAND_LINE)
        (desk / "session").mkdir()
        environment = {"PATH": os.environ["PATH"], "AGENTS": str(AGENTS), "FAILS": fails}
        if not alone:
            environment["CLAW_CLI"] = json.dumps([sys.executable, str(desk / "cli.py")])
        task = {"task_id": "t-research", "text": text or f'Check up on the folder "{folder}": survey it.'}
        done = subprocess.run(
            [sys.executable, str(AGENTS / "research.py")],
            input=json.dumps(task),
            capture_output=True,
            text=True,
            cwd=desk / "session",
            env=environment,
            timeout=120,
        )
        told = [json.loads(line) for line in done.stdout.splitlines()]
        result = told[-1] if done.returncode == 0 else None
        return Ended(done.returncode, [one["progress"] for one in told if "progress" in one], result, done.stderr, desk)

    return check_up


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.py").write_text("print('hello')\n# TODO: say it louder\n")
    (folder / "README.md").write_text("# Project\n")
    (folder / "data.bin").write_bytes(b"\0" * 300_000)
    (folder / "data copy.bin").write_bytes(b"\0" * 300_000)
    for left_out in (".git/objects/a.py", "node_modules/x/index.js", ".venv/lib/a.py", ".claw-discord-coord/r.py"):
        (folder / left_out).parent.mkdir(parents=True)
        (folder / left_out).write_text("# TODO: never look here\n")
    return folder


def test_a_check_up_ends_in_a_report_with_a_picture(check_up, project):
    ended = check_up(project)
    assert ended.code == 0, ended.stderr
    assert ended.progress[0] == f"Surveying {project}"
    assert ended.answer["title"] == "Check-up of project"
    assert ended.answer["kind"] == "report"
    report = ended.report
    assert report.startswith(
        f"`{project}` is a software project of 4 files (600 kB), mostly Python, last changed today."
    )
    assert "| Python | 1 | 37 bytes | 2 |" in report
    assert "| 300 kB | 2 | `data copy.bin`, `data.bin` |" in report
    assert "`src/main.py:2` | `TODO: say it louder`" in report
    assert "never look here" not in report
    assert "there is no license" in report
    assert "no readme" not in report
    assert "[The conversation is here](http://local/thread)" in report
    (picture,) = ended.answer["artifacts"]
    assert f"]({Path(picture).name})" in report
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")


def test_research_calls_the_skills_as_a_person_would(check_up, project):
    ended = check_up(project)
    measure, handoff = [json.loads(line) for line in (ended.desk / "calls").read_text().splitlines()]
    assert measure == [
        *("spawn-agent", f'Measure duplicate files in "{project}"', "--agent", "engineering"),
        *("--kind", "intern", "--wait", "--json"),
    ]
    assert handoff[:5] == ["handoff", "--task-id", "t-research", "--to-agent", "writing"]
    assert "Writing makes a report of this in task t-writing." in ended.result["text"]
    assert ended.result["artifacts"] == ["t-research/findings.json"]


def test_nothing_in_the_folder_is_changed(check_up, project):
    def state() -> dict[str, float]:
        return {str(path): path.stat().st_mtime for path in project.rglob("*")}

    before = state()
    check_up(project)
    assert state() == before


def test_secrets_are_located_and_never_copied(check_up, project):
    secret = "ghp_" + "s3cr3tS3CR3T" * 3
    (project / "settings.py").write_text(f"x = 1\ntoken = '{secret}'\n# TODO: remove {secret}\n")
    (project / ".env").write_text("PASSWORD=hunter2\n")
    (project / "tests").mkdir()
    (project / "tests" / "test_it.py").write_text(f"token = '{secret}'\n")
    ended = check_up(project)
    assert "Look at this today:** 2 places look like a secret." in ended.report
    assert "`settings.py:2` (a GitHub token)" in ended.report
    assert "`.env` (a file that usually holds secrets)" in ended.report
    assert "in tests is made up: `tests/test_it.py:1`" in ended.report
    written = [path.read_text() for path in ended.desk.rglob("*") if path.is_file()]
    assert not [text for text in [*written, ended.stderr] if secret in text or "hunter2" in text]


def test_an_empty_folder_gives_a_sensible_report(check_up, tmp_path):
    ended = check_up(tmp_path)
    assert ended.report.startswith(f"`{tmp_path}` is empty: no file, no folder.")
    assert ended.answer["artifacts"] == []


def test_a_folder_with_one_file_gives_a_sensible_report(check_up, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear reader,\n")
    ended = check_up(tmp_path)
    assert f"`{tmp_path}` is a folder of 1 file (13 bytes), mostly text files" in ended.report
    assert "It is in good order" in ended.report


def test_odd_names_do_not_break_the_report(check_up, tmp_path):
    folder = tmp_path / 'an "odd" `folder` | name'
    folder.mkdir()
    names = [
        "new\nline.txt",
        "🦀.md",
        "back`tick``s.txt",
        "pi|pe.csv",
        "-rf",
        " spaces ",
        "<b>.html",
        "x" * 200 + ".txt",
    ]
    for number, name in enumerate(names):
        (folder / name).write_text("x" * number)
    Path(os.fsdecode(os.fsencode(folder) + b"/bytes\xff.txt")).write_text("x")
    ended = check_up(folder)
    assert ended.code == 0, ended.stderr
    lines = ended.report.splitlines()
    for table in (line for line in lines if line.startswith("| ")):
        cells = table.replace("\\|", "").count("|")
        assert cells in (3, 4, 5), table
    assert "| ```back`tick``s.txt``` | 2 bytes |" in lines
    assert "| `pi\\|pe.csv` | 3 bytes |" in lines
    assert "9 files" in ended.report
    ElementTree.parse(ended.answer["artifacts"][0])


def test_links_are_not_followed_and_circles_end(check_up, tmp_path):
    (tmp_path / "itself").symlink_to("itself")
    (tmp_path / "here").symlink_to(".")
    (tmp_path / "system").symlink_to("/etc")
    (tmp_path / "file.txt").write_text("x")
    ended = check_up(tmp_path)
    assert "1 file (1 byte)" in ended.report
    assert "Repair or remove `itself`." in ended.report
    assert "3 links not followed" in ended.report


def test_what_cannot_be_read_is_named_and_the_rest_is_surveyed():
    survey = (
        "import json, os, pathlib, sys; sys.path.insert(0, sys.argv[1]); import research\n"
        "if os.geteuid() == 0: os.setuid(65_534)  # root may read everything\n"
        "print(json.dumps(research.survey(pathlib.Path(sys.argv[2]))))"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "open.txt").write_text("x")
        (folder / "closed.txt").write_text("x")
        (folder / "closed.txt").chmod(0)
        (folder / "shut").mkdir(mode=0)
        command = [sys.executable, "-c", survey, str(AGENTS), name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        (folder / "shut").chmod(0o700)
    findings = json.loads(done.stdout.splitlines()[-1])
    assert sorted(findings["unreadable"]) == ["closed.txt", "shut"]
    assert (findings["files"], findings["lines"]) == (2, 1)


def test_binary_files_pipes_and_a_million_lines_are_counted_for_what_they_are(check_up, tmp_path):
    (tmp_path / "long.log").write_text("line\n" * 1_000_000)
    (tmp_path / "noise.dat").write_bytes(bytes(range(256)) * 1000)
    os.mkfifo(tmp_path / "pipe")
    ended = check_up(tmp_path)
    assert "| Log | 1 | 5 MB | 1,000,000 |" in ended.report
    assert "| .dat | 1 | 256 kB |  |" in ended.report


def test_hard_links_are_no_duplicates(check_up, tmp_path):
    (tmp_path / "one.bin").write_bytes(b"x" * 100_000)
    os.link(tmp_path / "one.bin", tmp_path / "two.bin")
    assert "No file is there twice." in check_up(tmp_path).report


def test_times_that_cannot_be_do_no_harm(check_up, tmp_path):
    for name, moment in (("old", -(10**10)), ("new", 10**11), ("now", 1)):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (moment, moment))
    assert check_up(tmp_path).code == 0


def test_the_report_comes_also_when_the_measurement_fails(check_up, project):
    ended = check_up(project, fails="engineering")
    assert ended.code == 0, ended.stderr
    assert "Not measured: the measurement (task t-engineering) is failed: it failed." in ended.report


@pytest.mark.parametrize("skill", ["spawn-agent", "handoff"])
def test_a_coordinator_that_cannot_be_reached_fails_the_task_with_a_sentence(check_up, project, skill):
    ended = check_up(project, fails=skill)
    assert ended.code == 1
    assert ended.stderr.splitlines()[-2:] == [
        "The coordinator could not be reached.",
        f"The coordinator could not be asked: `{skill}` ended with exit code 1.",
    ]


def test_without_a_coordinator_research_works_alone(check_up, project):
    ended = check_up(project, alone=True)
    assert ended.code == 0, ended.stderr
    assert any("alone" in line for line in ended.progress)
    assert f"`{project}` has 4 files in 1 folder, 600 kB in all" in ended.result["text"]
    assert not (ended.desk / "calls").exists()


@pytest.mark.parametrize("text", ["Check up on it", 'Check up on "/no/such/folder"', "", 'Check up on "relative/path"'])
def test_a_task_without_a_folder_is_refused_with_an_example(check_up, tmp_path, text):
    ended = check_up(tmp_path, text=text or " ")
    assert ended.code == 1
    assert 'Check up on "/home/me/project"' in ended.stderr
    assert "Traceback" not in ended.stderr


def test_writing_without_findings_says_whom_to_ask(tmp_path):
    done = subprocess.run(
        [sys.executable, str(AGENTS / "writing.py")],
        input='{"text": "Write something", "packet": null}',
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert "Ask research" in done.stderr


@pytest.mark.parametrize("agent", ["research", "engineering", "writing"])
def test_input_that_is_no_task_is_refused_without_a_traceback(agent, tmp_path):
    for given in ("", "[]", "not json", '{"title": "no text"}'):
        done = subprocess.run(
            [sys.executable, str(AGENTS / f"{agent}.py")], input=given, capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 1
        assert done.stderr.startswith("The task on standard input")
