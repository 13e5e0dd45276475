"""Is this environment fit?  What `tightframe doctor` says."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

__all__ = ["findings"]

NEEDED = ("numpy", "scipy", "sympy", "torch", "hypothesis", "pydantic", "jinja2", "rich", "typer")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def findings() -> Iterator[tuple[bool, str]]:
    """Each finding, and whether it is as it should be."""
    new_enough = sys.version_info >= (3, 11)
    yield new_enough, f"Python {platform.python_version()}" + ("" if new_enough else "; needs 3.11")
    for package in NEEDED:
        try:
            yield True, f"{package} {version(package)}"
        except PackageNotFoundError:
            yield False, f"{package} is missing: pip install {package}"
    yield _one_copy()
    if importlib.util.find_spec("torch") is not None:
        yield from _torch()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    yield True, f"browser for the page tests: {browser or 'none (only nox -s browser needs it)'}"


def _one_copy() -> tuple[bool, str]:
    stray = importlib.util.find_spec("theorems")
    if stray is None or not stray.origin:
        return True, "one copy of tightframe"
    return True, f"one copy of tightframe, though {stray.origin} is in reach (it refuses import)"


def _torch() -> Iterator[tuple[bool, str]]:
    import torch

    default = str(torch.get_default_dtype()).removeprefix("torch.")
    yield default == "float32", f"default dtype {default}"
    exact = float(torch.tensor(2.0**-30, dtype=torch.float64) + 1) > 1
    yield exact, "float64 arithmetic" + ("" if exact else " is flushed or cut short")
    tiny = float(torch.tensor(2.0**-140, dtype=torch.float32)) > 0
    yield tiny, "float32 keeps subnormal numbers" if tiny else "float32 flushes subnormal numbers"
    yield True, f"{torch.get_num_threads()} threads"
