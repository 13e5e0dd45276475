"""The Gaussian KL, against the standard normal, governs the contract `gaussian-kl`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.gaussian_kl import GAUSSIAN_KL as CONTRACT
from ..theorems.gaussian_kl import GAUSSIAN_KL, GAUSSIAN_KL_ROWS
from ..theorems.gaussian_kl_rows import Rows
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Rows, convention: Convention) -> Call:
    return Call((np.array(problem.mu), np.array(problem.logvar)))


def picture() -> Picture:
    """The price of a variance that is not the prior's, and the quadratic that underestimates it."""
    path = [(v / 4, Rows(((0.0,),), ((v / 4,),))) for v in range(-16, 13)]
    lines = {"v^2 / (2(2 + |v|)), a bound": lambda problem, truth: _bound(problem.logvar[0][0])}
    return along(PAIRING, path, ("log-variance v", "KL to the standard normal, nats"), lines)


def _bound(v: float) -> float:
    return v * v / (2 * (2 + abs(v)))


PAIRING = Pairing(
    theorem=GAUSSIAN_KL, family=GAUSSIAN_KL_ROWS, contract=CONTRACT, pose=pose, picture=picture
)
