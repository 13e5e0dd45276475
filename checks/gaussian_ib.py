"""The Gaussian information bottleneck governs the contract `gaussian-ib`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.gaussian_ib import GAUSSIAN_IB as CONTRACT
from ..implementations.gaussian_ib import by_encoder
from ..implementations.tensors import torch
from ..theorems.gaussian_bottleneck import GAUSSIAN_BOTTLENECK
from ..theorems.gaussian_ib import GAUSSIAN_IB, Squeezed, correlated, encoded, frontier
from ..theorems.gaussian_mi import Correlated
from ..theorems.lattice import lattice
from ..theorems.theorem import Evaluation
from .gaussian_mi import pose as covariances
from .pairing import Pairing, Picture

__all__ = ["PAIRING", "refuse_price"]


def refuse_price(beta: float) -> None:
    if not 0 < beta < np.inf:
        raise ContractError(
            "a positive beta, what a nat of y is worth in nats of x",
            f"beta={beta!r}", "declare lagrangian='I_y - beta I_x' if it multiplies I_x",
        )  # fmt: skip


def pose(problem: Squeezed, convention: Convention) -> Call:
    refuse_price(problem.beta)
    posed = covariances(correlated(problem), convention)
    return Call(posed.inputs, {"beta": float(problem.beta)})


def read(returned: Any, problem: Squeezed, convention: Convention) -> Evaluation:
    return Evaluation(np.asarray(returned, float))


ACROSS = Correlated(
    ((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 1.0)), ((0.875, 0.0), (0.0, 0.625))
)


def picture() -> Picture:
    """Two directions: the curve, the code along it, and descriptions by other matrices below."""
    squares = np.array([0.875, 0.625]) ** 2
    rates = np.linspace(0, 2.5, 101)
    x, y, xy = (torch.tensor(part, dtype=torch.float64) for part in ACROSS)
    betas = [1 + 2 ** (k / 2) / 4 for k in range(1, 15)]
    code = [tuple(map(float, by_encoder(x, y, xy, beta))) for beta in betas]
    others = [encoded(ACROSS, np.asarray(lattice(2, 2, 300 + k)) / 2) for k in range(60)]
    others = sorted(point for point in others if point.rate < 2.5)
    return Picture(
        ("kept of x, nats", "kept of y, nats"),
        {
            "the curve": tuple((float(r), frontier(squares, float(r))) for r in rates),
            "code: the best encoder's volumes": tuple((a, b) for a, b in code if a < 2.5),
            "other encoders": tuple((p.rate, p.relevance) for p in others),
        },
    )


PAIRING = Pairing(
    theorem=GAUSSIAN_BOTTLENECK, family=GAUSSIAN_IB, contract=CONTRACT, pose=pose, kind="model",
    read=read, recognised="by its output", picture=picture,
)  # fmt: skip
