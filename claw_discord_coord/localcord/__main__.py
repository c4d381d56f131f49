"""`python -m claw_discord_coord.localcord`: serve a local Discord until told to stop."""

import argparse
import asyncio
import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .server import LocalDiscord
from .world.store import DataError


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; answers the exit code. Wrong usage leaves with SystemExit(2)."""
    parser = argparse.ArgumentParser(
        prog="local-discord", description="Serve a local Discord: API v10, the gateway and a page for people."
    )
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="port to listen on (default: any free one)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep everything in this folder (default: in memory)")
    parser.add_argument("--no-limits", action="store_true", help="let nothing be too fast; sizes and counts still hold")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_serve(options.port, options.data, not options.no_limits))
    except DataError as error:
        return _fail(str(error))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _fail(f"port {options.port} is in use; stop what listens there or choose another with --port")
        if error.errno == errno.EACCES:
            return _fail(f"port {options.port} may not be opened; choose one above 1023 with --port")
        if options.data is not None:
            return _fail(f"the folder {options.data} can't be used ({error.strerror}); choose another")
        raise
    return 0


async def _serve(port: int, data: Path | None, limits: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with LocalDiscord.serve(port, data, limits) as local:
        sys.stdout.write(local.ready.as_line() + "\n")
        sys.stdout.flush()
        await stop.wait()


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _fail(sentence: str) -> int:
    sys.stderr.write(sentence[0].upper() + sentence[1:] + ".\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
