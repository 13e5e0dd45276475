"""Importance weighting governs the contract `iwae`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.iwae import IWAE as CONTRACT
from ..theorems.importance_weighting import IMPORTANCE_WEIGHTING, IMPORTANCE_WEIGHTS
from ..theorems.importance_weights import Weights, tuples
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Weights, convention: Convention) -> Call:
    return Call((np.array(problem.log_w),))


STATES = (0.0, -3.0)  # the log weights of two states, either drawn with probability 1/2


def picture() -> Picture:
    """The bound of a model of two states, in expectation over all draws, climbs with K."""
    path = [(float(K), Weights(tuples(STATES, K))) for K in range(1, 9)]
    evidence, elbo = float(np.log(np.exp(STATES).mean())), float(np.mean(STATES))
    lines = {
        "log p(x)": lambda problem, truth: evidence,
        "ELBO": lambda problem, truth: elbo,
    }
    return along(PAIRING, path, ("samples K", "importance-weighted bound, nats"), lines)


PAIRING = Pairing(
    theorem=IMPORTANCE_WEIGHTING,
    family=IMPORTANCE_WEIGHTS,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
)
