"""How near two views can be in white features governs the contract `vicreg`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.vicreg import VICREG as CONTRACT
from ..theorems.lattice import rows
from ..theorems.variance_invariance_covariance import VARIANCE_INVARIANCE_COVARIANCE
from ..theorems.vicreg_loss import VICREG, Embeddings
from .barlow_twins import FIRST, require_views
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Embeddings, convention: Convention) -> Call:
    require_views(problem.z1, problem.z2)
    parameters = dict(zip(CONTRACT.hidden, problem[2:], strict=True))
    return Call((np.array(problem.z1), np.array(problem.z2)), parameters)


def of_length(length: float) -> Embeddings:
    """Two white features, of which the second view has a fifth turned the other way round."""
    first = np.array(FIRST)
    return Embeddings(rows(first * length), rows((0.8 * first + 0.2 * first[::-1]) * length))


def picture() -> Picture:
    """Features that collapse agree, and features that vary do not correlate: the loss is least
    in between."""
    path = [(0.05 * k, of_length(0.05 * k)) for k in range(1, 25)]
    lines = {
        "invariance": lambda problem, truth: truth.apart,
        "variance": lambda problem, truth: truth.hinges,
    }
    return along(PAIRING, path, ("length of the features", "VICReg's loss"), lines)


PAIRING = Pairing(
    theorem=VARIANCE_INVARIANCE_COVARIANCE,
    family=VICREG,
    contract=CONTRACT,
    pose=pose,
    fits={
        "sim_coeff": (1e-3, 1e3), "std_coeff": (1e-3, 1e3), "cov_coeff": (1e-4, 1e2),
        "eps": (1e-12, 1e-2),
    },
    picture=picture,
)  # fmt: skip
