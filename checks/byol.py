"""BYOL's definition, and no gradient in its targets, govern the contract `byol`."""

from __future__ import annotations

import numpy as np

from ..implementations.byol import BYOL as CONTRACT
from ..implementations.contract import Call, Convention
from ..theorems.siamese import BYOL
from ..theorems.siamese_dynamics import SIAMESE_DYNAMICS
from ..theorems.siamese_problems import Predicted
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "pose", "turning"]


def pose(problem: Predicted, convention: Convention) -> Call:
    return Call(tuple(np.array(table) for table in problem))


def turning() -> list[tuple[float, Predicted]]:
    """One view's prediction is right, the other's turns away from its target."""
    right = ((1.0, 0.0),)
    angles = [float(a) for a in np.linspace(0, np.pi, 25)]
    return [
        (a, Predicted(right, ((float(np.cos(a)), float(np.sin(a))),), right, right)) for a in angles
    ]


def picture() -> Picture:
    words = "angle of one prediction to its target, the other right", "BYOL's loss"
    return along(PAIRING, turning(), words, {"no error: 0": lambda problem, truth: truth.least})


PAIRING = Pairing(
    theorem=SIAMESE_DYNAMICS, family=BYOL, contract=CONTRACT, pose=pose, picture=picture
)
