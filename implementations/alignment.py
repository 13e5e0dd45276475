"""Alignment of pairs: the contract, honest codings, and what is added to them for stability.

The power alpha is two unless declared.  The wrong codings are in `alignment_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .alignment_defects import DEFECTS
from .contract import Contract, Input
from .contrastive import NORMALISES, reduction
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ALIGNMENT", "by_cosines", "by_distances", "stabilised"]

ALPHA = 2.0


# -- honest codings -------------------------------------------------------------------------------


def by_distances(x: Tensor, y: Tensor) -> Tensor:
    """By squares: a distance of zero, as of equal views, has no slope of its own."""
    u, v = (torch.nn.functional.normalize(z, dim=1) for z in (x, y))
    return (u - v).square().sum(dim=1).mean()


def by_cosines(x: Tensor, y: Tensor) -> Tensor:
    """Twice what the mean cosine lacks of one."""
    cosines = torch.nn.functional.cosine_similarity(x, y, dim=1)
    return (2 - 2 * cosines).mean()


def stabilised(
    x: Tensor, y: Tensor, *,
    norm: float = 0.0, squared_norm: float = 0.0, difference: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    u, v = (z / (torch.sqrt((z * z).sum(1, keepdim=True) + squared_norm) + norm) for z in (x, y))
    return (u - v + difference).pow(2).sum(dim=1).mean()


# -- contract -------------------------------------------------------------------------------------

ALIGNMENT = Contract(
    name="alignment",
    title="the alignment of pairs on the sphere",
    inputs=(Input(name="x", shape="n,d"), Input(name="y", shape="n,d")),
    hidden={"alpha": ALPHA},
    returns="float",
    axes=(
        NORMALISES,
        reduction(lambda call: len(call.inputs[0]), each="pair", all_of_them="all n pairs"),
    ),
    shapes=lambda call: ((),),
    references={"distances": by_distances, "cosines": by_cosines},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "norm": "added to each norm",
        "squared_norm": "added to each squared norm, under the root",
        "difference": "added to each difference, as pairwise_distance does",
    },
)
