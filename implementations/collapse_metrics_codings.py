"""Honest codings of NC1 to NC4: with covariance matrices, and class by class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_classes", "by_covariances", "class_means", "cosines_off", "duality", "from_simplex"]
__all__ += ["measured", "nearest", "scores_of", "variability"]


def class_means(features: Tensor, labels: Tensor, K: int) -> Tensor:
    return torch.stack([features[labels == k].mean(dim=0) for k in range(K)])


def scores_of(features: Tensor, weights: Tensor, bias: Tensor | None) -> Tensor:
    return torch.nn.functional.linear(features, weights, bias)


def nearest(features: Tensor, means: Tensor) -> Tensor:
    """The class whose mean is nearest to each sample."""
    return (features[:, None] - means).square().sum(dim=2).argmin(dim=1)


def from_simplex(products: Tensor, added: float = 0.0) -> Tensor:
    """The distance of products, of norm one, from a simplex's."""
    K = len(products)
    wanted = (torch.eye(K, dtype=products.dtype) - 1 / K) / math.sqrt(K - 1)
    return (products / (products.norm() + added) - wanted).norm()


def by_covariances(
    features: Tensor, labels: Tensor, weights: Tensor, bias: Tensor | None, *,
    nc1: str = "pseudo-inverse", nc2: str = "angles", nc3: str = "squared",
    centring: str = "samples", ratio: float = 0.0, lengths: float = 0.0, norms: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """Both covariance matrices, and a pseudo-inverse; with the small constants that people add, all
    zero by default."""
    means = class_means(features, labels, len(weights))
    mean = features.mean(dim=0) if centring == "samples" else means.mean(dim=0)
    M, away = means - mean, features - means[labels]
    within, between = away.T @ away / len(features), M.T @ M / len(M)
    return measured(features, weights, bias, means, M, within, between) | {
        "nc1": variability(within, between, len(M), nc1, ratio),
        "nc2": _simplex(M, weights, nc2, lengths),
        "nc3": duality(M, weights, nc3, norms),
    }


def measured(
    features: Tensor, weights: Tensor, bias: Tensor | None, means: Tensor, M: Tensor,
    within: Tensor, between: Tensor,
) -> dict[str, Any]:  # fmt: skip
    """The four numbers of these means and covariances."""
    chosen = scores_of(features, weights, bias).argmax(dim=1)
    return {
        "nc1": variability(within, between, len(M)),
        "nc2": cosines_off(M).abs().mean(),
        "nc3": duality(M, weights),
        "nc4": (nearest(features, means) != chosen).double().mean(),
    }


def variability(
    within: Tensor, between: Tensor, K: int, nc1: str = "pseudo-inverse", added: float = 0.0
) -> Tensor:
    if nc1 == "ratio":
        return within.trace() / (between.trace() + added)
    found = (within @ torch.linalg.pinv(between, rtol=1e-9, hermitian=True)).trace()
    return found / K if nc1 == "pseudo-inverse" else found


def cosines_off(M: Tensor, added: float = 0.0) -> Tensor:
    """By how much the cosine of each two rows differs from that of a simplex's corners."""
    K, unit = len(M), M / (M.norm(dim=1, keepdim=True) + added)
    return (unit @ unit.T + 1 / (K - 1))[~torch.eye(K, dtype=torch.bool)]


def _simplex(M: Tensor, weights: Tensor, nc2: str, added: float) -> Tensor:
    if nc2 in ("norms", "norms over K"):
        lengths = M.norm(dim=1)
        return lengths.std(unbiased=nc2 == "norms") / (lengths.mean() + added)
    if nc2 == "angles":
        return cosines_off(M, added).abs().mean()
    return from_simplex(weights @ weights.T if nc2 == "weights" else M @ M.T, added)


def duality(M: Tensor, weights: Tensor, nc3: str = "squared", added: float = 0.0) -> Tensor:
    if nc3 == "product":
        return from_simplex(weights @ M.T, added)
    apart = (weights / (weights.norm() + added) - M / (M.norm() + added)).norm()
    return apart**2 if nc3 == "squared" else apart


def by_classes(
    features: Tensor, labels: Tensor, weights: Tensor, bias: Tensor | None
) -> dict[str, Any]:
    """Class by class and pair by pair, the pseudo-inverse by the singular values of the means."""
    K, n = len(weights), len(features)
    means = class_means(features, labels, K)
    M = means - features.mean(dim=0)
    _, lengths, V = torch.linalg.svd(M, full_matrices=False)
    kept = lengths > 1e-6 * lengths[0]
    spread, wrong, bent = 0.0, 0, 0.0
    for k in range(K):
        rows = features[labels == k]
        coordinates = (rows - means[k]) @ V[kept].T
        spread += float(((coordinates / lengths[kept]) ** 2).sum())
        for row in rows:
            scores = weights @ row + (0.0 if bias is None else bias)
            wrong += int(scores.argmax() != ((means - row) ** 2).sum(dim=1).argmin())
        for j in range(k):
            cosine = float(M[j] @ M[k] / (M[j].norm() * M[k].norm()))
            bent += abs(cosine + 1 / (K - 1)) / (K * (K - 1) / 2)
    apart = 2 - 2 * float((weights * M).sum() / (weights.norm() * M.norm()))
    return {"nc1": spread / n, "nc2": bent, "nc3": apart, "nc4": wrong / n}
