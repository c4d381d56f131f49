"""Reads skill.yaml, and reports invalid settings with line, key and fix."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import yaml
from pydantic import BaseModel, SecretStr, ValidationError

from claw_discord_coord.config.invalid_setting import InvalidSetting
from claw_discord_coord.config.model import INVALID_SETTING, Config
from claw_discord_coord.errors import ConfigError

LIMIT_BYTES = 256 * 1024
"""The largest size of skill.yaml, and of a file with a secret."""
LIMIT_DEPTH = 50
"""The deepest nesting of values."""
LIMIT_VALUES = 20_000
"""The largest number of values, with every repetition by an alias counted."""
LOOK_S = 2.0
"""The seconds between two checks of skill.yaml for changes."""

Path_ = tuple[str | int, ...]
_FILE = re.compile(r"\$\{file:([^}]+)\}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_SECRET = re.compile(
    r"(?:[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{20,}|gh[pousr]_\w{30,}|xox[a-z]-[\w-]{20,})"
)
_TAG = "tag:yaml.org,2002:"
_CALLED = {"int": "a whole number", "float": "a number", "bool": "true or false", "timestamp": "a date"}
_UNREADABLE = (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError)
"""PyYAML's errors for a scalar that does not fit its type or tag."""

log = logging.getLogger(__name__)


def load(path: Path, *, environment: Mapping[str, str] | None = None, without: Collection[str] = ()) -> Config:
    """Return the settings in a file.

    Args:
        path: The file.
        environment: The variables for `${NAME}`. Default: the environment of this process.
        without: Sections to leave out.

    Raises:
        ConfigError: A setting is invalid; the message names file, line, key and fix of every invalid setting.
    """
    try:
        text = _text(path)
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist.", fix="Create it, or name another file with --config.") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", fix="Make it a readable UTF-8 text file.") from None
    return _Reader(path, os.environ if environment is None else environment, without).read(text)


@dataclass
class ConfigFile:
    """A skill.yaml that is read again after every change. An invalid change leaves the last valid settings in force.

    `complaint` is the ConfigError of the present file, or None when the settings in force are the file's.
    `without` names sections to leave out; `adapt` changes the file's settings before use.
    """

    path: Path
    config: Config
    complaint: ConfigError | None = None
    without: Collection[str] = ()
    adapt: Callable[[Config], Config] = lambda config: config
    _seen: tuple[int, int] = field(default=(0, 0))

    @classmethod
    def open(
        cls, path: Path, *, without: Collection[str] = (), adapt: Callable[[Config], Config] = lambda config: config
    ) -> Self:
        """Read the file for the first time.

        Raises:
            ConfigError: A setting is invalid.
        """
        stamp = cls._stamp(path)
        return cls(path, adapt(load(path, without=without)), None, without, adapt, stamp)

    def refresh(self) -> bool:
        """Read the file again after a change. Returns whether the settings in force or the complaint changed."""
        stamp = self._stamp(self.path)
        if stamp == self._seen:
            return False
        # Before the file is read, so that an invalid file is reported once and not at every look.
        self._seen = stamp
        try:
            self.config, self.complaint = self.adapt(load(self.path, without=self.without)), None
        except ConfigError as error:
            self.complaint = error
        return True

    @staticmethod
    def _stamp(path: Path) -> tuple[int, int]:
        try:
            status = path.stat()
        except OSError:
            return (0, 0)
        # The size as well: two changes may fall into one tick of the file system's clock.
        return (status.st_mtime_ns, status.st_size)


async def watch(file: ConfigFile, changed: Callable[[], Awaitable[None]], *, every_s: float = LOOK_S) -> None:
    """Read `file` again after every change until canceled, and call `changed` after every change of the settings in
    force.

    An error ends one check only; the next valid change counts.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            if not await asyncio.to_thread(file.refresh):  # long files take a second
                continue
            if file.complaint is None:
                log.info("skill.yaml has changed and is in force")
                await changed()
            else:
                log.error(
                    "skill.yaml has changed but is not valid; the previous settings stay in force.\n%s", file.complaint
                )
        except Exception:  # the outermost edge of a background task, which must outlive every error
            log.exception("could not check skill.yaml for changes; the previous settings stay in force")


class _Loader(yaml.SafeLoader):
    """PyYAML's loader with a limit on nesting, which gives an error with a line instead of a RecursionError."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self._depth == LIMIT_DEPTH:
            problem = f"values are nested more than {LIMIT_DEPTH} deep"
            event = cast("Any", self.peek_event())  # pyright: ignore[reportUnknownMemberType]
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _Reader:
    """One reading of one file: text, nodes with lines, values with variables filled in, models."""

    def __init__(self, path: Path, environment: Mapping[str, str], without: Collection[str]) -> None:
        self._path = path
        self._environment = environment
        self._without = without
        self._lines: dict[Path_, int] = {}
        self._problems: list[str] = []
        self._unreadable = False
        self._referring: set[Path_] = set()
        self._within: list[yaml.Node] = []
        self._values = 0

    def read(self, text: str) -> Config:
        node = self._node(text)
        data: object = self._value(node, ()) if node is not None else {}
        if self._unreadable:
            raise ConfigError("\n".join(self._problems))
        if not isinstance(data, dict):
            raise ConfigError(
                f"{self._path}, line 1: expected keys and values.", fix="Begin with a line such as `name: my-agents`."
            )
        try:
            config = Config.model_validate(data)
        except ValidationError as error:
            self._problems.extend(self._explain(error))
        else:
            # Only the valid models know which settings are secrets.
            for at in _secrets(config, ()):
                if at in self._lines and at not in self._referring:
                    self._complain(at, "is a secret written out", "Write ${NAME} or ${file:PATH} and keep it there.")
            if not self._problems:
                return config
        raise ConfigError("\n".join(self._problems))

    def _node(self, text: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader=_Loader)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise ConfigError(
                f"{self._path}, line {line}: a character that YAML does not allow ({error.character!r}).",
                fix="Remove it.",
            ) from None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            problem = getattr(error, "problem", None) or "it is not YAML"
            raise ConfigError(
                f"{self._path}{where}: {problem}.", fix="Check indentation, colons and quotes there."
            ) from None

    def _value(self, node: yaml.Node, at: Path_) -> Any:
        self._lines[at] = node.start_mark.line + 1
        # The size of the file does not limit the values: a few lines of aliases of aliases make millions of values.
        self._values += 1
        if self._values > LIMIT_VALUES:
            problem = f"exceeds the limit of {LIMIT_VALUES:,} values"
            raise ConfigError(self._sentence(at, problem, "Write fewer values. Every alias (*) repeats all values."))
        # YAML lets an alias stand inside its own anchor. Such a value never ends.
        if node in self._within:
            return self._not_read(at, "is an alias of a value that contains the alias", "Write out the value.")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, at)
        self._within.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, at)
            return [self._value(item, (*at, index)) for index, item in enumerate(node.value)]
        finally:
            self._within.pop()

    def _scalar(self, node: yaml.ScalarNode, at: Path_) -> Any:
        try:
            value: Any = yaml.SafeLoader("").construct_object(node)  # pyright: ignore[reportUnknownMemberType]
        except _UNREADABLE:
            name = node.tag.removeprefix(_TAG)
            if name == node.tag:
                return self._not_read(at, f"has the unknown tag {name}", "Remove the tag.")
            return self._not_read(
                at, f"looks like {_CALLED.get(name, name)} but is not valid", "Correct it, or quote it."
            )
        if not isinstance(value, str):
            return value
        if not _clean(value):
            return self._not_read(at, "contains a character that is not text", "Remove it.")
        return self._filled(value, at)

    def _not_read(self, at: Path_, problem: str, fix: str) -> None:
        """Report a value that cannot be read. The models are not checked then, since half of the values would be
        missing.
        """
        self._complain(at, problem, fix)
        self._unreadable = True

    def _mapping(self, node: yaml.MappingNode, at: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or not _clean(key_node.value):
                self._lines[at] = key_node.start_mark.line + 1
                self._not_read(at, "has a key that is not text", "Write a word before the colon.")
                continue
            key = str(key_node.value)
            if not at and key in self._without:
                continue
            self._lines[(*at, key)] = key_node.start_mark.line + 1
            if key in result:
                self._complain((*at, key), "appears twice", "Remove one of the two.")
            result[key] = self._value(value_node, (*at, key))
            # Again, since `_value` stores the line where the value begins, and people look for the key.
            self._lines[(*at, key)] = key_node.start_mark.line + 1
        return result

    def _filled(self, value: str, at: Path_) -> str:
        if _SECRET.search(value):
            self._complain(at, "looks like a secret", "Put it in an environment variable and write ${NAME} here.")

        def one(match: re.Match[str]) -> str:
            name = match[1]
            default = cast("str | None", match[2])
            variable = self._environment.get(name, default)
            if variable is None:
                self._complain(
                    at, f"the environment variable {name} is not set", f"Set it, or write ${{{name}:-default}}."
                )
                return ""
            return variable

        filled = _VARIABLE.sub(one, _FILE.sub(lambda match: self._from_file(match[1], at), value))
        if filled != value:
            self._referring.add(at)
        return filled

    def _from_file(self, name: str, at: Path_) -> str:
        """Return the text in a file with a secret. Relative paths start at the folder of skill.yaml."""
        try:
            return _text(self._path.parent / name).strip()
        except (OSError, ValueError):
            self._complain(at, f"the file {name} cannot be read", "Create it, readable for you alone.")
            return ""

    def _complain(self, at: Path_, problem: str, fix: str) -> None:
        self._problems.append(self._sentence(at, problem, fix))

    def _sentence(self, at: Path_, problem: str, fix: str) -> str:
        known = at
        while known and known not in self._lines:
            known = known[:-1]
        key = ".".join(str(part) for part in at) or "the whole file"
        return f"{self._path}, line {self._lines.get(known, 1)}, {key}: {problem}. {fix}"

    def _explain(self, error: ValidationError) -> Iterator[str]:
        for item in error.errors(include_url=False, include_input=False):
            at = self._key_at(item["loc"])
            if item["type"] == "union_tag_invalid":
                at = (*at, "kind")
            yield self._sentence(at, *_plain(item["type"], item["msg"], item.get("ctx") or {}, at))

    def _key_at(self, loc: tuple[str | int, ...]) -> Path_:
        """Return the key in the file for pydantic's location, without pydantic's discriminator tags and `[key]`."""
        at: Path_ = ()
        for index, part in enumerate(loc):
            missing = index == len(loc) - 1
            if part != "[key]" and ((*at, part) in self._lines or isinstance(part, int) or missing):
                at = (*at, part)
        return at


def _text(path: Path) -> str:
    """Return the text of a file of limited size.

    Raises:
        ValueError: The file is too large or not text.
    """
    with path.open("rb") as file:
        content = file.read(LIMIT_BYTES + 1)
    if len(content) > LIMIT_BYTES:
        raise ValueError(f"it is longer than {LIMIT_BYTES:,} bytes")
    return content.decode()


def _clean(text: str) -> bool:
    """Return whether files and programs can take the text: no NUL, no half of a surrogate pair."""
    return re.search("[\0\ud800-\udfff]", text) is None


def _secrets(value: object, at: Path_) -> Iterator[Path_]:
    """Yield the keys of all secrets in the settings."""
    if isinstance(value, SecretStr):
        yield at
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _secrets(getattr(value, name), (*at, field.alias or name))
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from _secrets(item, (*at, key))
    elif isinstance(value, tuple | list):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from _secrets(item, (*at, index))


def _plain(kind: str, message: str, context: Mapping[str, Any], at: Path_) -> tuple[str, str]:
    """Return the problem and the fix for one of pydantic's errors."""
    if kind == "missing":
        return "is missing", f"Add `{at[-1]}:` here." if at else "Add it."
    if kind == "extra_forbidden":
        return "is not a known key", "Remove it, or check its spelling (see skill.schema.json)."
    if kind in {"value_error", "assertion_error"}:
        error = context.get("error", message)
        return (error.problem, error.fix) if isinstance(error, InvalidSetting) else (str(error), "Correct it.")
    if kind == INVALID_SETTING:
        return context["problem"], context["fix"]
    if kind in {"union_tag_invalid", "literal_error", "enum"}:
        expected = context.get("expected_tags") or context.get("expected")
        return "is not one of the known values", f"Use one of: {expected}."
    if kind == "union_tag_not_found":
        return "has no kind", "Add `kind:`."
    return message[0].lower() + message[1:], "Correct it."
