"""What skill.yaml may say of each kind of destination."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class DestinationSection(BaseModel):
    """The common form of every destination's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DiscordDestinationConfig(DestinationSection):
    """A Discord channel."""

    kind: Literal["discord"]
    channel: str = Field(pattern=r"^[^\sA-Z#@:,`]{1,100}$")
    """The channel's name; created if missing."""


class BlogDestinationConfig(DestinationSection):
    """A folder of Markdown posts with front matter."""

    kind: Literal["blog"]
    folder: str = Field(min_length=1)
    """Where posts are written; relative paths are meant from the work folder. A post never leaves it."""


class FileDestinationConfig(DestinationSection):
    """A folder of plain result files."""

    kind: Literal["file"]
    folder: str = Field(min_length=1)
    """Where files are written; relative paths are meant from the work folder. A file never leaves it."""


DestinationConfig = Annotated[
    DiscordDestinationConfig | BlogDestinationConfig | FileDestinationConfig, Field(discriminator="kind")
]
