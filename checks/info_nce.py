"""InfoNCE's definition, floor and invariances govern the contract `info-nce`."""

from __future__ import annotations

from ..implementations.info_nce import INFO_NCE as CONTRACT
from ..theorems.info_nce import INFO_NCE
from ..theorems.infonce_bound import INFONCE_BOUND
from ..theorems.nt_xent_problems import TRIANGLE, Batch
from .nt_xent import TEMPERATURES, pose
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def picture() -> Picture:
    """What log N - L says of three aligned pairs, which is the most that any batch can say."""
    best = [(t, Batch(TRIANGLE, TRIANGLE, t)) for t in TEMPERATURES]
    lines = {
        "floor": lambda problem, truth: truth.floor,
        "a guess: log 3": lambda problem, truth: truth.constant,
        "log 3 - 1/temperature": lambda problem, truth: max(
            0.0, truth.constant - 1 / problem.temperature
        ),
    }
    return along(PAIRING, best, ("temperature", "loss of three aligned pairs"), lines)


PAIRING = Pairing(
    theorem=INFONCE_BOUND,
    family=INFO_NCE,
    contract=CONTRACT,
    pose=pose,
    fits={"temperature": (1e-3, 1e3)},
    picture=picture,
)
