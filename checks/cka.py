"""CKA governs the contract `cka`."""

from __future__ import annotations

from ..implementations.cka import CKA as CONTRACT
from ..theorems.cka import CKA as THEOREM
from ..theorems.lattice import lattice
from ..theorems.linear_cka import LINEAR_CKA
from ..theorems.paired_features import Features
from .hsic import pose
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def picture() -> Picture:
    """Eight samples of more and more features, none of which has anything to do with another."""
    counts = (2, 4, 8, 16, 32, 64)
    path = [(float(p), Features(lattice(8, p, 840), lattice(8, p, 841))) for p in counts]
    lines = {
        "of independent noise: p/(p + n)": lambda problem, truth: (
            len(problem.x[0]) / (len(problem.x[0]) + len(problem.x))
        ),
        "unbiased": lambda problem, truth: float(LINEAR_CKA.oracle(problem, "unbiased").value),
    }
    return along(PAIRING, path, ("features p, of 8 unrelated samples", "CKA"), lines)


PAIRING = Pairing(
    theorem=THEOREM,
    family=LINEAR_CKA,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
    letters=6,
)
