"""BYOL's loss: the contract, honest codings, and what is added for stability.

The wrong ones are in `byol_defects`, the conventions in `siamese`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .byol_defects import DEFECTS
from .contract import Contract, Input
from .siamese import INPUT_NAMES, STABILISERS, axes, stabilised_cosine
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BYOL", "by_cosines", "by_distances", "stabilised"]


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


def stabilised(
    p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor, *, similarity: str = "2-2cos",
    norm: float = 0.0, squared_norm: float = 0.0, product: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    first, second = (
        stabilised_cosine(p, z.detach(), norm=norm, squared_norm=squared_norm, product=product)
        for p, z in ((p1, z2), (p2, z1))
    )
    offset, factor = {"2-2cos": (2, 2), "-cos": (0, 1), "1-cos": (1, 1), "-2cos": (0, 2)}[
        similarity
    ]
    return 2 * offset - factor * (first + second)


BYOL = Contract(
    name="byol",
    title="BYOL's loss: a prediction against the other view's held target",
    inputs=tuple(Input(name=name, shape="n,d") for name in INPUT_NAMES),
    returns="float",
    axes=axes("2-2cos", 2.0),
    shapes=lambda call: ((),),
    references={"distances": by_distances, "cosines": by_cosines},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers=STABILISERS,
)
