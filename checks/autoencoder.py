"""The bottleneck inequality governs autoencoders of any architecture."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ..implementations.autoencoder import AUTOENCODER as CONTRACT
from ..implementations.autoencoder_training import one_thread
from ..implementations.contract import Call, Convention
from ..implementations.tensors import torch
from ..theorems.autoencoder import AUTOENCODER, Reconstruction
from ..theorems.bottleneck_inequality import BOTTLENECK_INEQUALITY
from ..theorems.covariance import Bottleneck, points
from .noise import coarser
from .pairing import Pairing
from .reconstructions import look, numbers
from .symptoms import symptoms

__all__ = ["PAIRING"]


def pose(problem: Bottleneck, convention: Convention) -> Call:
    return Call((_rows(problem),), {"k": problem.units})


@lru_cache(maxsize=256)
def _rows(problem: Bottleneck) -> np.ndarray:
    """Fractions are slow; whoever is handed the rows gets a copy."""
    return points(problem)


def read(returned: dict[str, Any], problem: Bottleneck, convention: Convention) -> Reconstruction:
    """The callable is looked at; `returned` keeps the precision that it works in."""
    x, x_hat = returned["x"], numbers(returned["x_hat"])
    with one_thread():
        seen = look(returned["reconstruct"], x, x_hat)
        signs = tuple(symptoms(returned["code"], returned["reconstruct"], seen, x, problem.units))
    kind = coarser(seen.precision, str(returned["x_hat"].dtype).removeprefix("torch."))
    returned["precision"] = torch.empty(0, dtype=getattr(torch, kind))
    return Reconstruction(
        loss=float(np.mean(np.sum((x.numpy() - x_hat) ** 2, axis=1))),
        again=seen.again, company=seen.company, changed=seen.changed, bend=seen.bend,
        wobble=seen.wobble, shaking=seen.shaking, x_hat=x_hat, cloud=seen.cloud,
        gradient=() if seen.jacobians is None else (seen.jacobians,),
        symptoms=signs,
    )  # fmt: skip


PAIRING = Pairing(
    theorem=BOTTLENECK_INEQUALITY,
    family=AUTOENCODER,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
)
