"""Finds the pull request or issue for an output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.text.excerpts import beginning

KEYS = ("pull_request", "issue", "branch")
"""Metadata that names a pull request or issue."""


@dataclass(frozen=True)
class Target:
    """A pull request or issue by number, or the open pull request of a branch."""

    number: int | None = None
    branch: str | None = None


def target(settings: GitHubDestinationConfig, about: Mapping[str, object]) -> Target:
    """Return the target in the output's metadata, or else in the settings.

    Raises:
        DeliveryFailed: there is no target, or the metadata names a target in another repository.

    """
    for key in ("pull_request", "issue"):
        if about.get(key):
            return Target(number=_number(settings, str(about[key])))
    if about.get("branch"):
        return Target(branch=str(about["branch"]))
    if settings.number is None and settings.branch is None:
        raise DeliveryFailed(
            f"The output names no pull request or issue of {settings.repository}.",
            fix="Put `pull_request: 12` into the output's front matter, link to it in the task, or set `number` here.",
        )
    return Target(number=settings.number, branch=settings.branch if settings.number is None else None)


def linked(settings: GitHubDestinationConfig, text: str) -> int | None:
    """Return the number of the linked pull request or issue, or None for no link or several."""
    # With several links the right one is unknown, and a comment in the wrong place is worse than an error.
    found = {int(match["number"] or match["short"]) for match in _links(settings).finditer(text)}
    return found.pop() if len(found) == 1 else None


def site(settings: GitHubDestinationConfig) -> str:
    """Return the address of the site for people: github.com, or the host of GitHub Enterprise Server."""
    address = urlsplit(str(settings.api_url))
    return "https://github.com" if address.netloc == "api.github.com" else f"{address.scheme}://{address.netloc}"


def _links(settings: GitHubDestinationConfig) -> re.Pattern[str]:
    repository = re.escape(settings.repository)
    return re.compile(
        rf"{re.escape(site(settings))}/{repository}/(?:pull|issues)/(?P<number>\d{{1,9}})\b"
        rf"|(?<![\w/.-]){repository}#(?P<short>\d{{1,9}})\b",
        re.IGNORECASE,
    )


def _number(settings: GitHubDestinationConfig, value: str) -> int:
    if match := re.fullmatch(r"#?(\d{1,9})", value.strip()):
        return int(match[1])
    found = linked(settings, value)
    if found is None:
        raise DeliveryFailed(
            f"{beginning(value, 100)!r} is not a pull request or issue of {settings.repository}.",
            fix="Name it by its number, or route the output to a destination for that repository.",
        )
    return found
