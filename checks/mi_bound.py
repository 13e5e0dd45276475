"""What bounds mutual information from below governs the contract `mi-bound`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.mi_bound import MI_BOUND as CONTRACT
from ..theorems.infonce_bound import INFONCE_BOUND
from ..theorems.score_bounds import SCORE_BOUNDS, Scores, Truth, aligned, oracle
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Scores, convention: Convention) -> Call:
    if len(problem.scores) < 2:
        raise ContractError("two pairs or more", "one", "a lone pair has no negatives")
    return Call((np.array(problem.scores),))


def picture() -> Picture:
    """Eight pairs, whose scores rise above the others': InfoNCE bends below log 8, the others do
    not, whatever there is to know."""
    path = [(h / 2, aligned(8, h / 2)) for h in range(13)]
    lines = {
        "ceiling: log 8": lambda problem, truth: truth.ceiling,
        "DV": lambda problem, truth: _of(problem, "DV"),
        "DV over all pairs": lambda problem, truth: _of(problem, "DV over all pairs"),
        "NWJ": lambda problem, truth: _of(problem, "NWJ"),
    }
    return along(PAIRING, path, ("score of the pairs, others zero", "bound, nats"), lines)


def _of(problem: Scores, bound: str) -> float:
    truth: Truth = oracle(problem, bound)
    return float(truth.value)


PAIRING = Pairing(
    theorem=INFONCE_BOUND, family=SCORE_BOUNDS, contract=CONTRACT, pose=pose, picture=picture
)
