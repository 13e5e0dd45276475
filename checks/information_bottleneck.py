"""The information bottleneck of finite tables governs the contract `information-bottleneck`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.information_bottleneck import INFORMATION_BOTTLENECK as CONTRACT
from ..implementations.information_bottleneck_search import alternating, kept
from ..implementations.tensors import torch
from ..theorems.discrete_bottleneck import DISCRETE_BOTTLENECK
from ..theorems.discrete_ib import DISCRETE_IB, Channel, Found, curve, table
from ..theorems.lattice import probabilities
from .gaussian_ib import refuse_price
from .pairing import Pairing, Picture

__all__ = ["PAIRING"]


def pose(problem: Channel, convention: Convention) -> Call:
    refuse_price(problem.beta)
    p = table(problem)
    if not (np.all(p >= 0) and abs(p.sum() - 1) <= 2.0**-40):
        raise ContractError(
            "a joint table of probabilities: nonnegative, and one in sum",
            f"one that adds to {p.sum():.6g}, its least cell {p.min():.3g}",
            "divide counts by their total",
        )
    return Call((p,), {"beta": float(problem.beta)})


def read(returned: Any, problem: Channel, convention: Convention) -> Found:
    """A search that ended at the best says so by the convention."""
    return Found(np.asarray(returned, float), convention["search"] == "yes")


BIT = Channel("symmetric", 0.125, (0.5, 0.5), 1, 4.0)


def picture() -> Picture:
    """A fair bit and its flips: the curve, searches along it, and other labels below."""
    p = table(BIT)
    rates = np.linspace(0, np.log(2), 101)
    betas = [1.8 + 0.15 * 1.5**k for k in range(12)]
    found = [alternating(torch.tensor(p), beta) for beta in betas]
    others = sorted(kept(_labels(salt), p) for salt in range(60))
    return Picture(
        ("kept of x, nats", "kept of y, nats"),
        {
            "the curve": tuple((float(r), curve(BIT, float(r))) for r in rates),
            "code: alternating": tuple(found),
            "other labels": tuple(others),
        },
    )


def _labels(salt: int) -> np.ndarray:
    drawn = np.asarray(probabilities(2, 3, 500 + salt)) ** 3
    return np.asarray(drawn / drawn.sum(1, keepdims=True))


PAIRING = Pairing(
    theorem=DISCRETE_BOTTLENECK, family=DISCRETE_IB, contract=CONTRACT, pose=pose, kind="model",
    read=read, recognised="by its output", picture=picture,
)  # fmt: skip
