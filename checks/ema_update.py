"""The moving average's definition and contraction govern the update of a target network."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.ema_update import EMA_UPDATE as CONTRACT
from ..theorems.momentum_contrast import MOMENTUM_CONTRAST
from ..theorems.momentum_updates import EMA_UPDATE, Average, Followed
from .linear_autoencoder import array
from .pairing import Pairing

__all__ = ["PAIRING"]


def pose(problem: Followed, convention: Convention) -> Call:
    target, online, momentum = problem
    return Call((np.array(target), np.array(online)), {"momentum": momentum})


def read(returned: Any, problem: Followed, convention: Convention) -> Average:
    return Average(value=array(returned))


PAIRING = Pairing(
    theorem=MOMENTUM_CONTRAST, family=EMA_UPDATE, contract=CONTRACT, pose=pose, kind="model",
    read=read, fits={"momentum": (1e-3, 0.99999)}, recognised="by its output",
)  # fmt: skip
