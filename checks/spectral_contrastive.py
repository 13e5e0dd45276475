"""The spectral contrastive loss's definition governs the contract of the same name."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.spectral_contrastive import SPECTRAL_CONTRASTIVE as CONTRACT
from ..theorems.spectral_contrastive import SPECTRAL_CONTRASTIVE
from ..theorems.spectral_loss import SPECTRAL_LOSS, Views
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Views, convention: Convention) -> Call:
    return Call((np.array(problem.z1), np.array(problem.z2)))


def picture() -> Picture:
    """Two pairs of unit rows at an angle: best at a right one."""
    path = []
    for angle in np.linspace(0, np.pi, 25):
        rows = ((1.0, 0.0), (float(np.cos(angle)), float(np.sin(angle))))
        path.append((float(angle), Views(rows, rows)))
    words = "angle between two pairs of length one", "spectral contrastive loss"
    return along(PAIRING, path, words, {"of length one: -2": lambda problem, truth: -2.0})


PAIRING = Pairing(
    theorem=SPECTRAL_CONTRASTIVE, family=SPECTRAL_LOSS, contract=CONTRACT, pose=pose,
    picture=picture,
)  # fmt: skip
