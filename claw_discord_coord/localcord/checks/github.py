"""What GitHub's webhooks tell, as messages.

Source: Discord documentation, resources/webhook, "Execute GitHub-Compatible Webhook", for the events, and its OpenAPI
document, `GithubWebhook`, for the fields. Discord publishes neither words nor colors; these follow what it shows.
"""

import re
from dataclasses import dataclass
from typing import cast

from ..shapes import Json
from .form import Form

_BRANCH = "refs/heads/"
_MOST_COMMITS = 1521
_COMMITS = 10
"""So many commits of a push are named."""

_SHORT = 7
_TITLE_CHARS = 256
_TEXT_CHARS = 4096

_PUSH, _ISSUE, _ISSUE_COMMENT, _PULL, _PULL_COMMENT = 0x7289DA, 0xEB6420, 0xE68D60, 0x009800, 0xC0E4C0


@dataclass(frozen=True, slots=True)
class _Line:
    """How an event is told: `{a.b}` in the title is the event's field; `url` and `text` name fields."""

    title: str
    url: str = "repository.html_url"
    text: str = ""
    color: int | None = None


_ISSUE_NAME, _PULL_NAME = "#{issue.number} {issue.title}", "#{pull_request.number} {pull_request.title}"
_TALK_NAME = "#{discussion.number}: {discussion.title}"

_LINES: dict[tuple[str, str], _Line] = {
    ("issues", "opened"): _Line(f"Issue opened: {_ISSUE_NAME}", "issue.html_url", "issue.body", _ISSUE),
    ("issues", "closed"): _Line(f"Issue closed: {_ISSUE_NAME}", "issue.html_url"),
    ("issues", "reopened"): _Line(f"Issue reopened: {_ISSUE_NAME}", "issue.html_url", "", _ISSUE),
    ("issue_comment", "created"): _Line(
        "New comment on issue #{issue.number}: {issue.title}", "comment.html_url", "comment.body", _ISSUE_COMMENT
    ),
    ("issue_comment of pull_request", "created"): _Line(
        "New comment on pull request #{issue.number}: {issue.title}", "comment.html_url", "comment.body", _PULL_COMMENT
    ),
    ("pull_request", "opened"): _Line(
        f"Pull request opened: {_PULL_NAME}", "pull_request.html_url", "pull_request.body", _PULL
    ),
    ("pull_request", "closed"): _Line(f"Pull request closed: {_PULL_NAME}", "pull_request.html_url"),
    ("pull_request", "reopened"): _Line(f"Pull request reopened: {_PULL_NAME}", "pull_request.html_url", "", _PULL),
    ("pull_request_review", "submitted"): _Line(
        f"Pull request review submitted: {_PULL_NAME}", "review.html_url", "review.body"
    ),
    ("pull_request_review_comment", "created"): _Line(
        "New review comment on pull request #{pull_request.number}: {pull_request.title}",
        *("comment.html_url", "comment.body", _PULL_COMMENT),
    ),
    ("commit_comment", "created"): _Line(
        "New comment on commit `{comment.commit_id}`", "comment.html_url", "comment.body"
    ),
    ("create", ""): _Line("New {ref_type} created: {ref}"),
    ("delete", ""): _Line("{ref_type} deleted: {ref}"),
    ("fork", ""): _Line("Fork created: {forkee.full_name}", "forkee.html_url"),
    ("member", "added"): _Line("New collaborator added: {member.login}", "member.html_url"),
    ("public", ""): _Line("Now open sourced!"),
    ("release", "published"): _Line("New release published: {release.tag_name}", "release.html_url"),
    ("watch", "started"): _Line("New star added"),
    ("check_run", "completed"): _Line(
        "{check_run.name} {check_run.conclusion} on {check_run.check_suite.head_branch}", "check_run.html_url"
    ),
    ("check_suite", "completed"): _Line(
        "{check_suite.app.name} checks {check_suite.conclusion} on {check_suite.head_branch}"
    ),
    ("discussion", "created"): _Line(f"New discussion {_TALK_NAME}", "discussion.html_url", "discussion.body"),
    ("discussion", "answered"): _Line(f"Answered discussion {_TALK_NAME}", "discussion.answer_html_url", "answer.body"),
    ("discussion_comment", "created"): _Line(
        f"New comment on discussion {_TALK_NAME}", "comment.html_url", "comment.body"
    ),
}


def read_github(event: str, form: Form) -> Json | None:
    """The body of an ordinary webhook that tells of an event (header X-GitHub-Event); None for events nobody hears of.

    Raises DiscordError 50035 without a sender.
    """
    sender = form.inner("sender").body
    embed = _push(form) if event == "push" else _told(event, form.body)
    if embed is None:
        return None
    author = {"name": _at(sender, "login"), "url": _at(sender, "html_url"), "icon_url": _at(sender, "avatar_url")}
    return {"username": "GitHub", "embeds": [embed | {"author": author}]}


def _told(event: str, body: Json) -> Json | None:
    if event == "issue_comment" and _at(body, "issue.pull_request.url"):
        event += " of pull_request"
    line = _LINES.get((event, _at(body, "action")))
    if line is None:
        return None
    title = re.sub(r"\{([\w.]+)\}", lambda field: _at(body, field[1]), line.title)
    return {
        "title": _cut(f"[{_at(body, 'repository.full_name')}] {title[:1].upper()}{title[1:]}", _TITLE_CHARS),
        "url": _at(body, line.url),
        "description": _cut(_at(body, line.text), _TEXT_CHARS),
        "color": line.color,
    }


def _push(form: Form) -> Json | None:
    body = form.body
    repository, branch = _at(body, "repository.name"), _at(body, "ref").removeprefix(_BRANCH)
    if body.get("forced") is True:
        title = f"[{repository}] Branch {branch} was force-pushed to `{_at(body, 'head_commit.id')[:_SHORT]}`"
        link = _at(body, "compare")
        return {"title": _cut(title, _TITLE_CHARS), "url": link, "description": f"[Compare changes]({link})"}
    commits = form.objects("commits", _MOST_COMMITS)
    form.errors.raise_if_any()
    if not commits:
        return None
    count = f"{len(commits)} new commit{'' if len(commits) == 1 else 's'}"
    return {
        "title": _cut(f"[{repository}:{branch}] {count}", _TITLE_CHARS),
        "url": _at(body, "head_commit.url" if len(commits) == 1 else "compare"),
        "description": _cut("\n".join(_commit(commit.body) for commit in commits[:_COMMITS]), _TEXT_CHARS),
        "color": _PUSH,
    }


def _commit(commit: Json) -> str:
    words = _at(commit, "message").partition("\n")[0]
    return f"[`{_at(commit, 'id')[:_SHORT]}`]({_at(commit, 'url')}) {words} - {_at(commit, 'author.name')}"


def _at(body: object, path: str) -> str:
    """The text or number at a path in an event, or nothing; ids of commits are shortened."""
    for name in path.split(".") if path else ():
        body = cast(Json, body).get(name) if isinstance(body, dict) else None
    if path.endswith("commit_id") and isinstance(body, str):
        return body[:_SHORT]
    return str(body) if isinstance(body, (str, int)) and not isinstance(body, bool) else ""


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: chars - 1] + "…"
