"""Alignment's definition and bounds govern the contract `alignment`."""

from __future__ import annotations

import numpy as np

from ..implementations.alignment import ALIGNMENT as CONTRACT
from ..implementations.circle_encoder import Moment, lowered, train
from ..implementations.contract import Call, Convention
from ..theorems.alignment import ALIGNMENT, Pairs, oracle
from ..theorems.sphere_energy import floor
from ..theorems.uniformity import Cloud
from ..theorems.uniformity import oracle as spread
from ..theorems.wang_isola import WANG_ISOLA
from .pairing import Pairing, Picture

__all__ = ["PAIRING"]


def pose(problem: Pairs, convention: Convention) -> Call:
    return Call((np.array(problem.x), np.array(problem.y)), {"alpha": problem.alpha})


def _met(moment: Moment) -> tuple[float, float]:
    """Uniformity and alignment, by definition."""
    first, second = (tuple(map(tuple, z.tolist())) for z in (moment.first, moment.second))
    return float(spread(Cloud(first)).value), float(oracle(Pairs(first, second)).value)


STEPS = 75
WAYS = {
    "temperature 1": [1.0] * STEPS,
    "temperature 0.1": [0.1] * STEPS,
    "temperature lowered from 1 to 0.1": lowered(1.0, 0.1, STEPS),
}


def picture() -> Picture:
    """An encoder of a circle that starts from collapse: where InfoNCE leads it, step by step."""
    ways = {label: train(temperatures) for label, temperatures in WAYS.items()}
    least = floor(*next(iter(ways.values()))[0].first.shape)
    paths = {label: tuple(map(_met, moments)) for label, moments in ways.items()}
    highest = max(y for path in paths.values() for _, y in path)
    return Picture(
        ("uniformity of an encoder that InfoNCE trains", "alignment"),
        {"no more uniform than this": ((least, 0.0), (least, highest)), **paths},
    )


PAIRING = Pairing(
    theorem=WANG_ISOLA, family=ALIGNMENT, contract=CONTRACT, pose=pose,
    fits={"alpha": (0.25, 16.0)}, picture=picture,
)  # fmt: skip
