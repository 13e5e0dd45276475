"""Audits of code whose truth nobody knows, from its values."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .api import address

if TYPE_CHECKING:
    from .reports.result import Result

__all__ = ["audit_denoiser", "usable"]


def audit_denoiser(
    denoise: Any,
    clean: Any,
    sigma: float,
    *,
    bounds: tuple[float, float],
    exact: bool = False,
    seed: int = 0,
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Audit a trained denoiser of an unknown prior, from its values and clean rows alone.

    `denoise(y[n, ...], sigma)` returns the estimates `x_hat[n, ...]`, in torch or NumPy, each row
    by itself and the same twice.  `clean[n, ...]` are independent rows that it was not trained on,
    `sigma` is the standard deviation of the Gaussian noise that is added to them here, in their
    units, and `bounds` = (low, high) hold every coordinate of the data by their nature ((-1, 1) for
    images so scaled), not by the look of these rows.

    A trained network is never the best denoiser: how much of its loss is avoidable is measured, and
    the ruling is "inconclusive" with the reason.  "Violated" is kept for mistakes that have a name
    (`result.diagnosis`), and for code that is declared `exact`.  Of an optimal denoiser anything
    else is said with probability at most 1e-9.  `progress(done, rows)` is called now and then.

    Never raises for what the denoiser does (refused, crashed).  Raises `ValueError` for clean rows,
    a level or bounds that cannot be used.
    """
    from .checks.audit_denoiser import audit
    from .reports.result import Result

    start = perf_counter()
    rows, (low, high) = usable(clean, sigma, bounds)
    found = audit(
        denoise, rows, float(sigma), bounds=(low, high), exact=exact, seed=seed, name=name,
        tell=progress,
    )  # fmt: skip
    how = {"sigma": float(sigma), "bounds": [low, high], "exact": exact, "rows": len(rows)}
    return Result.of(
        found, target=address(denoise), how=how, seconds=perf_counter() - start, seed=seed,
        budget=f"{len(rows)} clean rows",
    )  # fmt: skip


def _rows(clean: Any) -> Any:
    import numpy as np

    rows = clean.detach().cpu().numpy() if hasattr(clean, "detach") else np.asarray(clean)
    if rows.ndim < 2 or rows.dtype.kind not in "fiu":
        raise ValueError(
            "expected: clean rows, an array of numbers [n, d]\n"
            f"received: shape {rows.shape} of {rows.dtype}\n"
            "remedy:   one row per sample; of one coordinate, clean[:, None]"
        )
    return rows if rows.dtype.kind == "f" and rows.dtype.itemsize >= 4 else rows.astype("float32")


def usable(clean: Any, sigma: Any, bounds: Any) -> tuple[Any, tuple[float, float]]:
    """The clean rows as an array of floats, and the bounds.  Raises `ValueError`."""
    import numpy as np

    from .checks.audit_denoiser import FEWEST

    rows = _rows(clean)
    if not (isinstance(sigma, (int, float)) and 0 < sigma < float("inf")):
        raise ValueError(
            f"expected: sigma, the positive standard deviation of the noise\nreceived: {sigma!r}\n"
            "remedy:   without noise there is nothing to denoise; audit one level at a time"
        )
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not -float("inf") < low < high < float("inf"):
        raise ValueError(
            f"expected: bounds (low, high) of the data, finite\nreceived: {bounds!r}\n"
            "remedy:   such as (-1, 1) or (0, 1) for images; unbounded data have no such audit"
        )
    if len(rows) < FEWEST:
        raise ValueError(
            f"expected: at least {FEWEST} clean rows\nreceived: {len(rows)}\n"
            "remedy:   hand over more rows that it was not trained on; thousands tell percents"
        )
    if not np.isfinite(rows).all() or rows.min() < low or rows.max() > high:
        raise ValueError(
            f"expected: clean rows within the bounds [{low:g}, {high:g}]\n"
            f"received: numbers from {rows.min():.6g} to {rows.max():.6g}\n"
            "remedy:   state bounds that the data cannot leave, or scale the rows as in training"
        )
    return rows, (low, high)
