"""Builds a command for each skill: the fields of the input are the options, their docstrings the help."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
from pydantic.fields import FieldInfo

from claw_discord_coord.cli.main import COORDINATOR_HELP
from claw_discord_coord.cli.option_names import option, option_names
from claw_discord_coord.errors import CoordinatorUnavailable
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.skills.base import terminal
from claw_discord_coord.skills.base.input_form import field_form
from claw_discord_coord.skills.base.skill import Skill
from claw_discord_coord.surfaces.client import Client
from claw_discord_coord.text.sanitize import printable


def command(name: str) -> click.Command:
    """Return the command of a skill."""
    skill = SKILLS[name]
    parameters: list[click.Parameter] = [
        _parameter(field, info, skill)
        for field, info in skill.input.model_fields.items()
        if field not in skill.command_line.arguments
    ]
    parameters.append(click.Option(["--json", "as_json"], is_flag=True, help="Print the result as JSON."))
    parameters.append(
        click.Option(
            ["--state-folder"],
            type=click.Path(file_okay=False, path_type=Path),
            help=COORDINATOR_HELP,
        )
    )
    if skill.command_line.can_wait:
        parameters.append(click.Option(["--wait"], is_flag=True, help="Show the updates until the task ends."))

    def callback(**given: Any) -> None:
        _run(skill, given)

    return click.Command(skill.command, params=parameters, callback=callback, help=skill.description)


def _run(skill: Skill, given: dict[str, Any]) -> None:
    as_json, wait = given.pop("as_json"), given.pop("wait", False)
    client = Client(given.pop("state_folder"), os.environ, surface="cli")
    arguments = {**skill.command_line.arguments, **{key: value for key, value in given.items() if not _left_out(value)}}
    for name in skill.command_line.file_fields:
        if name in arguments:
            arguments[name] = [str(Path(path).absolute()) for path in arguments[name]]
    for name in (skill.command_line.positional, *skill.command_line.standard_input_fields):
        if name and arguments.get(name) == "-":
            arguments[name] = sys.stdin.buffer.read().decode("utf-8", "replace")
    with option_names(skill):
        code = asyncio.run(_call(client, skill, arguments, as_json=as_json, wait=wait))
    if code:
        click.get_current_context().exit(code)


def _left_out(value: object) -> bool:
    return value is None or value is False or value == ()


async def _call(client: Client, skill: Skill, arguments: dict[str, Any], *, as_json: bool, wait: bool) -> int:
    result = await client.call(skill.name, arguments)
    if not wait:
        click.echo(json.dumps(result, ensure_ascii=False) if as_json else printable(skill.command_line.show(result)))
        return _exit_code(result, arguments)
    if not as_json:
        click.echo(printable(skill.command_line.show(result)))
    task_id = result["task_id"]
    try:
        async for line in client.updates(task_id):
            click.echo(printable(terminal.update(line)), err=as_json)
        task = (await client.call("registry_status", {"task_id": task_id}))["task"]
    except CoordinatorUnavailable as error:
        raise CoordinatorUnavailable(
            f"The coordinator stopped while this command waited for task {task_id}. "
            "The task continues at the next start.",
            fix="Start it with `claw-discord-coord up`; then `claw-discord-coord registry-status --task "
            f"{task_id}` shows the task.",
        ) from error
    click.echo(
        json.dumps({**result, "state": task["state"], "task": task}, ensure_ascii=False)
        if as_json
        else printable(terminal.ending(task))
    )
    return 0 if task["state"] == "completed" else 1


def _exit_code(result: dict[str, Any], arguments: dict[str, Any]) -> int:
    if "receipts" not in result or arguments.get("dry_run"):
        return 0
    # A script that sends an output must not go on as if an output that goes nowhere was sent.
    return 1 if not result["receipts"] or any(one["state"] == "failed" for one in result["receipts"]) else 0


def _parameter(name: str, info: FieldInfo, skill: Skill) -> click.Parameter:
    if name == skill.command_line.positional:
        return click.Argument([name], required=True)
    declarations = [name, option(skill, name), f"--{name.replace('_', '-')}"]
    kind, multiple = _type(info.annotation)
    is_flag = True if kind is click.BOOL else None  # with False, click takes a value that begins with - for an option
    return click.Option(
        list(dict.fromkeys(declarations)),
        type=kind,
        is_flag=is_flag,
        multiple=multiple,
        required=info.is_required(),
        envvar="CLAW_TASK_TOKEN" if name == "task_token" else None,
        hidden=name == "task_token",
        help=info.description,
    )


def _type(annotation: Any) -> tuple[click.ParamType[Any], bool]:
    """Return the click type of a field, and whether the option may be repeated."""
    form = field_form(annotation)
    if form.choices:
        return click.Choice(form.choices), form.is_list
    table: dict[Any, click.ParamType[Any]] = {bool: click.BOOL, int: click.INT, float: click.FLOAT}
    return table.get(form.type, click.STRING), form.is_list
