"""Uniformity of a batch: the contract, honest codings, and what is added to them for stability.

The steepness t is two unless declared.  The wrong codings are in `uniformity_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Axis, Contract, Input, Option
from .contrastive import NORMALISES
from .tensors import torch
from .uniformity_defects import DEFECTS

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["UNIFORMITY", "all_pairs", "by_cosines", "by_distances", "stabilised"]

T = 2.0


# -- honest codings -------------------------------------------------------------------------------


def by_distances(x: Tensor) -> Tensor:
    """As the paper's authors wrote it, of rows divided by their norms."""
    u = torch.nn.functional.normalize(x, dim=1)
    return torch.pdist(u).pow(2).mul(-T).exp().mean().log()


def by_cosines(x: Tensor) -> Tensor:
    """By a log-sum-exp over the upper triangle of the table of cosines."""
    u = x / x.norm(dim=1, keepdim=True)
    i, j = torch.triu_indices(len(x), len(x), offset=1, device=x.device)
    exponents = 2 * T * ((u @ u.T)[i, j] - 1)
    return exponents.logsumexp(0) - torch.ones_like(exponents).sum().log()


def all_pairs(x: Tensor) -> Tensor:
    """Each row with itself among them."""
    u = torch.nn.functional.normalize(x, dim=1)
    return (2 * T * (u @ u.T - 1)).exp().mean().log()


def stabilised(
    x: Tensor, *, pairs: str = "i<j",
    norm: float = 0.0, squared_norm: float = 0.0, mean: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    u = x / (torch.sqrt((x * x).sum(1, keepdim=True) + squared_norm) + norm)
    squares = (u[:, None] - u[None]).pow(2).sum(dim=2)
    if pairs == "all":
        return ((-T * squares).exp().mean() + mean).log()
    i, j = torch.triu_indices(len(x), len(x), offset=1, device=x.device)
    return ((-T * squares[i, j]).exp().mean() + mean).log()


# -- conventions ----------------------------------------------------------------------------------

PAIRS = Axis(
    name="pairs",
    variant=True,
    options=(
        Option(name="i<j", words="pairs of different rows"),
        Option(
            name="all", words="all pairs, each row with itself among them",
            write=lambda target: all_pairs,
        ),
    ),
)  # fmt: skip

UNIFORMITY = Contract(
    name="uniformity",
    title="the uniformity of a batch on the sphere",
    inputs=(Input(name="x", shape="n,d"),),
    hidden={"t": T},
    returns="float",
    axes=(NORMALISES, PAIRS),
    shapes=lambda call: ((),),
    references={"distances": by_distances, "cosines": by_cosines},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "norm": "added to each norm",
        "squared_norm": "added to each squared norm, under the root",
        "mean": "added to the mean, under the logarithm",
    },
)
