"""The Gaussian KL, in general, governs the contract `gaussian-kl-pair`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.gaussian_kl_pair import GAUSSIAN_KL_PAIR as CONTRACT
from ..theorems.gaussian_kl import GAUSSIAN_KL, GAUSSIAN_KL_PAIR
from ..theorems.gaussian_kl_pair import Pair
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Pair, convention: Convention) -> Call:
    return Call(tuple(np.array(part) for part in problem))


def picture() -> Picture:
    """The two directions differ: one variance apart, seen from either side."""
    path = [(s, Pair((0.0,), ((s,),), (0.0,), ((1.0,),))) for s in (2.0**k for k in range(-4, 5))]
    lines = {"the other direction": lambda problem, truth: _reversed(problem)}
    return along(PAIRING, path, ("ratio of the variances", "KL, nats"), lines)


def _reversed(problem: Pair) -> float:
    turned = Pair(problem.mu1, problem.cov1, problem.mu0, problem.cov0)
    return float(GAUSSIAN_KL_PAIR.oracle(turned).value)


PAIRING = Pairing(
    theorem=GAUSSIAN_KL, family=GAUSSIAN_KL_PAIR, contract=CONTRACT, pose=pose, picture=picture
)
