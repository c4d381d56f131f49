"""Webhooks by Standard Webhooks, checked with the reference library."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError
from standardwebhooks import Webhook as Verifier

from claw_discord_coord.config.destinations import WebhookDestinationConfig
from claw_discord_coord.destinations import DestinationContext
from claw_discord_coord.destinations.webhook import Webhook
from claw_discord_coord.errors import DeliveryFailed, Unavailable
from tests.contract.destinations.benches import NOW, SECRET, delivery
from tests.contract.destinations.faults import Faulty, served

pytestmark = pytest.mark.anyio


class Receiver(Faulty):
    """Stores requests, and responds with `status`."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.said = "a word from the receiver"

    async def take(self, request: web.Request) -> web.Response:
        self.received.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.status, headers=self.headers, text=self.said)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def base(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application(client_max_size=50_000_000)
    app.add_routes([web.post("/{path:.*}", receiver.take)])
    async with served(app, receiver) as base:
        yield base


def webhook(folder: Path, url: str, *, clock: Any = lambda: datetime.now(UTC), **settings: Any) -> Webhook:
    given = WebhookDestinationConfig.model_validate({"kind": "webhook", "url": url, "timeout_s": 5, **settings})
    return Webhook("hook", given, DestinationContext(folder, clock=clock))


async def test_an_event_verifies_with_the_reference_library(tmp_path: Path, receiver: Receiver, base: str):
    chart = tmp_path / "chart.png"
    chart.write_bytes(b"chart")
    one = delivery("Text.", about={"tags": ["a"]}, artifacts=(str(chart),))

    receipt = await webhook(tmp_path, base, secret=SECRET).deliver(one)

    headers, body = receiver.received[0]
    event = Verifier(SECRET).verify(body, headers)
    assert event["type"] == "output.routed"
    assert event["timestamp"] == one.created_at.isoformat()
    assert event["data"]["text"] == "Text."
    assert event["data"]["about"] == {"tags": ["a"]}
    assert event["data"]["key"] == one.key
    assert event["data"]["files"][0]["content_base64"] == "Y2hhcnQ="
    assert headers["content-type"] == "application/json"
    assert (receipt.id, receipt.size_bytes) == (headers["webhook-id"], len(body))


async def test_every_attempt_has_the_same_id_and_its_own_time(tmp_path: Path, receiver: Receiver, base: str):
    times = iter([datetime.now(UTC) + timedelta(seconds=second) for second in range(4)])
    destination = webhook(tmp_path, base, secret=SECRET, clock=lambda: next(times))

    await destination.deliver(delivery())
    await destination.deliver(delivery())

    (first, _), (second, _) = receiver.received
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert "." not in first["webhook-id"]


async def test_without_a_secret_events_are_not_signed_and_headers_are_sent(
    tmp_path: Path, receiver: Receiver, base: str
):
    await webhook(tmp_path, base, headers={"Authorization": "Bearer t0ken"}).deliver(delivery())

    headers, _ = receiver.received[0]
    assert "webhook-signature" not in headers
    assert headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410, 413])
async def test_final_statuses_are_not_tried_again(tmp_path: Path, receiver: Receiver, base: str, status: int):
    receiver.status, receiver.headers = status, {"Location": f"{base}/elsewhere"} if status < 400 else {}

    with pytest.raises(DeliveryFailed, match=f"responded with {status}: a word from the receiver") as failure:
        await webhook(tmp_path, base).deliver(delivery())

    assert failure.value.fix
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("header", "said", "shown"),
    [
        ("Bearer s3cret-token", "bad token s3cret-token", "bad token [hidden]"),
        ("Bearer s3cret-token", "the Bearer is wrong", "the Bearer is wrong"),
        ("Bearer s3cret-token", "." * 190 + " s3cret-token", "." * 190 + " [hidden]"[:10]),
        ("Basic YWRhLXdobzpzM2NyZXQtcGFzczp3b3Jk", "no ada-who with s3cret-pass:word", "no [hidden] with [hidden]"),
        ("Basic YWRhLXdobzpzM2NyZXQtcGFzczp3b3Jk", "no YWRhLXdobzpzM2NyZXQtcGFzczp3b3Jk", "no [hidden]"),
        ('Token token="s3cret-token", session=s3cret-id', "no s3cret-token in session s3cret-id",
         "no [hidden] in session [hidden]"),
    ],
)  # fmt: skip
async def test_parts_of_a_header_in_a_response_are_masked(
    tmp_path: Path, receiver: Receiver, base: str, header: str, said: str, shown: str
):
    receiver.status, receiver.said = 400, said

    with pytest.raises(DeliveryFailed) as failure:
        await webhook(tmp_path, base, headers={"Authorization": header}).deliver(delivery())

    assert str(failure.value) == f"hook responded with 400: {shown}."


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_passing_statuses_are_tried_again(tmp_path: Path, receiver: Receiver, base: str, status: int):
    receiver.status = status

    with pytest.raises(Unavailable):
        await webhook(tmp_path, base).deliver(delivery())


@pytest.mark.parametrize(
    ("said", "rest_s"),
    [
        ("120", 120.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        (None, None),
    ],
)
async def test_the_pause_that_a_receiver_wants_is_passed_on(
    tmp_path: Path, receiver: Receiver, base: str, said: str | None, rest_s: float | None
):
    receiver.status, receiver.headers = 503, {} if said is None else {"Retry-After": said}

    with pytest.raises(Unavailable) as failure:
        await webhook(tmp_path, base, clock=lambda: NOW).deliver(delivery())

    assert failure.value.retry_after_s == rest_s


@pytest.mark.parametrize("host", ["127.0.0.1", "nosuch.invalid"])
async def test_an_unreachable_server_is_tried_again(tmp_path: Path, host: str):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(Unavailable, match="cannot be reached"):
        await webhook(tmp_path, f"http://{host}:{port}").deliver(delivery())


@pytest.mark.parametrize(
    ("url", "leaves"),
    [
        ("http://127.0.0.1:1/x", False),
        ("http://localhost/x", False),
        ("http://[::1]:1/", False),
        ("https://x.example/", True),
        ("http://192.168.0.1/", True),
    ],
)
async def test_only_addresses_of_this_machine_are_private(tmp_path: Path, url: str, leaves: bool):
    assert webhook(tmp_path, url).leaves_machine() is leaves


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://x.example"},
        {"url": "http://"},
        {"url": "http://x.example", "secret": "plain"},
        {"url": "http://x.example", "secret": "whsec_c2hvcnQ="},
        {"url": "http://x.example", "secret": "whsec_!!!"},
    ],
)
def test_settings_that_cannot_work_are_refused_without_repeating_them(settings: dict[str, str]):
    with pytest.raises(ValidationError) as failure:
        WebhookDestinationConfig.model_validate({"kind": "webhook", **settings})

    assert all(problem["msg"].startswith("Value error, is not") for problem in failure.value.errors())
