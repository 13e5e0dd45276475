"""Errors that people make in the training of a critic, each as the code that makes it.

Every one is trained to the end on its own wrong loss, and reports the loss that it should have had,
so that the error is the only one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .contract import Defect
from .critic_training import exact_loss, minimised, report
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _ratio(joint: Tensor) -> Tensor:
    return joint / (joint.sum(1, keepdim=True) * joint.sum(0))


def _trained_against(joint: Tensor, keys: int, law: Tensor) -> dict[str, Any]:
    scores = minimised(tuple(joint.shape), lambda s: exact_loss(s, joint, keys, law=law))
    return report(scores, joint, keys)


def negatives_of_the_same_query(joint: Tensor, keys: int) -> dict[str, Any]:
    mixed = (joint / joint.sum(1, keepdim=True) + joint.sum(0)) / 2
    return _trained_against(joint, keys, mixed)


def negatives_uniform(joint: Tensor, keys: int) -> dict[str, Any]:
    return _trained_against(joint, keys, torch.full_like(joint, 1 / joint.shape[1]))


def negatives_weighed_by_a_power(joint: Tensor, keys: int) -> dict[str, Any]:
    weights = joint.sum(0) ** 0.75
    return _trained_against(joint, keys, (weights / weights.sum()).expand_as(joint))


def negatives_never_the_positive(joint: Tensor, keys: int) -> dict[str, Any]:
    """Of each pair the strangers are drawn from the other keys."""
    n, marginal = joint.shape[1], joint.sum(0)
    others = marginal * (1 - torch.eye(n, dtype=joint.dtype))
    laws = others / others.sum(1, keepdim=True)  # [own key, key]

    def loss(scores: Tensor) -> Tensor:
        terms = [
            exact_loss(scores, joint * column, keys, law=laws[y].expand_as(joint))
            for y, column in enumerate(torch.eye(n, dtype=joint.dtype))
        ]
        return torch.stack(terms).sum() + 1e-3 * scores.square().sum()

    return report(minimised(tuple(joint.shape), loss), joint, keys)


def positive_left_out(joint: Tensor, keys: int) -> dict[str, Any]:
    """Its loss has no lower bound, so that weight decay holds it."""

    def loss(scores: Tensor) -> Tensor:
        return exact_loss(scores, joint, keys, own=False) + 1e-2 * scores.square().sum()

    scores = minimised(tuple(joint.shape), loss)
    reported = float(exact_loss(scores, joint, keys, own=False))
    return report(scores, joint, keys, loss=reported)


def keys_pick_queries(joint: Tensor, keys: int) -> dict[str, Any]:
    back = joint.mT.contiguous()
    scores = minimised(tuple(back.shape), lambda s: exact_loss(s, back, keys))
    return report(scores.mT, joint, keys)


def pairs_not_weighed(joint: Tensor, keys: int) -> dict[str, Any]:
    even = torch.full_like(joint, 1 / joint.numel())
    law = joint.sum(0).expand_as(joint)
    scores = minimised(tuple(joint.shape), lambda s: exact_loss(s, even, keys, law=law))
    return report(scores, joint, keys)


def temperature_left_in(joint: Tensor, keys: int) -> dict[str, Any]:
    """Trained at scores divided by one half, and returned undivided."""
    scores = minimised(tuple(joint.shape), lambda s: exact_loss(2 * s, joint, keys))
    return report(scores, joint, keys)


def ratio_without_its_logarithm(joint: Tensor, keys: int) -> dict[str, Any]:
    return report(_ratio(joint), joint, keys)


def sign_turned(joint: Tensor, keys: int) -> dict[str, Any]:
    return report(-_ratio(joint).log(), joint, keys)


def conditional_in_place_of_the_ratio(joint: Tensor, keys: int) -> dict[str, Any]:
    return report((joint / joint.sum(1, keepdim=True)).log(), joint, keys)


def stopped_early(joint: Tensor, keys: int) -> dict[str, Any]:
    """Three steps down, and said to have converged."""
    scores = torch.zeros_like(joint)
    for _ in range(3):
        at = scores.clone().requires_grad_()
        (slope,) = torch.autograd.grad(exact_loss(at, joint, keys), at)
        scores = scores - slope
    return report(scores, joint, keys)


def bound_reported_for_the_loss(joint: Tensor, keys: int) -> dict[str, Any]:
    scores = _ratio(joint).log()
    return report(scores, joint, keys, loss=math.log(keys) - float(exact_loss(scores, joint, keys)))


DEFECTS = (
    Defect(
        name="negatives of the same query", call=negatives_of_the_same_query,
        why="half of the strangers are other views of the pair's own query",
        changes=r"p(y) \to \tfrac12p(y) + \tfrac12p(y|x)",
    ),
    Defect(
        name="negatives uniform", call=negatives_uniform,
        why="strangers are drawn from the list of keys, and not from the data",
        changes=r"p(y) \to \tfrac1n",
    ),
    Defect(
        name="negatives weighed by a power", call=negatives_weighed_by_a_power,
        why="word2vec's habit: the counts to the power of three quarters",
        changes=r"p(y) \to p(y)^{3/4}/Z",
    ),
    Defect(
        name="negatives never the positive", call=negatives_never_the_positive,
        why="strangers that equal the positive are sorted out, or drawn without replacement",
        changes=r"p(y) \to p(y \mid y \ne y_1)",
    ),
    Defect(
        name="positive left out of the denominator", call=positive_left_out,
        why="the denominator is read as a sum over negatives", changes=r"\sum_k \to \sum_{k \ge 2}",
    ),
    Defect(
        name="keys pick queries", call=keys_pick_queries,
        why="the axis of the soft-max: the number that is left free is the key's",
        changes=r"c(x) \to c(y)",
    ),
    Defect(
        name="pairs not weighed", call=pairs_not_weighed,
        why="every cell counts once, however often its pair occurs",
        changes=r"p(x, y) \to \tfrac1{mn}\text{ in the positives}",
    ),
    Defect(
        name="temperature left in", call=temperature_left_in,
        why="the scores are divided by the temperature in the loss, and not where they are used",
        changes=r"s \to \tau s",
    ),
    Defect(
        name="ratio without its logarithm", call=ratio_without_its_logarithm,
        why="the ratio is taken for the critic", changes=r"\log r \to r",
    ),
    Defect(
        name="sign turned", call=sign_turned,
        why="an energy or a distance is taken for a score", changes=r"s \to -s",
    ),
    Defect(
        name="conditional in place of the ratio", call=conditional_in_place_of_the_ratio,
        why="log p(y|x) looks like the answer: the key's own frequency is not divided by",
        changes=r"\log\frac{p(y|x)}{p(y)} \to \log p(y|x)",
    ),
    Defect(
        name="stopped early", call=stopped_early,
        why="a number of steps is taken for convergence", changes=r"\nabla\mathcal L_K(s) \ne 0",
    ),
    Defect(
        name="bound reported for the loss", call=bound_reported_for_the_loss,
        why="log K - L is logged under the name of L", changes=r"L \to \log K - L",
    ),
)  # fmt: skip
