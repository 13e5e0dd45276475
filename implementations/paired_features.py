"""What code that compares two representations may differ in: how it is handed their features; and
the pieces that its honest and its wrong codings are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Option
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TAKES", "doubly_centred", "grams", "hollow", "of_distinct", "u_centred"]


# -- pieces ---------------------------------------------------------------------------------------


def grams(*features: Tensor) -> tuple[Tensor, ...]:
    return tuple(z @ z.mT for z in features)


def doubly_centred(gram: Tensor) -> Tensor:
    """HKH, by means."""
    return gram - gram.mean(0) - gram.mean(1, keepdim=True) + gram.mean()


def hollow(gram: Tensor) -> Tensor:
    """With zeros on the diagonal."""
    return gram - torch.diag(torch.diag(gram))


def u_centred(gram: Tensor) -> Tensor:
    """With zeros on the diagonal, and rows that add to zero."""
    n, K = len(gram), hollow(gram)
    sums = K.sum(1)
    apart = K - (sums[:, None] + sums) / (n - 2) + sums.sum() / ((n - 1) * (n - 2))
    return hollow(apart)


def of_distinct(K: Tensor, L: Tensor) -> Tensor:
    """n(n-3) times Song et al.'s estimate, of tables whose diagonal is zero."""
    n = len(K)
    both = (K * L).sum() + K.sum() * L.sum() / ((n - 1) * (n - 2))
    return both - 2 * (K.sum(0) @ L.sum(0)) / (n - 2)


# -- how features are handed over -----------------------------------------------------------------


def _as(change: Callable[[Tensor], Tensor]) -> Callable[[Call], Call]:
    return lambda call: call._replace(inputs=tuple(map(change, call.inputs)))


def _of_columns(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y: target(x.mT, y.mT)


def _of_grams(target: Callable[..., Any]) -> Callable[..., Any]:
    """Of features whose Gram matrices they are; the slope of a root is written out, as that of
    eigenvectors is not a number where eigenvalues are equal."""

    def root(gram: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(gram.detach())
        kept = values > 1e-12 * values[-1]
        values, vectors = values[kept], vectors[:, kept]
        moved = gram - gram.detach()
        across = moved - vectors @ (vectors.mT @ moved) / 2
        return vectors * values.sqrt() + across @ (vectors / values.sqrt())

    return lambda K, L: target(root(K), root(L))


TAKES = Axis(
    name="takes",
    form=True,
    options=(
        Option(name="rows", words="features with one sample per row"),
        Option(
            name="columns", words="features with one sample per column",
            call=_as(lambda z: z.mT), write=_of_columns,
        ),
        Option(
            name="Gram matrices", words="Gram matrices [n, n] in place of features",
            call=_as(lambda z: z @ z.mT), write=_of_grams,
        ),
    ),
)  # fmt: skip
