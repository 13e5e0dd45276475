"""Its definition, and the best guess of what was removed, govern `masked-reconstruction`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.masked_reconstruction import MASKED_RECONSTRUCTION as CONTRACT
from ..theorems.masked_loss import MASKED_LOSS, Masked
from ..theorems.masked_reconstruction import MASKED_RECONSTRUCTION
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Masked, convention: Convention) -> Call:
    return Call(tuple(np.array(table) for table in problem))


def picture() -> Picture:
    """A removed patch that is 0 as often as 2, each once: the best guess is one."""
    data = (((0.0,), (1.0,)), ((2.0,), (1.0,)))
    path = []
    for guess in np.linspace(-1, 3, 25):
        made = ((float(guess),), (1.0,))
        path.append((float(guess), Masked(data, (made, made), ((1.0, 0.0),) * 2)))
    words = "guess of a patch that is 0 or 2", "loss over removed patches"
    return along(PAIRING, path, words, {"its variance": lambda problem, truth: 1.0})


PAIRING = Pairing(
    theorem=MASKED_RECONSTRUCTION, family=MASKED_LOSS, contract=CONTRACT, pose=pose, picture=picture
)
