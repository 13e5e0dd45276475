"""InfoNCE's definition, and no gradient in keys and queue, govern the contract `moco`."""

from __future__ import annotations

from ..implementations.moco import MOCO as CONTRACT
from ..theorems.explicit_negatives import MOCO
from ..theorems.explicit_negatives_problems import Queued
from ..theorems.infonce_bound import INFONCE_BOUND
from .info_nce_explicit import best, lines, pose
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def picture() -> Picture:
    """The loss of an aligned pair with a queue on the other side, which is the floor."""
    queued = [(temperature, Queued(*problem)) for temperature, problem in best]
    words = "temperature", "loss of an aligned pair, a queue of four opposite"
    return along(PAIRING, queued, words, lines)


PAIRING = Pairing(
    theorem=INFONCE_BOUND,
    family=MOCO,
    contract=CONTRACT,
    pose=pose,
    fits={"temperature": (1e-3, 1e3)},
    picture=picture,
)
