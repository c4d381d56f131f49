"""Making destinations from skill.yaml, also of kinds in other packages, as in README.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import claw_discord_coord.destinations
from claw_discord_coord.config.destinations import BUILT_IN as KINDS
from claw_discord_coord.config.file import load
from claw_discord_coord.destinations import DestinationContext, Guarantee, build, guarantee_of
from claw_discord_coord.destinations.catalog import BUILT_IN, traits_of
from claw_discord_coord.errors import ConfigError, DeliveryFailed
from claw_discord_coord.routing.explanation import Planned
from claw_discord_coord.routing.output import Output
from claw_discord_coord.routing.rules import explain
from claw_discord_coord.text.front_matter import Value
from tests.contract.destinations.benches import build_one, delivery
from tests.readme_package import blocks, installed

pytestmark = pytest.mark.anyio

README = Path(claw_discord_coord.destinations.__file__).with_name("README.md").read_text()
AGENT = {"a": {"purpose": "Works.", "channel": "a", "runtime": {"kind": "command", "command": ["true"]}}}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with skill.yaml, and the README's package installed."""
    (tmp_path / "skill.yaml").write_text(yaml.safe_dump({"agents": AGENT}) + blocks(README, "yaml")[0])
    with installed(README, "shelf", "claw_discord_coord.destinations", tmp_path / "package", monkeypatch):
        yield tmp_path


async def test_the_readme_shows_a_destination_that_works(shelf: Path):
    config = load(shelf / "skill.yaml", environment={})
    archive = build(config, DestinationContext(shelf))["archive"]

    text = "---\nnot: metadata\n---\nText."
    first = await archive.deliver(delivery(text, about={"author": "Ada"}))

    assert first.path is not None
    assert [path.read_text() for path in (shelf / "shelf").iterdir()] == [f"Fields, by Ada\n\n{text}"]
    found = await archive.find(delivery(text, about={"author": "Ada"}))
    assert found is not None
    assert (found.path, found.sha256) == (first.path, first.sha256)
    assert guarantee_of(archive) is Guarantee.ONCE_BY_LOOKING
    assert not archive.leaves_machine()


def prepared_by_the_shelf(shelf: Path, output: Output, code: str, route: dict[str, object]) -> Planned:
    """Return the plan for the shelf, with this code as a method `prepare` of its class."""
    package = shelf / "package" / "shelf.py"
    package.write_text(f"from claw_discord_coord.destinations import Output\n{package.read_text()}\n{code}")
    skill_yaml = shelf / "skill.yaml"
    skill_yaml.write_text(skill_yaml.read_text() + yaml.safe_dump({"routes": [{"to": "archive", **route}]}))
    config = load(skill_yaml, environment={})
    traits = traits_of(build(config, DestinationContext(shelf)))
    (planned,) = explain(config, output, traits=traits).planned
    return planned


@pytest.mark.parametrize(
    ("about", "text", "author"),
    [({}, None, "Survey"), ({"author": "Ada"}, None, "Ada"), ({"author": "Ada"}, "---\nauthor: Eve\n---\nx", "Eve")],
)
def test_a_kind_of_another_package_may_add_metadata_from_the_task(
    shelf: Path, about: dict[str, Value], text: str | None, author: str
):
    output = Output("Text.", "Fields", task_title="Survey", about=about)

    planned = prepared_by_the_shelf(shelf, output, blocks(README, "python")[1], {"text": text})

    assert (planned.about, planned.problem) == ({"author": author}, None)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise DeliveryFailed('No author.', fix='Name one.')", "No author. Name one."),
        ("return 1 / 0", "archive could not prepare the output: ZeroDivisionError; the log has the details."),
        ("return {'author': object()}", "archive could not prepare the output: ValidationError; the log has"),
    ],
)
def test_a_kind_that_cannot_prepare_an_output_fails_that_delivery_alone(shelf: Path, code: str, problem: str):
    method = f"    def prepare(self, output):\n        {code}\n"

    planned = prepared_by_the_shelf(shelf, Output("Text.", "Fields"), method, {})

    assert (planned.problem or "").startswith(problem)
    assert (planned.title, planned.text, planned.about) == ("Fields", "Text.", {})


def test_an_invalid_setting_of_another_package_is_reported_with_its_line(shelf: Path):
    text = (shelf / "skill.yaml").read_text()
    (shelf / "skill.yaml").write_text(text.replace("folder: shelf", "foldr: shelf"))

    line = text.splitlines().index("      folder: shelf") + 1
    with pytest.raises(ConfigError) as failure:
        load(shelf / "skill.yaml", environment={})
    where = f"{shelf / 'skill.yaml'}, line"
    assert str(failure.value).splitlines() == [
        f"{where} {line - 1}, destinations.archive.settings.folder: is missing. Add `folder:` here.",
        f"{where} {line}, destinations.archive.settings.foldr: is not a known key. "
        "Write `folder` if you mean that. Else remove it.",
    ]


@pytest.mark.parametrize(
    ("field", "written", "problem"),
    [
        ("most: int", "true", "is not a number"),
        ("most: float", "yes", "is not a number"),
        ("most: bool", "1", "is not true or false"),
    ],
)
def test_a_number_of_another_package_is_not_true_or_false(shelf: Path, field: str, written: str, problem: str):
    package = shelf / "package" / "shelf.py"
    package.write_text(package.read_text().replace("key: SecretStr | None = None", field))
    text = (shelf / "skill.yaml").read_text()
    (shelf / "skill.yaml").write_text(text.replace("key: ${SHELF_KEY:-}", f"most: {written}"))

    with pytest.raises(ConfigError, match=rf"destinations\.archive\.settings\.most: {problem}"):
        load(shelf / "skill.yaml", environment={})


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("key: SecretStr", "key: written-out"),
        ("key: SecretStr = Field(alias='api-key')", "api-key: written-out"),
        ("keys: list[SecretStr]", "keys: ['${KEY}', written-out]"),
        ("more: dict[str, SecretStr]", "more: {a: written-out}"),
    ],
)
@pytest.mark.proves("secret.settings")
def test_a_secret_of_another_package_must_be_a_reference_too(shelf: Path, field: str, said: str):
    package = shelf / "package" / "shelf.py"
    code = package.read_text().replace("key: SecretStr | None = None", field)
    package.write_text(code.replace("BaseModel,", "BaseModel, Field,"))
    text = (shelf / "skill.yaml").read_text().replace("key: ${SHELF_KEY:-}", said)
    environment = {"KEY": "s3cret-key"}

    (shelf / "skill.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"settings\..*: is a secret written out") as failure:
        load(shelf / "skill.yaml", environment=environment)
    assert "written-out" not in str(failure.value)
    (shelf / "skill.yaml").write_text(text.replace("written-out", "'${KEY}'"))
    loaded = load(shelf / "skill.yaml", environment=environment)

    assert "s3cret-key" not in f"{loaded!r} {loaded.model_dump_json()}"


def test_a_default_secret_of_another_package_need_not_be_a_reference(shelf: Path):
    package = shelf / "package" / "shelf.py"
    package.write_text(package.read_text().replace("SecretStr | None = None", "SecretStr = SecretStr('none')"))
    (shelf / "skill.yaml").write_text((shelf / "skill.yaml").read_text().replace("key: ${SHELF_KEY:-}", ""))

    assert "archive" in load(shelf / "skill.yaml", environment={}).destinations


def test_a_class_may_inherit_its_settings(shelf: Path):
    package = shelf / "package" / "shelf.py"
    package.write_text(
        package.read_text().replace("class Shelf:", "class Base:") + "\n\nclass Shelf(Base):\n    pass\n"
    )

    archive = build(load(shelf / "skill.yaml", environment={}), DestinationContext(shelf))["archive"]

    assert type(archive).__name__ == "Shelf"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def (", "'shelf' cannot be imported: SyntaxError: "),
        ("import nosuch", "'shelf' cannot be imported: ModuleNotFoundError: No module named 'nosuch'"),
        ("raise RuntimeError('no network')", "'shelf' cannot be imported: RuntimeError: no network"),
        ("", "'shelf' cannot be imported: AttributeError: "),
        ("class Shelf: pass", "shelf:Shelf is not a destination class with a `Settings` model"),
        ("Shelf = 1", "shelf:Shelf is not a destination class with a `Settings` model"),
    ],
)
def test_a_package_that_cannot_be_used_is_reported_in_a_sentence(shelf: Path, code: str, said: str):
    (shelf / "package" / "shelf.py").write_text(code)

    with pytest.raises(ConfigError, match=f"destinations.archive.settings: .*{re.escape(said)}"):
        load(shelf / "skill.yaml", environment={})


def test_an_unknown_kind_is_refused_with_the_right_ones(shelf: Path):
    text = (shelf / "skill.yaml").read_text()
    (shelf / "skill.yaml").write_text(text.replace("kind: shelf", "kind: shelve"))

    with pytest.raises(ConfigError, match=r"'shelve'; there are: discord, blog, .*, shelf"):
        load(shelf / "skill.yaml", environment={})


def test_every_kind_of_skill_yaml_has_its_class():
    assert set(BUILT_IN) == set(KINDS)


@pytest.mark.parametrize(
    ("settings", "guarantee"),
    [
        ({"kind": "blog", "folder": "x"}, Guarantee.ONCE_BY_LOOKING),
        ({"kind": "file", "folder": "x"}, Guarantee.ONCE_BY_LOOKING),
        ({"kind": "discord", "channel": "x"}, Guarantee.ONCE_BY_KEY),
        ({"kind": "github", "repository": "a/b", "token": "x"}, Guarantee.ONCE_BY_LOOKING),
        ({"kind": "webhook", "url": "https://x.example"}, Guarantee.AT_LEAST_ONCE),
        ({"kind": "command", "command": ["true"]}, Guarantee.AT_LEAST_ONCE),
        ({"kind": "apprise", "url": "ntfy://topic"}, Guarantee.AT_LEAST_ONCE),
        ({"kind": "openclaw", "channel": "telegram", "to": "1"}, Guarantee.AT_LEAST_ONCE),
    ],
)
def test_every_kind_declares_its_guarantee(tmp_path: Path, settings: dict[str, object], guarantee: Guarantee):
    assert guarantee_of(build_one(tmp_path, settings)) is guarantee


@pytest.mark.proves("secret.settings")
def test_settings_never_show_their_secrets(tmp_path: Path):
    config = tmp_path / "skill.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "agents": AGENT,
                "destinations": {
                    "hook": {"kind": "webhook", "url": "${HOOK}", "headers": {"X-Key": "${KEY}"}},
                    "pr": {"kind": "github", "repository": "a/b", "token": "${KEY}"},
                    "chat": {"kind": "apprise", "url": "${CHAT}"},
                    "run": {"kind": "command", "command": ["true"], "env": {"K": "${KEY}"}},
                },
            }
        )
    )
    environment = {"HOOK": "https://x.example/s3cret-hook", "KEY": "s3cret-key", "CHAT": "ntfy://s3cret-topic"}

    loaded = load(config, environment=environment)

    shown = f"{loaded!r} {loaded.model_dump_json()}"
    assert "s3cret" not in shown


@pytest.mark.parametrize("kind", ["discord", "openclaw"])
async def test_a_destination_without_its_part_of_the_context_fails_with_a_fix(tmp_path: Path, kind: str):
    more = {"channel": "telegram", "to": "1"} if kind == "openclaw" else {"channel": "reports"}

    with pytest.raises(DeliveryFailed) as failure:
        await build_one(tmp_path, {"kind": kind, **more}).deliver(delivery())

    assert failure.value.fix
