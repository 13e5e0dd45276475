"""SimSiam's loss: the contract, honest codings, and what is added for stability.

The wrong ones are in `simsiam_defects`, the conventions in `siamese`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .contract import Contract, Input
from .siamese import INPUT_NAMES, STABILISERS, axes, stabilised
from .simsiam_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SIMSIAM", "by_cosines", "by_products"]


def by_cosines(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    """Cosines by the library, the targets detached where they enter."""
    criterion = torch.nn.CosineSimilarity(dim=1)
    return -(criterion(p1, z2.detach()).mean() + criterion(p2, z1.detach()).mean()) * 0.5


def by_products(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
    """As in the paper's pseudocode: D(p1, z2)/2 + D(p2, z1)/2."""

    def distance(p: Tensor, z: Tensor) -> Tensor:
        z = z.detach()
        p, z = (x / x.norm(dim=1, keepdim=True) for x in (p, z))
        return -(p * z).sum(dim=1).mean()

    return distance(p1, z2) / 2 + distance(p2, z1) / 2


SIMSIAM = Contract(
    name="simsiam",
    title="SimSiam's loss: the negative cosine of a prediction and a held target",
    inputs=tuple(Input(name=name, shape="n,d") for name in INPUT_NAMES),
    returns="float",
    axes=axes("-cos", 1.0),
    shapes=lambda call: ((),),
    references={"cosines": by_cosines, "products": by_products},
    defects=DEFECTS,
    stabilised=partial(stabilised, similarity="-cos", total=1.0),
    stabilisers=STABILISERS,
)
