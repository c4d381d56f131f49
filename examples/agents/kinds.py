"""What sort of file a name stands for, and which files tell something about a folder."""

from __future__ import annotations

import re

_CODE = {
    "py": "Python", "pyi": "Python", "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript", "jsx": "JavaScript",
    "ts": "TypeScript", "tsx": "TypeScript", "rs": "Rust", "go": "Go", "c": "C", "h": "C", "cc": "C++", "cpp": "C++",
    "hpp": "C++", "cs": "C#", "java": "Java", "kt": "Kotlin", "swift": "Swift", "rb": "Ruby", "php": "PHP",
    "pl": "Perl", "lua": "Lua", "r": "R", "jl": "Julia", "hs": "Haskell", "ex": "Elixir", "exs": "Elixir",
    "erl": "Erlang", "scala": "Scala", "clj": "Clojure", "dart": "Dart", "zig": "Zig", "sh": "Shell", "bash": "Shell",
    "ps1": "PowerShell", "sql": "SQL", "vue": "Vue", "svelte": "Svelte", "ipynb": "Notebook",
}  # fmt: skip
_OTHER = {
    "md": "Markdown", "rst": "Text", "txt": "Text", "json": "JSON", "jsonl": "JSON", "yaml": "YAML", "yml": "YAML",
    "toml": "TOML", "ini": "Settings", "cfg": "Settings", "xml": "XML", "csv": "Table", "tsv": "Table", "html": "HTML",
    "htm": "HTML", "css": "CSS", "scss": "CSS", "png": "Image", "jpg": "Image", "jpeg": "Image", "gif": "Image",
    "webp": "Image", "svg": "Image", "ico": "Image", "heic": "Image", "mp4": "Video", "mov": "Video", "mkv": "Video",
    "webm": "Video", "mp3": "Sound", "wav": "Sound", "flac": "Sound", "m4a": "Sound", "pdf": "PDF", "doc": "Document",
    "docx": "Document", "odt": "Document", "xls": "Spreadsheet", "xlsx": "Spreadsheet", "ods": "Spreadsheet",
    "ppt": "Slides", "pptx": "Slides", "zip": "Archive", "gz": "Archive", "xz": "Archive", "7z": "Archive",
    "tar": "Archive", "whl": "Archive", "jar": "Archive", "db": "Database", "sqlite": "Database", "sqlite3": "Database",
    "lock": "Lock file", "log": "Log", "ttf": "Font", "woff": "Font", "woff2": "Font",
}  # fmt: skip

SECRETS = {
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "an AWS key": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})"),
    "a Slack token": re.compile(rb"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    "a Google key": re.compile(rb"\bAIza[0-9A-Za-z_-]{35}\b"),
    "an API key": re.compile(rb"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{32,}"),
    "a Discord token": re.compile(rb"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
}
"""What secrets look like. They are only ever counted and located, never copied."""
SECRET_NAMES = re.compile(
    r"(?:\.env(?:\.(?!example|sample|template).*)?|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:p12|pfx|jks|keystore))"
)
JUNK_NAMES = re.compile(
    r"\.DS_Store|Thumbs\.db|desktop\.ini|.*~|.*\.(?:swp|tmp|bak|orig|rej|pyc)|core\.\d+", re.IGNORECASE
)
OPEN_END = re.compile(rb"(?m)(?:^|[#/*;%!-])[ \t]*(?:[-*] )?((?:TODO|FIXME|XXX|HACK)\b[^\r\n]*)")
"""A word for what is not done, at the beginning of a comment or a line."""
_SIGNS = {
    "readme": re.compile(r"readme(\.\w+)?", re.IGNORECASE),
    "license": re.compile(r"(licen[cs]e|copying|unlicense)([.-].*)?", re.IGNORECASE),
    "tests": re.compile(r"(.*/)?(tests?|specs?|__tests__)/.+|(.*/)?(test_[^/]*|[^/]*([._]test|\.spec)\.\w+)"),
    "checks": re.compile(r"\.github/workflows/.+|\.gitlab-ci\.yml|\.circleci/.+|\.ci/.+|Jenkinsfile"),
}


def kind(name: str) -> str:
    """What sort of file it is, in a word."""
    stem, dot, ending = name.rpartition("/")[2].rpartition(".")
    if not dot or not stem:
        return "no ending"
    ending = ending.lower()
    known = _CODE.get(ending) or _OTHER.get(ending)
    return known or (f".{ending}" if ending.isalnum() and len(ending) <= 8 else "other")


def is_code(kind: str) -> bool:
    """Whether that sort of file is a program."""
    return kind in _CODE.values()


def signs(name: str) -> set[str]:
    """What the file, by its path from the folder, says about it: that there is a readme, a license, tests, checks."""
    return {sign for sign, pattern in _SIGNS.items() if pattern.fullmatch(name)}
