"""Neural collapse governs the corners of a simplex, to which classes collapse."""

from __future__ import annotations

from typing import Any

from ..implementations.contract import Call, Convention
from ..implementations.simplex_etf import SIMPLEX_ETF as CONTRACT
from ..theorems.neural_collapse import NEURAL_COLLAPSE
from ..theorems.simplex_etf import SIMPLEX_ETF, Corners, Frame, roomy
from .linear_autoencoder import array
from .pairing import Pairing

__all__ = ["PAIRING", "pose", "read"]


def pose(problem: Corners, convention: Convention) -> Call:
    return Call((), roomy(problem, convention["room"])._asdict())


def read(returned: Any, problem: Corners, convention: Convention) -> Frame:
    return Frame(array(returned).copy())


PAIRING = Pairing(
    theorem=NEURAL_COLLAPSE, family=SIMPLEX_ETF, contract=CONTRACT, pose=pose, kind="model",
    read=read,
)  # fmt: skip
