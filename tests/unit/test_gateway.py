"""The Gateway's client against a WebSocket server that speaks the Gateway's frames."""

import asyncio
import base64
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawMismatch, OpenClawRefused, OpenClawUnavailable
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Back, Backoff, Gateway, briefly
from claw_discord_coord.openclaw.gateway_connection import ADMIN, READ, WRITE, Access, Lost
from tests.gateway_stand_in import StandIn, echo, reply, silence

pytestmark = pytest.mark.anyio
QUICK = Backoff(first_s=0.01, limit_s=0.02, refused_s=0.05)


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    async with StandIn().serving() as stand_in:
        yield stand_in


@pytest.fixture
def access(stand_in: StandIn) -> Access:
    return Access(stand_in.url, token=SecretStr("right"))


@pytest.fixture
async def gateway(access: Access) -> AsyncIterator[Gateway]:
    async with Gateway(access, backoff=QUICK) as gateway:
        yield gateway


async def fails(kind: type[CoordError], gateway: Gateway, *, limit_s: float = 5) -> CoordError:
    with pytest.raises(kind) as caught:
        await gateway.call("health", limit_s=limit_s)
    return caught.value


async def test_it_asks_for_exactly_the_scopes_it_needs_and_for_protocol_4(stand_in: StandIn, gateway: Gateway) -> None:
    assert await gateway.call("health", {"a": 1}) == {"method": "health", "a": 1}
    claim = stand_in.claims[0]
    assert claim["scopes"] == [READ, WRITE]
    assert (claim["minProtocol"], claim["maxProtocol"]) == (4, 4)
    assert claim["client"]["id"] == "gateway-client"
    assert "device" not in claim


async def test_answers_may_come_in_any_order_and_unknown_frames_are_passed_over(
    stand_in: StandIn, gateway: Gateway
) -> None:
    first: list[dict[str, Any]] = []

    async def second_first(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        if not first:
            first.append(request)
            return
        await socket.send('{"type": "novelty", "x": 1}')
        await socket.send("not even JSON")
        await reply(socket, {"id": "r999"}, {})
        await reply(socket, request, {"which": 2})
        await reply(socket, first[0], {"which": 1})

    stand_in.answer = second_first
    answers = await asyncio.gather(gateway.call("a"), gateway.call("b"))
    assert [answer["which"] for answer in answers] == [1, 2]


async def test_an_event_that_a_listener_cannot_take_costs_no_connection(stand_in: StandIn, gateway: Gateway) -> None:
    async def odd_first(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        for payload in ({"runId": 7}, {"data": "x"}, {"state": []}, None, "x", [1]):
            await socket.send(json.dumps({"type": "event", "event": "agent", "payload": payload}))
        await reply(socket, request, {"which": "after"})

    def breaks(_event: object) -> bool:
        raise TypeError("an odd event")

    stand_in.answer = odd_first
    with gateway.listening(breaks):
        assert (await gateway.call("a")) == {"which": "after"}
        assert (await gateway.call("b")) == {"which": "after"}
    assert len(stand_in.claims) == 1


async def test_a_method_that_answers_twice_gives_the_first_or_the_last_answer_as_asked(
    stand_in: StandIn, gateway: Gateway
) -> None:
    async def twice(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        await reply(socket, request, {"status": "accepted", "runId": "x"})
        await reply(socket, request, {"status": "ok", "runId": "x"})

    stand_in.answer = twice
    assert (await gateway.call("agent", final=True))["status"] == "ok"
    assert (await gateway.call("agent"))["status"] == "accepted"
    assert (await gateway.call("agent", final=True))["status"] == "ok"


async def test_no_answer_in_time_is_told_as_that_and_a_late_one_disturbs_nobody(
    stand_in: StandIn, gateway: Gateway
) -> None:
    late: list[tuple[ServerConnection, dict[str, Any]]] = []

    async def keep(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        late.append((socket, request))

    stand_in.answer = keep
    await gateway.hello()
    error = await fails(OpenClawUnavailable, gateway, limit_s=0.05)
    assert "did not answer health" in str(error)

    stand_in.answer = echo
    await reply(*late[0], {"too": "late"})
    assert await gateway.call("next") == {"method": "next"}


async def test_a_canceled_call_leaves_nothing_behind(stand_in: StandIn, access: Access) -> None:
    stand_in.answer = silence
    async with briefly(access) as connection:
        calling = asyncio.create_task(connection.call("slow", {}))
        await asyncio.sleep(0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert connection.waiting == 0


async def test_a_call_under_way_when_the_connection_breaks_is_lost_and_the_next_one_works(
    stand_in: StandIn, gateway: Gateway
) -> None:
    asked = asyncio.Event()

    async def crash(stand_in: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        asked.set()
        stand_in.answer = echo
        socket.transport.abort()

    stand_in.answer = crash
    with pytest.raises(Lost):
        await gateway.call("chat.send")
    assert asked.is_set()
    assert await gateway.call("again") == {"method": "again"}


async def test_listeners_hear_events_in_order_and_are_told_of_a_restart(stand_in: StandIn, gateway: Gateway) -> None:
    await gateway.hello()
    with gateway.listening(lambda event: event.run_id == "mine") as events:
        await stand_in.say("agent", runId="mine", n=1)
        await stand_in.say("agent", runId="another", n=2)
        await stand_in.say("brand-new-event")
        await stand_in.say("agent", runId="mine", n=3)
        heard = [await asyncio.wait_for(events.next(), 5) for _ in range(2)]
        await stand_in.restart()
        back = await asyncio.wait_for(events.next(), 5)

    assert [item.payload["n"] for item in heard if not isinstance(item, Back)] == [1, 3]
    assert back == Back("boot-2")


async def test_a_listener_that_nobody_reads_keeps_the_newest(stand_in: StandIn, gateway: Gateway) -> None:
    await gateway.hello()
    with gateway.listening(lambda _: True, limit=3) as events:
        for n in range(10):
            await stand_in.say("agent", runId="x", n=n)
        await gateway.call("health")
        newest = [await events.next() for _ in range(3)]
    assert [item.payload["n"] for item in newest if not isinstance(item, Back)] == [7, 8, 9]


async def test_a_wrong_token_fails_calls_at_once_with_what_to_do(stand_in: StandIn) -> None:
    async with Gateway(Access(stand_in.url, token=SecretStr("wrong")), backoff=QUICK) as gateway:
        error = await fails(NotAuthorized, gateway)
        assert "refused the token" in str(error)
        assert "openclaw.token" in error.sentence()
        stand_in.token = "wrong"
        with gateway.listening(lambda _: True) as events:
            await asyncio.wait_for(stand_in.accepted.wait(), 5)
            await stand_in.say("tick")
            await asyncio.wait_for(events.next(), 5)
        assert await gateway.call("health") == {"method": "health"}


@pytest.mark.parametrize("theirs", [3, 5])
async def test_another_protocol_is_explained(theirs: int, stand_in: StandIn, gateway: Gateway) -> None:
    details = {"code": "PROTOCOL_MISMATCH", "expectedProtocol": theirs}
    stand_in.refusals = [{"code": "INVALID_REQUEST", "message": "protocol mismatch", "details": details}] * 20
    error = await fails(OpenClawMismatch, gateway)
    assert f"speaks protocol {theirs}" in str(error)
    assert error.fix is not None


async def test_a_gateway_that_is_still_starting_is_waited_for(stand_in: StandIn, gateway: Gateway) -> None:
    details = {"reason": "startup-sidecars"}
    stand_in.refusals = [{"code": "UNAVAILABLE", "message": "starting", "retryable": True, "details": details}] * 3
    assert await gateway.call("health") == {"method": "health"}
    assert len(stand_in.claims) == 4


async def test_scopes_that_were_silently_withheld_are_noticed(stand_in: StandIn, gateway: Gateway) -> None:
    stand_in.granted = []
    assert "operator.write" in str(await fails(NotAuthorized, gateway))


async def test_pairing_that_is_due_names_the_command(stand_in: StandIn, gateway: Gateway) -> None:
    details = {"code": "PAIRING_REQUIRED", "requestId": "req-7"}
    stand_in.refusals = [{"code": "NOT_PAIRED", "message": "pairing required", "details": details}] * 20
    assert "openclaw devices approve req-7" in (await fails(NotAuthorized, gateway)).sentence()


async def test_nobody_there_is_told_within_the_time_given() -> None:
    async with Gateway(Access("ws://127.0.0.1:9"), backoff=QUICK) as gateway:
        error = await fails(OpenClawUnavailable, gateway, limit_s=0.2)
    assert "does not answer" in str(error)


async def test_something_else_at_the_address_is_told_as_that() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Gateway(Access(f"ws://127.0.0.1:{port}"), backoff=QUICK) as gateway:
        error = await fails(OpenClawRefused, gateway)
    assert "404" in str(error)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ({"code": "FORBIDDEN", "details": {"code": "MISSING_SCOPE", "missingScope": ADMIN}}, NotAuthorized),
        ({"code": "UNAVAILABLE", "message": "busy", "retryable": True}, OpenClawUnavailable),
        ({"code": "INVALID_REQUEST", "message": "Unknown agent id"}, OpenClawRefused),
    ],
)
async def test_what_the_gateway_refuses_is_one_of_our_errors(
    refusal: dict[str, Any], kind: type[CoordError], stand_in: StandIn, gateway: Gateway
) -> None:
    async def refuse(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        await socket.send(json.dumps({"type": "res", "id": request["id"], "ok": False, "error": refusal}))

    stand_in.answer = refuse
    await fails(kind, gateway)


async def test_a_device_proves_itself_and_keeps_its_token_where_only_the_owner_reads_it(
    stand_in: StandIn, tmp_path: Path
) -> None:
    file = tmp_path / "state" / "device.json"
    stand_in.device_token = "given"
    async with Gateway(Access(stand_in.url, token=SecretStr("right"), device=Device.open(file))) as gateway:
        await gateway.hello()
    claim = stand_in.claims[0]
    proof, client = claim["device"], claim["client"]
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(proof["publicKey"] + "="))
    signed = f"v3|{proof['id']}|{client['id']}|{client['mode']}|operator|{READ},{WRITE}|1737264000000|right|n-1"
    signature = base64.urlsafe_b64decode(proof["signature"] + "==")
    key.verify(signature, f"{signed}|{client['platform']}|".encode())

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = Device.open(file)
    assert (again.id, again.token) == (proof["id"], "given")
    async with Gateway(Access(stand_in.url, device=again)) as gateway:
        await gateway.hello()
    assert stand_in.claims[1]["auth"] == {"token": "given"}


async def test_a_device_token_that_was_revoked_gives_way_to_the_shared_token(stand_in: StandIn, tmp_path: Path) -> None:
    device = Device.open(tmp_path / "device.json")
    device.remember("revoked", [READ])
    async with Gateway(Access(stand_in.url, token=SecretStr("right"), device=device), backoff=QUICK) as gateway:
        await gateway.hello()
    assert [claim["auth"]["token"] for claim in stand_in.claims] == ["revoked", "right"]


async def test_a_pairing_made_by_another_process_is_taken_up_while_this_one_runs(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.device_token = "given"
    file = tmp_path / "device.json"
    async with Gateway(Access(stand_in.url, device=Device.open(file)), backoff=QUICK) as gateway:
        await fails(NotAuthorized, gateway)
        Device.open(file).remember("given", [READ, WRITE])
        async with asyncio.timeout(5):
            await stand_in.accepted.wait()
    assert stand_in.claims[-1]["auth"] == {"token": "given"}


async def test_a_brief_connection_asks_for_more_without_widening_the_lasting_one(
    stand_in: StandIn, gateway: Gateway, access: Access
) -> None:
    await gateway.hello()
    async with briefly(access, ADMIN) as connection:
        assert await connection.call("sessions.delete", {"key": "k"}) == {"method": "sessions.delete", "key": "k"}
    assert [claim["scopes"] for claim in stand_in.claims] == [[READ, WRITE], [ADMIN]]
