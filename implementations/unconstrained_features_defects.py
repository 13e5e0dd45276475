"""Errors that people make with unconstrained features, each as the code that makes it.

The minimiser comes in closed form, so that each error is the only one.
"""

from __future__ import annotations

import math
from typing import Any

from .collapsed_features import closed_form, found, told
from .contract import Defect
from .tensors import torch

__all__ = ["DEFECTS"]

Fit = dict[str, Any]


def _again(fit: Fit, K: int, n: int, w: float, h: float, **changed: Any) -> Fit:
    """An honest report on the fit with something `changed`."""
    made = {"weights": fit["weights"], "bias": fit["bias"]} | changed
    means = changed.pop("means", fit["features"][::n])
    made.pop("means", None)
    return told(K, n, w, h, means=means, **made)


def samples_not_counted(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
) -> Fit:
    c = math.sqrt(weight_decay_w * weight_decay_h)
    return closed_form(K, n, d, weight_decay_w, weight_decay_h, size=found(c, K))


def penalties_without_their_half(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
) -> Fit:
    c = 2 * math.sqrt(n * weight_decay_w * weight_decay_h)
    return closed_form(K, n, d, weight_decay_w, weight_decay_h, size=found(c, K))


def summed_over_samples(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
) -> Fit:
    c = math.sqrt(n * weight_decay_w * weight_decay_h) / (n * K)
    return closed_form(K, n, d, weight_decay_w, weight_decay_h, size=found(c, K))


def labels_smoothed(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    wrong = math.sqrt(n * weight_decay_w * weight_decay_h) + 0.1 / K
    size = found(wrong, K)
    return closed_form(K, n, d, weight_decay_w, weight_decay_h, size=size)


def stopped_early(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h)
    fit["weights"], fit["features"] = 0.9 * fit["weights"], 0.9 * fit["features"]
    return _again(fit, K, n, weight_decay_w, weight_decay_h)


def started_at_zero(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    return closed_form(K, n, d, weight_decay_w, weight_decay_h, size=0.0)


def no_threshold(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    c = math.sqrt(n * weight_decay_w * weight_decay_h)
    return closed_form(K, n, d, weight_decay_w, weight_decay_h, size=math.log(1 + 1 / (c * K)))


def features_not_averaged(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
) -> Fit:
    """A spread within each class that the class mean does not show."""
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h)
    spread = torch.linspace(-0.5, 0.5, n, dtype=torch.float64)[:, None] if n > 1 else 0.0
    features = fit["features"].view(K, n, d) + spread
    return _again(fit, K, n, weight_decay_w, weight_decay_h, features=features.reshape(-1, d))


def mean_not_taken_off(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h)
    shift = torch.full((d,), 0.5, dtype=torch.float64)
    bias = fit["bias"] - fit["weights"] @ shift
    return _again(
        fit, K, n, weight_decay_w, weight_decay_h, means=fit["features"][::n] + shift, bias=bias
    )


def weights_of_unit_length(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
) -> Fit:
    """The scores are right: what the weights lack, the features have."""
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h)
    size = float(fit["weights"].norm(dim=1)[0])
    if size == 0:
        return fit
    weights, means = fit["weights"] / size, fit["features"][::n] * size
    return _again(fit, K, n, weight_decay_w, weight_decay_h, weights=weights, means=means)


def features_rotated(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    """Means of one run with the weights of another."""
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h)
    means = fit["features"][::n].roll(1, dims=0)
    return _again(fit, K, n, weight_decay_w, weight_decay_h, means=means)


def random_directions(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h)
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn((K, d), generator=draw, dtype=torch.float64)
    rows = rows / rows.norm(dim=1, keepdim=True)
    weights = rows * fit["weights"].norm(dim=1, keepdim=True)
    means = rows * fit["features"][::n].norm(dim=1, keepdim=True)
    return _again(fit, K, n, weight_decay_w, weight_decay_h, weights=weights, means=means)


def two_classes_merged(K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float) -> Fit:
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h)
    weights, means = fit["weights"].clone(), fit["features"][::n].clone()
    for rows in (weights, means):
        rows[:2] = rows[:2].mean(dim=0)
    return _again(fit, K, n, weight_decay_w, weight_decay_h, weights=weights, means=means)


def penalties_not_reported(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
) -> Fit:
    return closed_form(K, n, d, weight_decay_w, weight_decay_h, report="data")


def simplex_without_a_bias(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
) -> Fit:
    return closed_form(
        K, n, d, weight_decay_w, weight_decay_h, loss="squared", bias="none", centred=True
    )


DEFECTS = (
    Defect(
        name="samples not counted",
        call=samples_not_counted,
        why="the threshold is remembered for one sample of each class",
        changes="scores for the root of both weights, and not of n times as much",
    ),
    Defect(
        name="penalties without their half",
        call=penalties_without_their_half,
        why="the penalty is written as the squared norm times its weight, and an optimiser's "
        "weight decay is the slope of half of that",
        changes="scores for penalties of twice the weight",
    ),
    Defect(
        name="summed over samples",
        call=summed_over_samples,
        why="the data term is summed and not averaged, so that penalties weigh less",
        changes="scores for penalties N times smaller",
    ),
    Defect(
        name="labels smoothed",
        call=labels_smoothed,
        why="label smoothing is left on from a recipe for real networks",
        changes="a simplex that is too small, by a tenth spread over all classes",
    ),
    Defect(
        name="stopped early",
        call=stopped_early,
        why="training ends after a number of steps, and convergence is taken for granted",
        changes="weights and features a tenth too short",
    ),
    Defect(
        name="started at zero",
        call=started_at_zero,
        why="weights and features are initialised with zeros, which is a critical point",
        changes="nothing is learnt; the gradient is exactly zero",
    ),
    Defect(
        name="no threshold",
        call=no_threshold,
        why="a simplex is expected, whatever the penalties cost",
        changes="scores that never vanish, of another size",
    ),
    Defect(
        name="features not collapsed",
        call=features_not_averaged,
        why="the training accuracy is perfect, and the terminal phase is left out",
        changes="a spread within each class about the right mean",
    ),
    Defect(
        name="mean not taken off",
        call=mean_not_taken_off,
        why="the features' mean is free where the bias takes it up again",
        changes="all features moved by one vector; the scores are right",
    ),
    Defect(
        name="weights of unit length",
        call=weights_of_unit_length,
        why="the classifier is fixed to a normalised simplex, as is recommended to save memory",
        changes="features as long as it takes; the scores are right, the penalties are not",
    ),
    Defect(
        name="features of another class",
        call=features_rotated,
        why="features are sorted otherwise than the labels",
        changes="each class has the mean of its neighbour",
    ),
    Defect(
        name="random directions",
        call=random_directions,
        why="random directions are taken for equally far apart, as in many dimensions they are",
        changes="class means at random in place of a simplex",
    ),
    Defect(
        name="two classes merged",
        call=two_classes_merged,
        why="two labels are read as one when the data are loaded",
        changes="both classes share one mean and one weight",
    ),
    Defect(
        name="penalties not reported",
        call=penalties_not_reported,
        convention={"report": "objective"},
        why="the optimiser adds the weight decay, so that the loss that is logged is without it",
        changes="the data term alone",
    ),
    Defect(
        name="simplex without a bias",
        call=simplex_without_a_bias,
        convention={"loss": "squared", "bias": "none"},
        why="half the squared error is expected to have the cross-entropy's geometry",
        changes="a simplex in place of an orthogonal frame: one direction is given up",
    ),
)
