"""Mutual information between Gaussians governs the contract `gaussian-mi`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.gaussian_mi import GAUSSIAN_MI as CONTRACT
from ..theorems.gaussian_mi import GAUSSIAN_MI, Correlated, joint, plain
from ..theorems.mutual_information import MUTUAL_INFORMATION
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Correlated, convention: Convention) -> Call:
    smallest = float(np.linalg.eigvalsh(joint(problem))[0])
    if not smallest > 0:
        raise ContractError(
            "covariances that belong together: the one of x and y is positive definite",
            f"a joint covariance with the eigenvalue {smallest:.3g}",
            "estimate all three from the same samples, and more of them than coordinates",
        )
    return Call(tuple(np.array(part) for part in problem))


def picture() -> Picture:
    """One coordinate each: the information grows without bound as they become one."""
    path = [(k / 16, plain(k / 16)) for k in range(16)]
    return along(PAIRING, path, ("correlation", "information, nats"), {})


PAIRING = Pairing(
    theorem=MUTUAL_INFORMATION,
    family=GAUSSIAN_MI,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
    letters=6,
)
