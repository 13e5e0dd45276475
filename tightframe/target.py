"""TARGET, as the command line and saved results name it: package.module:attribute, or
path/to/file.py:attribute."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

from .implementations.contract import nearest

__all__ = ["TargetError", "TargetSyntaxError", "built", "load"]


class TargetSyntaxError(ValueError):
    """The text is no TARGET."""

    def __init__(self, text: str) -> None:
        super().__init__(
            "expected: package.module:attribute, or path/to/file.py:attribute\n"
            f"received: {text!r}\n"
            "remedy:   put a colon between the module and the attribute"
        )


class TargetError(ImportError):
    """The target could not be imported."""


def load(text: str) -> Any:
    """Import the target.  Raises `TargetSyntaxError`, or `TargetError` with what went wrong."""
    place, colon, path = text.rpartition(":")
    if not colon or not place or not path:
        raise TargetSyntaxError(text)
    module = _from_file(Path(place)) if place.endswith(".py") else _from_package(place)
    try:
        return attrgetter(path)(module)
    except AttributeError:
        names = [
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and not isinstance(value, ModuleType)
        ]
        has = f"it has {', '.join(names[:8]) or 'nothing'}"
        raise TargetError(
            f"expected: an attribute of {place}\n"
            f"received: {path!r}, which it does not have\n"
            f"remedy:   {nearest(path, names, has)}"
        ) from None


def built(found: Any) -> Any:
    """A class as it is by default, where it can be built without arguments: what it is built with
    then lives inside, and is fitted."""
    if not isinstance(found, type):
        return found
    try:
        return found()
    except TypeError:
        return found


def _from_package(name: str) -> ModuleType:
    sys.path.insert(0, "")  # as `python -m` would: modules of the working folder can be named
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error
    finally:
        sys.path.remove("")


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise TargetError(
            f"expected: a Python file\nreceived: {path}, which is not there\n"
            "remedy:   name it from the working folder"
        )
    name = f"tightframe_target_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _failed(str(path), error, _hiding(path.parent)) from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def _hiding(folder: Path) -> list[str]:
    """Files that are found before Python's own modules of their names, by whatever is imported: a
    `ssl.py` of self-supervised losses."""
    return sorted(p.name for p in folder.glob("*.py") if p.stem in sys.stdlib_module_names)


def _failed(name: str, error: BaseException, hiding: list[str] | None = None) -> TargetError:
    remedy = f'see that `python -c "import {Path(name).stem}"` works in this environment'
    if hiding:
        remedy = f"rename {', '.join(hiding)}: Python has modules of its own by that name"
    return TargetError(
        f"expected: {name} to be importable\n"
        f"received: {type(error).__name__}: {error}\n"
        f"remedy:   {remedy}"
    )
