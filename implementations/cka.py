"""Linear CKA of two feature matrices: contract, honest codings, stabilisers.

The wrong ones are in `cka_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .cka_defects import DEFECTS
from .contract import Axis, Contract, Input, Option
from .paired_features import TAKES, grams, hollow, of_distinct
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CKA", "by_features", "by_grams", "stabilised", "unbiased"]


# -- honest codings -------------------------------------------------------------------------------


def by_features(x: Tensor, y: Tensor) -> Tensor:
    """Of centred features, by the norms of their products."""
    a, b = x - x.mean(0), y - y.mean(0)
    return (b.mT @ a).square().sum() / ((a.mT @ a).norm() * (b.mT @ b).norm())


def by_grams(x: Tensor, y: Tensor) -> Tensor:
    """Of HSICs, by the traces of Gram matrices."""
    n = len(x)
    H = torch.eye(n, dtype=x.dtype, device=x.device) - x.new_ones(n, n) / n

    def hsic(K: Tensor, L: Tensor) -> Tensor:
        return torch.trace(K @ H @ L @ H) / (n - 1) ** 2

    K, L = grams(x, y)
    return hsic(K, L) / (hsic(K, K) * hsic(L, L)).sqrt()


def unbiased(x: Tensor, y: Tensor) -> Tensor:
    """Of HSIC's unbiased estimates."""
    K, L = map(hollow, grams(x, y))
    return of_distinct(K, L) / (of_distinct(K, K) * of_distinct(L, L)).sqrt()


def stabilised(
    x: Tensor, y: Tensor, *, estimator: str = "biased", denominator: float = 0.0,
    squared: float = 0.0, average: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default."""
    n = len(x)
    if estimator == "unbiased":
        tables, of, count = tuple(map(hollow, grams(x, y))), of_distinct, n * (n - 3)
    else:
        tables = grams(x - x.mean(0), y - y.mean(0))
        of, count = lambda K, L: (K * L).sum(), (n - 1) ** 2
    K, L = tables
    by = 1 + (count - 1) * bool(average)
    lengths = (of(K, K) / by * (of(L, L) / by) + squared).sqrt()
    return of(K, L) / by / (lengths + denominator + average)


# -- conventions ----------------------------------------------------------------------------------


def _by_unbiased(target: Callable[..., Any]) -> Callable[..., Any]:
    return unbiased


ESTIMATOR = Axis(
    name="estimator",
    variant=True,
    options=(
        Option(name="biased", words="centred Gram matrices are compared, diagonals and all"),
        Option(
            name="unbiased", words="HSIC's unbiased estimates are compared (debiased CKA)",
            write=_by_unbiased,
        ),
    ),
)  # fmt: skip

RETURNS = Axis(
    name="returns",
    options=(
        Option(name="similarity", words="1 for the same features"),
        Option(
            name="distance", words="1 - CKA: 0 for the same features",
            output=lambda returned, call: 1 - returned,
            write=lambda target: lambda *inputs: 1 - target(*inputs),
        ),
    ),
)  # fmt: skip

CKA = Contract(
    name="cka",
    title="linear CKA: whether two representations find the same samples alike",
    inputs=(Input(name="x", shape="n,p"), Input(name="y", shape="n,q")),
    returns="float",
    axes=(TAKES, ESTIMATOR, RETURNS),
    shapes=lambda call: ((),),
    references={"norms of centred features": by_features, "traces of Gram matrices": by_grams},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "denominator": "added to the denominator",
        "squared": "added to the product of the self-similarities, under the root",
        "average": "added to the denominator, of HSICs that are divided by (n-1)^2 or n(n-3)",
    },
)
