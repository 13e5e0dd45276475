"""HSIC of two feature matrices, linear kernels: contract, honest codings, stabilisers.

The wrong ones are in `hsic_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Contract, Input, Option
from .hsic_defects import DEFECTS
from .paired_features import TAKES, grams, hollow, of_distinct, u_centred
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ESTIMATOR", "HSIC", "by_projection", "by_sums", "covariance", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_sums(x: Tensor, y: Tensor) -> Tensor:
    """Song et al.'s closed form."""
    n, (K, L) = len(x), map(hollow, grams(x, y))
    return of_distinct(K, L) / (n * (n - 3))


def by_projection(x: Tensor, y: Tensor) -> Tensor:
    """The inner product of U-centred Gram matrices."""
    n, (K, L) = len(x), map(u_centred, grams(x, y))
    return (K * L).sum() / (n * (n - 3))


def covariance(x: Tensor, y: Tensor) -> Tensor:
    """Biased: the squared norm of the covariance."""
    cross = (x - x.mean(0)).mT @ (y - y.mean(0)) / (len(x) - 1)
    return cross.square().sum()


def stabilised(
    x: Tensor, y: Tensor, *, estimator: str = "unbiased", added: float = 0.0, jitter: float = 0.0
) -> Tensor:
    """The definition with the small constants that people add, all zero by default."""
    n = len(x)
    one = torch.eye(n, dtype=x.dtype, device=x.device)
    K, L = (gram + jitter * one for gram in grams(x, y))
    if estimator == "unbiased":
        return of_distinct(hollow(K), hollow(L)) / (n * (n - 3)) + added
    H = one - one.new_ones(n, n) / n
    total = torch.trace(K @ H @ L @ H)
    count = {"biased": (n - 1) ** 2, "biased over n": n * n, "biased sum": 1}[estimator]
    return total / count + added


# -- conventions ----------------------------------------------------------------------------------


def _instead(
    divided: Callable[[int], int],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The biased estimate, divided by so much."""

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, y: covariance(x, y) * (len(x) - 1) ** 2 / divided(len(x))

    return write


ESTIMATOR = Axis(
    name="estimator",
    variant=True,
    options=(
        Option(name="unbiased", words="the diagonals left out, divided by n(n-3)"),
        Option(
            name="biased", words="tr(KHLH) divided by (n-1)^2",
            write=_instead(lambda n: (n - 1) ** 2),
        ),
        Option(
            name="biased over n", words="tr(KHLH) divided by n^2", write=_instead(lambda n: n * n)
        ),
        Option(name="biased sum", words="tr(KHLH) as it is", write=_instead(lambda n: 1)),
    ),
)  # fmt: skip

HSIC = Contract(
    name="hsic",
    title="HSIC with linear kernels: how much two representations vary together",
    inputs=(Input(name="x", shape="n,p"), Input(name="y", shape="n,q")),
    returns="float",
    axes=(TAKES, ESTIMATOR),
    shapes=lambda call: ((),),
    references={
        "Song et al.'s closed form": by_sums,
        "U-centred Gram matrices": by_projection,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "added": "added to the value",
        "jitter": "added to the diagonals of the Gram matrices",
    },
)
