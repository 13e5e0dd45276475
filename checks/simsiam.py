"""SimSiam's definition, and no gradient in its targets, govern the contract `simsiam`."""

from __future__ import annotations

from ..implementations.simsiam import SIMSIAM as CONTRACT
from ..theorems.siamese import SIMSIAM
from ..theorems.siamese_dynamics import SIAMESE_DYNAMICS
from .byol import pose, turning
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def picture() -> Picture:
    words = "angle of one prediction to its target, the other right", "SimSiam's loss"
    return along(PAIRING, turning(), words, {"no error: -1": lambda problem, truth: truth.least})


PAIRING = Pairing(
    theorem=SIAMESE_DYNAMICS, family=SIMSIAM, contract=CONTRACT, pose=pose, picture=picture
)
