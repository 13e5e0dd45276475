"""Mutual information of a joint table: contract, honest codings, and what is added to them.

The wrong ones are in `mutual_information_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Contract, Input
from .gaussian_kl import BASE
from .information import TABLE, entropy
from .mutual_information_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MUTUAL_INFORMATION", "by_entropies", "mean_log_ratio", "relative_entropy", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def mean_log_ratio(p: Tensor) -> Tensor:
    """The definition, over the cells that occur."""
    independent = p.sum(dim=1, keepdim=True) * p.sum(dim=0, keepdim=True)
    seen = p > 0
    return (p[seen] * (p[seen] / independent[seen]).log()).sum()


def by_entropies(p: Tensor) -> Tensor:
    """H(X) + H(Y) - H(X, Y)."""
    return entropy(p.sum(1)) + entropy(p.sum(0)) - entropy(p)


def relative_entropy(p: Tensor) -> Tensor:
    """Left to torch's divergence, which takes the second distribution in logarithms first."""
    rows, columns = p.sum(1).log(), p.sum(0).log()
    independent = rows[:, None] + columns[None, :]
    never = torch.isneginf(independent)
    logs = torch.where(never, torch.zeros_like(independent), independent)
    return torch.nn.functional.kl_div(logs, p, reduction="sum")


def stabilised(
    p: Tensor, *, joint: float = 0.0, marginal: float = 0.0, product: float = 0.0,
    ratio: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    rows, columns = p.sum(1, keepdim=True) + marginal, p.sum(0, keepdim=True) + marginal
    quotient = (p + joint) / (rows * columns + product) + ratio
    return torch.where(p > 0, p * quotient.log(), torch.zeros_like(p)).sum()


MUTUAL_INFORMATION = Contract(
    name="mutual-information",
    title="the mutual information of a joint table of probabilities",
    inputs=(Input(name="p", shape="m,n", shares=True),),
    returns="float",
    axes=(TABLE, BASE),
    shapes=lambda call: ((),),
    references={
        "mean log-ratio": mean_log_ratio,
        "entropies": by_entropies,
        "torch's kl_div": relative_entropy,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "joint": "added to each cell, under the logarithm",
        "marginal": "added to each marginal, under the logarithm",
        "product": "added to the product of the marginals, under the logarithm",
        "ratio": "added to the ratio, under the logarithm",
    },
)
