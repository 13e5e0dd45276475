"""The least energy on the sphere, and of a simplex, governs the contract `uniformity`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.uniformity import UNIFORMITY as CONTRACT
from ..theorems.sphere_energy import uniform
from ..theorems.uniformity import UNIFORMITY, Cloud
from ..theorems.wang_isola import WANG_ISOLA
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Cloud, convention: Convention) -> Call:
    """Raises `ContractError` for a single row, which makes no pair."""
    if len(problem.x) < 2:
        raise ContractError(
            "two rows or more", f"{len(problem.x)}", "a single row makes no pair: hand over more"
        )
    return Call((np.array(problem.x),), {"t": problem.t})


def _polygon(n: int) -> Cloud:
    angles = 2 * np.pi * np.arange(n) / n
    return Cloud(tuple((float(np.cos(a)), float(np.sin(a))) for a in angles))


def picture() -> Picture:
    """Regular polygons: what pairs i < j can reach grows towards the circle's own."""
    path = [(float(n), _polygon(n)) for n in range(2, 25)]
    lines = {
        "floor": lambda problem, truth: truth.floor,
        "the uniform law": lambda problem, truth: uniform(2, problem.t),
    }
    return along(PAIRING, path, ("corners of a regular polygon", "uniformity"), lines)


PAIRING = Pairing(
    theorem=WANG_ISOLA, family=UNIFORMITY, contract=CONTRACT, pose=pose,
    fits={"t": (1e-2, 1e2)}, picture=picture,
)  # fmt: skip
