"""Reads people's messages: commands, messages for the agent, and texts that could be either."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from claw_discord_coord.actions import Action
from claw_discord_coord.coordination.people import command_words as words

DOUBTFUL_TOKENS = 7
"""The longest text, in words, that may be a command within a sentence."""


class Certainty(Enum):
    """How sure a text is a command."""

    EXPLICIT = auto()
    """A command wherever the command is possible."""
    LIKELY = auto()
    """A command when something waits for a decision, else words like others."""
    DOUBTFUL = auto()
    """A command or a sentence; a person must say which."""


@dataclass(frozen=True)
class Reading:
    """The command in a text.

    Attributes:
        action: The command.
        certainty: How sure the reading is.
        note: The reason in the text, or None.
    """

    action: Action
    certainty: Certainty
    note: str | None = None


def read(text: str) -> Reading | None:
    """Return the command in a text, or None for a text without a command."""
    plain = _unmarked(text)
    tokens = _tokens(plain)
    if not tokens:
        return None
    reading = _command(tokens) or _slash_command(plain) or _with_reason(plain)
    if reading is None:
        return _within_sentence(tokens, plain)
    if _is_unsure(text):
        return Reading(reading.action, Certainty.DOUBTFUL)
    return reading


def read_emoji(name: str) -> Action | None:
    """Return the command of an emoji in a reaction, or None."""
    phrase = tuple(_tokens(name))
    return next((action for action, phrases in _EMOJI.items() if phrase in phrases), None)


def _command(tokens: Sequence[str]) -> Reading | None:
    """Return the command of a text that consists of one command and words that add nothing."""
    for action in _ORDER:
        fillers = _FILLERS | _EXTRA_FILLERS.get(action, frozenset())
        if _consists_of(tokens, _STRONG[action], fillers):
            # A stop is never needed as an answer to an agent; "yes" and "no" are.
            explicit = action is Action.CANCEL or _consists_of(tokens, _EXPLICIT[action], fillers)
            return Reading(action, Certainty.EXPLICIT if explicit else Certainty.LIKELY)
    if _consists_of(tokens, _NO, _FILLERS):
        return Reading(Action.REJECT, Certainty.LIKELY)
    return None


def _slash_command(text: str) -> Reading | None:
    """Return the command of a text in the form of a slash command with a reason, such as "/reject wrong numbers"."""
    found = re.match(r"\s*[/!](\w+)[\s:]+(.+)", text, re.DOTALL)
    if found is None:
        return None
    phrase, reason = tuple(_tokens(found[1])), found[2].strip()
    action = next((action for action in _ORDER if phrase in _EXPLICIT[action]), None)
    if action is None:
        return None
    conditional = action is Action.APPROVE and bool(set(_tokens(reason)) & (_RESERVATIONS | _NEGATIONS))
    return Reading(action, Certainty.DOUBTFUL) if conditional else Reading(action, Certainty.EXPLICIT, reason)


def _with_reason(text: str) -> Reading | None:
    """Return the decision of a text with a reason behind the decision, such as "reject: numbers are wrong"."""
    head, mark, reason = _parted(text)
    tokens = _tokens(head)
    if not reason or not tokens:
        return None
    reasoned = set(_tokens(reason))
    if _consists_of(tokens, _STRONG[Action.REJECT], _FILLERS):
        # After a colon all is the reason; elsewhere a condition may follow.
        unsure = mark != ":" and bool(reasoned & _RESERVATIONS)
        certainty = _certainty(tokens, Action.REJECT)
        return Reading(Action.REJECT, Certainty.DOUBTFUL if unsure else certainty, None if unsure else reason)
    if _consists_of(tokens, _EXPLICIT[Action.APPROVE], _FILLERS | _PRAISE) and mark == ":":
        if reasoned & (_RESERVATIONS | _NEGATIONS):
            return Reading(Action.APPROVE, Certainty.DOUBTFUL)
        return Reading(Action.APPROVE, Certainty.EXPLICIT, reason)
    return None


def _certainty(tokens: Sequence[str], action: Action) -> Certainty:
    explicit = _consists_of(tokens, _EXPLICIT[action], _FILLERS)
    return Certainty.EXPLICIT if explicit else Certainty.LIKELY


def _within_sentence(tokens: Sequence[str], text: str) -> Reading | None:
    """Return the command that a sentence may mean, as doubtful."""
    head = _tokens(_parted(text)[0])
    is_short = len(tokens) <= DOUBTFUL_TOKENS and not set(tokens) & _NEGATIONS
    for action in _ORDER:
        # "Stop, that is the wrong branch!": a command, a break, and more words.
        begins = len(head) < len(tokens) and _consists_of(head, _CLEAR[action], _FILLERS)
        if begins or (is_short and _begins_or_ends_with(tokens, _CLEAR[action])):
            return Reading(action, Certainty.DOUBTFUL)
    if _consists_of(tokens, _PERHAPS_STOP, _FILLERS):
        return Reading(Action.CANCEL, Certainty.DOUBTFUL)
    return None


def _is_unsure(text: str) -> bool:
    """Return whether a text asks, quotes, or is struck out, although the words are those of a command."""
    return bool(re.search(r"[?\uff1f\u061f\u037e]\s*$|~~|^\s*>", text, re.MULTILINE))


def _parted(text: str) -> tuple[str, str, str]:
    """Split a text behind its first part, and return the part, the mark or word between, and the rest."""
    found = re.search(
        r"\s*([:,;.!(\n\uff1a\uff0c\u3002\uff01\u3001\u060c\u0964]|\s[-\u2013\u2014]+\s|\u2014|\u2013)\s*", text.strip()
    )
    because = re.search(rf"\s({_BECAUSE})\s", text.strip(), re.IGNORECASE)
    if because is not None and (found is None or because.start() < found.start()):
        return text.strip()[: because.start()], because[1], text.strip()[because.start() :].strip()
    if found is None:
        return text, "", ""
    mark = unicodedata.normalize("NFKC", found[1].strip())
    return text.strip()[: found.start()], mark, text.strip()[found.end() :].strip(" \t\r\n*_`|)")


def _consists_of(tokens: Sequence[str], phrases: Collection[tuple[str, ...]], fillers: Collection[str]) -> bool:
    """Return whether the tokens are phrases of the set and fillers, with a phrase at least."""
    at, found = 0, False
    while at < len(tokens):
        length = _phrase_at(tokens, at, phrases)
        if length:
            found = True
        elif tokens[at] not in fillers:
            if not _bare(tokens[at], phrases):
                return False
            found = True
        at += length or 1
    return found


def _phrase_at(tokens: Sequence[str], at: int, phrases: Collection[tuple[str, ...]]) -> int:
    """Return the number of tokens of the longest phrase that begins at that token, or 0."""
    lengths = range(min(_LONGEST, len(tokens) - at), 0, -1)
    return next((length for length in lengths if tuple(tokens[at : at + length]) in phrases), 0)


def _bare(token: str, phrases: Collection[tuple[str, ...]]) -> bool:
    """Return whether a token of a language without spaces is a phrase with endings or beginnings."""
    if token.isascii():
        return False
    while (token,) not in phrases:
        shorter = next(
            (
                token.removeprefix(affix) if token.startswith(affix) else token.removesuffix(affix)
                for affix in _AFFIXES
                if token != affix and (token.startswith(affix) or token.endswith(affix))
            ),
            None,
        )
        if not shorter:
            return False
        token = shorter
    return True


def _begins_or_ends_with(tokens: Sequence[str], phrases: Collection[tuple[str, ...]]) -> bool:
    first = next((at for at, token in enumerate(tokens) if token not in _FILLERS), None)
    if first is not None and _phrase_at(tokens, first, phrases):
        return True
    return any(
        _phrase_at(tokens, at, phrases) == len(tokens) - at for at in range(max(0, len(tokens) - 3), len(tokens))
    )


def _unmarked(text: str) -> str:
    """Return the text without mentions and with emoji in place of their names."""
    text = re.sub(r"<[@#][!&]?\d+>", " ", text)
    text = re.sub(r"<a?:(\w+):\d+>", lambda found: f" {found[1].lower()} ", text)
    text = re.sub(r"(?<!\S)([+-]1)(?!\S)", r":\1:", text)
    return re.sub(r":([\w+-]+):", lambda found: words.SHORTCODES.get(found[1].lower(), found[0]), text)


def _tokens(text: str) -> list[str]:
    """Return the words and emoji of a text, without case, accents and punctuation."""
    return "".join(map(_spaced, _folded(text))).replace(" ' ", " ").split()


def _spaced(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "So":
        return f" {character} "
    return " " if kind[0] in "PZC" or kind in {"Sm", "Sc", "Sk"} else character


def _folded(text: str) -> str:
    """Return the text in the form in which words are compared."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_FOLDS)
    folded: list[str] = []
    for character in unicodedata.normalize("NFD", text):
        kind = unicodedata.category(character)
        # Accents are often left out, of Latin and Greek letters and in Arabic. In other scripts marks are letters.
        if kind == "Mn" and (character <= "\u036f" or "\u064b" <= character <= "\u065f") and _loses_accents(folded):
            continue
        if kind != "Cf":
            folded.append(character)
    return re.sub(r"(?<=\w)['\u2019\u02bc](?=\w)", "\u02bc", unicodedata.normalize("NFC", "".join(folded)))


def _loses_accents(before: Sequence[str]) -> bool:
    base = next((c for c in reversed(before) if unicodedata.category(c) != "Mn"), "")
    return not ("\u0400" <= base <= "\u04ff")


_FOLDS = {
    **str.maketrans("łıøđðأإآٱىةیکँ", "liodd" + "ااااي" + "ه" + "يك" + "ं"),
    0xFE0F: None,  # the emoji form of a sign
    **dict.fromkeys(range(127995, 128000)),  # skin tones
}
"""Letters that are written in more than one way. Composed letters are not reached by removing accents."""


def _phrases(*lists: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(_tokens(phrase)) for list_ in lists for phrase in list_.split(","))


def _single(text: str) -> frozenset[str]:
    return frozenset(token for word in text.split() for token in _tokens(word))


def _of(tables: Iterable[Mapping[str, str]], *, only: str | None = None) -> frozenset[tuple[str, ...]]:
    lists = [list_ for table in tables for name, list_ in table.items() if only is None or name == only]
    return _phrases(*lists)


# A text that could be two commands is read as the command that lets less out.
_ORDER = (Action.CANCEL, Action.REJECT, Action.APPROVE)
_TABLES = {Action.CANCEL: words.STOP, Action.APPROVE: words.APPROVE, Action.REJECT: words.REJECT}
_STRONG = {action: _of([table]) for action, table in _TABLES.items()}
_EXPLICIT = {action: _phrases(list_) for action, list_ in words.EXPLICIT.items()}
_EMOJI = {action: _of([table], only="emoji") for action, table in _TABLES.items()}
_NO = _of([words.NO])
# "Para" begins many a Spanish sentence, and "yes" or "no" many an English one.
_COMMON = _phrases("para, pare, alt, di, basta, dur, bas, kes, enough, quit, kill, rd, رد, بس")
_CLEAR = {
    Action.CANCEL: _STRONG[Action.CANCEL] - _COMMON,
    Action.APPROVE: _STRONG[Action.APPROVE],
    Action.REJECT: _STRONG[Action.REJECT] | _NO,
}
_FILLERS = _single(words.FILLERS)
_PRAISE = _single(words.PRAISE)
_SUBJECTS = _single(words.SUBJECTS)
_EXTRA_FILLERS = {
    Action.APPROVE: _PRAISE | _SUBJECTS,
    Action.REJECT: _SUBJECTS,
    Action.CANCEL: _single("ok okay"),
}
_PERHAPS_STOP = _phrases(words.PERHAPS_STOP)
_AFFIXES = sorted(_single(words.AFFIXES), key=len, reverse=True)
_NEGATIONS = _single(words.NEGATIONS)
_RESERVATIONS = _single(words.RESERVATIONS)
_BECAUSE = "|".join(sorted(map(re.escape, words.BECAUSE.split()), key=len, reverse=True))
_LONGEST = max(len(phrase) for phrases in (*_STRONG.values(), _NO) for phrase in phrases)
