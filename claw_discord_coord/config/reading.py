"""Reads the text of skill.yaml: values with their lines, variables and files filled in, models."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, SecretStr, ValidationError

from claw_discord_coord.config.explanations import explained
from claw_discord_coord.config.model import Config
from claw_discord_coord.config.values import trimmed
from claw_discord_coord.errors import ConfigError
from claw_discord_coord.text.secrets import mask_secrets

LIMIT_BYTES = 256 * 1024
"""The largest size of skill.yaml, and of a file with a secret."""
LIMIT_DEPTH = 50
"""The deepest nesting of values."""
LIMIT_VALUES = 20_000
"""The largest number of values, with every repetition by an alias counted."""

Path_ = tuple[str | int, ...]
_REFERENCE = re.compile(
    r"\$(?P<literal>\$\{)"
    r"|\$\{file:(?P<file>[^}]+)\}"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>(?:(?!\$\{)[^}])*))?\}"
    r"|(?P<wrong>\$\{)"
)
# The sample ends with the word, so API_KEY and DB_PASSWORD count, but KEYBOARD and MAX_TOKENS do not.
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:(?:API|ACCESS|AUTH|PRIVATE|SIGNING|SECRET)?_?KEY|TOKEN|SECRET|PASS(?:WORD|WD|PHRASE)?|CREDENTIALS?|PAT)$",
    re.IGNORECASE,
)
_TAG = "tag:yaml.org,2002:"
_CALLED = {"int": "a whole number", "float": "a number", "bool": "true or false", "timestamp": "a date"}
_UNREADABLE = (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError)
"""PyYAML's errors for a scalar that does not fit its type or tag."""
_DECIMAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"[-+]?0(?:[0-9_]+|[bBoOxX][0-9a-fA-F_]+)|[-+]?[0-9][0-9_]*_[0-9_]*")
"""Texts that some readers of YAML take for numbers."""
_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


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


# YAML 1.1 reads yes, no, on and off as true and false, also where a text is meant. YAML 1.2 and editors do not.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
    f"{_TAG}bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


class Reader:
    """One reading of one file: text, nodes with lines, values with variables filled in, models."""

    def __init__(self, path: Path, environment: Mapping[str, str], without: Collection[str]) -> None:
        self._path = path
        self._environment = environment
        self._without = without
        self._lines: dict[Path_, int] = {}
        self._problems: list[str] = []
        self._unreadable = False
        self._complained: set[Path_] = set()
        self._referring: set[Path_] = set()
        self._found: dict[Path_, object] = {}
        self._masked: dict[str, bool] = {}
        self._within: list[yaml.Node] = []
        self._values = 0

    def read(self, text: str) -> Config:
        """Return the settings in the text of the file.

        Raises:
            ConfigError: A setting is invalid; the message has one line for every invalid setting.
        """
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
                if at in self._lines and at not in self._referring and at not in self._complained:
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
            where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ", line 1"
            problem = getattr(error, "problem", None) or "it is not YAML"
            raise ConfigError(
                f"{self._path}{where}: {problem}.", fix="Check indentation, colons and quotes there."
            ) from None

    def _value(self, node: yaml.Node, at: Path_) -> Any:
        value = self._found[at] = self._value_of(node, at)
        return value

    def _value_of(self, node: yaml.Node, at: Path_) -> Any:
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
        if _is_ambiguous(node):
            number = f"Write {value} if you mean that. " if isinstance(value, int) else ""
            fix = f"{number}Put it into quotes if it is a text."
            return self._not_read(at, "is a number that is not written in plain decimal digits", fix)
        if not isinstance(value, str):
            return value
        filled = self._filled(value, at)
        if not _clean(filled):
            return self._not_read(at, "contains a character that is not text", "Remove it.")
        return filled

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
        if self._is_secret(value, at):
            self._complain(at, "looks like a secret", "Put it in an environment variable and write ${NAME} here.")
        return _REFERENCE.sub(lambda match: self._referred(match, at), value)

    def _is_secret(self, value: str, at: Path_) -> bool:
        key = at[-1] if at else ""
        if at[-2:-1] == ("env",) and isinstance(key, str):
            if _SECRET_NAME.search(key) and value.strip() and not _REFERENCE.search(value):
                return True
            value = f"{key}: {value}"  # some secrets are known only by the name in front of them
        if value not in self._masked:
            self._masked[value] = mask_secrets(value) != value
        return self._masked[value]

    def _referred(self, match: re.Match[str], at: Path_) -> str:
        """Return the text for one reference: a variable, a file, or the escape `$${` for `${`."""
        if match["literal"]:
            return match["literal"]
        self._referring.add(at)
        if match["wrong"]:
            problem = "has a reference that is not closed, or not a name"
            self._complain(at, problem, "Write ${NAME}, ${NAME:-default} or ${file:PATH}; $${ stands for ${ itself.")
            return ""
        if match["file"] is not None:
            return self._from_file(match["file"], at)
        name, default = match["name"], cast("str | None", match["default"])
        value = self._environment.get(name, default)
        if not value and default is not None:
            value = default  # as in a shell, the default also stands for an empty variable
        if value is None:
            problem = f"the environment variable {name} is not set"
            self._complain(at, problem, f"Set it, or write ${{{name}:-default}}.")
        return trimmed(value or "")

    def _from_file(self, name: str, at: Path_) -> str:
        """Return the text in a file with a secret. Relative paths start at the folder of skill.yaml."""
        try:
            return trimmed(text_of(self._path.parent / name))
        except UnicodeDecodeError:
            self._complain(at, f"the file {name} is not a UTF-8 text", "Save it as UTF-8, with nothing else in it.")
        except (OSError, ValueError):
            self._complain(at, f"the file {name} cannot be read", "Create it, readable for you alone.")
        return ""

    def _complain(self, at: Path_, problem: str, fix: str) -> None:
        self._complained.add(at)
        self._problems.append(self._sentence(at, problem, fix))

    def _sentence(self, at: Path_, problem: str, fix: str) -> str:
        known = at
        while known and known not in self._lines:
            known = known[:-1]
        key = ".".join(part if str(part).isprintable() else repr(part) for part in map(str, at)) or "the whole file"
        problem = " ".join(problem.split())  # a library's message may have several lines
        return f"{self._path}, line {self._lines.get(known, 1)}, {key}: {problem}. {fix}"

    def _explain(self, error: ValidationError) -> Iterator[str]:
        for item in error.errors(include_url=False, include_input=False):
            at = self._key_at(item["loc"])
            if item["type"] == "union_tag_invalid":
                at = (*at, "kind")
            if at in self._complained:
                continue
            problem, fix = explained(item["type"], item["msg"], item.get("ctx") or {}, at, self._found.get(at))
            yield self._sentence(at, problem, fix)

    def _key_at(self, loc: tuple[str | int, ...]) -> Path_:
        """Return the key in the file for pydantic's location, without pydantic's discriminator tags and `[key]`."""
        at: Path_ = ()
        for index, part in enumerate(loc):
            missing = index == len(loc) - 1
            if part != "[key]" and ((*at, part) in self._lines or isinstance(part, int) or missing):
                at = (*at, part)
        return at


def text_of(path: Path) -> str:
    """Return the text of a file of limited size.

    Raises:
        ValueError: The file is too large or not text.
    """
    with path.open("rb") as file:
        content = file.read(LIMIT_BYTES + 1)
    if len(content) > LIMIT_BYTES:
        raise ValueError(f"it is longer than {LIMIT_BYTES:,} bytes")
    # PowerShell's `>` writes UTF-16, and some editors put a byte order mark before UTF-8.
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8")
    return content.decode(encoding)


def _is_ambiguous(node: yaml.ScalarNode) -> bool:
    """Return whether a scalar without quotes is a number for some readers of YAML, and another or a text for others."""
    if node.style is not None:
        return False
    if node.tag in {f"{_TAG}int", f"{_TAG}float"}:
        return not _DECIMAL.fullmatch(node.value)
    return _NUMBER_LIKE.fullmatch(node.value) is not None


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
