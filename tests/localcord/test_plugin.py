"""The pytest fixture that other projects get by installing the package."""

import subprocess
import sys

import pytest

OUTSIDE = """
import json
import urllib.request

import pytest


def ask(local, path):
    bot = local.ready.bot("coordinator")
    request = urllib.request.Request(local.api_base + path, headers={"Authorization": f"Bot {bot.token}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_test_has_a_discord_of_its_own(local_discord):
    assert ask(local_discord, "/users/@me")["username"] == "coordinator"
    before = ask(local_discord, f"/guilds/{local_discord.ready.guild_id}/channels")
    local_discord.call(lambda local: local.admin.add_channel("mine"))
    after = ask(local_discord, f"/guilds/{local_discord.ready.guild_id}/channels")
    assert len(after) == len(before) + 1


@pytest.mark.local_discord(people=["zoe"])
def test_options_are_given_by_a_marker(local_discord):
    assert [person.name for person in local_discord.ready.people] == ["zoe"]
"""


@pytest.mark.proves("plugin.fixture")
def test_a_project_elsewhere_uses_the_fixture_by_its_name(tmp_path):
    (tmp_path / "test_outside.py").write_text(OUTSIDE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.proves("plugin.light")
def test_the_plugin_imports_nothing_but_pytest_until_it_is_used():
    code = (
        "import sys, claw_discord_coord.localcord.pytest_plugin\n"
        "print([name for name in ('aiohttp', 'discord', 'sqlite3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"
