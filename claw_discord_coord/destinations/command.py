"""A program that is run once for every output, with the output as JSON on its standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import ClassVar, cast

from claw_discord_coord.config.destinations import CommandDestinationConfig
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.masking import SECRECY, words_of_value
from claw_discord_coord.destinations.programs import program
from claw_discord_coord.destinations.programs.payload import letter
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed, DeliveryUnclear, Unavailable
from claw_discord_coord.models import Delivery, Receipt

NOT_NOW = 75
"""The exit code that asks to be tried again later (sysexits.h, EX_TEMPFAIL)."""

_SHOWN_CHARS = 500


class Command:
    """Runs a program for each delivery.

    It gets one JSON object (`letter`, and `files` with the paths of the files that go along) on standard input, and
    the delivery's key as DELIVERY_KEY, by which it can tell a repeat. Exit code 0 means delivered, 75 not now, others
    no. If its last line is a JSON object, `url`, `path` and `id` in it go into the receipt.
    """

    guarantee: ClassVar[Guarantee] = Guarantee.AT_LEAST_ONCE
    Settings: ClassVar[type[CommandDestinationConfig]] = CommandDestinationConfig

    def __init__(self, name: str, settings: CommandDestinationConfig, context: DestinationContext) -> None:
        """Run the program of `settings` in the work folder."""
        self._name = name
        self._settings = settings
        self._context = context
        self._env = {variable: value.get_secret_value() for variable, value in settings.env.items()}
        SECRECY.keep(word for value in self._env.values() for word in words_of_value(value))

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Run the program to its end."""
        given = json.dumps({**letter(delivery), "files": list(delivery.artifacts)}, ensure_ascii=False).encode()
        try:
            ended = await program.run(
                self._command(),
                folder=self._context.work_folder,
                timeout_s=self._settings.timeout_s,
                stdin=given,
                env={**self._env, "DELIVERY_KEY": delivery.key},
                output_limit_bytes=self._settings.output_limit_bytes,
            )
        except program.ProgramMissingError as error:
            raise DeliveryFailed(str(error), fix=f"Correct the command of {self._name} in skill.yaml.") from None
        except program.OutputTooLongError:
            raise DeliveryUnclear(
                f"{self._name} printed more than {self._settings.output_limit_bytes:,} bytes and was stopped.",
                fix="Look whether the output arrived, and have the program print less.",
            ) from None
        except TimeoutError:
            raise DeliveryUnclear(
                f"{self._name} took longer than {self._settings.timeout_s:g} s and was stopped.",
                fix="Look whether the output arrived; resend it if not.",
            ) from None
        self._check(ended)
        told = _told(ended.stdout)
        return receipt(
            delivery,
            given,
            self._context.clock(),
            url=told.get("url"),
            path=told.get("path"),
            identifier=told.get("id"),
        )

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Nobody can look; the program tells repeats by the key."""
        return None

    def leaves_machine(self) -> bool:
        """As skill.yaml says; nobody else can know what a program does."""
        return self._settings.leaves_machine

    def _command(self) -> list[str]:
        first, *rest = self._settings.command
        if first == "python":
            return [sys.executable, *rest]
        inside = self._context.work_folder / first
        return [str(inside) if "/" in first and not Path(first).is_absolute() else first, *rest]

    def _check(self, ended: program.Ended) -> None:
        if ended.exit_code == 0:
            return
        said = " ".join(SECRECY.clean(ended.stderr.decode(errors="replace")).split())[-_SHOWN_CHARS:]
        sentence = f"{self._name} ended with exit code {ended.exit_code}" + (f": {said}" if said else ".")
        if ended.exit_code == NOT_NOW:
            raise Unavailable(sentence)
        raise DeliveryFailed(sentence, fix="Correct what the program complains of, then resend.")


def _told(stdout: bytes) -> dict[str, str]:
    """Read what the program's last line tells for the receipt."""
    lines = stdout.decode(errors="replace").strip().splitlines()
    try:
        found: object = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    told = cast("dict[object, object]", found)
    texts = {str(key): SECRECY.clean(value)[:2_000] for key, value in told.items() if isinstance(value, str)}
    if not texts.get("url", "https://").startswith(("http://", "https://")):
        del texts["url"]
    return texts
