"""BYOL's loss: the contract, honest codings, and what is added for stability.

The wrong ones are in `byol_defects`, the conventions in `siamese`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .byol_defects import DEFECTS
from .contract import Contract, Input
from .siamese import INPUT_NAMES, STABILISERS, axes, stabilised
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BYOL", "by_cosines", "by_distances"]


def by_distances(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    """Squared distances of unit vectors, the targets without a graph."""

    def regression(p: Tensor, z: Tensor) -> Tensor:
        with torch.no_grad():
            target = torch.nn.functional.normalize(z, dim=1)
        return (torch.nn.functional.normalize(p, dim=1) - target).square().sum(dim=1)

    return (regression(p1, z2) + regression(p2, z1)).mean()


def by_cosines(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    """Twice what the mean cosine lacks of one, for either direction."""
    first = torch.nn.functional.cosine_similarity(p1, z2.detach(), dim=-1).mean()
    second = torch.nn.functional.cosine_similarity(p2, z1.detach(), dim=-1).mean()
    return (2 - 2 * first) + (2 - 2 * second)


BYOL = Contract(
    name="byol",
    title="BYOL's loss: a prediction against the other view's held target",
    inputs=tuple(Input(name=name, shape="n,d") for name in INPUT_NAMES),
    returns="float",
    axes=axes("2-2cos", 2.0),
    shapes=lambda call: ((),),
    references={"distances": by_distances, "cosines": by_cosines},
    defects=DEFECTS,
    stabilised=partial(stabilised, similarity="2-2cos", total=2.0),
    stabilisers=STABILISERS,
)
