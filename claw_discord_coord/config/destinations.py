"""The settings of each kind of destination in skill.yaml."""

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
from claw_discord_coord.config.invalid_setting import InvalidSetting
from claw_discord_coord.config.plugins import PluginGroup

BUILT_IN = ("discord", "blog", "file", "webhook", "command", "apprise", "github", "openclaw")
"""The kinds of destination of this package."""

DESTINATIONS = PluginGroup("claw_discord_coord.destinations", "destination", BUILT_IN)
"""The entry points by which other packages bring kinds of destination."""


class DestinationSection(BaseModel):
    """The settings that all kinds of destination share."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    approval: bool = False
    """Whether an operator must approve each delivery before it is sent."""
    timeout_s: float = Field(default=60, gt=0, le=3_600)
    """The limit of one attempt in seconds."""
    at_once: int = Field(default=1, ge=1, le=100)
    """The number of deliveries at the same time; further deliveries wait."""
    per_minute: int | None = Field(default=None, ge=1, le=10_000)
    """The number of deliveries in a minute; further deliveries wait. Default: no limit."""


class DiscordDestinationConfig(DestinationSection):
    """A Discord channel, a thread, or a forum."""

    kind: Literal["discord"]
    channel: str = Field(pattern=r"^[^\sA-Z#@:,`]{1,100}$")
    """The channel's name. A missing channel is created."""
    thread: str | None = Field(default=None, pattern=r"^\S(.{0,98}\S)?$")
    """The name of a thread that takes all outputs. A missing thread is created. Default: the channel itself."""
    forum: bool = False
    """Whether the channel is a forum: every output is a post with its own title."""
    tags: tuple[Annotated[str, Field(pattern=r"^\S(.{0,18}\S)?$")], ...] = Field(default=(), max_length=5)
    """Tags of every post in the forum, followed by the `tags` of the output's front matter. Missing tags are created.
    Discord allows 20 tags for a forum and 5 for a post."""
    replace: bool | Annotated[str, Field(pattern=r"^\S(.{0,98}\S)?$")] = False
    """Whether each output replaces the earlier output in the same message. Destinations with the same name here,
    instead of `true`, share the message."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.forum and self.thread is not None:
            raise InvalidSetting("a forum has posts instead of threads", "Leave out `thread` or `forum`.")
        if self.tags and not self.forum:
            raise InvalidSetting("only a forum's posts have tags", "Add `forum: true` or leave out `tags`.")
        return self


class GitConfig(BaseModel):
    """The use of git for posts."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    commit: bool = True
    """Whether each post is committed to the git repository of its folder."""
    push: bool = False
    """Whether commits are pushed. Git must have the credentials (a helper, an SSH agent), since no person is asked."""
    remote: str = Field(default="origin", pattern=r"^[\w][\w./-]{0,99}$")
    """The remote for pushes."""
    branch: str | None = Field(default=None, pattern=r"^[\w][\w./-]{0,199}$")
    """The remote's branch for pushes. Default: the branch with the name of the local branch."""
    author: str | None = Field(default=None, pattern=r"^[^<>\n]+ <[^<>\s]+>$")
    """The author of commits, as `Name <address>`. Default: git's setting."""


class BlogDestinationConfig(DestinationSection):
    """A folder of Markdown posts with front matter."""

    kind: Literal["blog"]
    folder: str = Field(min_length=1)
    """The site's folder, or with the plain format the folder of the posts. Relative paths start at the folder of
    skill.yaml. No file is written outside the folder."""
    format: Literal["plain", "hugo", "jekyll", "astro"] = "plain"
    """The site generator, which decides names, places and front matter."""
    posts: str | None = None
    """The folder of posts below the site's folder. Default: the folder itself (plain), `content/posts` (hugo), `_posts`
    (jekyll), `src/content/blog` (astro)."""
    assets: str | None = None
    """The folder for files that do not lie beside a post. Default: `assets` (jekyll), `public/attachments` (astro,
    images excepted). Plain and hugo keep all files beside the post."""
    assets_url: str | None = Field(default=None, pattern=r"^(https?:/)?/[^\s()<>]*$")
    """The address at which the site serves `assets`. Default: `/assets` (jekyll), `/attachments` (astro)."""
    draft: bool = False
    """Whether new posts are drafts."""
    tags: tuple[str, ...] = ()
    """Tags of every post."""
    author: str | None = None
    """The author of every post."""
    git: GitConfig | None = None
    """The use of git. Default: no commits and no pushes."""


class FileDestinationConfig(DestinationSection):
    """A folder of result files."""

    kind: Literal["file"]
    folder: str = Field(min_length=1)
    """The folder. Relative paths start at the folder of skill.yaml. No file is written outside the folder."""
    extension: str = Field(default="md", pattern=r"^[a-z0-9]{1,10}$")
    """The extension of the files' names."""


class WebhookDestinationConfig(DestinationSection):
    """An address that gets every output as a signed event (Standard Webhooks)."""

    kind: Literal["webhook"]
    url: SecretStr
    """The address for events. Addresses often contain a key, so write ${NAME}."""
    secret: SecretStr | None = None
    """The signing secret, `whsec_` and 24 to 64 bytes in base64, as ${NAME}. Default: events are not signed."""
    headers: dict[str, SecretStr] = {}
    """Headers of every request, such as `Authorization: Bearer ${NAME}`."""

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
    """A program that runs once for every output and reads the output as JSON from standard input."""

    kind: Literal["command"]
    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments; never a shell line. `python` as the first word is the Python that runs the
    coordinator. Relative paths start at the folder of skill.yaml."""
    env: dict[str, SecretStr] = {}
    """Variables added to the program's environment, which otherwise has none of the coordinator's secrets."""
    output_limit_bytes: int = Field(default=1_000_000, ge=1_000)
    """The size of output, in bytes, after which the program is stopped."""
    leaves_machine: bool = True
    """Whether the program may send outputs elsewhere. Such a destination gets no outputs of private tasks."""


class AppriseDestinationConfig(DestinationSection):
    """One of the hundred and more services of Apprise: Telegram, e-mail, Slack, ntfy, ...

    Needs `pip install claw-discord-coord[apprise]`.
    """

    kind: Literal["apprise"]
    url: SecretStr
    """The service's Apprise address, such as ${ALERTS_URL} with `tgram://token/chat` or `mailtos://user:pass@host`."""
    format: Literal["markdown", "text", "html"] = "markdown"
    """The form of texts; Apprise converts texts to the form of the service."""
    attach: bool = True
    """Whether files are sent along, where the service takes files."""

    @field_validator("url")
    @classmethod
    def _is_known(cls, value: SecretStr) -> SecretStr:
        service_at(value.get_secret_value())
        return value


class GitHubDestinationConfig(DestinationSection):
    """Comments on a pull request or issue. Needs `pip install claw-discord-coord[github]`.

    The target is the `pull_request`, `issue` or `branch` in the output's front matter, else the target in these
    settings, else the only pull request or issue of this repository that the task's text links to.
    """

    kind: Literal["github"]
    repository: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$")
    """The repository, as owner/name."""
    token: SecretStr
    """A token with write access to issues and pull requests, as ${GITHUB_TOKEN}."""
    api_url: HttpUrl = HttpUrl("https://api.github.com")
    """The address of the HTTP API. GitHub Enterprise Server: `https://HOST/api/v3`."""
    number: int | None = Field(default=None, ge=1)
    """The pull request or issue for comments, unless the output names another target."""
    branch: str | None = Field(default=None, min_length=1, max_length=255)
    """The branch whose open pull request gets comments, unless the output names another target."""
    comment: Literal["new", "update"] = "new"
    """`new`: every output is a new comment. `update`: an output replaces the destination's earlier comment."""
    mentions: bool = False
    """Whether an @name in a text notifies the person."""
    findings: bool = False
    """Whether lines such as `path/to/file.py:12: the problem` become review comments on the named lines."""

    @field_validator("token")
    @classmethod
    def _can_be_used(cls, value: SecretStr) -> SecretStr:
        if find_spec("github") is None:
            raise InvalidSetting("this needs PyGithub", "Run `pip install 'claw-discord-coord[github]'`.")
        return value


class OpenClawDestinationConfig(DestinationSection):
    """A chat in any channel of the person's OpenClaw: Telegram, WhatsApp, Slack, ..."""

    kind: Literal["openclaw"]
    channel: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    """OpenClaw's name of the channel, such as `telegram`."""
    to: str = Field(min_length=1, max_length=200)
    """The chat in the channel, such as a Telegram chat id."""


class PluginDestinationConfig(DestinationSection):
    """A kind of destination that another installed package brings (entry points `claw_discord_coord.destinations`)."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$", json_schema_extra={"not": {"enum": list(BUILT_IN)}})
    """The name of the entry point."""
    settings: Annotated[
        SerializeAsAny[BaseModel],
        PlainValidator(DESTINATIONS.validate_settings, json_schema_input_type=dict[str, object]),
        # Validated when left out, too, since the package's model may require a setting. Not in `repr`, and so not in
        # logs: the model of another package may hold secrets as plain text.
    ] = Field(default=cast("Any", {}), validate_default=True, repr=False)
    """The settings of the other package's kind."""

    @model_validator(mode="before")
    @classmethod
    def _is_installed(cls, section: object) -> object:
        return DESTINATIONS.check_kind(section)


def signing_key(secret: str) -> bytes:
    """Return the key in a webhook's signing secret.

    Source: Standard Webhooks, "Signature scheme": `whsec_` and the base64 of 24 to 64 bytes.

    Raises:
        ValueError: The secret has another form.
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
"""The settings of one destination; `kind` selects the model."""
