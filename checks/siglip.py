"""The density ratio, SigLIP's definition and its floor govern the contract `siglip`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.siglip import SIGLIP as CONTRACT
from ..theorems.density_ratio import DENSITY_RATIO
from ..theorems.nt_xent_problems import TRIANGLE
from ..theorems.siglip import SIGLIP, Biased
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Biased, convention: Convention) -> Call:
    """Scale and bias are tensors of no dimension: both are learned."""
    return Call(tuple(np.array(part) for part in problem))


BIASES = tuple(float(b) for b in np.linspace(-4, 2, 25))


def picture() -> Picture:
    """The loss of three aligned pairs against the bias: where it is least, three are expected."""
    best = [(b, Biased(TRIANGLE, TRIANGLE, 2.0, b)) for b in BIASES]
    lines = {
        "floor": lambda problem, truth: truth.floor,
        "the best guess": lambda problem, truth: truth.constant,
        "true pairs expected": lambda problem, truth: truth.expected,
        "true pairs": lambda problem, truth: 3.0,
    }
    return along(PAIRING, best, ("logit bias", "loss of three aligned pairs, and counts"), lines)


PAIRING = Pairing(
    theorem=DENSITY_RATIO, family=SIGLIP, contract=CONTRACT, pose=pose, picture=picture
)
