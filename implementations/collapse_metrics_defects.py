"""Wrong measures of neural collapse, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .collapse_metrics_codings import (
    by_covariances,
    class_means,
    cosines_off,
    duality,
    from_simplex,
    measured,
    nearest,
    scores_of,
    variability,
)
from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _parts(features: Tensor, labels: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
    """Class means, centred ones, what is left of features, and both covariances."""
    means = class_means(features, labels, len(weights))
    M, away = means - features.mean(dim=0), features - means[labels]
    return means, M, away, away.T @ away / len(features), M.T @ M / len(M)


# -- NC1 ------------------------------------------------------------------------------------------


def total_covariance(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, _, between = _parts(features, labels, weights)
    away = features - features.mean(dim=0)
    return measured(features, weights, bias, means, M, away.T @ away / len(features), between)


def unbiased_covariance(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, away, _, between = _parts(features, labels, weights)
    within = away.T @ away / (len(features) - len(M))
    return measured(features, weights, bias, means, M, within, between)


def mean_of_covariances(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, _, between = _parts(features, labels, weights)
    each = [features[labels == k] - means[k] for k in range(len(M))]
    within = torch.stack([rows.T @ rows / len(rows) for rows in each]).mean(dim=0)
    return measured(features, weights, bias, means, M, within, between)


def weighed_between(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, _ = _parts(features, labels, weights)
    between = M[labels].T @ M[labels] / len(features)
    return measured(features, weights, bias, means, M, within, between)


def by_estimates(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, away, _, _ = _parts(features, labels, weights)
    within, between = torch.cov(away.T), torch.cov(M.T)
    return measured(features, weights, bias, means, M, within, between)


def ridge(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    inverse = torch.linalg.inv(between + 1e-6 * torch.eye(len(between), dtype=between.dtype))
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc1": (within @ inverse).trace() / len(M)}


def the_wrong_way_round(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc1": variability(between, within, len(M))}


# -- NC2 ------------------------------------------------------------------------------------------


def not_centred(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc2": cosines_off(means).abs().mean()}


def diagonal_counted(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    found, K = measured(features, weights, bias, means, M, within, between), len(M)
    return found | {"nc2": found["nc2"] * (K - 1) / K}


def signed(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc2": cosines_off(M).mean()}


def across_coordinates(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    lengths = M.norm(dim=0)
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc2": lengths.std() / lengths.mean()}


# -- NC3 ------------------------------------------------------------------------------------------


def not_normalised(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc3": (weights - M / M.norm()).square().sum()}


def rows_normalised(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    W, U = (table / table.norm(dim=1, keepdim=True) for table in (weights, M))
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc3": (W - U).square().sum()}


def means_not_centred(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, M, _, within, between = _parts(features, labels, weights)
    found = measured(features, weights, bias, means, M, within, between)
    return found | {"nc3": duality(means, weights)}


def transposed(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    found: dict[str, Any] = by_covariances(features, labels, weights, bias)
    _, M, *_ = _parts(features, labels, weights)
    return found | {"nc3": from_simplex((weights.T @ M)[: len(M), : len(M)])}


# -- NC4 ------------------------------------------------------------------------------------------


def agreement(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    found: dict[str, Any] = by_covariances(features, labels, weights, bias)
    return found | {"nc4": 1 - found["nc4"]}


def counted(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    found: dict[str, Any] = by_covariances(features, labels, weights, bias)
    return found | {"nc4": len(features) * found["nc4"]}


def without_bias(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    found: dict[str, Any] = by_covariances(features, labels, weights, None)
    return found


def largest_product(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, *_ = _parts(features, labels, weights)
    near, chosen = (features @ means.T).argmax(dim=1), scores_of(features, weights, bias).argmax(1)
    found: dict[str, Any] = by_covariances(features, labels, weights, bias)
    return found | {"nc4": (near != chosen).double().mean()}


def error_rate(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    wrong = scores_of(features, weights, bias).argmax(dim=1) != labels
    found: dict[str, Any] = by_covariances(features, labels, weights, bias)
    return found | {"nc4": wrong.double().mean()}


def error_of_the_nearest(features: Tensor, labels: Tensor, weights: Tensor, bias: Any) -> Any:
    means, *_ = _parts(features, labels, weights)
    found: dict[str, Any] = by_covariances(features, labels, weights, bias)
    return found | {"nc4": (nearest(features, means) != labels).double().mean()}


DEFECTS = (
    Defect(
        name="total covariance",
        call=total_covariance,
        why="features are centred by one mean, as for a principal component analysis; then NC1 "
        "never comes down to zero",
        changes=r"\Sigma_W \to \Sigma_W + \text{between}",
    ),
    Defect(
        name="within-class covariance over N - K",
        call=unbiased_covariance,
        why="the unbiased estimate of a common covariance; NC1 describes the samples that there "
        "are",
        changes=r"\tfrac1N \to \tfrac1{N-K}",
    ),
    Defect(
        name="mean of the classes' covariances",
        call=mean_of_covariances,
        why="a covariance of each class, and then their mean, in which a sample of a small class "
        "counts more; balanced classes hide it",
        changes=r"\tfrac1N\textstyle\sum_i \to \tfrac1K\sum_k\tfrac1{n_k}\sum_{y_i=k}",
    ),
    Defect(
        name="between-class covariance weighed by samples",
        call=weighed_between,
        why="as in discriminant analysis, where a class counts by its size; balanced classes hide "
        "it",
        changes=r"\tfrac1K\textstyle\sum_k \to \tfrac1N\sum_k n_k",
    ),
    Defect(
        name="covariances by numpy.cov or torch.cov",
        call=by_estimates,
        why="a library's covariance divides by one less, by N - 1 within and by K - 1 between, and "
        "takes the mean of the class means off once more",
        changes=r"\tfrac1N, \tfrac1K \to \tfrac1{N-1}, \tfrac1{K-1}",
    ),
    Defect(
        name="a ridge in place of the pseudo-inverse",
        call=ridge,
        why="between-class covariances have K - 1 directions only, so that an inverse fails, and a "
        "small ridge is added; it makes what lies in no class mean's direction count a million "
        "times",
        changes=r"\Sigma_B^+ \to (\Sigma_B+10^{-6}I)^{-1}",
    ),
    Defect(
        name="between over within",
        call=the_wrong_way_round,
        why="the signal on top, as in discriminant analysis",
        changes=r"\operatorname{tr}\Sigma_W\Sigma_B^+ \to \operatorname{tr}\Sigma_B\Sigma_W^+",
    ),
    Defect(
        name="cosines of means that are not centred",
        call=not_centred,
        why="class means as they are: what all features share makes them look alike",
        changes=r"\cos(\mu_j-\mu, \mu_k-\mu) \to \cos(\mu_j, \mu_k)",
    ),
    Defect(
        name="diagonal counted",
        call=diagonal_counted,
        why="the diagonal is set to zero and the mean taken over all K K entries",
        changes=r"\tfrac1{K(K-1)} \to \tfrac1{K^2}",
    ),
    Defect(
        name="deviations cancel",
        call=signed,
        why="the mean is taken before the absolute value, so that a pair that is too near makes "
        "up for one that is too far",
        changes=r"\lvert\cdot\rvert \to \cdot",
    ),
    Defect(
        name="lengths across coordinates",
        call=across_coordinates,
        why="norms over the wrong axis: of each coordinate over the classes, as means in columns "
        "have it",
        changes=r"\lVert M_k\rVert \to \lVert M_{\cdot j}\rVert",
        convention={"nc2": "norms"},
    ),
    Defect(
        name="weights not normalised",
        call=not_normalised,
        why="only class means are divided by their norm, so that the scale of the weights enters",
        changes=r"W/\lVert W\rVert \to W",
    ),
    Defect(
        name="row by row normalised",
        call=rows_normalised,
        why="each class's weights and mean of length one, so that lengths that differ do not show",
        changes=r"W/\lVert W\rVert_F \to w_k/\lVert w_k\rVert",
    ),
    Defect(
        name="weights against means that are not centred",
        call=means_not_centred,
        why="weights are in proportion to centred means; a common mean of features is taken up by "
        "the bias",
        changes=r"M \to \mu_k",
    ),
    Defect(
        name="transposed product",
        call=transposed,
        why="weights are stored as [K, d] and means as [d, K], or not; a slice makes shapes fit",
        changes=r"WM^\top \to W^\top M",
        convention={"nc3": "product"},
    ),
    Defect(
        name="agreement",
        call=agreement,
        why="the share of matches is returned, which grows to one as the network collapses",
        changes=r"\mathrm{NC}_4 \to 1-\mathrm{NC}_4",
    ),
    Defect(
        name="disagreements counted",
        call=counted,
        why="misses are added up batch by batch, and never divided by the number of samples",
        changes=r"\tfrac1N\# \to \#",
    ),
    Defect(
        name="bias forgotten",
        call=without_bias,
        why="scores are computed from weights and features alone",
        changes=r"w_k^\top h+b_k \to w_k^\top h",
    ),
    Defect(
        name="largest product in place of nearest",
        call=largest_product,
        why="a product with class means is taken for nearness: means that are longer, or not "
        "centred, win",
        changes=r"\arg\min\lVert h-\mu_k\rVert \to \arg\max\mu_k^\top h",
    ),
    Defect(
        name="the classifier's error rate",
        call=error_rate,
        why="the classifier is compared with the labels",
        changes=r"\arg\min_k\lVert h_i-\mu_k\rVert \to y_i",
    ),
    Defect(
        name="the nearest mean's error rate",
        call=error_of_the_nearest,
        why="the nearest class mean is compared with the labels, and the classifier not at all",
        changes=r"\arg\max_k w_k^\top h_i+b_k \to y_i",
    ),
)
