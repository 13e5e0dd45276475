"""First in, first out, governs the update of a queue."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.queue_update import QUEUE_UPDATE as CONTRACT
from ..theorems.momentum_contrast import MOMENTUM_CONTRAST
from ..theorems.momentum_updates import QUEUE_UPDATE, Held, Ring, fitted
from .linear_autoencoder import array
from .pairing import Pairing

__all__ = ["PAIRING"]


def pose(problem: Ring, convention: Convention) -> Call:
    queue, keys, pointer = fitted(problem, convention["batches"])
    return Call((np.array(queue), np.array(keys), pointer))


def read(returned: dict[str, Any], problem: Ring, convention: Convention) -> Held:
    return Held(queue=array(returned["queue"]), pointer=returned["pointer"])


PAIRING = Pairing(
    theorem=MOMENTUM_CONTRAST, family=QUEUE_UPDATE, contract=CONTRACT, pose=pose, kind="model",
    read=read, recognised="by its output",
)  # fmt: skip
