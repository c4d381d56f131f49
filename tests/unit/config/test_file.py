"""skill.yaml: what is right is read, what is wrong is explained with line, key and fix."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from claw_discord_coord.config.file import ConfigFile, load, watch
from claw_discord_coord.config.model import Config
from claw_discord_coord.config.schema import schema
from claw_discord_coord.errors import ConfigError, RegistryUnavailable

ROOT = Path(__file__).parents[3]
AGENT = """
agents:
  research:
    purpose: Looks things up.
    channel: research
    runtime: {kind: command, command: [python, research.py]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "skill.yaml"
    path.write_text(text)
    return path


def test_the_repositorys_own_file_is_right() -> None:
    config = load(ROOT / "skill.yaml")
    assert set(config.agents) == {"research", "engineering", "writing"}


def test_variables_are_filled_in_and_defaults_work(tmp_path: Path) -> None:
    text = AGENT + 'discord: {token: "${TOKEN}", guild_id: "${GUILD:-123456789012345678}"}\n'
    config = load(write(tmp_path, text), environment={"TOKEN": "s3cret"})
    assert config.discord.token is not None
    assert config.discord.token.get_secret_value() == "s3cret"
    assert config.discord.guild_id == "123456789012345678"
    assert "s3cret" not in repr(config)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    config = load(write(tmp_path, AGENT + "openclaw: {token: '${file:token}'}\n"))
    assert config.openclaw is not None
    assert config.openclaw.token is not None
    assert config.openclaw.token.get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agents: [", r"line 1"),
        ("- a\n", r"line 1: expected keys and values"),
        ("", r"agents: is missing. Add `agents:`"),
        (AGENT + "color: red\n", r"line 7, color: is not a known key. Remove it"),
        (
            AGENT.replace("channel: research", 'channel: "Bad Name"'),
            r"line 5, agents.research.channel: is not a valid channel name. Write it",
        ),
        (
            AGENT.replace("command, command", "cmd, command"),
            r"line 6, agents.research.runtime.kind: .*there are: command, openclaw. Correct it.$",
        ),
        (
            AGENT.replace("research.py]}", "research.py], output_limit_bytes: 5}"),
            r"line 6, agents.research.runtime.output_limit_bytes: ",
        ),
        (
            AGENT + "routes:\n  - when: {kind: a}\n    to: [nowhere]\n",
            r"line 9, routes.0.to.0: there is no destination 'nowhere'; there are: none. Correct the name",
        ),
        (AGENT + "default_agent: nobody\n", r"line 7, default_agent: there is no agent 'nobody'; there are: research"),
        (
            AGENT.replace("{kind: command, command: [python, research.py]}", "{kind: openclaw}"),
            r"line 6, agents.research.runtime.kind: needs OpenClaw, .* Add `openclaw: {}`",
        ),
        (
            AGENT + "discord:\n  token: ${NOT_SET}\n",
            r"line 8, discord.token: the environment variable NOT_SET is not set",
        ),
        (
            AGENT + "discord: {token: x}\n",
            r"line 7, discord: guild_id is missing. With a token, say",
        ),
        (
            AGENT + "destinations:\n  forum: {kind: discord, channel: x, forum: true, thread: y}\n",
            r"line 8, .*: a forum has posts instead of threads. Leave out `thread` or `forum`.$",
        ),
        (AGENT + "openclaw: {token: letmein}\n", r"line 7, openclaw.token: is a secret written out. Write"),
        (AGENT + "openclaw: {token: '${file:none}'}\n", r"line 7, openclaw.token: the file none cannot be read"),
        (
            AGENT + "destinations:\n  blog: {kind: blog, folder: x, draft: maybe}\n",
            r"line 8, destinations.blog.draft: ",
        ),
        (AGENT + "limits: {depth: many}\n", r"line 7, limits.depth: .*integer"),
        (AGENT + "limits: {depth: 1}\nlimits: {depth: 2}\n", r"line 8, limits: appears twice"),
        (
            AGENT + "description: ghp_0123456789012345678901234567890123456789\n",
            r"looks like a secret. Put it in an environment",
        ),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as caught:
        load(path, environment={})
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'ha'] * 9)}]\n" for n in range(9))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 2026-13-45\n", "line 7, version: looks like a date but is not valid"),
        ("version: !foo bar\n", "line 7, version: has the unknown tag !foo"),
        ("limits: {depth: !!int abc}\n", "line 7, limits.depth: looks like a whole number but is not valid"),
        ("limits: {depth: !!int ''}\n", "line 7, limits.depth: looks like a whole number but is not valid"),
        ("limits: {depth: !!float x}\n", "line 7, limits.depth: looks like a number but is not valid"),
        ("limits: {depth: !!bool maybe}\n", "line 7, limits.depth: looks like true or false but is not valid"),
        ("version: !!timestamp x\n", "line 7, version: looks like a date but is not valid"),
        ("limits:\n  depth: " + "9" * 5_000 + "\n", "line 8, limits.depth: looks like a whole number but is not valid"),
        ("a: &x [*x]\n", r"line 7, a.0: is an alias of a value that contains the alias"),
        ("a: &x {b: *x}\n", r"line 7, a.b: is an alias of a value that contains the alias"),
        ("a: " + "[" * 3_000, r"line 7, column 53: values are nested more than 50 deep"),
        (LAUGHS, r"line \d+, a\d.*: exceeds the limit of 20,000 values"),
        ('description: "a\\0b"\n', "line 7, description: contains a character that is not text"),
        ('description: "\\ud800"\n', "line 7, description: contains a character that is not text"),
        ("description: \a\n", r"line 7: a character that YAML does not allow"),
        ("? [a, b]\n: c\n", "line 7, the whole file: has a key that is not text"),
        ("routes: [{to: [], title: '{{ " + "(" * 4_000 + "'}]\n", r"line 7, routes.0.title: .* nested too deeply"),
        ("# " + "x" * 300_000, "it is longer than 262,144 bytes"),
        ("openclaw: {token: '${file:/dev/zero}'}\n", "line 7, openclaw.token: the file /dev/zero cannot be read"),
    ],
)
def test_what_yaml_itself_cannot_bear_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load(write(tmp_path, AGENT + text), environment={})
    assert "Traceback" not in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, AGENT + "a: 1\nb: 2\n"))
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_or_binary_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "none.yaml")
    (tmp_path / "skill.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "skill.yaml")


@pytest.mark.proves("lost.skill-yaml")
def test_a_good_change_is_in_force_and_a_bad_one_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, AGENT)
    file = ConfigFile.open(path)
    assert not file.refresh()
    write(tmp_path, AGENT + "limits: {depth: 7}\n")
    assert file.refresh()
    assert file.config.limits.depth == 7
    write(tmp_path, AGENT + "limits: {depth: 'seven'}\n")
    assert file.refresh()
    assert file.config.limits.depth == 7
    assert file.complaint is not None
    write(tmp_path, AGENT)
    assert file.refresh()
    assert file.complaint is None


def test_settings_that_are_replaced_are_not_looked_at_and_stay_replaced(tmp_path: Path) -> None:
    discord = "discord:\n  token: ${NOT_SET_ANYWHERE}\n"

    def quicker(config: Config) -> Config:
        return config.model_copy(update={"description": "adapted"})

    file = ConfigFile.open(write(tmp_path, AGENT + discord), without={"discord"}, adapt=quicker)
    assert (file.config.discord.token, file.config.description) == (None, "adapted")
    write(tmp_path, AGENT + discord + "limits: {depth: 7}\n")
    assert file.refresh()
    assert file.complaint is None
    assert (file.config.limits.depth, file.config.description) == (7, "adapted")


class Stumbling(ConfigFile):
    """A file of which one round of looking goes wrong in a way that nobody has foreseen."""

    stumbles = 1

    def refresh(self) -> bool:
        if self.stumbles:
            self.stumbles -= 1
            raise RuntimeError("unforeseen")
        return super().refresh()


@pytest.mark.anyio
@pytest.mark.proves("lost.skill-yaml")
async def test_the_watching_goes_on_after_a_bad_change_and_whatever_else_goes_wrong(
    tmp_path: Path, anyio_backend: str
) -> None:
    file = Stumbling.open(write(tmp_path, AGENT))
    changes: list[int] = []
    told = asyncio.Event()

    async def changed() -> None:
        changes.append(file.config.limits.depth)
        told.set()
        if len(changes) == 1:
            raise RegistryUnavailable

    write(tmp_path, AGENT + "limits: {depth: 7}\n")
    watching = asyncio.create_task(watch(file, changed, every_s=0.01))
    try:
        async with asyncio.timeout(10):
            await told.wait()
            write(tmp_path, AGENT + "limits: {depth: 7}\nversion: 2026-13-45\n")
            while file.complaint is None:
                await asyncio.sleep(0.01)
            told.clear()
            write(tmp_path, AGENT + "limits: {depth: 8}\nversion: '1'\n")
            await told.wait()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert changes == [7, 8]
    assert file.stumbles == 0


def test_the_published_schema_is_that_of_the_models() -> None:
    assert json.loads((ROOT / "skill.schema.json").read_text()) == schema(), (
        "run: python -m claw_discord_coord.cli.generate"
    )


def test_the_schema_accepts_what_the_models_accept_and_refuses_what_they_refuse(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    validator.validate(yaml.safe_load((ROOT / "skill.yaml").read_text()))
    for wrong in ("color: red\n", "limits: {depth: many}\n", "discord: {token: 5}\n"):
        assert not validator.is_valid(yaml.safe_load(AGENT + wrong))
