"""Its definition, and Eckart and Young's bottleneck, govern a reconstruction loss."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.reconstruction_loss import RECONSTRUCTION_LOSS as CONTRACT
from ..theorems.eckart_young import ECKART_YOUNG
from ..theorems.reconstruction_loss import RECONSTRUCTION_LOSS, Reconstruction
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Reconstruction, convention: Convention) -> Call:
    return Call((np.array(problem.x), np.array(problem.x_hat)))


def picture() -> Picture:
    """Two crossed points seen through one direction: what the best line must lose."""
    x = ((1.0, 0.5), (0.5, 1.0))
    path = [(k / 8, Reconstruction(x, _on_a_line(k / 8))) for k in range(-8, 17)]
    lines = {"what a line must lose": lambda problem, truth: truth.bottleneck}
    return along(PAIRING, path, ("share of the mean kept", "squared error per row"), lines)


def _on_a_line(share: float) -> tuple[tuple[float, float], ...]:
    return ((0.75 * share, 0.75 * share),) * 2


PAIRING = Pairing(
    theorem=ECKART_YOUNG,
    family=RECONSTRUCTION_LOSS,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
)
