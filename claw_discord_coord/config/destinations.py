"""What skill.yaml may say of each kind of destination."""

from __future__ import annotations

import base64
import binascii
from importlib.util import find_spec
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    HttpUrl,
    PlainValidator,
    SecretStr,
    SerializeAsAny,
    Tag,
    TypeAdapter,
    field_validator,
    model_validator,
)

from claw_discord_coord.config.apprise_address import service_at
from claw_discord_coord.config.mistake import Mistake
from claw_discord_coord.config.plugins import PluginGroup

BUILT_IN = ("discord", "blog", "file", "webhook", "command", "apprise", "github", "openclaw")
"""The kinds of destination that this package brings itself."""

DESTINATIONS = PluginGroup("claw_discord_coord.destinations", "destination", BUILT_IN)
"""The entry points by which other packages bring kinds of destination."""


class DestinationSection(BaseModel):
    """The common form of every destination's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    approval: bool = False
    """Whether an operator must approve each delivery before it is sent."""
    timeout_s: float = Field(default=60, gt=0, le=3_600)
    """How long one attempt may take."""
    at_once: int = Field(default=1, ge=1, le=100)
    """How many deliveries it takes at the same time; more wait in line."""
    per_minute: int | None = Field(default=None, ge=1, le=10_000)
    """How many deliveries it takes in a minute; more wait in line. Left out: as many as come."""


class DiscordDestinationConfig(DestinationSection):
    """A Discord channel, a thread of one, or a forum."""

    kind: Literal["discord"]
    channel: str = Field(pattern=r"^[^\sA-Z#@:,`]{1,100}$")
    """The channel's name; created if missing."""
    thread: str | None = Field(default=None, pattern=r"^\S(.{0,98}\S)?$")
    """The name of a thread of the channel that everything goes into; created if missing. Left out: the channel."""
    forum: bool = False
    """Whether the channel is a forum, in which every output is a post of its own under its title."""
    tags: tuple[Annotated[str, Field(pattern=r"^\S(.{0,18}\S)?$")], ...] = Field(default=(), max_length=5)
    """Tags of every post in the forum; those that the output's front matter names (`tags`) come behind them. Missing
    ones are created; Discord has 20 for a forum and 5 for a post."""
    replace: bool | Annotated[str, Field(pattern=r"^\S(.{0,98}\S)?$")] = False
    """Whether each output takes the place of the one before, in the same message. A name instead of `true` lets several
    destinations share that place."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.forum and self.thread is not None:
            raise Mistake("a forum has posts instead of threads", "Leave out `thread` or `forum`.")
        if self.tags and not self.forum:
            raise Mistake("only a forum's posts have tags", "Add `forum: true` or leave out `tags`.")
        return self


class GitConfig(BaseModel):
    """How posts are put under version control."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    commit: bool = True
    """Whether each post is committed to the git repository that its folder belongs to."""
    push: bool = False
    """Whether commits are pushed, too. Credentials are git's own affair (a helper, an SSH agent); nobody is asked."""
    remote: str = Field(default="origin", pattern=r"^[\w][\w./-]{0,99}$")
    """The remote that is pushed to."""
    branch: str | None = Field(default=None, pattern=r"^[\w][\w./-]{0,199}$")
    """The remote's branch that is pushed to; left out: the one of the same name as the branch checked out."""
    author: str | None = Field(default=None, pattern=r"^[^<>\n]+ <[^<>\s]+>$")
    """Who commits, as `Name <address>`; left out: whoever git says."""


class BlogDestinationConfig(DestinationSection):
    """A folder of Markdown posts with front matter."""

    kind: Literal["blog"]
    folder: str = Field(min_length=1)
    """The site's folder (with the plain format: the posts' own folder); relative paths are meant from the work folder.
    Nothing is ever written outside of it."""
    format: Literal["plain", "hugo", "jekyll", "astro"] = "plain"
    """Which site generator reads the posts; it decides names, places and front matter."""
    posts: str | None = None
    """Where in the folder posts are written. Left out: the folder itself (plain), `content/posts` (hugo), `_posts`
    (jekyll), `src/content/blog` (astro)."""
    assets: str | None = None
    """Where in the folder files go that do not lie beside their post. Left out: `assets` (jekyll), `public/attachments`
    (astro, and there only what is not an image). Plain and hugo keep everything beside the post."""
    assets_url: str | None = Field(default=None, pattern=r"^(https?:/)?/[^\s()<>]*$")
    """The address at which the site serves `assets`; left out: `/assets` (jekyll), `/attachments` (astro)."""
    draft: bool = False
    """Whether posts begin as drafts."""
    tags: tuple[str, ...] = ()
    """Tags that every post gets."""
    author: str | None = None
    """The author named in every post."""
    git: GitConfig | None = None
    """Whether posts are committed and pushed; left out: neither."""


class FileDestinationConfig(DestinationSection):
    """A folder of plain result files."""

    kind: Literal["file"]
    folder: str = Field(min_length=1)
    """Where files are written; relative paths are meant from the work folder. A file never leaves it."""
    extension: str = Field(default="md", pattern=r"^[a-z0-9]{1,10}$")
    """How the files' names end."""


class WebhookDestinationConfig(DestinationSection):
    """An address that is sent every output as a signed event, in the form of Standard Webhooks."""

    kind: Literal["webhook"]
    url: SecretStr
    """Where events are posted; since addresses often hold a key, write it as ${NAME}."""
    secret: SecretStr | None = None
    """The signing secret, `whsec_` and 24 to 64 bytes in base64, as ${NAME}; left out: events are not signed."""
    headers: dict[str, SecretStr] = {}
    """Headers added to every request, such as `Authorization: Bearer ${NAME}`."""

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: SecretStr) -> SecretStr:
        _http_url(value.get_secret_value())
        return value

    @field_validator("secret")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            signing_key(value.get_secret_value())
        return value


class CommandDestinationConfig(DestinationSection):
    """A program that is run once for every output, with the output as JSON on standard input."""

    kind: Literal["command"]
    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments; never a shell line. `python` as the first word is the Python that runs the
    coordinator. Relative paths are meant from the work folder."""
    env: dict[str, SecretStr] = {}
    """Variables added to the program's environment, which otherwise has none of the coordinator's secrets."""
    output_limit_bytes: int = Field(default=1_000_000, ge=1_000)
    """How much the program may print before it is stopped."""
    leaves_machine: bool = True
    """Whether what the program is given may be seen elsewhere; such a destination gets nothing of private tasks."""


class AppriseDestinationConfig(DestinationSection):
    """One of the hundred and more services that Apprise knows: Telegram, e-mail, Slack, ntfy, ...

    Needs `pip install claw-discord-coord[apprise]`.
    """

    kind: Literal["apprise"]
    url: SecretStr
    """The service's Apprise address, such as ${ALERTS_URL} with `tgram://token/chat` or `mailtos://user:pass@host`."""
    format: Literal["markdown", "text", "html"] = "markdown"
    """What form texts have; Apprise converts them to what the service takes."""
    attach: bool = True
    """Whether files are sent along, where the service takes files."""

    @field_validator("url")
    @classmethod
    def _is_known(cls, value: SecretStr) -> SecretStr:
        service_at(value.get_secret_value())
        return value


class GitHubDestinationConfig(DestinationSection):
    """Comments on a pull request or issue. Needs `pip install claw-discord-coord[github]`.

    Which one: the `pull_request`, `issue` or `branch` that the output's front matter names, or else the settings here,
    or else the one pull request or issue of this repository that the task's text links to.
    """

    kind: Literal["github"]
    repository: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$")
    """The repository, as owner/name."""
    token: SecretStr
    """A token that may write issues and pull requests, as ${GITHUB_TOKEN}."""
    api_url: HttpUrl = HttpUrl("https://api.github.com")
    """The HTTP API; of GitHub Enterprise Server: `https://HOST/api/v3`."""
    number: int | None = Field(default=None, ge=1)
    """The pull request or issue that is commented on unless the output names another."""
    branch: str | None = Field(default=None, min_length=1, max_length=255)
    """The branch whose open pull request is commented on unless the output names another."""
    comment: Literal["new", "update"] = "new"
    """Whether every output is a comment of its own, or replaces this destination's earlier comment in place."""
    mentions: bool = False
    """Whether an @name in a text notifies that person."""
    findings: bool = False
    """Whether lines such as `path/to/file.py:12: what is wrong` become review comments on those lines."""

    @field_validator("token")
    @classmethod
    def _can_be_used(cls, value: SecretStr) -> SecretStr:
        if find_spec("github") is None:
            raise Mistake("this needs PyGithub", "Run `pip install 'claw-discord-coord[github]'`.")
        return value


class OpenClawDestinationConfig(DestinationSection):
    """A chat on any channel that the person's OpenClaw is connected to: Telegram, WhatsApp, Slack, ..."""

    kind: Literal["openclaw"]
    channel: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    """The channel as OpenClaw calls it, such as `telegram`."""
    to: str = Field(min_length=1, max_length=200)
    """The chat on that channel, such as a Telegram chat id."""


class PluginDestinationConfig(DestinationSection):
    """A kind of destination that another installed package brings (entry points `claw_discord_coord.destinations`)."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$", json_schema_extra={"not": {"enum": list(BUILT_IN)}})
    """The name of the entry point."""
    settings: Annotated[
        SerializeAsAny[BaseModel],
        PlainValidator(DESTINATIONS.validate_settings, json_schema_input_type=dict[str, object]),
    ] = Field(default=cast("Any", {}), validate_default=True, repr=False)
    """Whatever that package asks for."""

    @model_validator(mode="before")
    @classmethod
    def _is_installed(cls, section: object) -> object:
        return DESTINATIONS.check_kind(section)


def signing_key(secret: str) -> bytes:
    """Take the key out of a webhook's signing secret.

    Source: Standard Webhooks, "Signature scheme": `whsec_` and the base64 of 24 to 64 bytes.

    Raises:
        ValueError: it is not of that form.

    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError("this is not `whsec_` and 24 to 64 random bytes in base64")
    return key


def _http_url(value: str) -> None:
    if not value.startswith(("http://", "https://")):
        raise ValueError("this is not an address that begins with http:// or https://")
    try:
        TypeAdapter(HttpUrl).validate_python(value)
    except ValueError:
        raise ValueError("this is not a web address") from None


DestinationConfig = Annotated[
    Annotated[DiscordDestinationConfig, Tag("[discord]")]
    | Annotated[BlogDestinationConfig, Tag("[blog]")]
    | Annotated[FileDestinationConfig, Tag("[file]")]
    | Annotated[WebhookDestinationConfig, Tag("[webhook]")]
    | Annotated[CommandDestinationConfig, Tag("[command]")]
    | Annotated[AppriseDestinationConfig, Tag("[apprise]")]
    | Annotated[GitHubDestinationConfig, Tag("[github]")]
    | Annotated[OpenClawDestinationConfig, Tag("[openclaw]")]
    | Annotated[PluginDestinationConfig, Tag("[plugin]")],
    Discriminator(DESTINATIONS.tag),
]
"""One destination's settings; `kind` says which."""
