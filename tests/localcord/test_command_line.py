"""`python -m claw_discord_coord.localcord` as a program."""

import asyncio
import json
import signal
import sys

import pytest

pytestmark = pytest.mark.anyio

MODULE = (sys.executable, "-m", "claw_discord_coord.localcord")


async def run(*arguments):
    return await asyncio.create_subprocess_exec(
        *MODULE, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def finished(process):
    out, err = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.proves("cli.ready-line")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_says_one_line_when_ready_and_ends_with_0_when_told_to(number):
    process = await run()
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    assert list(ready) == ["api_base", "gateway_url", "page", "guild_id", "bots", "people"]
    assert [list(bot) for bot in ready["bots"]] == [["name", "token", "application_id", "user_id"]] * 2
    assert [list(person) for person in ready["people"]] == [["name", "token", "user_id"]] * 2
    origin = ready["page"].rstrip("/").removeprefix("http://")
    assert ready["api_base"] == f"http://{origin}/api/v10"
    assert ready["gateway_url"] == f"ws://{origin}/gateway"
    process.send_signal(number)
    assert await finished(process) == (0, "", "")


@pytest.mark.proves("cli.ready-line")
async def test_clients_that_do_not_let_go_do_not_hold_it_up():
    process = await run()
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    host, port = ready["page"].removeprefix("http://").rstrip("/").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    writer.write(f"GET /gateway HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\n{key}\r\n".encode())
    assert b"101" in await reader.readline()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(3):
        assert await finished(process) == (0, "", "")
    writer.close()


@pytest.mark.proves("cli.port-in-use")
async def test_a_port_in_use_is_said_in_one_sentence(local):
    port = local.page.rsplit(":", 1)[1].rstrip("/")
    code, out, err = await finished(await run("--port", port))
    assert (code, out) == (1, "")
    assert err.strip() == f"Port {port} is in use; stop what listens there or choose another with --port."


@pytest.mark.proves("cli.data-in-use")
async def test_a_data_folder_in_use_is_said_in_one_sentence(serve, tmp_path):
    async with serve(data=tmp_path):
        code, out, err = await finished(await run("--data", str(tmp_path)))
    assert (code, out, len(err.splitlines())) == (1, "", 1)


@pytest.mark.proves("cli.data-in-use")
async def test_a_data_folder_that_is_a_file_or_rubbish_is_said_in_one_sentence(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    rubbish = tmp_path / "rubbish"
    rubbish.mkdir()
    (rubbish / "localcord.sqlite3").write_text("not a database" * 100)
    for folder in (file, rubbish):
        code, out, err = await finished(await run("--data", str(folder)))
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert err.startswith(f"The folder {folder} ")


@pytest.mark.proves("cli.usage")
@pytest.mark.parametrize("arguments", [["--port", "many"], ["--port", "70000"], ["--nonsense"]])
async def test_wrong_usage_is_2(arguments):
    assert (await finished(await run(*arguments)))[0] == 2


@pytest.mark.proves("alone")
async def test_it_imports_nothing_else_of_the_package():
    code = (
        "import sys, claw_discord_coord.localcord.__main__\n"
        "print([name for name in sys.modules if name.startswith('claw_discord_coord.')"
        " and not name.startswith('claw_discord_coord.localcord')])"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "[]"
