"""The rules for every kind of destination: success, refusal, time-out, unclear outcome, repeats, odd content."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw_discord_coord.destinations import Guarantee, guarantee_of
from claw_discord_coord.errors import CoordError, DeliveryFailed, DeliveryUnclear, Unavailable
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.routing.output import Output
from tests.contract.destinations.benches import BENCHES, Bench, delivery
from tests.contract.destinations.faults import Fault
from tests.made_texts import Made
from tests.secret_corpus import SHAPES

pytestmark = pytest.mark.anyio

WAIT_S = 30

FAULTS_BY_BENCH = {
    "blog (plain)": {Fault.REFUSES},
    "blog (hugo)": {Fault.REFUSES},
    "blog (jekyll)": {Fault.REFUSES},
    "blog (astro)": {Fault.REFUSES},
    "blog (git)": set[Fault](),
    "file": {Fault.REFUSES},
    "discord": {Fault.REFUSES, Fault.OVERLOADED, Fault.DROPS},
    "discord (thread)": {Fault.REFUSES, Fault.OVERLOADED, Fault.DROPS},
    "discord (forum)": {Fault.REFUSES, Fault.OVERLOADED, Fault.DROPS},
    "discord (replace)": {Fault.REFUSES, Fault.OVERLOADED, Fault.DROPS},
}
"""What can go wrong with kinds that have no counterpart on a network; with all others, everything can."""

MEETINGS = [
    pytest.param(name, fault, id=f"{name}: {fault.name}")
    for name in BENCHES
    for fault in Fault
    if fault in FAULTS_BY_BENCH.get(name, set(Fault) - {Fault.NONE})
]


@pytest.fixture
async def bench(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    async with BENCHES[request.param](tmp_path, monkeypatch) as made:
        yield made


def with_bench(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("bench", names or tuple(BENCHES), indirect=True)


def with_faults(*faults: Fault) -> pytest.MarkDecorator:
    meetings = [one for one in MEETINGS if one.values[1] in faults]
    return pytest.mark.parametrize(("bench", "fault"), meetings, indirect=["bench"])


async def deliver(bench: Bench, one: Delivery) -> Receipt:
    async with asyncio.timeout(WAIT_S):
        return await bench.destination.deliver(one)


async def as_the_coordinator_does(bench: Bench, one: Delivery) -> Receipt:
    """Look, then deliver, like the coordinator at a further attempt."""
    async with asyncio.timeout(WAIT_S):
        return await bench.destination.find(one) or await bench.destination.deliver(one)


def showings(bench: Bench) -> list[str]:
    return bench.parts_per_showing(bench.arrived())


@with_bench()
@pytest.mark.proves("shown.receipt")
async def test_what_is_delivered_is_shown_once_and_proved(bench: Bench):
    receipt = await deliver(bench, delivery())

    assert len(showings(bench)) == 1
    assert "surveyed." in showings(bench)[0]
    assert receipt.destination == "out"
    assert receipt.size_bytes > 0
    assert re.fullmatch(r"[0-9a-f]{64}", receipt.sha256)


@with_bench()
@pytest.mark.proves("doubled.delivery-repeat")
async def test_a_repeat_shows_once_where_the_kind_promises_it(bench: Bench):
    one = delivery()
    first = await deliver(bench, one)

    again = await as_the_coordinator_does(bench, one)

    assert again.sha256 == first.sha256
    if guarantee_of(bench.destination) is not Guarantee.AT_LEAST_ONCE:
        assert len(showings(bench)) == 1
        assert again.id == first.id
    assert showings(bench)


@with_bench()
async def test_two_deliveries_with_the_same_title_both_arrive(bench: Bench):
    await deliver(bench, delivery("The first text.", key="t1/out"))
    await deliver(bench, delivery("The second text.", key="t2/out"))

    shown = "\n".join(showings(bench))
    assert "The second text." in shown
    assert ("The first text." in shown) is not bench.replaces


@with_bench()
async def test_what_was_never_sent_is_not_found(bench: Bench):
    assert await bench.destination.find(delivery(key="t9/out")) is None


@with_faults(Fault.REFUSES, Fault.UNAUTHORIZED)
async def test_a_refusal_is_final_and_says_what_to_do(bench: Bench, fault: Fault):
    bench.set_fault(fault)

    with pytest.raises(DeliveryFailed) as failure:
        await deliver(bench, delivery())

    assert not isinstance(failure.value, DeliveryUnclear)
    assert failure.value.fix


@with_faults(Fault.OVERLOADED)
@pytest.mark.proves("lost.delivery-retry")
async def test_an_overloaded_counterpart_is_tried_again(bench: Bench, fault: Fault):
    bench.set_fault(fault)

    with pytest.raises(Unavailable):
        await deliver(bench, delivery())

    bench.set_fault(Fault.NONE)
    await as_the_coordinator_does(bench, delivery())
    assert len(showings(bench)) == 1


@with_faults(Fault.STALLS, Fault.DROPS)
@pytest.mark.proves("lost.delivery-unclear")
async def test_an_unclear_outcome_is_never_taken_for_success_or_refusal(bench: Bench, fault: Fault):
    bench.set_fault(fault)

    with pytest.raises((Unavailable, DeliveryUnclear)) as failure:
        await deliver(bench, delivery())

    bench.set_fault(Fault.NONE)
    bench.release()
    if isinstance(failure.value, DeliveryUnclear):
        assert failure.value.fix
        assert guarantee_of(bench.destination) is Guarantee.AT_LEAST_ONCE
    else:
        await as_the_coordinator_does(bench, delivery())
        assert len(showings(bench)) == 1


@with_faults(*set(Fault) - {Fault.NONE})
@pytest.mark.proves("secret.errors")
async def test_no_secret_is_in_an_error_or_the_log(bench: Bench, fault: Fault, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    bench.set_fault(fault)

    with pytest.raises(CoordError) as failure:
        await deliver(bench, delivery())

    told = f"{failure.value.sentence()} {failure.value!r} {bench.destination!r} {caplog.text}"
    for secret in bench.secrets:
        assert secret not in told


@with_bench()
@pytest.mark.proves("secret.receipt")
async def test_no_secret_is_in_a_receipt_or_the_log_of_a_success(bench: Bench, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)

    receipt = await deliver(bench, delivery())

    for secret in bench.secrets:
        assert secret not in receipt.model_dump_json() + caplog.text


@with_bench()
@pytest.mark.proves("lost.long-text")
async def test_a_huge_text_arrives_to_its_last_line(bench: Bench):
    lines = [f"Line {number} of the measurement." for number in range(5_000)]
    fence = "```python\n" + "\n".join(f"x_{number} = {number}" for number in range(500)) + "\n```"
    text = "\n\n".join([*lines[:2_500], fence, *lines[2_500:]])

    await deliver(bench, delivery(text))

    assert len(showings(bench)) == 1
    shown = showings(bench)[0].replace("\\_", "_")
    assert [line for line in lines if line not in shown] == []
    assert "x_499 = 499" in shown


ODD_TITLES = [
    "../../etc/passwd",
    "<script>alert(1)</script> & \"quotes\" 'single'",
    "Ω 日本語 🏳️‍🌈 \u202eevil\u202c",
    "two\nlines\r\nand a\x00nul",
    "---",
    "{{ title }} {% raw %} {{< figure >}} ${HOME} $(id) `id`",
    "--> <!-- claw-discord-coord",
    "-" * 300,
]


@with_bench()
@pytest.mark.parametrize("title", ODD_TITLES)
async def test_odd_titles_and_texts_arrive(bench: Bench, title: str):
    text = f"---\nnot: [yaml\n---\n{title}\n\n@everyone\n\n| a | b |\n|---|---|\n\nThe end."

    await deliver(bench, delivery(text, title=title))

    assert len(showings(bench)) == 1
    assert "The end." in showings(bench)[0]


@with_bench()
async def test_a_second_block_of_front_matter_is_text_and_arrives_whole(bench: Bench):
    output = Output.of_content("---\nkind: report\ntags: [a]\n---\n\n---\nauthor: Ada\ndraft: true\n---\n\nThe post.")

    await deliver(bench, delivery(output.text, about=output.about))

    (showing,) = showings(bench)
    assert [line for line in ("author: Ada", "draft: true", "The post.") if line not in showing] == []


@with_bench()
async def test_an_empty_text_is_delivered_under_its_title(bench: Bench):
    await deliver(bench, delivery("", title="Nothing to report"))

    assert len(showings(bench)) == 1


@with_bench(*(name for name in BENCHES if name not in {"blog (plain)", "blog (git)", "file", "webhook", "command"}))
async def test_a_heading_that_repeats_the_title_is_not_shown_again(bench: Bench):
    await deliver(bench, delivery("# Fields\n\nAll surveyed."))

    (showing,) = showings(bench)
    assert "All surveyed." in showing
    assert showing.count("Fields") <= 1


@with_bench()
async def test_files_are_sent_or_named(bench: Bench, tmp_path: Path):
    chart = tmp_path / "kept" / "the chart.png"
    chart.parent.mkdir()
    chart.write_bytes(b"\x89PNG\r\n\x1a\n chart")

    await deliver(bench, delivery("See ![it](the%20chart.png).", artifacts=(str(chart),)))

    assert len(showings(bench)) == 1


@with_bench(*(name for name in BENCHES if not name.startswith(("discord", "openclaw"))))
async def test_a_delivery_can_be_canceled(bench: Bench):
    sending = asyncio.create_task(bench.destination.deliver(delivery()))
    await asyncio.sleep(0)
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending


@with_bench()
async def test_no_destination_gets_signs_that_hide_or_turn_nor_a_secret(bench: Bench):
    token = SHAPES["github classic"](Made(1))
    await deliver(bench, delivery(f"invoice\u202efdp.exe\u2066 and {token}.", title=f"The \u202eend {token}"))

    arrived = "\n".join(bench.arrived())
    assert "invoicefdp.exe and" in arrived
    assert not {"\u202e", "\u2066"} & set(arrived)
    assert token not in arrived


@with_bench("apprise (Telegram)", "apprise (e-mail)", "openclaw")
async def test_no_chat_is_pinged(bench: Bench):
    await deliver(bench, delivery("Hello @channel <!channel> <@U012AB3CD> <@123> @everyone"))

    arrived = "\n".join(bench.arrived())
    assert "Hello" in arrived
    assert not any(mention in arrived for mention in ("<!channel>", "<@123>", "@everyone"))
