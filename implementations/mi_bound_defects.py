"""Errors that people make in bounds on mutual information, each as the code that makes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _pairs(scores: Tensor) -> Tensor:
    return scores.diagonal().mean()


def _others(scores: Tensor) -> Tensor:
    """The scores of i != j, in a row."""
    return scores[~torch.eye(len(scores), dtype=torch.bool)]


def _cross_entropy(scores: Tensor) -> Tensor:
    return (scores.logsumexp(1) - scores.diagonal()).mean()


# -- InfoNCE --------------------------------------------------------------------------------------


def log_n_left_out(scores: Tensor) -> Tensor:
    return -_cross_entropy(scores)


def cross_entropy_itself(scores: Tensor) -> Tensor:
    return _cross_entropy(scores)


def log_n_subtracted(scores: Tensor) -> Tensor:
    return -_cross_entropy(scores) - math.log(len(scores))


def log_of_one_fewer(scores: Tensor) -> Tensor:
    return math.log(len(scores) - 1) - _cross_entropy(scores)


def positive_left_out(scores: Tensor) -> Tensor:
    n = len(scores)
    others = scores.masked_fill(torch.eye(n, dtype=torch.bool), -torch.inf)
    return _pairs(scores) - (others.logsumexp(1) - math.log(n - 1)).mean()


def keys_pick_queries(scores: Tensor) -> Tensor:
    return math.log(len(scores)) - _cross_entropy(scores.mT)


def mean_inside_the_logarithm(scores: Tensor) -> Tensor:
    return math.log(len(scores)) + scores.softmax(1).diagonal().mean().log()


def soft_max_over_the_table(scores: Tensor) -> Tensor:
    return _pairs(scores) - scores.flatten().logsumexp(0) + math.log(len(scores))


def all_scores_for_the_pairs(scores: Tensor) -> Tensor:
    return scores.mean() - (scores.logsumexp(1) - math.log(len(scores))).mean()


def denominator_detached(scores: Tensor) -> Tensor:
    return _pairs(scores) - scores.logsumexp(1).mean().detach() + math.log(len(scores))


def soft_max_taken_twice(scores: Tensor) -> Tensor:
    return math.log(len(scores)) - _cross_entropy(scores.softmax(1))


def exponentials_unshifted(scores: Tensor) -> Tensor:
    weights = scores.exp()
    return math.log(len(scores)) + (weights.diagonal() / weights.sum(1)).log().mean()


# -- Donsker and Varadhan -------------------------------------------------------------------------


def sum_divided_by_n(scores: Tensor) -> Tensor:
    return _pairs(scores) - (_others(scores).logsumexp(0) - math.log(len(scores)))


def pairs_kept_and_not_counted(scores: Tensor) -> Tensor:
    n = len(scores)
    return _pairs(scores) - (scores.flatten().logsumexp(0) - math.log(n * (n - 1)))


def pairs_multiplied_by_zero(scores: Tensor) -> Tensor:
    masked = scores * (1 - torch.eye(len(scores), dtype=scores.dtype))
    return _pairs(scores) - (masked.flatten().logsumexp(0) - math.log(scores.numel()))


def logarithm_left_out(scores: Tensor) -> Tensor:
    return _pairs(scores) - _others(scores).exp().mean()


def exponential_left_out(scores: Tensor) -> Tensor:
    return _pairs(scores) - _others(scores).mean()


def mean_left_out(scores: Tensor) -> Tensor:
    return _pairs(scores) - _others(scores).logsumexp(0)


# -- Nguyen, Wainwright and Jordan ----------------------------------------------------------------


def one_lost_at_the_pairs(scores: Tensor) -> Tensor:
    return _pairs(scores) - 1 - (_others(scores) - 1).exp().mean()


def multiplied_by_e(scores: Tensor) -> Tensor:
    return _pairs(scores) - (_others(scores) + 1).exp().mean()


def exponentials_summed(scores: Tensor) -> Tensor:
    return _pairs(scores) - (_others(scores) - 1).exp().sum() / len(scores)


def exponential_of_the_mean(scores: Tensor) -> Tensor:
    return _pairs(scores) - (_others(scores).mean() - 1).exp()


IN_DV, IN_NWJ = {"bound": "DV"}, {"bound": "NWJ"}

DEFECTS = (
    Defect(
        name="log n left out", call=log_n_left_out,
        why="minus the loss is taken for the bound", changes=r"+\log n \to 0",
    ),
    Defect(
        name="the cross-entropy itself", call=cross_entropy_itself,
        why="the loss is taken for the bound, sign and all", changes=r"\log n - L \to L",
    ),
    Defect(
        name="log n subtracted", call=log_n_subtracted,
        why="the bound is remembered as -L - log n", changes=r"+\log n \to -\log n",
    ),
    Defect(
        name="log of n - 1", call=log_of_one_fewer,
        why="the negatives are counted, and not the keys", changes=r"\log n \to \log(n - 1)",
    ),
    Defect(
        name="positive left out of the denominator", call=positive_left_out,
        why="the denominator is read as a mean over negatives: no ceiling is left, and no bound",
        changes=r"\log\tfrac1n\sum_j \to \log\tfrac1{n-1}\sum_{j \ne i}",
    ),
    Defect(
        name="keys pick queries", call=keys_pick_queries,
        why="dim=0 in place of dim=1; right under anchors=columns",
        changes=r"\sum_j e^{s_{ij}} \to \sum_i e^{s_{ij}}",
    ),
    Defect(
        name="mean inside the logarithm", call=mean_inside_the_logarithm,
        why="probabilities are averaged before the logarithm is taken",
        changes=r"\tfrac1n\sum\log p_i \to \log\tfrac1n\sum p_i",
    ),
    Defect(
        name="soft-max over the whole table", call=soft_max_over_the_table,
        why="the axis is left out of the log-sum-exp",
        changes=r"\log\sum_j e^{s_{ij}} \to \log\sum_{ij} e^{s_{ij}}",
    ),
    Defect(
        name="all scores in place of the pairs'", call=all_scores_for_the_pairs,
        why="the mean is taken of the table, and not of its diagonal",
        changes=r"\tfrac1n\sum_i s_{ii} \to \tfrac1{n^2}\sum_{ij} s_{ij}",
    ),
    Defect(
        name="denominator detached", call=denominator_detached,
        why="the normaliser is computed under no_grad",
        changes=r"\nabla\log\sum_j e^{s_{ij}} \to 0",
    ),
    Defect(
        name="soft-max taken twice", call=soft_max_taken_twice,
        why="probabilities are handed to a cross-entropy that expects logits",
        changes=r"s \to \operatorname{softmax}(s)",
    ),
    Defect(
        name="exponentials not shifted", call=exponentials_unshifted,
        why="exp and log are written out; e^s leaves float32 above 88",
        changes=r"\log\sum e^{s}\text{ without its maximum}", rounding=True,
    ),
    Defect(
        name="DV: sum divided by n", call=sum_divided_by_n, convention=IN_DV,
        why="the number of rows is taken for the number of scores",
        changes=r"\tfrac1{n(n-1)}\sum e^s \to \tfrac1n\sum e^s",
    ),
    Defect(
        name="DV: pairs kept and not counted", call=pairs_kept_and_not_counted, convention=IN_DV,
        why="the diagonal is left in the sum, and out of the count",
        changes=r"\sum_{i \ne j} \to \sum_{ij},\text{ over } n(n-1)",
    ),
    Defect(
        name="DV: pairs masked by zero", call=pairs_multiplied_by_zero, convention=IN_DV,
        why="a 0/1 mask multiplies the scores before the exponential, which leaves e^0 = 1",
        changes=r"e^{s_{ii}} \to 1",
    ),
    Defect(
        name="DV: logarithm left out", call=logarithm_left_out, convention=IN_DV,
        why="DV and NWJ are mixed: neither the logarithm nor the shift by one is there",
        changes=r"\log\overline{e^s} \to \overline{e^s}",
    ),
    Defect(
        name="DV: exponential left out", call=exponential_left_out, convention=IN_DV,
        why="a difference of mean scores is taken for a divergence",
        changes=r"\log\overline{e^s} \to \overline{s}",
    ),
    Defect(
        name="DV: mean left out", call=mean_left_out, convention=IN_DV,
        why="logsumexp is taken for the logarithm of a mean",
        changes=r"\log\overline{e^s} \to \log\sum e^s",
    ),
    Defect(
        name="NWJ: one lost at the pairs", call=one_lost_at_the_pairs, convention=IN_NWJ,
        why="the scores are shifted by one, and it is not added again",
        changes=r"D \to D - 1",
    ),
    Defect(
        name="NWJ: multiplied by e", call=multiplied_by_e, convention=IN_NWJ,
        why="the sign of the shift is lost", changes=r"e^{s-1} \to e^{s+1}",
    ),
    Defect(
        name="NWJ: divided by n", call=exponentials_summed, convention=IN_NWJ,
        why="the number of rows is taken for the number of scores",
        changes=r"\tfrac1{n(n-1)}\sum e^{s-1} \to \tfrac1n\sum e^{s-1}",
    ),
    Defect(
        name="NWJ: exponential of the mean", call=exponential_of_the_mean, convention=IN_NWJ,
        why="the mean is taken inside the exponential",
        changes=r"\overline{e^{s-1}} \to e^{\overline s - 1}",
    ),
)  # fmt: skip
