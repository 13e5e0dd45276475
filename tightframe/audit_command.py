"""What `tightframe audit-denoiser` does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import commands
from .audits import audit_denoiser, usable

if TYPE_CHECKING:
    from .reports.result import Result

__all__ = ["command"]


def command(
    text: str,
    clean: Path,
    sigma: float,
    bounds: tuple[float, float],
    *,
    exact: bool,
    seed: int,
    files: Mapping[str, Path | None],
    fail_on: str,
) -> int:
    """`tightframe audit-denoiser`."""
    from .exits import exit_code, read_fail_on

    try:
        failing = read_fail_on(fail_on)
        rows = _loaded(clean)
        usable(rows, sigma, bounds)
    except (LookupError, ValueError) as error:
        raise commands.UsageError(str(error)) from error
    target = commands.imported(text)
    result = _watched(target, rows, sigma, bounds, exact, seed)
    result = result.model_copy(update={"target": text})
    commands.save(result)
    for kind, path in files.items():
        if path is not None:
            getattr(result, f"to_{kind}")(path)
    commands.put(result, {})
    return exit_code([result], expected={}, fail_on=failing, min_checks=1)


def _loaded(path: Path) -> Any:
    import numpy as np

    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(
            f"expected: a file of clean rows, as numpy.save writes it\nreceived: {path}: {error}\n"
            "remedy:   numpy.save('clean.npy', rows)"
        ) from error


def _watched(
    target: Any, rows: Any, sigma: float, bounds: tuple[float, float], exact: bool, seed: int
) -> Result:
    """With a progress bar on stderr, where somebody looks at it."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    with bar, redirect_stdout(sys.stderr):
        task = bar.add_task("denoising", total=len(rows))
        return audit_denoiser(
            target, rows, sigma, bounds=bounds, exact=exact, seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
