"""The settings of each kind of destination in skill.yaml."""

from __future__ import annotations

import base64
import binascii
from importlib.util import find_spec
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    HttpUrl,
    PlainValidator,
    SecretStr,
    SerializeAsAny,
    Tag,
    field_validator,
    model_validator,
)

from claw_discord_coord.config.apprise_address import service_at
from claw_discord_coord.config.invalid_setting import InvalidSetting
from claw_discord_coord.config.plugins import PluginGroup
from claw_discord_coord.config.values import (
    ChannelName,
    Form,
    Number,
    OpenClawName,
    Switch,
    Text,
    Token,
    VariableName,
    Whole,
    check_web_address,
    header_value,
    switch,
    trimmed,
)

BUILT_IN = ("discord", "blog", "file", "webhook", "command", "apprise", "github", "openclaw")
"""The kinds of destination of this package."""

DESTINATIONS = PluginGroup("claw_discord_coord.destinations", "destination", BUILT_IN)
"""The entry points by which other packages bring kinds of destination."""


ThreadName = Annotated[
    str,
    Form(r"\S(.{0,98}\S)?", "is not a valid name", "Use 1 to 100 characters, without blanks around it."),
]
"""Discord's rule for names of threads (Discord documentation, resources/channel)."""
TagName = Annotated[
    str,
    Form(r"\S(.{0,18}\S)?", "is not a valid tag", "Use 1 to 20 characters, without blanks around it."),
]
"""Discord's rule for tags of a forum (Discord documentation, resources/channel, "Forum Tag Object")."""
GitName = Annotated[
    str,
    Form(r"\w[\w./-]{0,199}", "is not a name that git takes", "Use letters, digits, -, _, . and /."),
]
"""The name of a remote or a branch."""
GitAuthor = Annotated[
    str,
    Form(r"[^<>\n]+ <[^<>\s]+>", "is not a name and an address", "Write such as `Ada Lovelace <ada@example.com>`."),
]
AssetsAddress = Annotated[
    str,
    Form(
        r"(https?:/)?/[^\s()<>]*",
        "is not an address of files",
        "Write a path such as /assets, or an address that begins with https://.",
    ),
]
Extension = Annotated[
    str,
    Form(r"[a-z0-9]{1,10}", "is not an extension", "Use 1 to 10 lower-case letters and digits, such as md."),
]
RepositoryName = Annotated[
    str,
    Form(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}", "is not a repository", "Write owner/name."),
]
HeaderName = Annotated[
    str,
    Form(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "is not a name of a header", "Use letters, digits and -, without spaces."),
]
"""Source: RFC 9110, 5.6.2 ("Tokens")."""


class DestinationSection(BaseModel):
    """The settings that all kinds of destination share."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    approval: Switch = False
    """Whether an operator must approve each delivery before it is sent."""
    timeout_s: Number = Field(default=60, gt=0, le=3_600)
    """The limit of one attempt in seconds."""
    at_once: Whole = Field(default=1, ge=1, le=100)
    """The number of deliveries at the same time; further deliveries wait."""
    per_minute: Whole | None = Field(default=None, ge=1, le=10_000)
    """The number of deliveries in a minute; further deliveries wait. Default: no limit."""


class DiscordDestinationConfig(DestinationSection):
    """A Discord channel, a thread, or a forum."""

    kind: Literal["discord"]
    channel: ChannelName
    """The channel's name. A missing channel is created."""
    thread: ThreadName | None = None
    """The name of a thread that takes all outputs. A missing thread is created. Default: the channel itself."""
    forum: Switch = False
    """Whether the channel is a forum: every output is a post with its own title."""
    tags: tuple[TagName, ...] = Field(default=(), max_length=5)
    """Tags of every post in the forum, followed by the `tags` of the output's front matter. Missing tags are created.
    Discord allows 20 tags for a forum and 5 for a post."""
    replace: Annotated[bool | ThreadName, BeforeValidator(switch, json_schema_input_type=bool | ThreadName)] = False
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

    commit: Switch = True
    """Whether each post is committed to the git repository of its folder."""
    push: Switch = False
    """Whether commits are pushed. Git must have the credentials (a helper, an SSH agent), since no person is asked."""
    remote: GitName = "origin"
    """The remote for pushes."""
    branch: GitName | None = None
    """The remote's branch for pushes. Default: the branch with the name of the local branch."""
    author: GitAuthor | None = None
    """The author of commits, as `Name <address>`. Default: git's setting."""


class BlogDestinationConfig(DestinationSection):
    """A folder of Markdown posts with front matter."""

    kind: Literal["blog"]
    folder: Text
    """The site's folder, or with the plain format the folder of the posts. Relative paths start at the folder of
    skill.yaml. No file is written outside the folder."""
    format: Literal["plain", "hugo", "jekyll", "astro"] = "plain"
    """The site generator, which decides names, places and front matter."""
    posts: Text | None = None
    """The folder of posts below the site's folder. Default: the folder itself (plain), `content/posts` (hugo), `_posts`
    (jekyll), `src/content/blog` (astro)."""
    assets: Text | None = None
    """The folder for files that do not lie beside a post. Default: `assets` (jekyll), `public/attachments` (astro,
    images excepted). Plain and hugo keep all files beside the post."""
    assets_url: AssetsAddress | None = None
    """The address at which the site serves `assets`. Default: `/assets` (jekyll), `/attachments` (astro)."""
    draft: Switch = False
    """Whether new posts are drafts."""
    tags: tuple[Text, ...] = ()
    """Tags of every post."""
    author: Text | None = None
    """The author of every post."""
    git: GitConfig | None = None
    """The use of git. Default: no commits and no pushes."""


class FileDestinationConfig(DestinationSection):
    """A folder of result files."""

    kind: Literal["file"]
    folder: Text
    """The folder. Relative paths start at the folder of skill.yaml. No file is written outside the folder."""
    extension: Extension = "md"
    """The extension of the files' names."""


class WebhookDestinationConfig(DestinationSection):
    """An address that gets every output as a signed event (Standard Webhooks)."""

    kind: Literal["webhook"]
    url: SecretStr
    """The address for events. Addresses often contain a key, so write ${NAME}."""
    secret: SecretStr | None = None
    """The signing secret, `whsec_` and 24 to 64 bytes in base64, as ${NAME}. Default: events are not signed."""
    headers: dict[HeaderName, Annotated[SecretStr, AfterValidator(header_value)]] = {}
    """Headers of every request, such as `Authorization: Bearer ${NAME}`."""

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: SecretStr) -> SecretStr:
        return SecretStr(check_web_address(trimmed(value.get_secret_value())))

    @field_validator("secret")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        value = SecretStr(trimmed(value.get_secret_value()))
        signing_key(value.get_secret_value())
        return value


class CommandDestinationConfig(DestinationSection):
    """A program that runs once for every output and reads the output as JSON from standard input."""

    kind: Literal["command"]
    command: tuple[Text, ...] = Field(min_length=1)
    """The program and its arguments; never a shell line. `python` as the first word is the Python that runs the
    coordinator. Relative paths start at the folder of skill.yaml."""
    env: dict[VariableName, SecretStr] = {}
    """Variables added to the program's environment, which otherwise has none of the coordinator's secrets."""
    output_limit_bytes: Whole = Field(default=1_000_000, ge=1_000)
    """The size of output, in bytes, after which the program is stopped."""
    leaves_machine: Switch = True
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
    attach: Switch = True
    """Whether files are sent along, where the service takes files."""

    @field_validator("url")
    @classmethod
    def _is_known(cls, value: SecretStr) -> SecretStr:
        value = SecretStr(trimmed(value.get_secret_value()))
        service_at(value.get_secret_value())
        return value


class GitHubDestinationConfig(DestinationSection):
    """Comments on a pull request or issue. Needs `pip install claw-discord-coord[github]`.

    The target is the `pull_request`, `issue` or `branch` in the output's front matter, else the target in these
    settings, else the only pull request or issue of this repository that the task's text links to.
    """

    kind: Literal["github"]
    repository: RepositoryName
    """The repository, as owner/name."""
    token: Token
    """A token with write access to issues and pull requests, as ${GITHUB_TOKEN}."""
    api_url: HttpUrl = HttpUrl("https://api.github.com")
    """The address of the HTTP API. GitHub Enterprise Server: `https://HOST/api/v3`."""
    number: Whole | None = Field(default=None, ge=1)
    """The pull request or issue for comments, unless the output names another target."""
    branch: Annotated[Text, Field(max_length=255)] | None = None
    """The branch whose open pull request gets comments, unless the output names another target."""
    comment: Literal["new", "update"] = "new"
    """`new`: every output is a new comment. `update`: an output replaces the destination's earlier comment."""
    mentions: Switch = False
    """Whether an @name in a text notifies the person."""
    findings: Switch = False
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
    channel: OpenClawName
    """OpenClaw's name of the channel, such as `telegram`."""
    to: Annotated[Text, Field(max_length=200)]
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
        raise InvalidSetting(
            "is not `whsec_` and 24 to 64 random bytes in base64", "Copy the signing secret again, whole."
        )
    return key


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
