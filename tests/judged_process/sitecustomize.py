"""Python imports this by itself where PYTHONPATH leads here: local Discords in such a process are judged, too.

Each answer adds a line to the file that CLAW_JUDGED_ANSWERS names: empty, or what was wrong with it.
"""

import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

JUDGED = "claw_discord_coord.localcord.api.front"


class Finder(MetaPathFinder):
    """Finds the module whose answers are judged, once."""

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != JUDGED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = Loader(fullname, spec.origin)
        return spec


class Loader(SourceFileLoader):
    """Has every `Front` tell of its answers."""

    def exec_module(self, module: Any) -> None:
        super().exec_module(module)
        original = module.Front.__init__
        module.Front.__init__ = lambda front, parts, observer=None: original(front, parts, judge())


def judge() -> Any:
    """An observer that writes what it finds."""
    from tests.localcord.answers import AnswerCheck

    check, path = AnswerCheck(), Path(os.environ["CLAW_JUDGED_ANSWERS"])

    def observe(*answer: Any) -> None:
        check(*answer)
        with path.open("a") as file:
            file.write(" ".join(check.wrong) + "\n")
        check.wrong.clear()

    return observe


if "CLAW_JUDGED_ANSWERS" in os.environ:
    sys.meta_path.insert(0, Finder())
