"""skill.yaml takes nothing that nobody means: numbers, switches, ids, addresses, names, references, tokens."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from claw_discord_coord.config.file import load
from claw_discord_coord.config.model import Config
from claw_discord_coord.errors import ConfigError

AGENT = """
agents:
  research:
    purpose: Looks things up.
    channel: research
    produces: report
    runtime: {kind: command, command: [python, research.py]}
kinds: [report, note]
"""
TOKEN = "MTIz.abc.def-ghi_jkl"
ID = "1234567890123456789"


def read(folder: Path, more: str = "", *, agent: str = AGENT, **environment: str) -> Config:
    (folder / "skill.yaml").write_text(agent + more, encoding="utf-8")
    return load(folder / "skill.yaml", environment=environment)


def in_agent(line: str) -> str:
    return AGENT.replace("    produces: report\n", f"    produces: report\n    {line}\n")


@pytest.mark.parametrize("value", ["yes", "on", "true", "010", "0b1", "0x2", "0o7", "1_0", "1:30", "'010'", "[1]", "~"])
@pytest.mark.parametrize("key", ["concurrency", "timeout_s"])
def test_a_number_is_written_in_plain_digits(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"line 7, agents\.research\.{key}: .*number"):
        read(tmp_path, agent=in_agent(f"{key}: {value}"))


def test_an_octal_number_is_explained_with_the_number_it_would_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Write 8 if you mean that. Put it into quotes if it is a text."):
        read(tmp_path, agent=in_agent("concurrency: 010"))


@pytest.mark.parametrize("value", ["1:30", "22:22", "010", "1_000", "0x1f"])
def test_a_text_that_some_take_for_a_number_needs_quotes(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"agents\.research\.takes\.0: is a number that is not written in plain"):
        read(tmp_path, agent=in_agent(f"takes: [{value}]"))
    assert read(tmp_path, agent=in_agent(f"takes: ['{value}']")).agents["research"].takes == (value,)


def test_yes_and_no_are_words_where_words_belong_and_switches_where_switches_belong(tmp_path: Path) -> None:
    assert read(tmp_path, agent=in_agent("takes: [yes, no, on, off]")).agents["research"].takes == (
        "yes", "no", "on", "off",
    )  # fmt: skip
    blog = "  blog: {kind: blog, folder: x, draft: yes, approval: off}\n"
    summary = "  d: {kind: discord, channel: x, replace: on}\n"
    destinations = read(tmp_path, f"destinations:\n{blog}{summary}").destinations
    assert destinations["blog"].model_dump()["draft"] is True
    assert destinations["blog"].approval is False
    assert destinations["d"].model_dump()["replace"] is True


@pytest.mark.parametrize("value", ["1", "0", "2.5", "[true]", "maybe"])
def test_a_switch_is_no_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"destinations\.blog\.draft: is not true or false\. Write true or false\."):
        read(tmp_path, f"destinations: {{blog: {{kind: blog, folder: x, draft: {value}}}}}\n")


def test_numbers_and_switches_from_variables_are_read(tmp_path: Path) -> None:
    more = "server: {port: '${PORT}'}\ndestinations: {blog: {kind: blog, folder: x, draft: '${DRAFT}'}}\n"
    config = read(tmp_path, more, PORT="8080\r\n", DRAFT="yes")
    assert config.server.port == 8080
    assert config.destinations["blog"].model_dump()["draft"] is True


@pytest.mark.parametrize("value", ["ada", '"*"', "''", "'<@1234567890123456789>'", "12", "1.5", "true", "'@ada'", "~"])
@pytest.mark.parametrize("key", ["users", "roles"])
def test_operators_are_discord_ids(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"line 9, operators\.{key}\.0: ") as caught:
        read(tmp_path, f"operators: {{{key}: [{value}]}}\n")
    assert "Copy ID" in str(caught.value) or "text belongs" in str(caught.value)


def test_ids_may_be_written_as_numbers_and_keep_every_digit(tmp_path: Path) -> None:
    more = f"discord: {{guild_id: {ID}}}\noperators: {{users: [{ID}, '{ID}'], roles: [{ID}]}}\n"
    config = read(tmp_path, more)
    assert config.discord.guild_id == ID
    assert config.operators.users == (ID, ID)
    assert config.operators.roles == (ID,)


@pytest.mark.parametrize(
    ("when", "key", "near"),
    [
        ("agent: reserch", "agent.0", "Write research if you mean that"),
        ("agent: [research, nobody]", "agent.1", "Correct the name"),
        ("channel: resarch", "channel.0", "Write research"),
        ("kind: reprot", "kind.0", "Write report"),
    ],
)
def test_a_route_names_only_agents_channels_and_kinds_that_exist(
    tmp_path: Path, when: str, key: str, near: str
) -> None:
    route = f"destinations: {{blog: {{kind: blog, folder: x}}}}\nroutes:\n  - to: blog\n    when: {{{when}}}\n"
    with pytest.raises(ConfigError, match=rf"line 12, routes\.0\.when\.{key}: there is no .* there are: .*{near}"):
        read(tmp_path, route)


def test_an_agent_produces_a_permitted_kind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 6, agents\.research\.produces: there is no kind 'essay'"):
        read(tmp_path, agent=AGENT.replace("produces: report", "produces: essay"))


@pytest.mark.parametrize("value", ["${TOK", "x${TOK", "${}", "${A B}", "${TOK:-${OTHER}}", "${1A}", "${file:}"])
def test_a_reference_that_is_not_closed_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"line 9, description: has a reference that is not closed, or not a name"):
        read(tmp_path, f"description: '{value}'\n", TOK="a", OTHER="b")


def test_a_reference_itself_can_be_written(tmp_path: Path) -> None:
    assert read(tmp_path, "description: 'echo $${HOME} $x'\n", HOME="no").description == "echo ${HOME} $x"


def test_the_default_stands_for_an_empty_variable_too(tmp_path: Path) -> None:
    assert read(tmp_path, "description: '${D:-none}'\n", D="").description == "none"


@pytest.mark.parametrize(
    "value", ["javascript:x", "ftp://discord.com", "discord.com", "https://", "https:// discord.com", "ws://x.example",
              "https://x.example/api?v=10", "http:x", "file:///etc/passwd"],
)  # fmt: skip
def test_addresses_of_apis_are_web_addresses(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"line 9, discord\.api_base: .*\. Write "):
        read(tmp_path, f"discord: {{api_base: '{value}'}}\n")
    hook = "destinations: {hook: {kind: webhook, url: '${URL}'}}\n"
    if "?" not in value:
        with pytest.raises(ConfigError, match=r"line 9, destinations\.hook\.url: is not a.*address"):
            read(tmp_path, hook, URL=value)


@pytest.mark.parametrize("section", ["discord", "openclaw"])
@pytest.mark.parametrize("value", ["https://x.example", "javascript:x", "wss://", "x", ""])
def test_addresses_of_gateways_are_web_sockets(tmp_path: Path, section: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"line 9, {section}\.gateway_url: is not .*address"):
        read(tmp_path, f"{section}: {{gateway_url: '{value}'}}\n")


@pytest.mark.parametrize(
    "value", ["javascript:x", "mysql://a@b/c", "sqlite://", "sqlite:///:memory:", "postgresql://h:port/d", "registry"]
)
def test_the_registrys_address_is_that_of_a_database(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"line 9, registry\.url: is not the address of a database\. Write sqlite"):
        read(tmp_path, "registry: {url: '${URL}'}\n", URL=value)


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://ada:p/w@h:5432/d", "postgres://h/d", "postgresql:///d?host=/run", "postgresql+psycopg://a@[::1]:5/d",
        "sqlite:///registry.sqlite3", "sqlite:////srv/a b.sqlite3",
    ],
)  # fmt: skip
def test_addresses_of_databases_are_taken(tmp_path: Path, value: str) -> None:
    assert read(tmp_path, "registry: {url: '${URL}'}\n", URL=f"{value}\n").registry.url is not None


def test_no_agent_works_in_the_boards_channel_and_no_forum_is_a_text_channel(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"agents\.research\.channel: is the channel of the board"):
        read(tmp_path, agent=AGENT.replace("channel: research", "channel: registry"))
    for channel in ("registry", "research", "news"):
        forums = "destinations:\n  a: {kind: discord, channel: news}\n"
        forums += f"  f: {{kind: discord, channel: {channel}, forum: true}}\n"
        with pytest.raises(ConfigError, match=r"line 11, destinations\.f\.channel: is a forum here"):
            read(tmp_path, forums)


@pytest.mark.parametrize(
    "written",
    ["ANTHROPIC_API_KEY: abcdef", "api_key: abcdef", "DB_PASSWORD: hunter2", "TOKEN: x", "GH: ghp_" + "a1B2" * 9],
)
def test_a_key_written_out_in_an_agents_environment_is_refused(tmp_path: Path, written: str) -> None:
    env = "{kind: command, env: {LANG: C, KEYBOARD: us, MAX_TOKENS: '5', "
    with pytest.raises(ConfigError, match=r"line 7, agents\.research\.runtime\.env\.\w+: looks like a secret.*\$"):
        read(tmp_path, agent=AGENT.replace("{kind: command, ", f"{env}{written}}}, "))
    name = written.partition(":")[0]
    config = read(tmp_path, agent=AGENT.replace("{kind: command, ", f"{env}{name}: '${{K}}'}}, "), K="abc\r\n")
    assert config.agents["research"].runtime.model_dump()["env"][name] == "abc"


@pytest.mark.parametrize(
    "written",
    [
        f"{TOKEN}\n", f"{TOKEN}\r\n", f"\ufeff{TOKEN}", f" {TOKEN}\t", f"Bot {TOKEN}", f"bot  {TOKEN}\r\n",
        f"Authorization: Bot {TOKEN}", f'"{TOKEN}"', f"'Bot {TOKEN}'\n", f"{TOKEN}\u200b", "MTIz.abc.\u200bdef-ghi_jkl",
        f"Bearer {TOKEN}",
    ],
)  # fmt: skip
def test_what_cannot_belong_to_a_token_is_removed(tmp_path: Path, written: str) -> None:
    pytest.importorskip("github")
    more = (
        f"discord: {{token: '${{T}}', guild_id: '{ID}'}}\nopenclaw: {{token: '${{file:token}}'}}\n"
        "destinations: {pull: {kind: github, repository: ada/engine, token: '${T}'}}\n"
    )
    (tmp_path / "token").write_bytes(written.encode())
    config = read(tmp_path, more, T=written)
    assert config.discord.token is not None
    assert config.openclaw is not None
    assert config.openclaw.token is not None
    assert config.discord.token.get_secret_value() == TOKEN
    assert config.openclaw.token.get_secret_value() == TOKEN
    assert config.destinations["pull"].model_dump()["token"].get_secret_value() == TOKEN


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_token_file_of_a_windows_program_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "token").write_bytes(f"{TOKEN}\r\n".encode(encoding))
    config = read(tmp_path, f"discord: {{token: '${{file:token}}', guild_id: {ID}}}\n")
    assert config.discord.token is not None
    assert config.discord.token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "is empty"),
        (" \r\n", "is empty"),
        ("Bot ", "is empty"),
        ("abc\ndef", "has a line end after 3 characters"),
        ("abc def", "has a space after 3 characters"),
        ("abc…", r"has the character U\+2026 after 3 characters"),
    ],
)
def test_a_token_that_cannot_be_repaired_is_explained_without_being_shown(
    tmp_path: Path, written: str, problem: str
) -> None:
    with pytest.raises(ConfigError, match=rf"line 9, discord\.token: {problem}.*\. [A-Z]") as caught:
        read(tmp_path, f"discord: {{token: '${{T}}', guild_id: {ID}}}\n", T=written)
    assert "abc" not in str(caught.value)


def test_webhooks_take_secrets_with_a_line_end(tmp_path: Path) -> None:
    hook = "destinations: {hook: {kind: webhook, url: '${U}', secret: '${S}', headers: {X-Key: 'Bearer ${K}'}}}\n"
    secret = "whsec_" + "QUJD" * 8
    config = read(tmp_path, hook, U="\ufeffhttps://hooks.example/x\r\n", S=f"{secret}\n", K="k\r\n")
    hooked = config.destinations["hook"].model_dump()
    assert hooked["url"].get_secret_value() == "https://hooks.example/x"
    assert hooked["secret"].get_secret_value() == secret
    assert hooked["headers"]["X-Key"].get_secret_value() == "Bearer k"
    with pytest.raises(ConfigError, match=r"hook\.headers\.X-Key: has a line end after 8 characters"):
        read(tmp_path, hook, U="https://hooks.example/x", S=secret, K="k\nX-Other: 1")


def test_a_skill_yaml_in_utf_16_is_read_and_broken_bytes_have_a_line(tmp_path: Path) -> None:
    path = tmp_path / "skill.yaml"
    path.write_bytes(codecs.BOM_UTF16_LE + AGENT.encode("utf-16-le"))
    assert load(path, environment={}).kinds == ("report", "note")
    path.write_bytes(AGENT.encode() + b"description: caf\xe9\n")
    with pytest.raises(ConfigError, match=r"skill\.yaml, line 9: cannot be read: the bytes are not UTF-8"):
        load(path, environment={})


def test_a_typing_mistake_in_a_key_gets_the_key_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 7, agents\.research\.concurency: .*Write `concurrency` if you mean"):
        read(tmp_path, agent=in_agent("concurency: 2"))
