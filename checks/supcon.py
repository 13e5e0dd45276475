"""The supervised contrastive loss's definition, floors and invariances govern `supcon`."""

from __future__ import annotations

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.supcon import SUPCON as CONTRACT
from ..implementations.tensors import torch
from ..theorems.labelled_batch import LabelledBatch
from ..theorems.nt_xent_problems import TRIANGLE
from ..theorems.supcon import SUPCON
from ..theorems.supervised_contrastive import SUPERVISED_CONTRASTIVE
from .nt_xent import TEMPERATURES
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING"]

LABELS = (0, 0, 0, 1, 1, 1, 2, 2, 2)


def pose(problem: LabelledBatch, convention: Convention) -> Call:
    features, labels, temperature = problem
    return Call((np.array(features), torch.tensor(labels)), {"temperature": temperature})


def picture() -> Picture:
    """Three classes of three rows, collapsed to a triangle, which is the floor, and to a point."""
    collapsed = tuple(TRIANGLE[label] for label in LABELS)
    best = [(t, LabelledBatch(collapsed, LABELS, t)) for t in TEMPERATURES]
    mixed = tuple(TRIANGLE[i % 3] for i in range(len(LABELS)))
    lines = {
        "floor": lambda problem, truth: truth.floor,
        "a guess": lambda problem, truth: truth.constant,
        "classes mixed": lambda problem, truth: float(
            SUPCON.oracle(problem._replace(features=mixed)).value
        ),
    }
    return along(PAIRING, best, ("temperature", "loss of three collapsed classes"), lines)


PAIRING = Pairing(
    theorem=SUPERVISED_CONTRASTIVE,
    family=SUPCON,
    contract=CONTRACT,
    pose=pose,
    fits={"temperature": (1e-3, 1e3)},
    picture=picture,
)
