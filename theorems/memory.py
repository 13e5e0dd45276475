"""Proofs that were checked before, remembered honestly.

The key of a memory is the source of this module, of the one that states the proof and of every
module of ours that that one imports, with the versions of sympy, mpmath and Python.  Only whole
proofs whose steps all stand are remembered, with the date; an entry that does not match its key or
its own checksum is refused, and the proof is checked afresh.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from .theorem import Outcome, Step, Theorem

__all__ = ["MEMORY", "Remembered", "checked", "key"]

MEMORY = Path(".tightframe/proofs")
WORDS = ("why", "kind", "tex", "scope", "slip")  # of a step; what checks it is not remembered
PACKAGE = __name__.rpartition(".")[0]
IMPORTED = re.compile(rf"^ *from ((?:{re.escape(PACKAGE)})?\.\w+) import ", re.MULTILINE)


class Remembered(NamedTuple):
    """A step, its words alone where it was not checked in this run; the outcome's name, when it was
    checked, and how long that took, in seconds."""

    step: Step
    outcome: str
    when: str
    seconds: float


def checked(theorem: Theorem, *, fresh: bool, folder: Path = MEMORY) -> Iterator[Remembered]:
    """The steps of the proof, checked in this run or remembered from an earlier one."""
    path = folder / f"{theorem.id}.json"
    entry = None if fresh else _entry(path, key(theorem))
    if entry is not None:
        for outcome, seconds, words in entry["steps"]:
            yield Remembered(Step(**words), outcome, f"remembered from {entry['date']}", seconds)
        return
    found = []
    for done in theorem.check_proof():
        words = {name: getattr(done.step, name) for name in WORDS}
        found.append((done.outcome.name, done.seconds, words))
        yield Remembered(done.step, done.outcome.name, "checked in this run", done.seconds)
    good = {Outcome.CHECKED.name, Outcome.CITED.name}
    if not fresh and all(outcome in good for outcome, *_ in found):
        _remember(path, key(theorem), found)


def key(theorem: Theorem) -> str:
    """What the proof depends on, as a digest."""
    parts = [platform.python_version(), version("sympy"), version("mpmath")]
    stated = {sys.modules[__name__], *_modules(sys.modules[theorem.proof.__module__])}
    for module in sorted(stated, key=lambda m: m.__name__):
        parts += [module.__name__, Path(str(module.__file__)).read_text(encoding="utf-8")]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=20).hexdigest()


def _modules(module: ModuleType, seen: set[ModuleType] | None = None) -> set[ModuleType]:
    """The module, and every module of ours, or beside it, that it imports, directly or not.

    By its source: of a constant nothing else tells where it is from.
    """
    seen = set() if seen is None else seen
    seen.add(module)
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    named = [import_module(name, module.__package__) for name in IMPORTED.findall(source)]
    for found in [*named, *filter(_is_ours, vars(module).values())]:
        if found not in seen:
            _modules(found, seen)
    return seen


def _is_ours(value: object) -> bool:
    return isinstance(value, ModuleType) and value.__name__.startswith(f"{PACKAGE}.")


def _entry(path: Path, key: str) -> dict[str, Any] | None:
    try:
        entry: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        intact = entry["key"] == key and entry["checksum"] == _checksum(entry)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return entry if intact else None


def _remember(path: Path, key: str, steps: list[tuple[str, float, dict[str, str]]]) -> None:
    entry: dict[str, Any] = {"key": key, "steps": steps}
    entry["date"] = datetime.now(UTC).date().isoformat()
    entry["checksum"] = _checksum(json.loads(json.dumps(entry)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entry), encoding="utf-8")


def _checksum(entry: dict[str, Any]) -> str:
    body = {name: entry[name] for name in ("key", "steps", "date")}
    return hashlib.blake2b(json.dumps(body).encode(), digest_size=20).hexdigest()
