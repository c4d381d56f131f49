"""How a registry is opened: made, migrated, or refused with a sentence that names the fix."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from claw_discord_coord.errors import CoordError, RegistryUnavailable
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.storage import search
from claw_discord_coord.registry.storage.address import Address
from claw_discord_coord.registry.storage.schema import VERSION, VERSION_TABLE, metadata
from tests.contract.registry_records import Records, events_after

pytestmark = pytest.mark.anyio


@contextmanager
def beside(url: str) -> Iterator[Connection]:
    """A connection of another program to the same database."""
    engine = create_engine(Address.parse(url).url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def is_of_the_schema(name: str | None, *_: object) -> bool:
    """Tell whether a name belongs to the schema; the index for searches depends on the build of the database."""
    return name is None or not name.startswith(search.INDEX)


async def refusal(url: str, **options: Any) -> CoordError:
    with pytest.raises(RegistryUnavailable) as caught:
        async with Registry.open(url, **options):
            pass
    assert caught.value.fix
    return caught.value


async def test_the_migrations_make_exactly_the_tables_of_the_schema(registry_url: str) -> None:
    async with Registry.open(registry_url):
        pass
    with beside(registry_url) as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "include_name": is_of_the_schema}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        where = inspect(connection)
        assert where.get_check_constraints("claw_tasks") == []
        (unique_key,) = [index for index in where.get_indexes("claw_tasks") if index["name"] == "ux_claw_tasks_key"]
        assert unique_key["unique"]
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all() == [VERSION]


@pytest.mark.proves("lost.reopened")
async def test_what_is_stored_is_there_when_it_is_opened_again(registry_url: str, records: Records) -> None:
    async with Registry.open(registry_url) as registry:
        task = (await registry.admission.create(records.task(), event=".")).task
    async with Registry.open(registry_url) as registry:
        assert await registry.tasks.get(task.id) == task


async def test_it_may_be_opened_for_the_first_time_by_many_at_once(registry_url: str) -> None:
    async def use() -> int:
        async with Registry.open(registry_url) as registry:
            return len(await registry.tasks.find())

    assert await asyncio.gather(*(use() for _ in range(4))) == [0] * 4


async def test_tables_of_others_in_the_same_database_are_left_alone(registry_url: str) -> None:
    with beside(registry_url) as connection:
        for table in ("tasks", "events", "workflow_status", "alembic_version"):
            connection.execute(text(f"CREATE TABLE {table} (mine VARCHAR(32))"))
            connection.execute(text(f"INSERT INTO {table} VALUES ('kept')"))
        connection.commit()
    async with Registry.open(registry_url) as registry:
        assert await registry.tasks.find() == []
    with beside(registry_url) as connection:
        for table in ("tasks", "events", "workflow_status", "alembic_version"):
            assert connection.execute(text(f"SELECT mine FROM {table}")).scalars().all() == ["kept"]
        names = inspect(connection).get_table_names()
        ours = {name for name in names if name.startswith("claw_") and is_of_the_schema(name)}
        assert ours == set(metadata.tables) | {VERSION_TABLE}


@pytest.mark.proves("lost.database-whole")
async def test_a_migration_that_fails_leaves_nothing_behind(registry_url: str) -> None:
    with beside(registry_url) as connection:
        connection.execute(text("CREATE TABLE claw_cursors (other INTEGER)"))
        connection.commit()
    with pytest.raises(DBAPIError):
        async with Registry.open(registry_url):
            pass
    with beside(registry_url) as connection:
        assert inspect(connection).get_table_names() == ["claw_cursors"]


@pytest.mark.proves("lost.migration")
async def test_metadata_in_the_texts_of_older_deliveries_is_moved_into_its_own_column(registry_url: str) -> None:
    texts = {
        "joined": "---\ntags:\n- a\npull_request: 12\ndraft: true\n---\n\nThe *post*.",
        "plain": "Some words.",
        "rule": "---\n\nA line and\n\n---\nanother.",
        "two": "---\nauthor: Ada\n---\n\n---\nbody: yes\n---\nText.",
        **{f"more-{number}": f"---\nnumber: {number}\n---\n\nText." for number in range(250)},
    }
    with beside(registry_url) as connection:
        migrate_to(connection, "0001")
        for key, value in texts.items():
            connection.execute(text(OLD_DELIVERY), {"key": key, "text": value})
        connection.commit()
    async with Registry.open(registry_url) as registry:
        found = {one.key: (one.about, one.text) for one in await registry.deliveries.find(limit=1_000)}
    assert found == {
        "joined": ({"tags": ["a"], "pull_request": 12, "draft": True}, "The *post*."),
        "plain": ({}, "Some words."),
        "rule": ({}, "---\n\nA line and\n\n---\nanother."),
        "two": ({"author": "Ada"}, "---\nbody: yes\n---\nText."),
        **{f"more-{number}": ({"number": number}, "Text.") for number in range(250)},
    }


OLD_DELIVERY = """
INSERT INTO claw_deliveries
(id, key, destination, route, title, text, artifacts, state, attempts, earlier_attempts, generation, created_at)
VALUES (:key, :key, 'blog', 'posts', 'A post', :text, '[]', 'planned', 0, 0, 0, '2026-11-21 12:00:00.000000')
"""


def migrate_to(connection: Connection, version: str) -> None:
    """Bring an empty database to the form that an older version of the package gave it."""
    config = Config()
    config.set_main_option("script_location", "claw_discord_coord:registry/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


@pytest.mark.proves("lost.migration")
async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(registry_url: str, records: Records) -> None:
    async with Registry.open(registry_url) as registry:
        await registry.admission.create(records.task(), event=".")
    with beside(registry_url) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
        connection.commit()
    error = await refusal(registry_url)
    assert "was made by a newer version of claw-discord-coord" in str(error)
    assert "Upgrade claw-discord-coord" in (error.fix or "")
    with beside(registry_url) as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one() == "9999"
        assert connection.execute(text("SELECT count(*) FROM claw_tasks")).scalar_one() == 1


async def test_a_call_on_a_locked_database_is_refused_and_works_once_it_is_free(
    registry_url: str, records: Records
) -> None:
    async with Registry.open(registry_url, busy_timeout_s=0.05) as registry:
        with beside(registry_url) as connection:
            if registry_url.startswith("sqlite"):
                connection.exec_driver_sql("BEGIN EXCLUSIVE")
            else:
                connection.execute(text("LOCK TABLE claw_tasks IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(RegistryUnavailable, match="is locked by another program"):
                await registry.admission.create(records.task(), event=".")
        assert not (await registry.admission.create(records.task(), event=".")).joined
        assert len(await events_after(registry, 0)) == 1


async def test_a_closed_registry_says_so(registry_url: str) -> None:
    async with Registry.open(registry_url) as registry:
        pass
    with pytest.raises(RegistryUnavailable, match="has been closed"):
        await registry.tasks.find()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "geheim",
        "mysql://lea:geheim@db.example/claw",
        "postgresql://lea:geheim@db.example:port/claw",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:geheim?mode=memory&uri=true",
    ],
)
async def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    error = await refusal(url)
    assert "sqlite:///path/to/registry.sqlite3 or postgresql://" in (error.fix or "")
    assert "geheim" not in error.sentence()


async def test_an_sqlite_registry_is_made_with_its_folder_and_survives_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "registry 100%.sqlite3"
    async with Registry.open(f"sqlite:///{path}"):
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()
    if os.name == "posix":
        assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_an_sqlite_file_that_is_locked_when_it_is_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    error = await refusal(f"sqlite:///{path}", busy_timeout_s=0.05)
    other.close()
    assert str(error) == f"The registry {path} is locked by another program."
    assert "try again" in (error.fix or "")


@pytest.mark.proves("lost.foreign-file")
async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary. " * 200)
    error = await refusal(f"sqlite:///{path}")
    assert str(error) == f"The registry {path} is not a database."
    assert path.read_text() == "Dear diary. " * 200


async def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    assert str(await refusal(f"sqlite:///{tmp_path}")) == f"The registry {tmp_path} cannot be opened."


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = await refusal(f"sqlite:///{tmp_path / 'file' / 'registry.sqlite3'}")
    assert str(error) == f"The registry's folder {tmp_path / 'file'} cannot be made."


@pytest.mark.skipif(sys.platform == "win32", reason="folders are protected otherwise there")
@pytest.mark.parametrize("protect", ["folder", "file"])
def test_what_may_not_be_written_is_refused(tmp_path: Path, protect: str) -> None:
    folder = tmp_path / "protected"
    folder.mkdir()
    path = folder / "registry.sqlite3"
    if protect == "file":
        sqlite3.connect(path).close()
        path.touch()
        path.chmod(0o444)
    else:
        folder.chmod(0o555)
    command = [sys.executable, "-c", OPENER, f"sqlite:///{path}"]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and setpriv, which takes that away, is missing")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    said = {"folder": f"The registry {path} cannot be opened.", "file": f"The registry {path} may not be written."}
    assert done.stdout.splitlines()[:1] == [said[protect]], done.stderr
    assert "writable for this user" in done.stdout


OPENER = """
import asyncio, sys
from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.registry.registry import Registry

async def main():
    try:
        async with Registry.open(sys.argv[1]):
            print("opened")
    except RegistryUnavailable as error:
        print(error, error.fix, sep="\\n")

asyncio.run(main())
"""


def test_without_postgresqls_client_the_message_says_how_to_install_it() -> None:
    hidden = f"import sys; sys.modules['psycopg'] = None\n{OPENER}"
    done = subprocess.run(
        [sys.executable, "-c", hidden, "postgresql://lea:geheim@db.example/claw"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "pip install 'claw-discord-coord[postgresql]'" in done.stdout, done.stderr
    assert "geheim" not in done.stdout


async def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        error = await refusal(f"postgresql://lea:geheim@127.0.0.1:{port}/claw?sslpassword=geheim")
    assert str(error) == f"The registry's PostgreSQL database 127.0.0.1:{port}/claw cannot be reached."
    assert "geheim" not in error.sentence()


async def test_a_server_whose_name_is_unknown_is_named_without_its_password() -> None:
    error = await refusal("postgres://lea:ge@heim@nowhere.invalid/claw")
    assert "nowhere.invalid/claw cannot be reached" in str(error)
    assert "heim" not in error.sentence()


@pytest.mark.postgresql
@pytest.mark.proves("secret.errors")
async def test_a_wrong_password_is_refused_without_repeating_it(postgresql_url: str) -> None:
    url = Address.parse(postgresql_url).url.set(password="geheim")
    error = await refusal(url.render_as_string(hide_password=False))
    assert str(error).endswith("refuses the password.")
    assert "geheim" not in error.sentence()


@pytest.mark.postgresql
async def test_a_database_that_does_not_exist_is_named(postgresql_url: str) -> None:
    error = await refusal(f"{postgresql_url}_gone")
    assert "_gone does not exist." in str(error)
    assert "createdb" in (error.fix or "")


@pytest.mark.postgresql
async def test_a_user_who_may_not_create_tables_is_told_so(postgresql_url: str) -> None:
    with beside(postgresql_url) as connection:
        name = f"guest_{os.urandom(4).hex()}"
        connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'geheim'"))
        connection.commit()
    url = Address.parse(postgresql_url).url.set(username=name, password="geheim")
    error = await refusal(url.render_as_string(hide_password=False))
    assert "does not let this user create or change tables" in str(error)


@pytest.mark.postgresql
@pytest.mark.proves("lost.database-away")
async def test_a_broken_connection_is_replaced(postgresql_url: str, records: Records) -> None:
    async with Registry.open(postgresql_url) as registry:
        await registry.admission.create(records.task(), event=".")
        await registry.tasks.find()
        with beside(postgresql_url) as connection:
            others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = :ours"
            assert all(connection.execute(text(others), {"ours": "claw-discord-coord"}).scalars().all())
        assert not (await registry.admission.create(records.task(), event=".")).joined
        assert len(await registry.tasks.find()) == 2
