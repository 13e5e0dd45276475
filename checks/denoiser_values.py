"""Taking a trained denoiser as it is: its precision, its rows, whether it answers twice alike.

The denoiser is a function or a module, `(y[n, ...], sigma) -> x_hat[n, ...]`, in torch or NumPy.
What keeps it from being judged is refused by name, before any of its numbers is held against it.
"""

from __future__ import annotations

import inspect
import warnings
from contextlib import suppress
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.tensors import torch

__all__ = ["Denoiser", "take"]

PRECISIONS = ("float64", "float32")
PROBES = 8  # rows on which it is tried


class Denoiser(NamedTuple):
    """A denoiser that answered: `answer` maps rows [n, ...] in float64 to its rows in float64;
    `dtype` is what it computes in, `kind` torch or numpy.  `by_row`: it wants the level as one
    number per row."""

    target: Any
    kind: str
    by_row: bool
    dtype: str
    sigma: float

    @property
    def half(self) -> float:
        """Half of its precision's digits: what is smaller is not told from rounding, of which
        nothing is known in code that we have not seen."""
        return float(np.sqrt(np.finfo(self.dtype).eps))

    def called(self, rows: Any, target: Any = None) -> Any:
        """What it, or a twin of it, returns for rows of its kind."""
        level: Any = self.sigma
        if self.by_row and self.kind == "torch":
            level = torch.full((len(rows),), self.sigma, dtype=rows.dtype)
        elif self.by_row:
            level = np.full(len(rows), self.sigma, dtype=rows.dtype)
        return (target or self.target)(rows, level)

    def answer(self, y: np.ndarray) -> np.ndarray:
        """All rows in one call.  Raises `ContractError` for an answer that is no denoised rows."""
        return _read(self._returned(y), y)

    def _returned(self, y: np.ndarray) -> Any:
        rows: Any = np.array(y, dtype=self.dtype)
        if self.kind == "numpy":
            return self.called(rows)
        with torch.no_grad(), warnings.catch_warnings():
            # NumPy that swallows a tensor warns of it
            warnings.filterwarnings("error", message="__array", category=DeprecationWarning)
            return self.called(torch.from_numpy(rows))


def take(target: Any, y: np.ndarray, sigma: float, given: str) -> Denoiser:
    """The denoiser, tried on the first noisy rows.

    `given` is the precision of the clean rows: it is tried first, then the other one.  Raises
    `ContractError` for code that cannot be judged, and whatever it raises itself.
    """
    if not callable(target):
        raise ContractError(
            "a denoiser, called as denoise(y, sigma)", f"{type(target).__name__}, not callable",
            "hand over the function or the trained module",
        )  # fmt: skip
    _refuse_signature(target)
    _refuse_training(target)
    y = y[:PROBES]
    found = _spoken(target, y, sigma, given)
    again, mixed, width = _steadiness(found, y)
    if not mixed <= width and found.dtype == "float64":
        # Single precision inside rounds otherwise in a batch of another size.
        with suppress(Exception):
            coarser = found._replace(dtype="float32")
            again, mixed, width = _steadiness(coarser, y)
            found = coarser
    if not again <= width:
        raise ContractError(
            "the same answer to the same rows",
            f"two answers that are {again:.3g} apart: something is drawn at random",
            "switch dropout off (call .eval() first), or fix what is drawn",
        )
    if not mixed <= width:
        raise ContractError(
            "each row denoised by itself",
            f"rows that change by {mixed:.3g} with the rows beside them in the batch",
            "call .eval() first if there is batch normalisation in it",
        )
    return found


def _steadiness(denoiser: Denoiser, y: np.ndarray) -> tuple[float, float, float]:
    """How far apart are two answers to the same rows, and the answers to two of them with and
    without the others; and what may be rounding."""
    whole = denoiser.answer(y)
    again = float(np.max(np.abs(denoiser.answer(y) - whole)))
    mixed = float(np.max(np.abs(denoiser.answer(y[:2]) - whole[:2])))
    return again, mixed, denoiser.half * float(1 + np.max(np.abs(whole)))


def _refuse_signature(target: Any) -> None:
    try:
        inspect.signature(target).bind(None, None)
    except ValueError:  # of what is not written in Python nothing is known
        return
    except TypeError as error:
        raise ContractError(
            "a denoiser, called as denoise(y, sigma)", f"one that cannot be: {error}",
            "wrap it in a function of both, even if it does not use the level",
        ) from None  # fmt: skip


def _refuse_training(target: Any) -> None:
    """Before it is called: a batch normalisation in training mode learns from every call."""
    owner = getattr(target, "__self__", target)
    if not hasattr(owner, "modules") or not callable(owner.modules):
        return
    names = ("Dropout", "BatchNorm", "InstanceNorm", "FeatureAlphaDropout", "AlphaDropout")
    for module in owner.modules():
        kind = type(module).__name__
        if getattr(module, "training", False) and kind.startswith(names) and _active(module):
            raise ContractError(
                "a denoiser in evaluation mode", f"a {kind} in training mode",
                "call .eval() on it first",
            )  # fmt: skip


def _active(module: Any) -> bool:
    return bool(getattr(module, "p", 1.0)) and not (
        "InstanceNorm" in type(module).__name__ and not module.track_running_stats
    )


def _spoken(target: Any, y: np.ndarray, sigma: float, given: str) -> Denoiser:
    """Tensors or arrays, the level as a number or one for each row, and the precision: the first
    that it does not refuse to compute with.  A module is asked for that of its parameters."""
    own = _own_precision(target)
    precisions = [own] if own else sorted(PRECISIONS, key=lambda p: p != given)
    error: Exception | None = None
    for kind, by_row, dtype in product(("torch", "numpy"), (False, True), precisions):
        tried = Denoiser(target, kind, by_row, dtype, sigma)
        try:
            returned = tried._returned(y)
        except Exception as raised:  # noqa: BLE001 - whatever a stranger's code raises
            error = error or raised
            continue
        if kind == "numpy" or not isinstance(returned, np.ndarray):
            return tried  # and no NumPy that swallowed a tensor
    assert error is not None
    raise error


def _own_precision(target: Any) -> str:
    owner = getattr(target, "__self__", target)
    try:
        kinds = {str(p.dtype).removeprefix("torch.") for p in owner.parameters()}
    except (AttributeError, TypeError):
        return ""
    return kinds.pop() if len(kinds) == 1 and kinds <= set(PRECISIONS) else ""


def _read(returned: Any, y: np.ndarray) -> np.ndarray:
    if isinstance(returned, torch.Tensor):
        returned = returned.detach().cpu().double().numpy()
    try:
        rows = np.asarray(returned, dtype=float)
    except (TypeError, ValueError):
        raise ContractError(
            "a tensor or an array of denoised rows", f"{type(returned).__name__}",
            "return the estimate alone, of the shape of y",
        ) from None  # fmt: skip
    if rows.shape != y.shape:
        raise ContractError(
            f"denoised rows of the shape of y, {y.shape}", f"shape {rows.shape}",
            "return one estimate per row, of the row's shape",
        )  # fmt: skip
    if not np.isfinite(rows).all():
        row = int(np.argmax(~np.isfinite(rows.reshape(len(rows), -1)).all(1)))
        raise ContractError(
            "finite numbers", f"{rows[row].ravel()[:4].tolist()} for a row near "
            f"{y[row].ravel()[:4].round(4).tolist()}",
            "see for which noisy rows, and at which sigma, it overflows",
        )  # fmt: skip
    return rows
