"""Fisher's discriminant governs linear probes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.linear_probe import LINEAR_PROBE as CONTRACT
from ..implementations.tensors import torch
from ..theorems.fisher_discriminant import FISHER_DISCRIMINANT
from ..theorems.linear_probe import LINEAR_PROBE, Predictions, Samples, labels, samples, shown
from .linear_autoencoder import array
from .pairing import Pairing

__all__ = ["PAIRING", "pose", "read"]


def pose(problem: Samples, convention: Convention) -> Call:
    """All numbers are few digits of two: the same in both precisions."""
    rows, tests = (torch.from_numpy(x).float() for x in (samples(problem), shown(problem)))
    return Call((rows, torch.from_numpy(labels(problem)), tests))


def read(returned: Any, problem: Samples, convention: Convention) -> Predictions:
    return Predictions(
        np.array(array(returned), float), converged=convention["algorithm"] != "any"
    )  # fmt: skip


PAIRING = Pairing(
    theorem=FISHER_DISCRIMINANT, family=LINEAR_PROBE, contract=CONTRACT, pose=pose, kind="model",
    read=read,
)  # fmt: skip
