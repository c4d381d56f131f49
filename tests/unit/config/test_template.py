"""Templates that take too much, and what a rendering leaves behind."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

import psutil
import pytest

from claw_discord_coord.config.rendering import MEMORY_BYTES, Renderer
from claw_discord_coord.config.template import LIMIT_S, RenderingError, check, render
from claw_discord_coord.errors import Unavailable

LONG = "x" * 100_000


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in text %}{% for b in text %}{% endfor %}{% endfor %}",
        "{{ lipsum(n=100000000) }}",
        "{{ 10 ** (10 ** 10) }}",
    ],
)
def test_a_template_that_takes_too_long_is_ended_and_the_next_is_rendered(source: str):
    check(source)
    began_s = time.monotonic()

    with pytest.raises(RenderingError, match=r"^it took longer than 0\.5 s"):
        render(source, {"text": LONG}, limit_s=0.5)

    assert time.monotonic() - began_s < 30
    assert render("{{ text }}", {"text": "Next."}) == "Next."


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x'.ljust(3000000000) }}",
        "{{ 'x' | center(3000000000) }}",
        "{{ '%2000000000d' % 1 }}",
        "{{ '{:2000000000}'.format(1) }}",
        "{{ 'x' * 3000000000 }}",
        "{{ text.replace('', text) }}",
    ],
)
def test_a_template_that_takes_too_much_memory_is_refused_and_costs_the_program_none(source: str):
    before_bytes = most_memory_bytes()

    check(source)
    with pytest.raises(RenderingError, match="it needs more than 1,024 MB of memory"):
        render(source, {"text": LONG}, limit_s=30)

    assert most_memory_bytes() - before_bytes < MEMORY_BYTES
    assert render("{{ text }}", {"text": "Next."}) == "Next."


def test_values_arrive_as_they_are():
    odd = "\ud800\u2028\x00\n😀 {{ 1 }}"

    assert render("{{ text }}|{{ labels }}|{{ private }}", {"text": odd, "labels": ("a",), "private": False}) == (
        f"{odd}|('a',)|False"
    )


def test_templates_rendered_from_several_threads_get_their_own_texts():
    written: dict[int, str] = {}

    def one(number: int) -> None:
        written[number] = render("{{ text }}", {"text": str(number)}, limit_s=30)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert written == {number: str(number) for number in range(20)}


def test_one_process_renders_all_and_another_takes_its_place_when_it_is_gone():
    renderer = Renderer()
    try:
        ends: list[tuple[bool, str]] = []
        seen: set[int] = set()
        for gone in (False, False, True, False):
            ends.append(renderer.render("{{ text }}", {"text": "x"}, limit_chars=10, limit_s=LIMIT_S))
            (child,) = renderers()
            seen.add(child.pid)
            if gone:
                child.kill()
                child.wait(30)
    finally:
        renderer.close()

    assert ends == [(True, "x")] * 4
    assert len(seen) == 2
    assert renderers() == []


def test_a_process_that_cannot_be_started_is_waited_for_and_not_the_templates_fault(monkeypatch: pytest.MonkeyPatch):
    end_shared_renderer()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(Unavailable, match="fills in templates cannot be started"):
            render("{{ text }}", {"text": "x"})

    assert render("{{ text }}", {"text": "x"}) == "x"


def test_the_process_ends_with_the_program_that_started_it():
    program = """
import os, psutil
from claw_discord_coord.config.template import render
render("x", {})
print(psutil.Process().children()[0].pid, flush=True)
os.kill(os.getpid(), 9)
"""
    ran = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, timeout=60)

    deadline_s = time.monotonic() + 30
    with contextlib.suppress(psutil.NoSuchProcess):  # or nobody is there who takes note of its end
        while psutil.Process(int(ran.stdout)).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline_s
            time.sleep(0.01)


def most_memory_bytes() -> int:
    """The most memory that this process has ever had (getrusage(2): in kilobytes)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def renderers() -> list[psutil.Process]:
    """This test's own process that renders, apart from the one that all templates of the program share."""
    return [child for child in psutil.Process().children() if child.pid not in SHARED]


def end_shared_renderer() -> None:
    """End the process that all templates of the program share."""
    for pid in SHARED:
        child = psutil.Process(pid)
        child.kill()
        child.wait(30)


SHARED: set[int] = set()


@pytest.fixture(autouse=True)
def shared() -> None:
    render("x", {})
    SHARED.clear()
    SHARED.update(child.pid for child in psutil.Process().children())
