"""A repository on GitHub through PyGithub: the few calls that comments need, with our errors.

PyGithub is an optional part (`claw-discord-coord[github]`) and is only imported when such a destination delivers. All
methods block; call them in a thread. Calls and limits: docs.github.com/en/rest, "Issue comments", "Pull requests",
"Pull request reviews".
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.destinations import retry_after
from claw_discord_coord.destinations.github.findings import Finding
from claw_discord_coord.destinations.masking import SECRETS
from claw_discord_coord.errors import DeliveryFailed, Unavailable

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.PullRequestReview import PullRequestReview

log = logging.getLogger(__name__)

COMMENT_CHARS = 65_000
"""How long a comment may be; GitHub refuses more than 65,536 ("body is too long")."""
COMMENTS_PER_REVIEW = 50


@dataclass(frozen=True)
class Subject:
    """A pull request or issue."""

    number: int
    url: str
    is_pull: bool


@dataclass(frozen=True)
class Comment:
    """A comment or review that is there."""

    id: int
    url: str
    body: str
    by: str


class GitHubRepository:
    """One repository, reached with one token."""

    def __init__(self, name: str, settings: GitHubDestinationConfig) -> None:
        """Prepare; nothing is asked yet. `name` is what messages call the destination.

        Raises:
            DeliveryFailed: PyGithub is not installed.

        """
        try:
            import github
            import requests
        except ImportError:
            raise DeliveryFailed(
                f"The destination {name!r} needs PyGithub, which is not installed.",
                fix="pip install 'claw-discord-coord[github]'",
            ) from None
        self._github = github
        self._connection_error = requests.RequestException
        self._name = name
        self._settings = settings
        self._client = github.Github(
            auth=github.Auth.Token(settings.token.get_secret_value()),
            base_url=str(settings.api_url).rstrip("/"),
            timeout=max(1, int(settings.timeout_s)),
            per_page=100,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        self._repository = self._client.get_repo(settings.repository)
        self._issues: dict[int, Issue] = {}
        self._raw: dict[int, IssueComment] = {}

    def subject(self, number: int) -> Subject:
        """Look up a pull request or issue."""
        with self._explained(f"find #{number}"):
            issue = self._issue(number)
            return Subject(number, issue.html_url, issue.pull_request is not None)

    def pull_of(self, branch: str) -> int:
        """Find the open pull request of a branch of this repository (or of a fork, as `owner:branch`).

        Raises:
            DeliveryFailed: there is none.

        """
        head = branch if ":" in branch else f"{self._settings.repository.partition('/')[0]}:{branch}"
        with self._explained(f"find the pull request of {branch}"):
            for pull in self._repository.get_pulls(state="open", head=head):
                return pull.number
        raise DeliveryFailed(f"{branch} has no open pull request.", fix="Open one, then resend.")

    def me(self) -> str | None:
        """Tell who the token belongs to; None for tokens of apps, which may not ask."""
        with self._explained("ask who the token belongs to"):
            try:
                return self._client.get_user().login
            except self._github.GithubException as error:
                if error.status in {403, 404}:
                    return None
                raise

    def comments(self, number: int, *, since: datetime | None = None) -> list[Comment]:
        """List the comments of a pull request or issue, the oldest first; those changed since then."""
        with self._explained(f"read the comments of #{number}"):
            issue = self._issue(number)
            found = issue.get_comments(since=since) if since is not None else issue.get_comments()
            return [self._kept(one) for one in found]

    def create(self, number: int, body: str) -> Comment:
        """Write a comment."""
        with self._explained(f"comment on #{number}"):
            return self._kept(self._issue(number).create_comment(body))

    def edit(self, comment: Comment, body: str) -> Comment:
        """Replace the text of a comment that `comments` listed."""
        with self._explained(f"edit the comment {comment.id}"):
            there = self._raw[comment.id]
            there.edit(body)
            return self._kept(there)

    def delete(self, comment: Comment) -> None:
        """Remove a comment that `comments` listed."""
        with self._explained(f"remove the comment {comment.id}"):
            self._raw[comment.id].delete()

    def reviews(self, number: int) -> list[Comment]:
        """List the reviews of a pull request, the oldest first."""
        with self._explained(f"read the reviews of #{number}"):
            return [_comment(one) for one in self._repository.get_pull(number).get_reviews()]

    def patches(self, number: int) -> dict[str, str]:
        """Read what a pull request changes: unified diffs by path, without files too large to show."""
        with self._explained(f"read the changes of #{number}"):
            files = self._repository.get_pull(number).get_files()
            return {file.filename: file.patch for file in files if "patch" in file.raw_data}

    def review(self, number: int, body: str, findings: Sequence[Finding]) -> Comment:
        """Write a review with a comment for each finding; all of it or nothing appears."""
        with self._explained(f"review #{number}", passing=frozenset({422})):
            made = self._repository.get_pull(number).create_review(
                body=body,
                event="COMMENT",
                comments=[{"path": one.path, "line": one.line, "side": "RIGHT", "body": one.text} for one in findings],
            )
            return _comment(made)

    def _issue(self, number: int) -> Issue:
        if number not in self._issues:
            self._issues[number] = self._repository.get_issue(number)
        return self._issues[number]

    def _kept(self, one: IssueComment) -> Comment:
        self._raw[one.id] = one
        return _comment(one)

    @contextmanager
    def _explained(self, what: str, *, passing: frozenset[int] = frozenset()) -> Generator[None]:
        """Turn PyGithub's errors into ours. Everything that is written is looked for first, so unclear means: again."""
        try:
            yield
        except self._github.RateLimitExceededException as error:
            raise Unavailable(f"{self._name}: GitHub's limit is reached.", retry_after_s=_rest_s(error)) from None
        except self._github.BadCredentialsException:
            raise DeliveryFailed(
                f"{self._name}: GitHub refused the token.", fix="Renew the token that skill.yaml names, then resend."
            ) from None
        except (
            self._github.BadAttributeException,
            self._github.IncompletableObject,
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
        ) as error:  # what PyGithub makes of a page that says it went well, such as a proxy's
            log.warning("%s: what answered is not GitHub's API", self._name, exc_info=error)
            raise Unavailable(
                f"{self._name}: what answered when it was to {what} is not GitHub's API: "
                "check `api_url`, and what stands between."
            ) from None
        except self._github.GithubException as error:
            said = SECRETS.mask(str(error.message or error.status))[:300]
            sentence = f"{self._name}: GitHub did not {what}: {said} ({error.status})."
            if error.status in {408, 429} | passing or error.status >= 500:
                raise Unavailable(sentence, retry_after_s=_rest_s(error)) from None
            raise DeliveryFailed(sentence, fix=_fix(error.status, self._settings.repository)) from None
        except self._connection_error as error:
            reason = SECRETS.mask(str(error))[:300]
            raise Unavailable(f"{self._name}: GitHub cannot be reached: {reason}.") from None


def _rest_s(error: GithubException) -> float | None:
    """Read how long GitHub wants to be left alone (its documentation, "Rate limits for the REST API").

    `retry-after` says it of its secondary limits, `x-ratelimit-reset` of a used up primary one.
    """
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    now = datetime.now(UTC)
    rest_s = retry_after.seconds(headers.get("retry-after", ""), now)
    reset = headers.get("x-ratelimit-reset", "")
    if rest_s is None and headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(0.0, int(reset) - now.timestamp())
    return rest_s


def _comment(one: IssueComment | PullRequestReview) -> Comment:
    if not one.id:  # PyGithub takes any JSON for a comment
        raise ValueError("this is no comment")
    return Comment(one.id, one.html_url, one.body or "", one.user.login if one.user else "")


def _fix(status: int, repository: str) -> str:
    match status:
        case 403:
            return f"Give the token leave to write issues and pull requests of {repository}, then resend."
        case 404 | 410:
            return f"Check that it is in {repository} and that the token may see it, then resend."
        case _:
            return "Correct what GitHub complains of, then resend."
