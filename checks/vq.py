"""Its definition, split gradient and straight-through estimate govern the contract `vq`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.vq import VQ as CONTRACT
from ..theorems.quantized_codes import VQ, Codes
from ..theorems.vector_quantization import VECTOR_QUANTIZATION
from .pairing import Pairing

__all__ = ["PAIRING"]


def pose(problem: Codes, convention: Convention) -> Call:
    return Call((np.array(problem.z), np.array(problem.codebook)), {"beta": problem.beta})


PAIRING = Pairing(
    theorem=VECTOR_QUANTIZATION, family=VQ, contract=CONTRACT, pose=pose, fits={"beta": (1e-3, 1e3)}
)
