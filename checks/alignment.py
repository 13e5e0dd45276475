"""Alignment's definition and bounds govern the contract `alignment`."""

from __future__ import annotations

import numpy as np

from ..implementations.alignment import ALIGNMENT as CONTRACT
from ..implementations.contract import Call, Convention
from ..theorems.alignment import ALIGNMENT, Pairs
from ..theorems.wang_isola import WANG_ISOLA
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Pairs, convention: Convention) -> Call:
    return Call((np.array(problem.x), np.array(problem.y)), {"alpha": problem.alpha})


def picture() -> Picture:
    """Two directions at an angle."""
    angles = np.linspace(0, np.pi, 25)
    path = [
        (float(a), Pairs(((1.0, 0.0),), ((float(np.cos(a)), float(np.sin(a))),))) for a in angles
    ]
    return along(
        PAIRING, path, ("angle between the two views", "alignment"),
        {"furthest: 4": lambda problem, truth: 4.0},
    )  # fmt: skip


PAIRING = Pairing(
    theorem=WANG_ISOLA, family=ALIGNMENT, contract=CONTRACT, pose=pose,
    fits={"alpha": (0.25, 16.0)}, picture=picture,
)  # fmt: skip
