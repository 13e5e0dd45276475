"""Baldi and Hornik govern principal component analysis."""

from __future__ import annotations

from typing import Any

from ..implementations.contract import Convention
from ..implementations.pca import PCA as CONTRACT
from ..theorems.baldi_hornik import BALDI_HORNIK
from ..theorems.covariance import Bottleneck
from ..theorems.principal_components import PCA, Axes
from .linear_autoencoder import array, pose
from .pairing import Pairing

__all__ = ["PAIRING"]


def read(returned: dict[str, Any], problem: Bottleneck, convention: Convention) -> Axes:
    """An exact algorithm says by being exact that it is at the optimum."""
    mean = returned["mean"]
    return Axes(
        components=array(returned["components"]), mean=None if mean is None else array(mean),
        converged=convention["exactness"] == "yes",
    )  # fmt: skip


PAIRING = Pairing(
    theorem=BALDI_HORNIK, family=PCA, contract=CONTRACT, pose=pose, kind="model", read=read
)
