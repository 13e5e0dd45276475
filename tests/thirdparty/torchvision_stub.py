"""A torchvision that can be imported from and not used.

`import lightly.loss` reaches for torchvision on the way to losses that never call it; the real
one would need a build that matches torch's.  Every submodule exists here, every name in it is a
class of its own, and making an instance of one says what is wrong.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = ["absent", "install"]

ROOT = "torchvision"


class Placeholder:
    """Stands for one name of torchvision: may be named and subclassed, not made."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        raise NotImplementedError(
            "expected: code under audit that does not use torchvision\n"
            f"received: a call of {type(self).__module__}.{type(self).__qualname__}\n"
            "remedy:   install torchvision itself, or audit something else"
        )


class _Stub(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"the stub of {self.__name__} has no {name}")
        placeholder = type(name, (Placeholder,), {"__module__": self.__name__})
        setattr(self, name, placeholder)
        return placeholder


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != ROOT:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: names come into being when asked for."""


def install() -> None:
    """Let `import torchvision` find the stub, unless the real one is installed."""
    if ROOT not in sys.modules and importlib.util.find_spec(ROOT) is None:
        sys.meta_path.append(_Finder())


@contextmanager
def absent() -> Iterator[None]:
    """No torchvision while something is imported that does without, but asks for its version."""
    finders = [finder for finder in sys.meta_path if isinstance(finder, _Finder)]
    stubs = {n: m for n, m in sys.modules.items() if isinstance(m, _Stub)}
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in finders]
    for name in stubs:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.meta_path.extend(finders)
        sys.modules.update(stubs)
