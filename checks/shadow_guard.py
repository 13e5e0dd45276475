r"""The guard: after each operation its twin is held against torch's own operation.

torch's operation is run again, in float64 whatever the code's precision, on the twins rounded.
Two things part it from the twin $f(x)$: rounding the arguments, which moves entry $i$ of $f$ by
at most $\sum_j |\partial_j f_i\, x_j|\, u$, and torch's own rounding, which for a backward-stable
algorithm of a few hundred steps is a few hundred times the same, and a few hundred $u |f_i|$.
The sum is measured, not guessed: the operation is run on arguments nudged by $x_j (1 + K u r_j)$
with fixed $r_j$ of both signs between 1/2 and 1, so that the change over $K$ is the sum but for
chance cancellation, of which three nudges leave none.  `GUARD` units of the two are allowed.
A wrong twin is wrong by much more: at 2**-40 of an entry it is told.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.tensors import torch
from .noise import UNIT_ROUNDOFF
from .shadow_arguments import Both, Operation, each
from .twins import Lost

__all__ = ["GUARD", "Rerun", "guard"]

GUARD = 2.0**12
NUDGE = 2.0**6  # K
NUDGES = 3
SMALLEST = 2.0**-1022  # below it a float64 keeps fewer digits
_rng = np.random.default_rng(0)
_PATTERN = _rng.uniform(0.5, 1, 1 << 14) * _rng.choice([-1.0, 1.0], 1 << 14)

# torch computes these through 1 + erf(x), 1 - exp(-x) and the like: right to u, not to u|f|
ABSOLUTE = frozenset(
    "gelu gelu_backward _cdist_forward _euclidean_dist log_sigmoid_backward erfc special_ndtr "
    "mish mish_backward logit erfinv logsumexp _log_softmax "
    "_log_softmax_backward_data".split()
)


class Rerun:
    """torch's operation on the rounded twins: run now, before the operation overwrites them."""

    def __init__(self, operation: Operation, before: Any) -> None:
        self.operation, self.before = operation, before
        self.plain = self._run(None)

    def nudged(self, seed: int) -> list[Any]:
        return self._run(seed)

    def _run(self, seed: int | None) -> list[Any]:
        def fresh(both: Both) -> Any:
            if not both.is_float:
                return both.tensor.clone() if self.operation.written else both.tensor
            numbers = both.rounded
            if seed is not None:
                start = 1009 * both.number + 4001 * seed
                places = np.arange(start, start + numbers.size) % len(_PATTERN)
                step = NUDGE * UNIT_ROUNDOFF["float64"] * _PATTERN[places]
                numbers = numbers * (1 + step.reshape(numbers.shape))
            copy = torch.tensor(numbers)
            if both.tensor.is_contiguous():
                return copy  # else strides decide which way torch does linear algebra
            return torch.empty_like(both.tensor, dtype=torch.float64).copy_(copy)

        args, kwargs = each(self.before, Both, fresh)
        double = {
            k: torch.float64 if isinstance(v, torch.dtype) and v.is_floating_point else v
            for k, v in kwargs.items()
        }
        returned = self.operation.func(*args, **double)
        return outputs(self.operation, returned, args, double)


def outputs(operation: Operation, returned: Any, args: Any, kwargs: Any) -> list[Any]:
    """What an operation leaves: what it returns, and the arguments into which it writes."""
    found = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    for i in operation.written:
        written = args[i] if i < len(args) else kwargs.get(operation.arguments[i])
        for tensor in written if isinstance(written, (tuple, list)) else [written]:
            if not any(tensor is other for other in found):
                found.append(tensor)
    return [t for t in found if isinstance(t, torch.Tensor)]


def guard(rerun: Rerun, place: int, ours: np.ndarray) -> None:
    """Hold one output's rounded twin against torch's.  Raises `Lost` if they differ by more than
    rounding can explain."""
    theirs = rerun.plain[place].double().numpy()
    u = UNIT_ROUNDOFF[str(rerun.plain[place].dtype).removeprefix("torch.")]
    with np.errstate(invalid="ignore", over="ignore"):
        if not np.array_equal(np.isfinite(ours), np.isfinite(theirs)):
            raise Lost("torch overflows, or is not a number, where the twin is one")
        gap = np.where(ours == theirs, 0.0, np.abs(ours - theirs))
        gap[np.isnan(ours) & np.isnan(theirs)] = 0
        allowed = GUARD * (u * np.abs(theirs) + SMALLEST)
        if rerun.operation.name in ABSOLUTE:
            allowed = allowed + GUARD * u * np.max(np.abs(theirs), initial=1.0)
        for seed in range(NUDGES):
            if np.all(gap <= allowed):
                return
            moved = np.abs(rerun.nudged(seed)[place].double().numpy() - theirs)
            allowed = allowed + GUARD / NUDGE * np.where(np.isfinite(moved), moved, np.inf)
        if not np.all(gap <= allowed):
            raise Lost("the twin is not what torch computes")
