"""NT-Xent's definition, gradient, floor and invariances govern the contract `nt-xent`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.nt_xent import NT_XENT as CONTRACT
from ..theorems.nt_xent import NT_XENT, NT_XENT_LOSS, Batch
from ..theorems.nt_xent_problems import TRIANGLE
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "TEMPERATURES", "pose"]


def pose(problem: Batch, convention: Convention) -> Call:
    z1, z2, temperature = problem
    return Call((np.array(z1), np.array(z2)), {"temperature": temperature})


TEMPERATURES = tuple(float(t) for t in np.geomspace(0.05, 5, 21))


def picture() -> Picture:
    """The loss of aligned pairs on a triangle, which is the floor, and of a batch of opposites."""
    best = [(t, Batch(TRIANGLE, TRIANGLE, t)) for t in TEMPERATURES]
    opposite = tuple(tuple(-x for x in row) for row in TRIANGLE)
    lines = {
        "floor": lambda problem, truth: truth.floor,
        "a guess": lambda problem, truth: truth.constant,
        "pairs opposite": lambda problem, truth: float(
            NT_XENT_LOSS.oracle(problem._replace(z2=opposite)).value
        ),
    }
    return along(PAIRING, best, ("temperature", "loss of three aligned pairs"), lines)


PAIRING = Pairing(
    theorem=NT_XENT,
    family=NT_XENT_LOSS,
    contract=CONTRACT,
    pose=pose,
    fits={"temperature": (1e-3, 1e3)},
    picture=picture,
)
