"""A program, run once for every output, with the output as JSON on standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import ClassVar, cast

from claw_discord_coord.config.destinations import CommandDestinationConfig
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.masking import SECRETS, value_words
from claw_discord_coord.destinations.programs.payload import payload_of
from claw_discord_coord.destinations.programs.program import (
    OutputTooLongError,
    Program,
    ProgramExit,
    ProgramMissingError,
)
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed, DeliveryUnclear, Unavailable
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.text.excerpts import beginning, ending

# sysexits.h, EX_TEMPFAIL: "temporary failure; user is invited to retry".
NOT_NOW = 75
"""The exit code of a program that wants to be run again later."""

_SHOWN_CHARS = 500
_RECEIPT_CHARS = 2_000


class Command:
    """Runs a program for each delivery.

    The program gets a JSON object (the payload, and `files` with the paths of the attachments) on standard input, and
    the delivery's key as DELIVERY_KEY, to recognize a repeat. Exit code 0 means delivered, 75 means not now, any other
    code means refused. If the last line is a JSON object, `url`, `path` and `id` of the object go into the receipt.
    """

    guarantee: ClassVar[Guarantee] = Guarantee.AT_LEAST_ONCE
    Settings: ClassVar[type[CommandDestinationConfig]] = CommandDestinationConfig

    def __init__(self, name: str, settings: CommandDestinationConfig, context: DestinationContext) -> None:
        """Run the program of `settings` in the work folder."""
        self._name = name
        self._settings = settings
        self._context = context
        self._env = {variable: value.get_secret_value() for variable, value in settings.env.items()}
        SECRETS.add(word for value in self._env.values() for word in value_words(value))

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Run the program to the end."""
        payload = {**payload_of(delivery), "files": list(delivery.artifacts)}
        stdin = json.dumps(payload, ensure_ascii=False).encode()
        process_exit = await self._run(delivery, stdin)
        self._check(process_exit)
        proof = _proof(process_exit.stdout)
        return receipt(
            delivery,
            stdin,
            self._context.clock(),
            url=proof.get("url"),
            path=proof.get("path"),
            identifier=proof.get("id"),
        )

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Return None: only the program can recognize a repeat, by the key."""
        return None

    def leaves_machine(self) -> bool:
        """Return the setting of skill.yaml; the coordinator cannot know where a program sends the output."""
        return self._settings.leaves_machine

    async def _run(self, delivery: Delivery, stdin: bytes) -> ProgramExit:
        program = Program(
            self._command(),
            self._context.work_folder,
            self._settings.timeout_s,
            {**self._env, "DELIVERY_KEY": delivery.key},
            self._settings.output_limit_bytes,
        )
        try:
            return await program.run(stdin)
        except ProgramMissingError as error:
            raise DeliveryFailed(str(error), fix=f"Correct the command of {self._name} in skill.yaml.") from None
        # Unclear, not failed: the program may have sent the output before it was killed.
        except OutputTooLongError:
            raise DeliveryUnclear(
                f"{self._name} printed more than {self._settings.output_limit_bytes:,} bytes and was stopped.",
                fix="Look whether the output arrived, and have the program print less.",
            ) from None
        except TimeoutError:
            raise DeliveryUnclear(
                f"{self._name} took longer than {self._settings.timeout_s:g} s and was stopped.",
                fix="Look whether the output arrived; resend it if not.",
            ) from None

    def _command(self) -> tuple[str, ...]:
        first, *rest = self._settings.command
        # `python` is this Python, so that a program finds the packages of the coordinator's environment.
        if first == "python":
            return sys.executable, *rest
        inside = self._context.work_folder / first
        return str(inside) if "/" in first and not Path(first).is_absolute() else first, *rest

    def _check(self, process_exit: ProgramExit) -> None:
        if process_exit.exit_code == 0:
            return
        # Masked as a whole, then cut: half a secret at the cut would not be recognized. The end is shown, since
        # programs print the reason of a failure last.
        stderr = " ".join(ending(SECRETS.mask(process_exit.stderr.decode(errors="replace")), _SHOWN_CHARS).split())
        sentence = f"{self._name} ended with exit code {process_exit.exit_code}" + (f": {stderr}" if stderr else ".")
        if process_exit.exit_code == NOT_NOW:
            raise Unavailable(sentence)
        raise DeliveryFailed(sentence, fix="Correct the error that the program reports, then resend.")


def _proof(stdout: bytes) -> dict[str, str]:
    """Return the texts in the JSON object on the program's last line."""
    lines = stdout.decode(errors="replace").strip().splitlines()
    try:
        last: object = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    if not isinstance(last, dict):
        return {}
    values = cast("dict[object, object]", last)
    texts = {
        str(key): beginning(SECRETS.mask(value), _RECEIPT_CHARS)
        for key, value in values.items()
        if isinstance(value, str)
    }
    # A receipt's address becomes a link for people, so no other scheme (`javascript:`, `file:`) is let in.
    if not texts.get("url", "https://").startswith(("http://", "https://")):
        del texts["url"]
    return texts
