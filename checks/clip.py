"""CLIP's definition, floor and invariances govern the contract `clip`."""

from __future__ import annotations

import numpy as np

from ..implementations.clip import CLIP as CONTRACT
from ..implementations.contract import Call, Convention
from ..theorems.clip import CLIP, Captioned
from ..theorems.infonce_bound import INFONCE_BOUND
from ..theorems.nt_xent_problems import TRIANGLE
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Captioned, convention: Convention) -> Call:
    image, text, logit_scale = problem
    return Call((np.array(image), np.array(text)), {"logit_scale": logit_scale})


SCALES = tuple(float(s) for s in np.geomspace(0.1, 20, 21))


def picture() -> Picture:
    """The loss of three aligned pairs on a triangle, and what a learned scale compares it with."""
    best = [(s, Captioned(TRIANGLE, TRIANGLE, s)) for s in SCALES]
    lines = {
        "floor": lambda problem, truth: truth.floor,
        "a guess: log 3": lambda problem, truth: truth.constant,
        "mean entropy of the soft-maxes": lambda problem, truth: truth.entropy,
    }
    return along(PAIRING, best, ("logit scale", "loss of three aligned pairs"), lines)


PAIRING = Pairing(
    theorem=INFONCE_BOUND,
    family=CLIP,
    contract=CONTRACT,
    pose=pose,
    fits={"logit_scale": (1e-3, 1e3)},
    picture=picture,
)
