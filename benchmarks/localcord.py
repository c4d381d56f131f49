"""How fast the local Discord is: start to listening, and messages per second.

Usage: python benchmarks/localcord.py [--messages N] [--runs N]

Server and clients share one process and one core, so the rates are lower bounds: the client's work is in them.
"""

import argparse
import asyncio
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path

import aiohttp

from claw_discord_coord.localcord import LocalDiscord

CLIENTS = 8


async def start_s() -> float:
    """Seconds from asking for a server to it listening (all modules are imported already)."""
    began = time.perf_counter()
    async with LocalDiscord.serve():
        return time.perf_counter() - began


async def cold_start_s() -> float:
    """Seconds from starting the program to its ready line."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "claw_discord_coord.localcord", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    took = time.perf_counter() - began
    process.terminate()
    await process.wait()
    return took


async def rate(count: int, *, data: Path | None = None, listeners: int = 0, before: int = 0) -> float:
    """Messages per second over HTTP, posted by several clients at once, with so many gateway sessions listening."""
    async with AsyncExitStack() as stack:
        local = await stack.enter_async_context(LocalDiscord.serve(data=data, limits=False))
        bot = local.ready.bots[0]
        session = await stack.enter_async_context(aiohttp.ClientSession(headers={"Authorization": f"Bot {bot.token}"}))
        for _ in range(listeners):
            socket = await stack.enter_async_context(session.ws_connect(local.gateway_url + "?v=10&encoding=json"))
            await socket.send_json({"op": 2, "d": {"token": bot.token, "intents": 33281, "properties": {}}})
            stack.callback(asyncio.create_task(_drain(socket)).cancel)
        url = f"{local.api_base}/channels/{local.admin.add_channel('work')}/messages"

        async def post(number: int) -> None:
            for _ in range(number):
                async with session.post(url, json={"content": "hello, this is a message"}) as answer:
                    assert answer.status == 200
                    await answer.read()

        await asyncio.gather(*(post(before // CLIENTS) for _ in range(CLIENTS)))
        began = time.perf_counter()
        await asyncio.gather(*(post(count // CLIENTS) for _ in range(CLIENTS)))
        return count / (time.perf_counter() - began)


async def _drain(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


async def measure(name: str, unit: str, runs: int, once: Callable[[], Awaitable[float]], scale: float = 1) -> None:
    """Print median and spread of several runs."""
    values = [await once() * scale for _ in range(runs)]
    spread = f"{min(values):.1f} to {max(values):.1f}"
    print(f"{name:<58} {statistics.median(values):>9.1f} {unit}   ({spread}, {runs} runs)")


async def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    count, runs = options.messages, options.runs
    print(f"{platform.platform()}, {platform.processor() or platform.machine()}")
    print(f"Python {platform.python_version()}, aiohttp {version('aiohttp')}, one process, {CLIENTS} clients\n")
    await measure("start to listening, in a running process", "ms", runs * 4, start_s, 1000)
    await measure("start to ready line, as a program", "ms", runs, cold_start_s, 1000)
    await measure("messages, in memory", "/s", runs, lambda: rate(count))
    await measure("messages, in memory, 2 sessions listening", "/s", runs, lambda: rate(count, listeners=2))
    await measure("messages, in memory, after 20,000 others", "/s", runs, lambda: rate(count, before=20_000))

    async def on_disk() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return await rate(count, data=Path(folder))

    await measure("messages, kept in a data folder", "/s", runs, on_disk)


if __name__ == "__main__":
    asyncio.run(main())
