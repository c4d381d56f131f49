"""A bench for each kind of destination: a real counterpart, the arrived texts, and a way to let it fail."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from claw_discord_coord.config.apprise_address import service_at
from claw_discord_coord.config.model import Config
from claw_discord_coord.destinations import DestinationContext, build
from claw_discord_coord.errors import CoordError, DiscordRefused, DiscordUnavailable, NotAuthorized, OpenClawRefused
from claw_discord_coord.errors import OpenClawUnavailable as OpenClawGone
from claw_discord_coord.models import Delivery, DeliveryState
from claw_discord_coord.ports import Destination
from tests.contract.destinations import mail_server, telegram_server
from tests.contract.destinations.faults import Fault, Faulty, served
from tests.contract.destinations.github_server import TOKEN as GITHUB_TOKEN
from tests.contract.destinations.github_server import GitHubServer
from tests.contract.destinations.mail_server import MailServer
from tests.contract.destinations.telegram_server import TelegramServer
from tests.contract.memory_workspace import MemoryWorkspace

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
TIMEOUT_S = 1.0


def delivery(
    text: str = "All *fields* surveyed.", *, key: str = "t1/out", title: str = "Fields", **more: Any
) -> Delivery:
    return Delivery(
        id=f"d-{key}",
        key=key,
        task_id="t1",
        destination="out",
        route="reports",
        kind="report",
        title=title,
        text=text,
        state=DeliveryState.PLANNED,
        created_at=more.pop("created_at", datetime.now(UTC)),
        **more,
    )


def build_one(folder: Path, settings: dict[str, Any], **context: Any) -> Destination:
    """Return the destination with these settings in skill.yaml."""
    runtime = {"kind": "command", "command": ["true"]}
    config = Config.model_validate(
        {
            "agents": {"a": {"purpose": "Works.", "channel": "a", "runtime": runtime}},
            "destinations": {"out": {"timeout_s": TIMEOUT_S, **settings}},
        }
    )
    return build(config, DestinationContext(folder, clock=lambda: NOW, **context))["out"]


@dataclass
class Bench:
    """A destination and its counterpart. `arrived` returns the texts at the counterpart.

    `secrets` must never appear in errors and logs. `parts_per_showing` joins the parts of a delivery. `replaces` is set
    if a later delivery replaces an earlier delivery.
    """

    destination: Destination
    arrived: Callable[[], list[str]]
    set_fault: Callable[[Fault], None] = lambda fault: None
    secrets: tuple[str, ...] = ()
    release: Callable[[], None] = lambda: None
    parts_per_showing: Callable[[list[str]], list[str]] = field(default=lambda texts: texts)
    replaces: bool = False


Maker = Callable[[Path, pytest.MonkeyPatch], Any]


@asynccontextmanager
async def blog(folder: Path, patch: pytest.MonkeyPatch, *, format_: str, git: bool = False) -> AsyncIterator[Bench]:
    settings: dict[str, Any] = {"kind": "blog", "folder": "site", "format": format_, "timeout_s": 30}
    if git:
        await run("git", "init", "--quiet", str(folder / "site"))
        settings["git"] = {"author": "Ada <ada@example.org>"}

    def set_fault(fault: Fault) -> None:
        (folder / "site").write_text("A file where the folder should be.")

    def arrived() -> list[str]:
        return [path.read_text() for path in sorted((folder / "site").rglob("*.md"))]

    yield Bench(build_one(folder, settings), arrived, set_fault)


@asynccontextmanager
async def file(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    def set_fault(fault: Fault) -> None:
        (folder / "out").write_text("A file where the folder should be.")

    def arrived() -> list[str]:
        return [path.read_text() for path in sorted((folder / "out").glob("*.md"))]

    destination = build_one(folder, {"kind": "file", "folder": "out"})
    yield Bench(destination, arrived, set_fault)


@asynccontextmanager
async def channel(folder: Path, patch: pytest.MonkeyPatch, **where: Any) -> AsyncIterator[Bench]:
    workspace = MemoryWorkspace()

    def set_fault(fault: Fault) -> None:
        workspace.failing = {
            Fault.NONE: None,
            Fault.REFUSES: DiscordRefused("Discord refused it.", fix="Give the bot leave to write there."),
            Fault.OVERLOADED: DiscordUnavailable("Discord cannot be reached."),
            Fault.DROPS: DiscordUnavailable("Discord went away."),
        }[fault]
        workspace.lose_replies = fault is Fault.DROPS

    def arrived() -> list[str]:
        if "thread" in where:
            return [said.text for said in workspace.named_threads["reports", where["thread"]]]
        messages = workspace.forums if "forum" in where else workspace.channels
        return [said.text for said in messages["reports"]]

    destination = build_one(folder, {"kind": "discord", "channel": "reports", **where}, channels=workspace)
    yield Bench(destination, arrived, set_fault, replaces="replace" in where)


class WebhookReceiver(Faulty):
    """Receives events, checks the signatures with the reference library, and recognizes repeats by the id."""

    def __init__(self) -> None:
        super().__init__()
        self.events: dict[str, dict[str, Any]] = {}
        self.requests = 0

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        event = Webhook(SECRET).verify(body, {key.lower(): value for key, value in request.headers.items()})
        self.requests += 1
        self.events[request.headers["webhook-id"]] = event
        return web.Response(status=204)


@asynccontextmanager
async def webhook(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    receiver = WebhookReceiver()
    app = web.Application(middlewares=[receiver.disturb], client_max_size=50_000_000)
    app.add_routes([web.post("/hooks/{token}", receiver.take)])
    async with served(app, receiver) as base:
        url = f"{base}/hooks/t0ken-in-the-path"
        settings = {"kind": "webhook", "url": url, "secret": SECRET, "headers": {"X-Key": "k3y-in-a-header"}}
        destination = build_one(folder, settings)
        patch.setattr(destination, "_clock", lambda: datetime.now(UTC))

        def arrived() -> list[str]:
            return [f"{one['data']['title']}\n{one['data']['text']}" for one in receiver.events.values()]

        def set_fault(fault: Fault) -> None:
            receiver.fault = fault

        secrets = ("t0ken-in-the-path", SECRET, "k3y-in-a-header")
        yield Bench(destination, arrived, set_fault, secrets, receiver.released.set)


PROGRAM = """
import json, os, pathlib, sys, time
given = json.load(sys.stdin)
fault = pathlib.Path("fault").read_text() if pathlib.Path("fault").exists() else ""
if "for good" in fault: sys.exit("no, and my key is " + os.environ["PAGER_KEY"])
if "credentials" in fault: sys.exit("the key " + os.environ["PAGER_KEY"] + " is wrong")
if "not now" in fault: sys.exit(75)
if "never answers" in fault: time.sleep(60)
arrived = pathlib.Path("arrived"); arrived.mkdir(exist_ok=True)
name = os.environ["DELIVERY_KEY"].replace("/", "_").encode().hex()[:100]
(arrived / name).write_text(given["title"] + "\\n" + given["text"], encoding="utf-8", errors="surrogatepass")
if "breaks" in fault: time.sleep(60)
print("pushed"); print(json.dumps({"url": "https://pager.example/1", "id": "1"}))
"""


@asynccontextmanager
async def command(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    (folder / "pager.py").write_text(textwrap.dedent(PROGRAM))
    key = "k3y-of-the-pager"
    destination = build_one(
        folder, {"kind": "command", "command": ["python", "pager.py"], "env": {"PAGER_KEY": key}, "timeout_s": 3}
    )

    def arrived() -> list[str]:
        return [path.read_text() for path in sorted((folder / "arrived").glob("*"))]

    def set_fault(fault: Fault) -> None:
        (folder / "fault").write_text(fault.value)

    yield Bench(destination, arrived, set_fault, (key,))


@asynccontextmanager
async def github(folder: Path, patch: pytest.MonkeyPatch, *, comment: str) -> AsyncIterator[Bench]:
    server = GitHubServer()
    async with server.running() as base:
        settings = {"kind": "github", "repository": "ada/engine", "token": GITHUB_TOKEN, "api_url": base}
        destination = build_one(folder, {**settings, "number": 12, "comment": comment})

        def set_fault(fault: Fault) -> None:
            server.fault = fault

        yield Bench(
            destination,
            server.bodies,
            set_fault,
            (GITHUB_TOKEN,),
            server.released.set,
            _joined_comments,
            replaces=comment == "update",
        )


def _joined_comments(bodies: list[str]) -> list[str]:
    """Join the comments with the same mark, which are parts of one text."""
    showings: dict[str, str] = {}
    for body in bodies:
        head, _, text = body.partition("\n")
        mark = head.split()[2]
        showings[mark] = f"{showings[mark]}\n{text}" if mark in showings else text
    return list(showings.values())


@asynccontextmanager
async def telegram(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    server = TelegramServer()
    async with server.running() as base:
        address = f"tgram://{telegram_server.TOKEN}/4711"
        patch.setattr(type(service_at(address)), "notify_url", base)
        destination = build_one(folder, {"kind": "apprise", "url": address})

        def set_fault(fault: Fault) -> None:
            server.fault = fault

        def joined(texts: list[str]) -> list[str]:
            return ["\n".join(texts)] if len(texts) > 1 and "(2/" in texts[1] else texts

        secret = telegram_server.TOKEN.partition(":")[2]
        yield Bench(destination, lambda: server.texts, set_fault, (secret,), server.released.set, joined)


@asynccontextmanager
async def mail(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    server = MailServer()
    async with server.running() as port:
        login = f"{mail_server.USER}:{mail_server.PASSWORD}"
        address = f"mailto://{login}@127.0.0.1:{port}?from=claw@example.org&to=ada@example.org"
        destination = build_one(folder, {"kind": "apprise", "url": address})

        def arrived() -> list[str]:
            return [_mail_text(mail) for mail in server.mails]

        def set_fault(fault: Fault) -> None:
            server.fault = fault

        yield Bench(destination, arrived, set_fault, (mail_server.PASSWORD,), server.released.set)


def _mail_text(mail: Any) -> str:
    body = mail.get_body(("plain", "html"))
    assert body is not None
    return f"{mail['Subject']}\n{body.get_content()}"


class MemoryGateway:
    """OpenClaw's Gateway with one channel, and with idempotency keys in memory."""

    def __init__(self) -> None:
        self.fault = Fault.NONE
        self.sent: dict[str, dict[str, Any]] = {}
        self.channels = {"telegram": [{"accountId": "default", "configured": True, "enabled": True}], "slack": []}

    async def call(
        self, method: str, params: dict[str, Any] | None = None, *, limit_s: float = 30.0, final: bool = False
    ) -> dict[str, Any]:
        refusals: dict[Fault, CoordError] = {
            Fault.REFUSES: OpenClawRefused("OpenClaw refused send: unknown target"),
            Fault.UNAUTHORIZED: NotAuthorized("OpenClaw's Gateway refused the token.", fix="Compare the tokens."),
            Fault.OVERLOADED: OpenClawGone("OpenClaw cannot do send now."),
            Fault.STALLS: OpenClawGone("OpenClaw did not answer send within 1 s."),
        }
        if self.fault in refusals:
            raise refusals[self.fault]
        if method == "channels.status":
            return {"ts": 1, "channelOrder": list(self.channels), "channels": {}, "channelAccounts": self.channels}
        assert method == "send"
        assert params is not None
        assert {"channel", "to", "message", "idempotencyKey"} == set(params)
        answer = {"runId": "r1", "messageId": str(len(self.sent) + 1), "channel": params["channel"]}
        self.sent.setdefault(params["idempotencyKey"], params)
        if self.fault is Fault.DROPS:
            raise OpenClawGone("The connection to OpenClaw's Gateway broke.")
        return answer


@asynccontextmanager
async def openclaw(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    gateway = MemoryGateway()
    settings = {"kind": "openclaw", "channel": "telegram", "to": "4711"}
    destination = build_one(folder, settings, gateway=gateway)

    def set_fault(fault: Fault) -> None:
        gateway.fault = fault

    yield Bench(destination, lambda: [one["message"] for one in gateway.sent.values()], set_fault)


async def run(*command: str) -> str:
    """Run a program and return its output."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    stdout, stderr = await process.communicate()
    assert process.returncode == 0, stderr.decode()
    return stdout.decode()


BENCHES: dict[str, Maker] = {
    "blog (plain)": lambda folder, patch: blog(folder, patch, format_="plain"),
    "blog (hugo)": lambda folder, patch: blog(folder, patch, format_="hugo"),
    "blog (jekyll)": lambda folder, patch: blog(folder, patch, format_="jekyll"),
    "blog (astro)": lambda folder, patch: blog(folder, patch, format_="astro"),
    "blog (git)": lambda folder, patch: blog(folder, patch, format_="plain", git=True),
    "file": file,
    "discord": channel,
    "discord (thread)": lambda folder, patch: channel(folder, patch, thread="Weekly"),
    "discord (forum)": lambda folder, patch: channel(folder, patch, forum=True, tags=["report"]),
    "discord (replace)": lambda folder, patch: channel(folder, patch, replace=True),
    "webhook": webhook,
    "command": command,
    "github (new)": lambda folder, patch: github(folder, patch, comment="new"),
    "github (update)": lambda folder, patch: github(folder, patch, comment="update"),
    "apprise (Telegram)": telegram,
    "apprise (e-mail)": mail,
    "openclaw": openclaw,
}
