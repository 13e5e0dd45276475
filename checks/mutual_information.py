"""Mutual information's definition and data processing govern the contract `mutual-information`."""

from __future__ import annotations

import math

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.mutual_information import MUTUAL_INFORMATION as CONTRACT
from ..theorems.joint_table import JOINT_TABLE, Joint
from ..theorems.mutual_information import MUTUAL_INFORMATION
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]


def pose(problem: Joint, convention: Convention) -> Call:
    _require_shares([cell for row in problem.p for cell in row])
    return Call((np.array(problem.p),))


def _require_shares(cells: list[float]) -> None:
    """None negative, and adding to one as nearly as cells that were rounded to float32 do.  Raises
    `ContractError`."""
    total = math.fsum(cells)
    if not all(cell >= 0 for cell in cells):
        raise ContractError(
            "a table of probabilities", f"the cell {min(cells):g}", "no cell may be negative"
        )
    if not abs(total - 1) <= len(cells) * 2.0**-24:
        raise ContractError(
            "a table that adds to one", f"one that adds to {total:g}",
            "divide the counts by their sum: p / p.sum()",
        )  # fmt: skip


def picture() -> Picture:
    """A fair coin seen through a channel that flips it."""
    path = [(k / 32, _flipped(k / 32)) for k in range(1, 17)]
    lines = {"ceiling: log 2": lambda problem, truth: truth.ceiling}
    return along(PAIRING, path, ("chance of a flip", "information, nats"), lines)


def _flipped(chance: float) -> Joint:
    right, wrong = (1 - chance) / 2, chance / 2
    return Joint(((right, wrong), (wrong, right)))


PAIRING = Pairing(
    theorem=MUTUAL_INFORMATION,
    family=JOINT_TABLE,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
    letters=0,
)
