"""Apprise's services, as far as they differ from other destinations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from claw_discord_coord.config.apprise_address import service_at
from claw_discord_coord.destinations.apprise import _failure  # pyright: ignore[reportPrivateUsage]
from claw_discord_coord.errors import CoordError, DeliveryFailed, DeliveryUnclear, Unavailable
from tests.contract.destinations import mail_server
from tests.contract.destinations.benches import build_one, delivery
from tests.contract.destinations.faults import Fault
from tests.contract.destinations.mail_server import MailServer
from tests.contract.destinations.telegram_server import TOKEN, TelegramServer

pytestmark = pytest.mark.anyio

ADDRESS = f"tgram://{TOKEN}/4711"


@pytest.fixture
async def telegram(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramServer]:
    server = TelegramServer()
    async with server.running() as base:
        monkeypatch.setattr(type(service_at(ADDRESS)), "notify_url", base)
        yield server


async def test_an_alert_reaches_telegram_with_its_title(tmp_path: Path, telegram: TelegramServer):
    await build_one(tmp_path, {"kind": "apprise", "url": ADDRESS}).deliver(delivery("Disk *full*.", title="Alert"))

    assert telegram.texts == ["*Alert*\nDisk _full_."]


async def test_markdown_that_telegram_does_not_understand_is_sent_as_plain_text(
    tmp_path: Path, telegram: TelegramServer
):
    telegram.picky = True

    await build_one(tmp_path, {"kind": "apprise", "url": ADDRESS}).deliver(delivery("Disk *full.", title="Alert"))

    assert telegram.texts == ["<b>Alert</b>\r\nDisk *full."]


async def test_files_follow_the_text(tmp_path: Path, telegram: TelegramServer):
    log = tmp_path / "disk.log"
    log.write_text("full")

    await build_one(tmp_path, {"kind": "apprise", "url": ADDRESS}).deliver(delivery(artifacts=(str(log),)))

    assert len(telegram.texts) >= 1
    assert telegram.files == ["disk.log"]


@pytest.mark.proves("doubled.delivery-part")
async def test_a_message_that_arrived_in_part_is_not_sent_again(
    tmp_path: Path, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
):
    send = telegram._send  # pyright: ignore[reportPrivateUsage]
    destination = build_one(tmp_path, {"kind": "apprise", "url": ADDRESS})
    appended = telegram.texts

    class Once(list[str]):
        def append(self, text: str) -> None:
            appended.append(text)
            telegram.fault = Fault.OVERLOADED

    telegram.texts = Once()
    assert send

    with pytest.raises(DeliveryUnclear, match="1 of 3 messages arrived"):
        await destination.deliver(delivery("word " * 2_000))

    assert len(appended) == 1


async def test_an_unreachable_server_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(service_at(ADDRESS)), "notify_url", "http://127.0.0.1:9/bot")

    with pytest.raises(Unavailable):
        await build_one(tmp_path, {"kind": "apprise", "url": ADDRESS}).deliver(delivery())
    with pytest.raises(Unavailable):
        await build_one(
            tmp_path, {"kind": "apprise", "url": "mailto://a:s3cret-word@127.0.0.1:9?from=a@x.example&to=b@x.example"}
        ).deliver(delivery())


async def test_a_mail_holds_title_text_and_files(tmp_path: Path):
    server = MailServer()
    log = tmp_path / "disk.log"
    log.write_text("full")
    async with server.running() as port:
        login = f"{mail_server.USER}:{mail_server.PASSWORD}"
        address = f"mailto://{login}@127.0.0.1:{port}?from=claw@example.org&to=ada@example.org"
        await build_one(tmp_path, {"kind": "apprise", "url": address, "timeout_s": 10}).deliver(
            delivery("Disk **full**.", title="Alert", artifacts=(str(log),))
        )

    (mail,) = server.mails
    assert mail["Subject"] == "Alert"
    assert mail["To"] == "ada@example.org"
    body = mail.get_body(("html",))
    assert body is not None
    assert "<strong>full</strong>" in body.get_content()
    assert [part.get_filename() for part in mail.iter_attachments()] == ["disk.log"]


@pytest.mark.parametrize(
    ("scheme", "mode", "said"),
    [("mailto", "", "AUTH extension not supported"), ("mailtos", "&mode=ssl", "wrong version number")],
)
async def test_a_mail_server_that_lacks_a_feature_is_final(tmp_path: Path, scheme: str, mode: str, said: str):
    async with MailServer(takes_logins=False).running() as port:
        login = f"{mail_server.USER}:{mail_server.PASSWORD}"
        address = f"{scheme}://{login}@127.0.0.1:{port}?from=claw@example.org&to=ada@example.org{mode}"
        with pytest.raises(DeliveryFailed, match=said) as failure:
            await build_one(tmp_path, {"kind": "apprise", "url": address, "timeout_s": 10}).deliver(delivery())

    assert type(failure.value) is DeliveryFailed
    assert failure.value.fix is not None
    assert "Check the address" in failure.value.fix


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Failed to send: Unauthorized, error=401.", DeliveryFailed),
        ("Failed to send: error=429.", Unavailable),
        ("Failed to send: error=503.", Unavailable),
        ("Socket Exception: Failed to resolve 'api.telegram.org'", Unavailable),
        ("Socket Exception: (535, b'5.7.8 Authentication failed')", DeliveryFailed),
        ("Socket Exception: {'a@b': (451, b'4.3.2 try later')}", Unavailable),
        ("Socket Exception: {'a@b': (550, b'5.1.1 no such mailbox')}", DeliveryFailed),
        ("Socket Exception: SMTP AUTH extension not supported by server.", DeliveryFailed),
        ("Socket Exception: STARTTLS extension not supported by server.", DeliveryFailed),
        ("Socket Exception: No suitable authentication method found.", DeliveryFailed),
        ("Socket Exception: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:992)", DeliveryFailed),
        ("Socket Exception: Read timed out.", DeliveryUnclear),
        ("The service did not respond within 1 s.", DeliveryUnclear),
    ],
)
def test_apprises_message_decides_on_another_attempt(said: str, error: type[CoordError]):
    assert type(_failure("alerts", said, targets=1)) is error


def test_a_failure_with_several_recipients_is_unclear():
    assert type(_failure("alerts", "error=503.", targets=2)) is DeliveryUnclear


@pytest.mark.parametrize("url", ["nonsense://s3cret-word", "s3cret-word", ""])
def test_an_address_that_apprise_does_not_know_is_refused_without_repeating_it(tmp_path: Path, url: str):
    with pytest.raises(ValidationError) as failure:
        build_one(tmp_path, {"kind": "apprise", "url": url})

    assert "not an address that Apprise understands" in failure.value.errors(include_input=False)[0]["msg"]
    assert "s3cret-word" not in str(failure.value.errors(include_input=False))
