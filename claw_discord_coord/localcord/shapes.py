"""The two names for JSON as it travels."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""A JSON object."""

JsonList: TypeAlias = list[Json]
"""A JSON array of objects."""
