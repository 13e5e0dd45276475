"""Baldi and Hornik govern linear autoencoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..implementations.autoencoder_training import by_adam, by_lbfgs, by_minibatches
from ..implementations.contract import Call, ContractError, Convention
from ..implementations.linear_autoencoder import LINEAR_AUTOENCODER as CONTRACT
from ..implementations.tensors import torch
from ..theorems.baldi_hornik import BALDI_HORNIK
from ..theorems.bottleneck import LINEAR_AUTOENCODER, Fit, oracle
from ..theorems.covariance import Bottleneck, points
from .pairing import Pairing, Picture

__all__ = ["PAIRING", "array", "picture", "pose"]


def pose(problem: Bottleneck, convention: Convention) -> Call:
    return Call((points(problem),), {"k": problem.units})


def array(value: Any) -> np.ndarray:
    """A NumPy array in the value's own precision, or in float32 where that is finer."""
    if not hasattr(value, "detach"):
        return np.asarray(value)
    value = value.detach().cpu()
    low = value.is_floating_point() and value.dtype not in (torch.float32, torch.float64)
    return np.asarray((value.float() if low else value).numpy())


def read(returned: dict[str, Any], problem: Bottleneck, convention: Convention) -> Fit:
    bias = returned.get("bias")
    offset = None if bias is None else array(bias)
    if convention["centring"] == "no":
        if offset is not None and offset.any():
            raise ContractError(
                "no bias, or zeros, as centring=no declares", "a bias that is not zero",
                "declare centring=yes",
            )  # fmt: skip
        offset = None
    return Fit(
        decoder=array(returned["decoder"]), encoder=array(returned["encoder"]), offset=offset,
        loss=float(returned["loss"]), converged=bool(returned["converged"]),
        slope=float(returned.get("slope", 0.0)),
        nested_loss=float(nested) if (nested := returned.get("nested_loss")) is not None else None,
    )  # fmt: skip


# -- a picture ------------------------------------------------------------------------------------

PICTURED = Bottleneck((64, 40, 32, 24, 16, 12, 8, 4), (1, -1, 2, 1, -2, 1, 1), (8,) * 8, 1)


def picture() -> Picture:
    """Loss against k: the floor, and where each way of training stops."""
    widths = range(1, len(PICTURED.semiaxes))
    x = torch.from_numpy(points(PICTURED))
    series = {"floor": tuple((float(k), oracle(PICTURED._replace(k=k)).floor) for k in widths)}
    trainers: tuple[tuple[str, Callable[..., dict[str, Any]]], ...] = (
        ("L-BFGS, float64", by_lbfgs),
        ("Adam, float32", by_adam),
        ("minibatches, float32", by_minibatches),
    )
    for name, train in trainers:
        some = widths if train is by_lbfgs else widths[1::4]  # the others take longer
        series[name] = tuple((float(k), float(train(x, k)["loss"])) for k in some)
    return Picture(("bottleneck width k", "reconstruction loss"), series)


PAIRING = Pairing(
    theorem=BALDI_HORNIK,
    family=LINEAR_AUTOENCODER,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    picture=picture,
)
