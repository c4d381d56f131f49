"""Finds out which pull request or issue an output is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.errors import DeliveryFailed

KEYS = ("pull_request", "issue", "branch")
"""What an output's front matter may say of it."""


@dataclass(frozen=True)
class Target:
    """A pull request or issue by its number, or the open pull request of a branch."""

    number: int | None = None
    branch: str | None = None


def target(settings: GitHubDestinationConfig, said: Mapping[str, object]) -> Target:
    """Decide by the output's front matter, or else by the settings.

    Raises:
        DeliveryFailed: neither names one, or the front matter names one of another repository.

    """
    for key in ("pull_request", "issue"):
        if said.get(key):
            return Target(number=_number(settings, str(said[key])))
    if said.get("branch"):
        return Target(branch=str(said["branch"]))
    if settings.number is None and settings.branch is None:
        raise DeliveryFailed(
            f"Nothing says which pull request or issue of {settings.repository} this is for.",
            fix="Put `pull_request: 12` into the output's front matter, link to it in the task, or set it here.",
        )
    return Target(number=settings.number, branch=settings.branch if settings.number is None else None)


def linked(settings: GitHubDestinationConfig, text: str) -> int | None:
    """Find the one pull request or issue of the repository that the text links to; None for none or several."""
    found = {int(match["number"] or match["short"]) for match in _links(settings).finditer(text)}
    return found.pop() if len(found) == 1 else None


def site(settings: GitHubDestinationConfig) -> str:
    """Tell where people see the repository: github.com, or GitHub Enterprise Server's own host."""
    address = urlsplit(str(settings.api_url))
    return "https://github.com" if address.netloc == "api.github.com" else f"{address.scheme}://{address.netloc}"


def _links(settings: GitHubDestinationConfig) -> re.Pattern[str]:
    repository = re.escape(settings.repository)
    return re.compile(
        rf"{re.escape(site(settings))}/{repository}/(?:pull|issues)/(?P<number>\d{{1,9}})\b"
        rf"|(?<![\w/.-]){repository}#(?P<short>\d{{1,9}})\b",
        re.IGNORECASE,
    )


def _number(settings: GitHubDestinationConfig, said: str) -> int:
    if match := re.fullmatch(r"#?(\d{1,9})", said.strip()):
        return int(match[1])
    found = linked(settings, said)
    if found is None:
        raise DeliveryFailed(
            f"{said[:100]!r} is no pull request or issue of {settings.repository}.",
            fix="Name it by its number, or route the output to a destination for that repository.",
        )
    return found
