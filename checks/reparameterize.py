"""Exact moments and unbiased gradients govern the contract `reparameterize`.

The code's draws are replaced by cubature nodes, on which the expectation of a draw's coordinates
and of their products is exact.
"""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.reparameterize import REPARAMETERIZE as CONTRACT
from ..theorems.reparameterization import REPARAMETERIZATION, REPARAMETERIZE, Codes, variances
from .pairing import Pairing, Picture

__all__ = ["PAIRING"]


def pose(problem: Codes, convention: Convention) -> Call:
    return Call((np.array(problem.mu), np.array(problem.logvar)))


ESTIMATORS = ("pathwise in mu", "score in mu", "score in mu, baseline")


def picture() -> Picture:
    """What one draw's gradient of E z^2 is worth, by estimator, as the mean leaves zero."""
    means = [m / 4 for m in range(-8, 9)]
    series = {
        name: tuple((mu, variances(1.0, 0.0, 0.0, mu, 1.0)[name]) for mu in means)
        for name in ESTIMATORS
    }
    return Picture(("mean of the code", "variance of one draw's gradient of E z^2"), series)


PAIRING = Pairing(
    theorem=REPARAMETERIZATION,
    family=REPARAMETERIZE,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
)
