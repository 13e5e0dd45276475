"""Tweedie's formulas govern the contract `denoiser`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.denoiser import DENOISER as CONTRACT
from ..theorems.denoiser import DENOISER, Noisy
from ..theorems.tweedie import TWEEDIE
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Noisy, convention: Convention) -> Call:
    _require_a_prior(problem)
    y, weights, means, variances, sigma = problem
    return Call(tuple(map(np.array, (y, weights, means, variances))), {"sigma": sigma})


def _require_a_prior(problem: Noisy) -> None:
    """Positive weights (only their ratios enter), no negative variance, some noise.  Raises
    `ContractError`."""
    if not min(problem.weights) > 0:
        raise ContractError(
            "positive weights", f"{problem.weights}", "leave out the components that have none"
        )
    if not (min(problem.variances) >= 0 and problem.sigma > 0):
        raise ContractError(
            "variances of zero or more, and a positive sigma",
            f"variances {problem.variances} and sigma {problem.sigma:g}",
            "take a smaller sigma for less noise: without any there is nothing to remove",
        )  # fmt: skip


def picture() -> Picture:
    """Two points at -1 and 1: what the best denoiser makes of y, and what a linear one would."""
    pair = Noisy(((0.0,),), (0.5, 0.5), ((-1.0,), (1.0,)), (0.0, 0.0), 0.5)
    path = [(y / 8, pair._replace(y=((y / 8,),))) for y in range(-16, 17)]
    lines = {"the best linear denoiser": lambda problem, truth: problem.y[0][0] / 1.25}
    return along(PAIRING, path, ("noisy y, sigma = 1/2", "estimate of x, which is -1 or 1"), lines)


PAIRING = Pairing(
    theorem=TWEEDIE,
    family=DENOISER,
    contract=CONTRACT,
    pose=pose,
    fits={"sigma": (1e-3, 1e3)},
    picture=picture,
)
