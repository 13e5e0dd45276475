"""Tweedie's formulas govern the contract `score`."""

from __future__ import annotations

from ..implementations.score import SCORE as CONTRACT
from ..theorems.denoiser_problems import Noisy
from ..theorems.score import SCORE
from ..theorems.tweedie import TWEEDIE
from .denoiser import pose
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def picture() -> Picture:
    """Two points at -1 and 1: the slope of the logarithm of the density, and one Gaussian's."""
    pair = Noisy(((0.0,),), (0.5, 0.5), ((-1.0,), (1.0,)), (0.0, 0.0), 0.5)
    path = [(y / 8, pair._replace(y=((y / 8,),))) for y in range(-16, 17)]
    lines = {"of one Gaussian as wide": lambda problem, truth: -problem.y[0][0] / 1.25}
    return along(PAIRING, path, ("noisy y of -1 or 1, sigma = 1/2", "score"), lines)


PAIRING = Pairing(
    theorem=TWEEDIE,
    family=SCORE,
    contract=CONTRACT,
    pose=pose,
    fits={"sigma": (1e-3, 1e3)},
    picture=picture,
)
