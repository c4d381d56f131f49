"""Finds secrets in command lines, by the options of each program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from claw_discord_coord.text.secret_values import is_password, is_stated


@dataclass(frozen=True)
class _Program:
    """The options of a program that have a secret.

    Attributes:
        next: Options whose next word is the secret. Long options may also have it behind `=`.
        joined: Options with the secret in the same word, such as `-pSECRET`.
        login: Options whose value is a user and a secret, with the mark between them.
        subcommand: A word without which the options mean something else.
    """

    next: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
    mark: str = ":"
    subcommand: str = ""


# Sources: the manual pages and `--help` of the programs.
_BY_NAMES = (
    (
        "mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlpump mysqlbinlog mysqlslap mysqlsh mycli"
        " mydumper mariadb mariadb-dump mariadb-admin",
        _Program(next=("--password1", "--password2"), joined=("-p", "--password=")),
    ),
    (
        "mongosh mongo mongodump mongorestore mongoexport mongoimport mongostat mongotop cqlsh",
        _Program(next=("-p", "--password"), joined=("-p",)),
    ),
    ("redis-cli", _Program(next=("-a", "--pass"), joined=("-a",))),
    ("redis-server", _Program(next=("--requirepass", "--masterauth"))),
    ("influx", _Program(next=("-password",))),
    ("ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare", _Program(next=("-w",), joined=("-w",))),
    ("ldappasswd", _Program(next=("-w", "-s", "-a"), joined=("-w",))),
    (
        "smbclient rpcclient smbget smbcacls smbtree winexe",
        _Program(next=("--password",), login=("-U", "--user"), mark="%"),
    ),
    (
        "docker podman nerdctl buildah skopeo crane helm oras apptainer az oc cf ibmcloud argocd rancher jf",
        _Program(
            next=("-p", "--password"),
            joined=("-p",),
            login=("--creds", "--src-creds", "--dest-creds"),
            subcommand="login",
        ),
    ),
    ("twine", _Program(next=("-p",), joined=("-p",), subcommand="upload")),
    ("openssl", _Program(next=("-k", "-passin", "-passout", "-pass", "-password"))),
    ("nmcli", _Program(next=("password",))),
    ("ssh-keygen", _Program(next=("-N", "-P"))),
    (
        "keytool jarsigner apksigner",
        _Program(next=("-storepass", "-keypass", "-srcstorepass", "-deststorepass", "--ks-pass", "--key-pass")),
    ),
    ("sshpass", _Program(next=("-p",), joined=("-p",))),
    (
        "curl",
        _Program(
            next=("--oauth2-bearer", "--pass", "--proxy-pass"),
            login=("-u", "--user", "-U", "--proxy-user", "-E", "--cert"),
        ),
    ),
    ("http https xh xhs", _Program(login=("-a", "--auth"))),
    ("wget", _Program(next=("--http-passwd", "--http-password", "--ftp-password", "--proxy-password"))),
    ("ab", _Program(login=("-A", "-P"))),
    ("lftp ncftp", _Program(login=("-u", "--user"), mark=",")),
    ("plink pscp psftp putty", _Program(next=("-pw",))),
    ("psexec psexec64 rdesktop evil-winrm crackmapexec nxc netexec", _Program(next=("-p",))),
    ("xfreerdp", _Program(joined=("/p:",))),
    ("cmdkey", _Program(joined=("/pass:", "/p:"))),
    ("schtasks", _Program(next=("/rp", "/p"))),
    ("mosquitto_pub mosquitto_sub mosquitto_rr", _Program(next=("-P", "--pw"))),
    ("zip unzip sqlcmd bcp ipmitool", _Program(next=("-P",), joined=("-P",))),
    ("7z 7za 7zz rar unrar", _Program(joined=("-p", "-hp"))),
    ("snmpwalk snmpget snmpset snmpbulkwalk", _Program(next=("-A", "-X"))),
)
_PROGRAMS = {name: program for names, program in _BY_NAMES for name in names.split()}
_ANY = (
    *("--password", "--passwd", "--pass", "--passphrase", "--token", "--auth-token", "--access-token", "--api-token"),
    *(
        "--api-key",
        "--apikey",
        "--secret",
        "--secret-key",
        "--client-secret",
        "--secret-access-key",
        "--admin-password",
    ),
    *("--db-password", "--user-password", "--new-password", "--registry-password", "--auth-password", "-Password"),
)
"""Options that have a secret in any program."""

_NAME = re.compile(
    r"(?<![\w.-])(?:"
    + "|".join(map(re.escape, sorted([*_PROGRAMS, "htpasswd", "net"], key=len, reverse=True)))
    + r")(?:\.exe)?(?=[ \t\"',])"
)
_ANY_OPTION = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_ANY, key=len, reverse=True))})(?:=|[ \t]{{1,4}}|[\"'],[ \t\n]{{0,40}}[\"'])"
)
# A quotation mark within a word opens a quotation only if the quotation ends the word: it may also end the command.
_WORD = re.compile(
    r"(?=\S)(?:\\[^\n]|[^\s\"'\\|;&<>`])*(?:(?:\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')(?=[\s;|&)`'\"\]},]|$))?"
)
# The words of a command that is a list, as in a Dockerfile or a YAML list
_ITEM = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_GAP = re.compile(r"(?:[ \t]|\\\r?\n)*")
_ITEM_GAP = re.compile(r"[\s,]*")
_MOST_WORDS = 60
_MOST_NESTED = 4
"""The most commands within another command: each of them is read to the end of the line."""
_DIRECT = ("pass:", "env:", "file:", "stdin", "fd:")

_Word = tuple[str, int, int]
"""A word without its quotation marks, and its position."""


def command_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Yield the positions of the secrets in command lines."""
    at = line_end = nested = 0
    while (name := _NAME.search(text, at)) is not None:
        in_list = _is_item(text, *name.span())
        words = list(_words(text, name.end() + in_list, in_list=in_list))
        program = name[0].removesuffix(".exe")
        yield from _SPECIAL[program](words) if program in _SPECIAL else _of_options(_PROGRAMS[program], words)
        # A wrapper such as `sshpass` has another command in its line.
        nested = nested + 1 if name.start() < line_end else 0
        line_end = max(line_end, words[-1][2] if words else name.end())
        at = name.end() if nested < _MOST_NESTED else max(line_end, name.end())
    if "--" in text or "-Password" in text:
        for option in _ANY_OPTION.finditer(text):
            word = next(_words(text, option.end()), None)
            if word is not None and is_password(word[0]):
                yield word[1:]


def _is_item(text: str, start: int, end: int) -> bool:
    """Return whether a word stands alone in quotation marks, as the words of a command in a list do."""
    return start > 0 and text[start - 1] in "\"'" and text.startswith(text[start - 1], end)


def _words(text: str, at: int, *, in_list: bool = False) -> Iterator[_Word]:
    pattern, gap = (_ITEM, _ITEM_GAP) if in_list else (_WORD, _GAP)
    for _ in range(_MOST_WORDS):
        between = gap.match(text, at)
        match = pattern.match(text, between.end() if between else at)
        if match is None or not match[0]:
            return
        yield _unquoted(match[0], *match.span())
        at = match.end()


def _unquoted(word: str, start: int, end: int) -> _Word:
    if len(word) >= 2 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1], start + 1, end - 1
    return word, start, end


def _of_options(program: _Program, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    means_secrets = not program.subcommand or any(word == program.subcommand for word, _, _ in words)
    for (word, start, end), following in zip_longest(words, words[1:]):
        name, equals, _value = word.partition("=")
        if name in program.next and means_secrets:
            yield from _stated((word[len(name) + 1 :], start + len(name) + 1, end) if equals else following)
        elif name in program.login:
            yield from _after_mark(
                (word[len(name) + 1 :], start + len(name) + 1, end) if equals else following, program
            )
        else:
            for option in program.joined if means_secrets else ():
                if word.startswith(option) and len(word) > len(option):
                    yield from _stated(_inner(word, option, start, end))
            for option in program.login:
                if len(option) == 2 and word.startswith(option) and program.mark in word:
                    yield from _after_mark(_inner(word, option, start, end), program)


def _inner(word: str, option: str, start: int, end: int) -> _Word:
    """Return the value that is joined to its option, without quotation marks of its own."""
    return _unquoted(word[len(option) :], start + len(option), end)


def _after_mark(word: _Word | None, program: _Program) -> Iterator[tuple[int, int]]:
    if word is not None:
        user, mark, _ = word[0].partition(program.mark)
        rest = word[0][len(user) + 1 :]
        # `C:\\...` and `https://...` have the mark, and no secret behind it.
        if mark and not rest.startswith(("\\", "//")):
            yield from _stated((rest, word[1] + len(user) + 1, word[2]))


def _stated(word: _Word | None) -> Iterator[tuple[int, int]]:
    if word is None:
        return
    value, start, end = word
    if value.startswith(_DIRECT):
        if not value.startswith("pass:"):
            return
        value, start = value.removeprefix("pass:"), start + len("pass:")
    if not value.startswith("-") and is_stated(value):
        yield start, end


def _htpasswd(words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Yield the password of `htpasswd -b file user password`; with `-n` there is no file."""
    options = "".join(word for word, _, _ in words if word.startswith("-"))
    others = [word for word in words if not word[0].startswith("-")]
    position = 1 if "n" in options else 2
    if "b" in options and len(others) > position:
        yield from _stated(others[position])


def _net(words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Yield the password of `net use ... /user:name password` and `net user name password`, in any order."""
    if not words or words[0][0].lower() not in ("use", "user"):
        return
    others = [word for word in words[1:] if not word[0].startswith(("/", "\\")) and not word[0].endswith(":")]
    is_use = words[0][0].lower() == "use"
    if is_use and any(word.lower().startswith(("/user:", "/u:")) for word, _, _ in words):
        yield from _stated(next((word for word in others if word[0] != "*"), None))
    elif not is_use and len(others) > 1:
        yield from _stated(others[1])


_SPECIAL: dict[str, Callable[[Sequence[_Word]], Iterator[tuple[int, int]]]] = {"htpasswd": _htpasswd, "net": _net}
