"""The command line's entry point. Each skill is a command with the fields of its input as options."""

from __future__ import annotations

import codecs
import errno
import gc
import io
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import click

from claw_discord_coord import __version__
from claw_discord_coord.errors import CoordError

_ESCAPED = "claw-escaped"
"""The name of the error handler for characters that an encoding does not have."""
STATE_OPTION = click.option(
    "--state-folder",
    "state_folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The coordinator's state folder. Default: a folder for this skill.yaml in the user's state folder.",
)
COORDINATOR_HELP = (
    "The state folder of the coordinator to call. Default: that of the coordinator that runs for this folder or the "
    "nearest folder above, else of the only running coordinator."
)
"""The help for the option that selects a coordinator."""
COORDINATOR_OPTION = click.option(
    "--state-folder",
    "state_folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=COORDINATOR_HELP,
)
CONFIG_OPTION = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The skill.yaml to use. Default: that of this folder or the nearest folder above, else the example.",
)


class _Commands(click.Group):
    """Prints errors with a fix instead of a traceback, and imports a command's module only for that command."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        _take_every_character()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The command has done its work, and nobody reads on. A failure would make scripts do the work twice.
            _say_no_more()
            ctx.exit(0)
        except CoordError as error:
            from claw_discord_coord.text.sanitize import printable  # a command that succeeds does not need it

            click.echo(printable(f"Error: {error}"), err=True)
            if error.fix:
                click.echo(printable(error.fix), err=True)
            ctx.exit(error.exit_code)
        except OSError as error:
            # A full disk under a redirected standard output is for the user to fix; other errors are faults here.
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            _say_no_more()
            click.echo(f"Error: Could not write the output: {error.strerror}.", err=True)
            click.echo("Free some space, or write the output elsewhere, and run the command again.", err=True)
            ctx.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_skill_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _skill_commands():
            from claw_discord_coord.cli.skill_commands import command  # half the start-up time

            return command(cmd_name.replace("-", "_"))
        return super().get_command(ctx, cmd_name)


def _take_every_character() -> None:
    """Let standard output and error take characters that their encoding does not have, such as ✅ in cp1252.

    A command must not fail after its work is done. The escapes are JSON's, so that `--json` stays JSON.
    """
    codecs.register_error(_ESCAPED, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ESCAPED)


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unencodable = error.object[error.start : error.end]
    return json.dumps(unencodable)[1:-1], error.end


def _say_no_more() -> None:
    """Discard the buffer of standard output, since Python would write the buffer at exit and fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="claw-discord-coord")
def main() -> None:
    """Make a Discord server the place where delegated agents work."""


@main.command()
@CONFIG_OPTION
@STATE_OPTION
@click.option(
    "--local-discord-port", type=click.IntRange(0, 65_535), default=0, help="Port of the embedded local Discord."
)
@click.option("--verbose", "-v", is_flag=True, help="Log every step, not only problems.")
def up(config_path: Path | None, state_folder: Path | None, local_discord_port: int, verbose: bool) -> None:
    """Run the coordinator in the foreground until Ctrl-C."""
    # Imported here: the whole program, of which other commands need little. Collections would take a fifth of the
    # imports' time, and would find nothing. Frozen, modules and classes make no later collection longer.
    gc.disable()
    from claw_discord_coord.cli import up as command

    gc.freeze()
    gc.enable()
    _log(verbose)
    command.run(config_path, state_folder, local_discord_port=local_discord_port)


@main.command()
@click.option(
    "--input",
    "input_folder",
    type=click.Path(path_type=Path),
    help="The folder to inspect. Default: the folder of skill.yaml.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="The folder for the report. Default: the folder in skill.yaml."
)
@CONFIG_OPTION
@STATE_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option("--keep", is_flag=True, help="Keep everything running until Ctrl-C.")
@click.option("--verbose", "-v", is_flag=True, help="Log every step, not only problems.")
def demo(verbose: bool, **options: Any) -> None:
    """Let three agents inspect a folder on a local Discord. Needs no account and no key."""
    from claw_discord_coord.cli import demo as command  # the whole program

    _log(verbose)
    command.run(command.Options(**options))


@main.command("local-discord", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def local_discord(arguments: tuple[str, ...]) -> None:
    """Run the local Discord alone; see `local-discord --help`."""
    from claw_discord_coord.localcord.__main__ import main as serve  # a server of its own

    sys.exit(serve(list(arguments)))


OPENCLAW_OPTION = click.option("--openclaw", metavar="COMMAND", help="The `openclaw` command. Default: that in PATH.")
YES_OPTION = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
DRY_RUN_OPTION = click.option("--dry-run", is_flag=True, help="Show the steps and change nothing.")
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@main.command()
@CONFIG_OPTION
@STATE_OPTION
@OPENCLAW_OPTION
@click.option(
    "--agent",
    "agents",
    multiple=True,
    metavar="NAME=WORKSPACE",
    help="An agent to create in OpenClaw, in addition to the agents in skill.yaml.",
)
@click.option(
    "--service", "with_service", is_flag=True, help="Install a service: the coordinator starts with this computer."
)
@YES_OPTION
@DRY_RUN_OPTION
@JSON_OPTION
def install(yes: bool, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Connect OpenClaw on this machine with the coordinator, and prove the connection."""
    from claw_discord_coord.cli import install as command  # the whole program

    command.run_install(command.Asked(**given), yes=yes, dry_run=dry_run, as_json=as_json)


@main.command()
@CONFIG_OPTION
@STATE_OPTION
@OPENCLAW_OPTION
@YES_OPTION
@DRY_RUN_OPTION
@JSON_OPTION
def uninstall(yes: bool, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Remove from OpenClaw everything that `install` added. Tasks, results and agents stay."""
    from claw_discord_coord.cli import install as command  # the whole program

    command.run_uninstall(command.Asked(**given), yes=yes, dry_run=dry_run, as_json=as_json)


@main.command()
@CONFIG_OPTION
@STATE_OPTION
@OPENCLAW_OPTION
@JSON_OPTION
def doctor(as_json: bool, **given: Any) -> None:
    """Check everything the coordinator needs, and print a fix for each fault. Changes nothing."""
    from claw_discord_coord.cli import doctor as command  # the whole program

    sys.exit(command.run(**given, as_json=as_json))


@main.command()
@COORDINATOR_OPTION
def mcp(state_folder: Path | None) -> None:
    """Serve the skills of the running coordinator as an MCP server on standard input and output."""
    import asyncio

    from claw_discord_coord.surfaces import mcp as surface  # the MCP SDK takes half a second
    from claw_discord_coord.surfaces.client import Client

    client = Client(state_folder, os.environ, surface="mcp")
    asyncio.run(surface.serve_stdio(client.call))


@main.command("rotate-token")
@CONFIG_OPTION
@STATE_OPTION
def rotate_token(config_path: Path | None, state_folder: Path | None) -> None:
    """Replace the token with which MCP clients and scripts call the coordinator. The old token ends at once."""
    from claw_discord_coord.config.locate import locate
    from claw_discord_coord.surfaces.bearer import rotate

    located = locate(config_path, state_folder, here=Path.cwd())
    click.echo(f"The new token is in {rotate(located.state)}. Give it to every MCP client that calls over HTTP.")


@main.group()
def route() -> None:
    """Show where results go."""


@route.command()
@click.argument("task", required=False)
@click.option("--kind", help="The kind of the output. Default: the kind of TASK.")
@click.option("--agent", help="The agent of the output, without TASK.")
@click.option("--label", multiple=True, help="A label of the output, without TASK.")
@click.option(
    "--state",
    type=click.Choice(["completed", "failed", "canceled", "rejected", "input-required", "alert"]),
    default="completed",
    help="The state of the output, without TASK.",
)
@click.option(
    "--priority",
    type=click.Choice(["low", "normal", "high", "urgent"]),
    help="The priority of the output, without TASK.",
)
@click.option("--private", is_flag=True, help="The output is private, without TASK.")
@click.option("--text", help="The text of the output, without TASK.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@CONFIG_OPTION
@COORDINATOR_OPTION
def explain(task: str | None, as_json: bool, config_path: Path | None, state_folder: Path | None, **given: Any) -> None:
    """Show which route takes the output of TASK, or an output with the given properties. Sends nothing."""
    import asyncio

    from claw_discord_coord.cli import route as command  # reads skill.yaml, which other commands need not
    from claw_discord_coord.cli.option_names import option_names
    from claw_discord_coord.skills import SKILLS
    from claw_discord_coord.surfaces.client import Client

    if task is None:
        command.show(command.hypothetical(config_path, given), as_json=as_json)
        return
    client = Client(state_folder, os.environ, surface="cli")
    with option_names(SKILLS["route_output"]):
        said = asyncio.run(client.call("route_output", {"task_id": task, "kind": given["kind"], "dry_run": True}))
    command.show(said, as_json=as_json)


@main.command()
def schema() -> None:
    """Print the JSON Schema of skill.yaml, for editors."""
    from claw_discord_coord.config.schema import schema as made

    click.echo(json.dumps(made(), indent=2, ensure_ascii=False))


def _skill_commands() -> tuple[str, ...]:
    from claw_discord_coord.skills import SKILLS

    return tuple(skill.command for skill in SKILLS.values())


def _log(verbose: bool) -> None:
    from claw_discord_coord.text.masked_log import MaskedFormatter

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskedFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
