"""Only one coordinator at a time uses a registry."""

import subprocess
import sys
from pathlib import Path

import pytest

from claw_discord_coord.errors import RegistryInUse, RegistryUnavailable
from claw_discord_coord.registry.storage.lock import hold

HOLDER = """
import sys
from claw_discord_coord.registry.storage.lock import hold
with hold(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.proves("doubled.coordinator")
def test_a_registry_that_another_process_holds_is_in_use_until_that_is_killed(registry_url: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, registry_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RegistryInUse, match="already running on the registry") as caught, hold(registry_url):
            pass
        assert "stop it first" in (caught.value.fix or "")
        holder.kill()
        holder.wait(timeout=10)
    if registry_url.startswith("postgresql"):
        wait_for_postgresql_to_notice(registry_url)
    with hold(registry_url):
        pass


def wait_for_postgresql_to_notice(url: str) -> None:
    """Wait until the server has ended the killed client's session, by waiting for the same lock."""
    import psycopg

    from claw_discord_coord.registry.storage.rows import lock_number

    with psycopg.connect(url, options="-c lock_timeout=10s") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [lock_number("coordinator")])


def test_a_registry_can_be_held_again_once_it_is_let_go(registry_url: str) -> None:
    for _ in range(2):
        with hold(registry_url):
            pass


def test_one_process_cannot_hold_a_registry_twice(registry_url: str) -> None:
    with hold(registry_url), pytest.raises(RegistryInUse), hold(registry_url):
        pass


def test_two_registries_in_one_folder_can_be_held_side_by_side(tmp_path: Path) -> None:
    with hold(f"sqlite:///{tmp_path / 'a.sqlite3'}"), hold(f"sqlite:///{tmp_path / 'b.sqlite3'}"):
        pass


def test_a_lock_below_a_file_is_refused_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RegistryUnavailable, match="cannot be made"), hold(f"sqlite:///{tmp_path}/file/a.sqlite3"):
        pass


def test_a_lock_that_cannot_be_taken_is_refused_clearly(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3.lock").mkdir()
    with pytest.raises(RegistryUnavailable, match=r"lock .*cannot be taken"), hold(f"sqlite:///{tmp_path}/a.sqlite3"):
        pass


@pytest.mark.postgresql
@pytest.mark.proves("doubled.coordinator")
def test_a_lock_that_its_server_lost_is_taken_again_or_known_as_lost(postgresql_url: str) -> None:
    import psycopg

    def lose() -> None:
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    with hold(postgresql_url) as held:
        assert held.still()
        lose()
        assert held.still(), "nobody else wanted it"
        lose()
        with hold(postgresql_url):
            assert not held.still()
