"""InfoNCE's definition, floor and invariances govern `info-nce-explicit`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.info_nce_explicit import INFO_NCE_EXPLICIT as CONTRACT
from ..theorems.explicit_negatives import INFO_NCE_EXPLICIT
from ..theorems.explicit_negatives_problems import Contrast
from ..theorems.infonce_bound import INFONCE_BOUND
from ..theorems.theorem import Problem
from .nt_xent import TEMPERATURES
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "best", "lines", "pose"]


def pose(problem: Problem, convention: Convention) -> Call:
    *tables, temperature = problem
    return Call(tuple(np.array(z) for z in tables), {"temperature": temperature})


ONE, OPPOSITE = ((1.0, 0.0),), ((-1.0, 0.0),) * 4
best = [(t, Contrast(ONE, ONE, OPPOSITE, t)) for t in TEMPERATURES]
lines = {
    "floor": lambda problem, truth: truth.floor,
    "a guess: log 5": lambda problem, truth: truth.constant,
}


def picture() -> Picture:
    """The loss of an aligned pair with four negatives on the other side, which is the floor."""
    words = "temperature", "loss of an aligned pair, four negatives opposite"
    return along(PAIRING, best, words, lines)


PAIRING = Pairing(
    theorem=INFONCE_BOUND,
    family=INFO_NCE_EXPLICIT,
    contract=CONTRACT,
    pose=pose,
    fits={"temperature": (1e-3, 1e3)},
    picture=picture,
)
