"""Heavy packages are imported only by the processes that use them."""

from __future__ import annotations

import subprocess
import sys

import pytest


def modules_after(statement: str, *options: str) -> set[str]:
    """The modules of a new Python after this import."""
    code = f"{statement}; import sys; print(*sys.modules)"
    return set(
        subprocess.run([sys.executable, *options, "-c", code], capture_output=True, check=True).stdout.decode().split()
    )


@pytest.mark.parametrize(
    ("module", "left_out"),
    [
        (
            "app.coordinator",
            {"mcp", "mcp_types", "alembic", "cryptography", "aiohttp.web", "claw_discord_coord.localcord"},
        ),
        ("registry.registry", {"alembic", "psycopg", "discord", "mcp"}),
        (
            "cli.skill_commands",
            {"sqlalchemy", "discord", "mcp", "yaml", "jinja2", "claw_discord_coord.config.model"},
        ),
    ],
)
def test_a_module_does_not_import_what_few_of_its_processes_use(module: str, left_out: set[str]) -> None:
    assert modules_after(f"import claw_discord_coord.{module}") & left_out == set()
