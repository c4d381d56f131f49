"""Measures the masking of secrets: recall, false alarms, and the time for long texts.

Run `python -m benchmarks.masking` in the repository's folder. With a number, the corpus is made from that seed.
"""

from __future__ import annotations

import random
import string
import sys
import time
from collections.abc import Iterator

from claw_discord_coord.text.secrets import mask
from tests.harmless_texts import harmless
from tests.secret_corpus import Case, secrets

CHARS = 1_000_000


def long_texts(chars: int = CHARS) -> Iterator[tuple[str, str]]:
    """Yield texts of a length, most of them made to be slow."""
    made = random.Random(1)
    letters = string.ascii_letters + string.digits
    yield "prose", "The quick brown fox jumps over the lazy dog. " * (chars // 45)
    yield "random characters", "".join(chr(made.randint(33, 126)) for _ in range(chars))
    yield "base64 in lines", "\n".join("".join(made.choices(letters, k=76)) for _ in range(chars // 77))
    yield "tokens", "".join(f"gh{'p'}_{''.join(made.choices(letters, k=36))}\n" for _ in range(chars // 41))
    for piece in (
        "a",
        "eyJ",
        "sk-",
        "token=",
        "://a:",
        "cookie: a=b; ",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----END PRIVATE KEY-----\n",
        "a" * 25 + "\n",
        "mysql -p ",
        "curl -u a:b ",
        '"mysql", ',
        "--password ",
        "password is ",
        "password: a b ",
        "password:\n  a\n",
        "password:\n  abcdefgh\n",
        ";password={",
        "password=a;",
        "jdbc:a://",
        "user,password\n",
        "| password ",
        "|password|a|\n",
        "mnemonic: ab cd ",
        '\\"',
        "\\\\",
        "&amp;",
    ):
        yield f"{piece[:30]!r} again and again", piece * (chars // len(piece))


def main() -> None:
    """Print the figures."""
    seeds = [int(word) for word in sys.argv[1:]] or [20]
    bad: list[Case] = [case for seed in seeds for case in secrets(seed)]
    good: list[Case] = [case for seed in seeds for case in harmless(seed)]
    missed = [case for case in bad if case.leaks]
    alarms = [case for case in good if case.is_changed]
    for kind, cases in (("missed", missed), ("false alarm", alarms)):
        for case in cases:
            print(f"{kind}: {case.name!r}")
    print(f"recall       {1 - len(missed) / len(bad):.2%} ({len(bad) - len(missed)} of {len(bad)})")
    print(f"false alarms {len(alarms) / len(good):.2%} ({len(alarms)} of {len(good)})")
    for name, text in long_texts():
        began = time.process_time()
        count = mask(text).count
        print(f"{time.process_time() - began:.2f} s for {len(text):,} characters, {count:,} secrets: {name}")


if __name__ == "__main__":
    main()
