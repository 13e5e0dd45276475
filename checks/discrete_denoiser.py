"""Masking and salt-and-pepper corruption govern the contract `discrete-denoiser`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.discrete_denoiser import DISCRETE_DENOISER as CONTRACT
from ..theorems.discrete_denoiser import DISCRETE_DENOISER, Corrupted, oracle
from ..theorems.discrete_denoiser_problems import impossible
from ..theorems.discrete_denoising import DISCRETE_DENOISING
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "pose"]


def pose(problem: Corrupted, convention: Convention) -> Call:
    _require_a_prior(problem)
    _require_possible(problem, convention["corruption"])
    y, weights, points, rate = problem
    return Call(tuple(map(np.array, (y, weights, points))), {"rate": rate})


def _require_a_prior(problem: Corrupted) -> None:
    """Positive weights (only their ratios enter), and a rate between zero and one.  Raises
    `ContractError`."""
    if not min(problem.weights) > 0:
        raise ContractError(
            "positive weights", f"{problem.weights}", "leave out the points that have none"
        )
    if not 0 < problem.rate < 1:
        raise ContractError(
            "a rate between zero and one", f"{problem.rate:g}",
            "take a rate near zero for little corruption: with none there is nothing to remove, "
            "and with rate 1 nothing to see",
        )  # fmt: skip


def _require_possible(problem: Corrupted, corruption: str) -> None:
    row = impossible(problem, corruption)
    if row is not None:
        replaced = "zeros" if corruption == "masking" else "zeros and ones"
        raise ContractError(
            f"observations that some point may have been corrupted to: beside {replaced}, its own "
            "values",
            f"y = {row}, which has probability zero under {corruption}",
            "take a point, and replace some of its coordinates",
        )


def picture() -> Picture:
    """A pixel that is on half the time, and is seen as zero: how likely it is on, by the rate."""
    pixel = Corrupted(((0.0,),), (0.5, 0.5), ((0.0,), (1.0,)), 0.5)
    path = [(k / 32, pixel._replace(rate=k / 32)) for k in range(1, 32)]
    lines = {
        "salt and pepper": lambda problem, truth: float(
            oracle(problem, "salt-and-pepper").value[0, 0]
        ),
        "trained on the masks alone": lambda problem, truth: 0.5,
    }
    words = ("rate of corruption", "estimate of a pixel that is on half the time, where 0 is seen")
    return along(PAIRING, path, words, lines)


PAIRING = Pairing(
    theorem=DISCRETE_DENOISING,
    family=DISCRETE_DENOISER,
    contract=CONTRACT,
    pose=pose,
    fits={"rate": (2.0**-10, 1 - 2.0**-10)},
    picture=picture,
)
