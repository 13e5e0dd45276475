"""Vincent's theorem governs the contract `dsm-loss`.

The code is handed an affine score, and its draws are replaced by cubature nodes, on which the
expectation of a quadratic is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.dsm_loss import DSM_LOSS as CONTRACT
from ..implementations.tensors import torch
from ..theorems.dsm_loss import DSM_LOSS, Noised
from ..theorems.score_matching import SCORE_MATCHING
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "AffineScore"]


class AffineScore:
    """(y [..., n, d], sigma) -> y A' + sigma b, in the precision of y.

    The level may be a number or a tensor with one entry or one per row; left out, it is the
    problem's own.
    """

    def __init__(self, weight: np.ndarray, offset: np.ndarray, sigma: float) -> None:
        self.weight, self.offset, self.sigma = weight, offset, sigma
        self._tensors: dict[Any, tuple[Any, Any]] = {}

    def __call__(self, y: Any, sigma: Any = None) -> Any:
        kind = (y.dtype, y.device)
        if kind not in self._tensors:
            self._tensors[kind] = tuple(
                torch.tensor(a, dtype=y.dtype, device=y.device)
                for a in (self.weight.T, self.offset)
            )
        weight, offset = self._tensors[kind]
        level: Any = self.sigma if sigma is None else sigma
        if getattr(level, "ndim", 0) == 1:
            level = level[:, None]
        return y @ weight + level * offset


def pose(problem: Noised, convention: Convention) -> Call:
    score = AffineScore(np.array(problem.weight), np.array(problem.offset), problem.sigma)
    return Call((score, np.array(problem.x)), {"sigma": problem.sigma})


def picture() -> Picture:
    """Two points at -1 and 1 under noise of deviation 1: the two losses, one constant apart."""
    path = [(a / 8, Noised(((-1.0,), (1.0,)), ((a / 8,),), (0.0,), 1.0)) for a in range(-12, 5)]
    lines = {
        "explicit, to the Gaussian's score": lambda problem, truth: truth.explicit,
        "the constant: a floor": lambda problem, truth: truth.floor,
    }
    return along(PAIRING, path, ("slope of the score", "denoising score matching loss"), lines)


PAIRING = Pairing(
    theorem=SCORE_MATCHING,
    family=DSM_LOSS,
    contract=CONTRACT,
    pose=pose,
    fits={"sigma": (1e-3, 1e3)},
    picture=picture,
)
