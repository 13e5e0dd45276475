"""Gibbs' inequality governs the contract `sparse-penalty`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.sparse_penalty import SPARSE_PENALTY as CONTRACT
from ..theorems.gibbs import GIBBS
from ..theorems.sparse_penalty import SPARSE_PENALTY, Units
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Units, convention: Convention) -> Call:
    """Raises `ContractError` where a mean or the target is no probability."""
    activations = np.array(problem.activations)
    inside = bool(np.all((activations > 0) & (activations < 1)))
    if not (inside and 0 < problem.rho < 1):
        raise ContractError(
            "activations between 0 and 1, and a target rho between 0 and 1",
            f"activations from {activations.min():g} to {activations.max():g}, and rho "
            f"{problem.rho:g}",
            "declare the rho that the code was built with; the theorem does not apply to "
            "rectifiers, whose means are no probabilities",
        )
    return Call((activations,), {"rho": problem.rho, "beta": problem.beta})


def picture() -> Picture:
    """One unit over two rows, target 1/8: what its mean costs, and what Pinsker asks at least."""
    path = [(a / 64, Units(((a / 64,), (a / 64,)), 0.125)) for a in range(1, 64)]
    lines = {
        "twice the squared distance (Pinsker)": lambda problem, truth: float(
            2 * (truth.means[0] - problem.rho) ** 2
        )
    }
    return along(PAIRING, path, ("mean activation, target 1/8", "penalty in nats"), lines)


PAIRING = Pairing(
    theorem=GIBBS,
    family=SPARSE_PENALTY,
    contract=CONTRACT,
    pose=pose,
    fits={"rho": (1e-3, 0.999), "beta": (1e-4, 1e4)},
    picture=picture,
)
