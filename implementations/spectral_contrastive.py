"""The spectral contrastive loss: the contract, honest codings, conventions.

The wrong ones are in `spectral_contrastive_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Contract, Input, Option
from .contrastive import reduction
from .spectral_contrastive_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SPECTRAL_CONTRASTIVE", "by_covariances", "by_pairs"]


# -- honest codings -------------------------------------------------------------------------------


def by_pairs(z1: Tensor, z2: Tensor) -> Tensor:
    """Over the table of inner products, with a mask."""
    n = len(z1)
    scores = z1 @ z2.T
    strangers = ~torch.eye(n, dtype=torch.bool, device=scores.device)
    return scores[strangers].square().mean() - 2 * scores.diagonal().mean()


def by_covariances(z1: Tensor, z2: Tensor) -> Tensor:
    """Through the features' second moments, in memory of d^2 for n^2."""
    n = len(z1)
    own = torch.einsum("nd,nd->n", z1, z2)
    everybody = torch.sum((z1.T @ z1) * (z2.T @ z2))
    return (everybody - own.square().sum()) / (n * (n - 1)) - 2 * own.mean()


# -- conventions ----------------------------------------------------------------------------------


def _all_pairs(target: Callable[..., Any]) -> Callable[..., Any]:
    def call(z1: Tensor, z2: Tensor) -> Any:
        n, own = len(z1), (z1 * z2).sum(dim=1)
        others = (target(z1, z2) + 2 * own.mean()) * (n - 1) / n
        return others + own.square().mean() / n - 2 * own.mean()

    return call


NEGATIVES = Axis(
    name="negatives",
    variant=True,
    options=(
        Option(
            name="other pairs",
            words="squares are averaged over the n(n-1) inner products of different pairs",
        ),
        Option(
            name="all pairs", words="squares are averaged over all n^2 inner products",
            write=_all_pairs,
        ),
    ),
)  # fmt: skip


def _of_rows(change: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    return lambda target: lambda z1, z2: target(change(z1), change(z2))


LENGTHS = Axis(
    name="lengths",
    variant=True,
    options=(
        Option(name="free", words="rows enter as they are"),
        Option(
            name="at most one",
            words="rows longer than one are divided by their norms (the authors' code, mu = 1)",
            write=_of_rows(lambda z: z / z.norm(dim=1, keepdim=True).clamp(min=1.0)),
        ),
        Option(
            name="one", words="rows are divided by their norms",
            write=_of_rows(lambda z: z / z.norm(dim=1, keepdim=True)),
        ),
    ),
)  # fmt: skip

FACTOR = Axis(
    name="factor",
    options=(
        Option(name="1", words="the squares as they are, less twice the positives"),
        Option(
            name="1/2", words="half the squares, less the positives",
            output=lambda returned, call: 2 * returned,
            write=lambda target: lambda z1, z2: target(z1, z2) / 2,
        ),
    ),
)  # fmt: skip


# -- contract -------------------------------------------------------------------------------------

SPECTRAL_CONTRASTIVE = Contract(
    name="spectral-contrastive",
    title="the spectral contrastive loss",
    inputs=(Input(name="z1", shape="n,d"), Input(name="z2", shape="n,d")),
    returns="float",
    axes=(
        NEGATIVES,
        LENGTHS,  # after the negatives: it changes the rows that they are of
        FACTOR,
        reduction(lambda call: len(call.inputs[0]), each="pair", all_of_them="all n pairs"),
    ),
    shapes=lambda call: ((),),
    references={"pairs": by_pairs, "covariances": by_covariances},
    defects=DEFECTS,
)
