"""Modules that are imported when they are first used.

`importlib.util.LazyLoader` would put its half-loaded module into `sys.modules`, where scipy's
array-API shim looks for "torch" and wakes it; this leaves `sys.modules` alone.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["Deferred"]


class Deferred:
    """Stands for the module `name` until an attribute of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(importlib.import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value

    def __repr__(self) -> str:
        return f"Deferred({self._name!r})"
