"""A repository on GitHub through PyGithub: the calls for comments, with the errors of this package.

PyGithub is an optional dependency (`claw-discord-coord[github]`), imported when a destination delivers. Calls and
limits: docs.github.com/en/rest, "Issue comments", "Pull requests", "Pull request reviews".
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
from claw_discord_coord.text.excerpts import beginning

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.PullRequestReview import PullRequestReview

log = logging.getLogger(__name__)

# GitHub refuses more than 65,536 characters ("body is too long"); the hidden mark takes some of them.
COMMENT_CHARS = 65_000
"""How long the text of a comment may be."""
COMMENTS_PER_REVIEW = 50

_MESSAGE_CHARS = 300


@dataclass(frozen=True)
class Subject:
    """A pull request or issue."""

    number: int
    url: str
    is_pull: bool


@dataclass(frozen=True)
class Comment:
    """A comment or review on GitHub."""

    id: int
    url: str
    body: str
    by: str


class GitHubRepository:
    """A repository, reached with a token. All methods block, so call the methods in a thread.

    Raises:
        DeliveryFailed: any method: GitHub refused the call.
        Unavailable: any method: GitHub cannot be reached now, or the rate limit is reached.

    """

    def __init__(self, name: str, settings: GitHubDestinationConfig) -> None:
        """Prepare without a request. Messages call the destination `name`.

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
            # PyGithub would retry and pause inside a call, beyond the time-out; the coordinator does both itself.
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            # Objects are made without a request for each; a comment then takes two requests in all.
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
        """Return the open pull request of a branch of this repository, or of a fork (`owner:branch`).

        Raises:
            DeliveryFailed: the branch has no open pull request.

        """
        head = branch if ":" in branch else f"{self._settings.repository.partition('/')[0]}:{branch}"
        with self._explained(f"find the pull request of {branch}"):
            for pull in self._repository.get_pulls(state="open", head=head):
                return pull.number
        raise DeliveryFailed(f"{branch} has no open pull request.", fix="Open one, then resend.")

    def me(self) -> str | None:
        """Return the login of the token's owner, or None for the token of an app."""
        # GitHub refuses the question to apps.
        with self._explained("ask who the token belongs to"):
            try:
                return self._client.get_user().login
            except self._github.GithubException as error:
                if error.status in {403, 404}:
                    return None
                raise

    def comments(self, number: int, *, since: datetime | None = None) -> list[Comment]:
        """Return the comments on a pull request or issue, changed since a time, the oldest first."""
        with self._explained(f"read the comments of #{number}"):
            issue = self._issue(number)
            found = issue.get_comments(since=since) if since is not None else issue.get_comments()
            return [self._known(comment) for comment in found]

    def create(self, number: int, body: str) -> Comment:
        """Write a comment."""
        with self._explained(f"comment on #{number}"):
            return self._known(self._issue(number).create_comment(body))

    def edit(self, comment: Comment, body: str) -> Comment:
        """Replace the text of a comment from `comments`."""
        with self._explained(f"edit the comment {comment.id}"):
            raw = self._raw[comment.id]
            raw.edit(body)
            return self._known(raw)

    def delete(self, comment: Comment) -> None:
        """Remove a comment from `comments`."""
        with self._explained(f"remove the comment {comment.id}"):
            self._raw[comment.id].delete()

    def reviews(self, number: int) -> list[Comment]:
        """Return the reviews of a pull request, the oldest first."""
        with self._explained(f"read the reviews of #{number}"):
            return [_comment(review) for review in self._repository.get_pull(number).get_reviews()]

    def patches(self, number: int) -> dict[str, str]:
        """Return the unified diffs of a pull request by path, without files too large for a diff."""
        with self._explained(f"read the changes of #{number}"):
            files = self._repository.get_pull(number).get_files()
            return {file.filename: file.patch for file in files if "patch" in file.raw_data}

    def review(self, number: int, body: str, findings: Sequence[Finding]) -> Comment:
        """Write a review with a comment for each finding. GitHub writes all comments or nothing."""
        # 422 is taken for a passing error here: the pull request may have changed since its diff was read, and the next
        # attempt reads the diff again.
        with self._explained(f"review #{number}", passing=frozenset({422})):
            made = self._repository.get_pull(number).create_review(
                body=body,
                event="COMMENT",
                comments=[
                    {"path": finding.path, "line": finding.line, "side": "RIGHT", "body": finding.text}
                    for finding in findings
                ],
            )
            return _comment(made)

    def _issue(self, number: int) -> Issue:
        if number not in self._issues:
            self._issues[number] = self._repository.get_issue(number)
        return self._issues[number]

    def _known(self, raw: IssueComment) -> Comment:
        self._raw[raw.id] = raw
        return _comment(raw)

    @contextmanager
    def _explained(self, action: str, *, passing: frozenset[int] = frozenset()) -> Generator[None]:
        """Map PyGithub's errors. `action` completes the sentence "GitHub did not ..."."""
        # A broken connection leaves open whether a comment was written. DeliveryUnclear is not needed: every
        # attempt looks for its comments first.
        try:
            yield
        except self._github.RateLimitExceededException as error:
            raise Unavailable(f"{self._name}: GitHub's limit is reached.", retry_after_s=_pause_s(error)) from None
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
        ) as error:
            # PyGithub takes any page with status 200 for a result and stumbles over the content, for example if a proxy
            # sends its own page.
            log.warning("%s: the response does not come from GitHub's API", self._name, exc_info=error)
            raise Unavailable(
                f"{self._name}: GitHub did not {action}: the server's response is not GitHub's API. "
                "Check `api_url` and any proxy in between."
            ) from None
        except self._github.GithubException as error:
            message = beginning(SECRETS.mask(str(error.message or error.status)), _MESSAGE_CHARS)
            sentence = f"{self._name}: GitHub did not {action}: {message} ({error.status})."
            if error.status in {408, 429} | passing or error.status >= 500:
                raise Unavailable(sentence, retry_after_s=_pause_s(error)) from None
            raise DeliveryFailed(sentence, fix=_fix(error.status, self._settings.repository)) from None
        except self._connection_error as error:
            reason = beginning(SECRETS.mask(str(error)), _MESSAGE_CHARS)
            raise Unavailable(f"{self._name}: GitHub cannot be reached: {reason}.") from None


def _pause_s(error: GithubException) -> float | None:
    """Return the pause before the next request by GitHub's headers, or None."""
    # GitHub's documentation, "Rate limits for the REST API": `retry-after` belongs to the secondary limits,
    # `x-ratelimit-reset` (seconds since 1970) to a used up primary limit.
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    now = datetime.now(UTC)
    pause_s = retry_after.seconds(headers.get("retry-after", ""), now)
    reset = headers.get("x-ratelimit-reset", "")
    if pause_s is None and headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(0.0, int(reset) - now.timestamp())
    return pause_s


def _comment(raw: IssueComment | PullRequestReview) -> Comment:
    # PyGithub takes any JSON for a comment.
    if not raw.id:
        raise ValueError("this is not a comment")
    # The account of a comment's author may have been deleted.
    return Comment(raw.id, raw.html_url, raw.body or "", raw.user.login if raw.user else "")


def _fix(status: int, repository: str) -> str:
    match status:
        case 403:
            return f"Allow the token to write issues and pull requests of {repository}, then resend."
        case 404 | 410:
            return f"Check that it is in {repository} and that the token may see it, then resend."
        case _:
            return "Correct the problem that GitHub reports, then resend."
