"""The optimality conditions of the lasso govern dictionary learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.dictionary import DICTIONARY as CONTRACT
from ..implementations.dictionary_training import by_blocks, by_sparse_autoencoder
from ..implementations.tensors import torch
from ..theorems.dictionary import DICTIONARY, Coded, oracle
from ..theorems.dictionary_learning import DICTIONARY_LEARNING
from ..theorems.dictionary_problems import Signals
from ..theorems.lattice import lattice
from .pairing import Pairing, Picture
from .reconstructions import numbers

__all__ = ["PAIRING", "picture"]


def pose(problem: Signals, convention: Convention) -> Call:
    if problem.k < 1 or problem.k != problem.atoms:
        raise ContractError("a whole number of atoms", f"k={problem.k:g}", "declare k=1 or more")
    return Call((np.array(problem.x),), {"k": problem.atoms, "penalty": float(problem.penalty)})


def read(returned: dict[str, Any], problem: Signals, convention: Convention) -> Coded:
    return Coded(
        dictionary=numbers(returned["dictionary"]), codes=numbers(returned["codes"]),
        loss=float(returned["loss"]), converged=returned["converged"],
        tolerance=returned["tolerance"],
    )  # fmt: skip


# -- a picture ------------------------------------------------------------------------------------

PICTURED = Signals(lattice(8, 4, 30), 1, 0.5)


def picture() -> Picture:
    """Loss against the number of atoms: the floor, and what two ways of learning come to."""
    counts = range(1, 9)
    x = torch.from_numpy(np.array(PICTURED.x))
    series = {"floor": tuple((float(k), oracle(PICTURED._replace(k=k)).floor) for k in counts)}
    for name, learn in (
        ("block by block", by_blocks), ("sparse autoencoder", by_sparse_autoencoder)
    ):  # fmt: skip
        series[name] = tuple(
            (float(k), float(learn(x, k, PICTURED.penalty)["loss"])) for k in counts
        )
    return Picture(("atoms k, eight rows in four dimensions", "loss"), series)


PAIRING = Pairing(
    theorem=DICTIONARY_LEARNING,
    family=DICTIONARY,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    picture=picture,
)
