"""The least Barlow Twins loss governs the contract `barlow-twins`."""

from __future__ import annotations

import numpy as np

from ..implementations.barlow_twins import BARLOW_TWINS as CONTRACT
from ..implementations.contract import Call, ContractError, Convention
from ..theorems.barlow_twins import BARLOW_TWINS as THEOREM
from ..theorems.barlow_twins_loss import BARLOW_TWINS, Twins
from ..theorems.lattice import Matrix, rows
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "require_views"]

FIRST = ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))


def require_views(z1: Matrix, z2: Matrix) -> None:
    """Two views of the same samples, in the same features; and two samples, or nothing varies."""
    shapes = np.shape(z1), np.shape(z2)
    if shapes[0] != shapes[1]:
        raise ContractError(
            "z1 and z2 [n, d], the same n samples in the same d features",
            f"{shapes[0]} and {shapes[1]}", "keep the samples that both views have, in one order",
        )  # fmt: skip
    if shapes[0][0] < 2:
        raise ContractError(
            "two samples or more", str(shapes[0][0]), "one sample has no variance: hand over more"
        )


def pose(problem: Twins, convention: Convention) -> Call:
    require_views(problem.z1, problem.z2)
    parameters = dict(zip(CONTRACT.hidden, problem[2:], strict=True))
    return Call((np.array(problem.z1), np.array(problem.z2)), parameters)


def turned(share: float) -> Twins:
    """Two features without a correlation, and both turned towards one another in the other view."""
    angle = share * np.pi / 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Twins(FIRST, rows(np.array(FIRST) @ turn))


def picture() -> Picture:
    """What was one feature becomes the other."""
    path = [(k / 16, turned(k / 16)) for k in range(17)]
    lines = {"zero": lambda problem, truth: 0.0}
    axes = ("share of a right angle by which the second view is turned", "Barlow Twins' loss")
    return along(PAIRING, path, axes, lines)


PAIRING = Pairing(
    theorem=THEOREM,
    family=BARLOW_TWINS,
    contract=CONTRACT,
    pose=pose,
    fits={"lambd": (1e-5, 10.0), "scale_loss": (1e-3, 10.0), "eps": (1e-10, 1e-2)},
    picture=picture,
)
