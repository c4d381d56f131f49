"""Templates that take too much, and what a rendering leaves behind."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator

import psutil
import pytest

from claw_discord_coord.config.rendering import MEMORY_BYTES, Renderer
from claw_discord_coord.config.template import LIMIT_S, RenderingError, check, render
from claw_discord_coord.errors import Unavailable

LONG = "x" * 100_000

Answers = list[tuple[bool, str]]


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in text %}{% for b in text %}{% endfor %}{% endfor %}",
        "{{ lipsum(n=100000000) }}",
        "{{ 10 ** (10 ** 10) }}",
    ],
)
@pytest.mark.proves("obeyed.template")
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
@pytest.mark.proves("obeyed.template")
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


@contextlib.contextmanager
def rendering(renderer: Renderer, source: str, **limits: float) -> Generator[tuple[psutil.Process, Answers]]:
    """Renders in a thread: the process that does it, at work, and what is answered."""
    assert renderer.render("", {}, limit_chars=10, limit_s=30) == (True, "")
    (child,) = renderers()
    idle_s = child.cpu_times().user
    answers = Answers()
    values: dict[str, object] = {"text": LONG}
    thread = threading.Thread(
        target=lambda: answers.append(renderer.render(source, values, limit_chars=10_000_000, **limits))
    )
    thread.start()
    try:
        wait_until(lambda: child.cpu_times().user > idle_s + 0.1)
        yield child, answers
        thread.join(60)
        assert not thread.is_alive()
    finally:
        end(child)
        renderer.close()
        thread.join(60)


BUSY = "{% for a in range(1000) %}{% for b in range(99999) %}{% endfor %}{% endfor %}done"
"""Takes a second or more."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_the_end_that_is_sent_to_all_of_a_service_ends_no_rendering():
    with rendering(Renderer(), BUSY, limit_s=120) as (child, answers):
        child.send_signal(signal.SIGTERM)
        wait_until(lambda: bool(answers))
        assert child.is_running()
    assert answers == [(True, "done")]


def test_a_template_whose_process_was_ended_by_somebody_else_is_rendered_by_another():
    with rendering(Renderer(), BUSY, limit_s=120) as (child, answers):
        child.kill()
    assert answers == [(True, "done")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process so")
def test_closing_does_not_wait_for_a_process_that_stands_still():
    renderer = Renderer(allowance_s=600)
    with rendering(renderer, BUSY, limit_s=120) as (child, answers):
        child.suspend()
        closing = threading.Thread(target=renderer.close, daemon=True)
        closing.start()
        closing.join(60)
        assert not closing.is_alive()
    assert answers == [(True, "done")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process so")
def test_a_process_that_stands_still_is_ended_and_the_next_template_is_rendered():
    renderer = Renderer(allowance_s=0.5)
    renderer.render("", {}, limit_chars=10, limit_s=30)
    (child,) = renderers()
    child.suspend()
    answers = Answers()
    thread = threading.Thread(target=lambda: answers.append(renderer.render("x", {}, limit_chars=10, limit_s=0.5)))
    try:
        thread.start()
        thread.join(60)
        assert answers == [(False, "it took longer than 0.5 s, or more memory than there is")]
        assert renderer.render("x", {}, limit_chars=10, limit_s=30) == (True, "x")
    finally:
        end(child)
        renderer.close()


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


def wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    while not holds():
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
        end(psutil.Process(pid))


def end(child: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        child.kill()
        child.wait(30)


SHARED: set[int] = set()


@pytest.fixture(autouse=True)
def shared() -> None:
    render("x", {})
    SHARED.clear()
    SHARED.update(child.pid for child in psutil.Process().children())
