"""HSIC governs the contract `hsic`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.hsic import HSIC as CONTRACT
from ..theorems.hsic import HSIC as THEOREM
from ..theorems.hsic_estimators import HSIC
from ..theorems.paired_features import Features
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "pose"]

LINE = (-1.5, -0.5, 0.5, 1.5)


def pose(problem: Features, convention: Convention) -> Call:
    """The same samples in both, and four of them for an unbiased estimate; else refused."""
    n, m = len(problem.x), len(problem.y)
    if n != m:
        raise ContractError(
            "x [n, p] and y [n, q], features of the same n samples", f"{n} and {m} rows",
            "keep the samples that both have, in one order",
        )  # fmt: skip
    if convention["estimator"] == "unbiased" and n < 4:
        raise ContractError(
            "four samples or more, for the unbiased estimate divides by n - 3", f"{n} samples",
            "use more samples, or declare estimator=biased",
        )  # fmt: skip
    return Call((np.array(problem.x), np.array(problem.y)))


def bent(share: float) -> Features:
    """A line, and what is more and more its square in place of it."""
    y = tuple(((1 - share) * t + share * (t * t - 1.25),) for t in LINE)
    return Features(tuple((t,) for t in LINE), y)


def picture() -> Picture:
    """Four points on a line, compared with themselves as they are bent into a parabola."""
    path = [(k / 16, bent(k / 16)) for k in range(17)]
    lines = {"zero": lambda problem, truth: 0.0}
    return along(PAIRING, path, ("share of the parabola", "HSIC, unbiased"), lines)


PAIRING = Pairing(
    theorem=THEOREM,
    family=HSIC,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
    letters=8,
)
