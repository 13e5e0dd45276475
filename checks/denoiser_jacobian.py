r"""Whether a denoiser's Jacobian is symmetric and nowhere negative: no data are needed for it.

Of the best denoiser it is $\operatorname{Cov}[X \mid y]/\sigma^2$.  In d dimensions it is asked on
at most 16 orthonormal directions V: $V^\top J V$ is symmetric and positive semidefinite where J is.

The code is lifted to float64 and run several times, every operation moved by a unit in the last
place: the spread is the rounding error that the code makes.  Numbers that it keeps in its own
precision are as they are: what shows only in the second half of that precision's digits is not held
against it.  Where code cannot be lifted, or differentiated, nothing is decided.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..implementations.tensors import torch
from .denoiser_values import Denoiser
from .lift import lift_mode, lifted

__all__ = ["Curl", "curl"]

DIRECTIONS, NUDGES, SPARE = 16, 3, 8.0
CANNOT = (TypeError, RuntimeError, AttributeError, ValueError, NotImplementedError)


class Curl(NamedTuple):
    """At each probe [n]: the largest entry of the antisymmetric part and the least eigenvalue of
    the symmetric one, both over the largest entry at any of them; and a bound on the rounding of
    both.  `why` says why nothing was measured."""

    asymmetry: np.ndarray
    least: np.ndarray
    noise: np.ndarray
    why: str = ""


def curl(denoiser: Denoiser, y: np.ndarray, seed: int) -> Curl:
    """The Jacobian at the noisy rows y [n, ...]."""
    if denoiser.kind != "torch":
        return _not("the code is not torch's, and cannot be differentiated")
    try:
        found = np.stack([_lifted(denoiser, y, seed, nudge) for nudge in range(NUDGES + 1)])
    except CANNOT:
        return _native(denoiser, y, seed)
    size = np.abs(found[0]).max() + np.finfo(float).tiny
    spread = np.abs(found[1:] - found[0]).max((0, 2, 3)) / size
    rounding = SPARE * found.shape[2] * (spread + 2.0**-50)
    return Curl(*_parts(found[0]), np.maximum(rounding, denoiser.half))


def _parts(J: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of Jacobians [n, k, k]: asymmetry and least eigenvalue, over the largest entry."""
    J = J / (np.abs(J).max() + np.finfo(float).tiny)
    twisted = np.abs(J - J.transpose(0, 2, 1)).max((1, 2)) / 2
    return twisted, np.linalg.eigvalsh((J + J.transpose(0, 2, 1)) / 2)[:, 0]


def _native(denoiser: Denoiser, y: np.ndarray, seed: int) -> Curl:
    """Nothing bounds the rounding: the numbers are told, and nothing is decided."""
    try:
        rows = torch.from_numpy(np.array(y, dtype=denoiser.dtype)).requires_grad_()
        twisted, least = _parts(_compressed(denoiser, denoiser.target, rows, seed))
    except CANNOT as error:
        return _not(f"it cannot be differentiated: {str(error).splitlines()[0][:120]}")
    return _not(
        f"the code cannot be run in another precision than {denoiser.dtype}, whose rounding here "
        f"is unknown; at worst the Jacobian is asymmetric by {twisted.max():.3g}, and its least "
        f"eigenvalue {least.min():.3g}, over its largest entry"
    )


def _not(why: str) -> Curl:
    none = np.zeros(0)
    return Curl(none, none, none, why)


def _lifted(denoiser: Denoiser, y: np.ndarray, seed: int, nudge: int) -> np.ndarray:
    """In float64, every operation nudged.  Raises `TypeError` for code that keeps to less."""
    target = lifted(denoiser.target)
    mode, default = lift_mode(nudge), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with mode:
            rows = torch.from_numpy(np.array(y, dtype=float)).requires_grad_()
            found = _compressed(denoiser, target, rows, seed)
    finally:
        torch.set_default_dtype(default)
    if mode.coarsest != "float64":
        raise TypeError(f"it computes in {mode.coarsest}")
    return found


def _compressed(denoiser: Denoiser, target: Any, rows: Any, seed: int) -> np.ndarray:
    """V'JV per row [n, k, k], by products of V with the Jacobian."""
    width = rows[0].numel()
    draws = np.random.default_rng(seed).standard_normal((width, min(width, DIRECTIONS)))
    V = np.linalg.qr(draws)[0].T
    output = denoiser.called(rows, target)
    if not isinstance(output, torch.Tensor) or not output.requires_grad:
        raise TypeError("what it returns does not depend on y by torch's operations")
    flat, found = output.flatten(1), []
    for v in V:
        along = (flat @ torch.tensor(v, dtype=flat.dtype)).sum()
        (pulled,) = torch.autograd.grad(along, rows, retain_graph=True)
        found.append(pulled.flatten(1).detach().double().numpy() @ V.T)
    return np.stack(found, axis=1)
