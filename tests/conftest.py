"""Fixtures for every ring of tests, and how the tests are spread over processes."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run named files and tests in this process, and everything else on all processors."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    if all(".py" in argument for argument in config.args):
        return 0
    # pytest-xdist would count cores, not hardware threads, and start a single worker on many virtual machines.
    return max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2)


def pytest_configure(config: pytest.Config) -> None:
    """Run a long test that is named with `::`."""
    if all("::" in argument for argument in config.args) and config.option.markexpr == "not long":
        config.option.markexpr = ""


@pytest.fixture(scope="session", autouse=True)
def state_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where coordinators of the tests keep state that no test names, instead of this user's own folder."""
    folder = tmp_path_factory.mktemp("state-of-tests")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables for a process whose local Discords are checked like those in this process; wrong responses fail the
    test.
    """
    with judged_process(tmp_path / "judged-answers") as variables:
        yield variables


@contextmanager
def judged_process(answers: Path) -> Iterator[dict[str, str]]:
    """Give variables for processes whose local Discords note wrong responses in a file, which must be empty at the
    end.
    """
    here = Path(__file__).parent
    yield {
        "PYTHONPATH": os.pathsep.join([str(here / "judged_process"), str(here.parent)]),
        "CLAW_JUDGED_ANSWERS": str(answers),
    }
    assert not answers.exists() or answers.read_text().strip() == "", "not as Discord's description has it"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a throw-away PostgreSQL server, without a database name at its end. Its user has a password."""
    found = shutil.which("initdb") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)
    if found is None:
        pytest.skip("NOT TESTED ON POSTGRESQL: its server programs are missing (Debian: apt-get install postgresql)")
    programs = Path(found).parent
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    other: dict[str, object] = {"user": "postgres", "group": "postgres", "extra_groups": []} if _is_root() else {}
    with tempfile.TemporaryDirectory(prefix="claw-pg-", ignore_cleanup_errors=True) as name:
        folder, password = Path(name), secrets.token_hex(16)
        (folder / "password").write_text(password)
        if other:
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(folder / "password", "postgres", "postgres")

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "--pgdata", str(folder / "data"), *arguments]
            with (folder / "log").open("a") as log:
                subprocess.run(
                    command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, **other
                )

        run("initdb", "--username=claw", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
            "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
        for attempts_left in (2, 1, 0):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=60"
            try:
                run("pg_ctl", "start", "--wait", "--options", options, "--log", str(folder / "server.log"))
                break
            except subprocess.CalledProcessError:
                # Another process of this run may have taken the port in between.
                if not attempts_left:
                    raise
        try:
            yield f"postgresql://claw:{password}@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database. Mark tests that use it `postgresql`."""
    import psycopg

    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{postgresql_server}/{name}"
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
