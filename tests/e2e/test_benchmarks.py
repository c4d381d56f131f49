"""The benchmark of many tasks runs. Its times are not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.scale import SCENARIOS

ROOT = Path(__file__).parents[2]
FIGURES = {
    "start": ["memory of an idle coordinator (RSS)"],
    "live": ["a call that starts a task", "nothing happens", "live tasks (RSS)", "filling"],
    "restart": ["until calls are answered", "until all runs are attached"],
    "status": ["registry_status by state", "registry_status by agent", "registry_status by rare text"],
    "trivial": ["CPU of one trivial task"],
    "supervisor": ["memory of a supervisor (RSS)"],
    "stop": ["all processes gone"],
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "benchmarks.scale", *arguments]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.skipif(sys.platform != "linux", reason="the figures are read from /proc")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_scenario_prints_its_figures_and_compares_them_with_the_goals(scenario: str) -> None:
    done = run(scenario, "--scale", "0.002", "--rounds", "1", "--quiet-s", "0.1")
    assert done.returncode == 0, done.stderr
    first, second, command, _, *lines = done.stdout.splitlines()
    assert "cores" in first
    assert "claw-discord-coord" in second
    assert command == f"command: python -m benchmarks.scale {scenario} --scale 0.002 --rounds 1 --quiet-s 0.1"
    for figure in FIGURES[scenario]:
        assert any(figure in line for line in lines), figure
    if scenario != "supervisor":
        assert any(line.endswith((": yes", ": no")) for line in lines)


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    done = run("everything")
    assert done.returncode == 2
    assert "there is no scenario everything; use start, live, restart, status" in done.stderr
