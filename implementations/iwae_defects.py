"""Errors that people make in the importance-weighted bound, each as the code that makes it.

Every thread named was read; some are about another loss in which the same error was made.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .contract import Defect

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _bound(log_w: Tensor, dim: int = 1) -> Tensor:
    """Per row, or along another dimension."""
    return log_w.logsumexp(dim=dim) - math.log(log_w.shape[dim])


# -- of the bound ---------------------------------------------------------------------------------


def samples_not_counted(log_w: Tensor) -> Tensor:
    return log_w.logsumexp(dim=1).mean()


def samples_counted_twice(log_w: Tensor) -> Tensor:
    return _bound(log_w).mean() / log_w.shape[1]


def number_of_samples_added(log_w: Tensor) -> Tensor:
    return (log_w.logsumexp(dim=1) + math.log(log_w.shape[1])).mean()


def mean_outside_the_logarithm(log_w: Tensor) -> Tensor:
    return log_w.mean(dim=1).mean()


def batch_axis(log_w: Tensor) -> Tensor:
    return _bound(log_w, dim=0).mean()


def logarithm_outside_the_batch(log_w: Tensor) -> Tensor:
    return _bound(log_w.flatten(), dim=0)


def largest_not_added_back(log_w: Tensor) -> Tensor:
    top = log_w.max(dim=1, keepdim=True).values
    return _bound(log_w - top).mean()


def largest_detached_once(log_w: Tensor) -> Tensor:
    top = log_w.max(dim=1, keepdim=True).values
    return (_bound(log_w - top.detach()) + top.squeeze(1)).mean()


def largest_alone(log_w: Tensor) -> Tensor:
    return log_w.max(dim=1).values.mean()


def sign_of_the_whole(log_w: Tensor) -> Tensor:
    return -_bound(log_w).mean()


def sum_over_rows(log_w: Tensor) -> Tensor:
    return _bound(log_w).sum()


def base_two(log_w: Tensor) -> Tensor:
    return log_w.exp2().mean(dim=1).log2().mean()


def bits(log_w: Tensor) -> Tensor:
    return _bound(log_w).mean() / math.log(2)


def unshifted(log_w: Tensor) -> Tensor:
    return log_w.exp().mean(dim=1).log().mean()


# -- of the surrogate -----------------------------------------------------------------------------


def weights_not_detached(log_w: Tensor) -> Tensor:
    return (log_w.softmax(dim=1) * log_w).sum(dim=1).mean()


def weights_of_the_losses(log_w: Tensor) -> Tensor:
    return ((-log_w).detach().softmax(dim=1) * log_w).sum(dim=1).mean()


def losses_weighed_by_themselves(log_w: Tensor) -> Tensor:
    loss = -log_w
    return -(loss.softmax(dim=1) * loss).sum(dim=1).mean()


def weights_over_the_batch(log_w: Tensor) -> Tensor:
    return (log_w.detach().softmax(dim=0) * log_w).sum(dim=1).mean()


def weights_squared(log_w: Tensor) -> Tensor:
    return (log_w.detach().softmax(dim=1) ** 2 * log_w).sum(dim=1).mean()


def weights_not_normalised(log_w: Tensor) -> Tensor:
    return (log_w.detach().exp() * log_w).sum(dim=1).mean()


def logarithms_added(log_w: Tensor) -> Tensor:
    return (log_w.detach().log_softmax(dim=1) + log_w).sum(dim=1).mean()


def logarithms_for_weights(log_w: Tensor) -> Tensor:
    return (log_w.detach().log_softmax(dim=1) * log_w).sum(dim=1).mean()


def samples_averaged_again(log_w: Tensor) -> Tensor:
    return (log_w.detach().softmax(dim=1) * log_w).mean(dim=1).mean()


SURROGATE = {"quantity": "surrogate"}

DEFECTS = (
    Defect(
        name="number of samples forgotten",
        call=samples_not_counted,
        why="logsumexp is taken for the logarithm of a mean; the gradient stays right",
        changes=r"\log\tfrac1K\sum_k w_k \to \log\sum_k w_k",
    ),
    Defect(
        name="number of samples counted twice",
        call=samples_counted_twice,
        why="a mean over the samples is taken after the logarithm too",
        changes=r"L \to \tfrac1K L",
    ),
    Defect(
        name="number of samples added",
        call=number_of_samples_added,
        why="the sign of log K is lost when the quotient is taken apart",
        changes=r"-\log K \to +\log K",
    ),
    Defect(
        name="mean outside the logarithm",
        call=mean_outside_the_logarithm,
        why="the samples' ELBOs are averaged: a bound, however many samples the looser one",
        changes=r"\log\tfrac1K\sum_k w_k \to \tfrac1K\sum_k\log w_k",
    ),
    Defect(
        name="mean over the batch in place of the samples",
        call=batch_axis,
        why="dim=0, where the rows are and not the samples",
        changes=r"\log\tfrac1K\sum_k w_{ik} \to \log\tfrac1n\sum_i w_{ik}",
        seen_in=("DonkeyShot21/UNO#4",),
    ),
    Defect(
        name="logarithm outside the mean over the batch",
        call=logarithm_outside_the_batch,
        why="logsumexp over all axes: every row's samples are taken for every other's",
        changes=r"\tfrac1n\sum_i\log\tfrac1K\sum_k \to \log\tfrac{1}{nK}\sum_{ik}",
    ),
    Defect(
        name="largest not added back",
        call=largest_not_added_back,
        why="the maximum is subtracted for stability, and forgotten",
        changes=r"L \to L - \max_k\log w_k",
    ),
    Defect(
        name="largest detached once",
        call=largest_detached_once,
        why="the maximum is a constant where it is subtracted, and none where it is added back",
        changes=r"\partial L/\partial\log w_k \to \tilde w_k + [k = \arg\max]",
    ),
    Defect(
        name="largest alone",
        call=largest_alone,
        why="one weight is taken to dominate all others",
        changes=r"\log\tfrac1K\sum_k w_k \to \max_k\log w_k",
    ),
    Defect(
        name="sign of the whole",
        call=sign_of_the_whole,
        why="the loss is returned where the bound is declared; right under sign=loss",
        changes=r"L \to -L",
    ),
    Defect(
        name="sum over the rows",
        call=sum_over_rows,
        why="sum() in place of mean(); right under batch=sum",
        changes=r"\tfrac1n\sum_i \to \sum_i",
        seen_in=("zdebruine/MMVAE#19",),
    ),
    Defect(
        name="powers of two",
        call=base_two,
        why="exp2 and log2 of log weights that are in nats",
        changes=r"\log\tfrac1K\sum_k e^{a_k} \to \log_2\tfrac1K\sum_k 2^{a_k}",
    ),
    Defect(
        name="in bits",
        call=bits,
        why="bits per dimension are reported, and optimised by the same line",
        changes=r"L \to L/\log 2",
        seen_in=("jlizier/jidt#12",),
    ),
    Defect(
        name="weights not detached",
        call=weights_not_detached,
        why="the normalised weights carry a gradient of their own",
        changes=r"\tilde w_k \to \tilde w_k(1 + \log w_k - \sum_j\tilde w_j\log w_j)",
        seen_in=("AntixK/PyTorch-VAE#53",),
        convention=SURROGATE,
    ),
    Defect(
        name="weights inverted",
        call=weights_of_the_losses,
        why="softmax is taken of the losses, which are negative log weights: the worst sample "
        "counts most",
        changes=r"\tilde w_k \to \frac{1/w_k}{\sum_j 1/w_j}",
        convention=SURROGATE,
    ),
    Defect(
        name="weights inverted, and not detached",
        call=losses_weighed_by_themselves,
        why="reconstruction error plus KL is called a log weight, and weighed by its own softmax",
        changes=r"\sum_k\tilde w_k\log w_k \to \sum_k\frac{1/w_k}{\sum_j 1/w_j}\log w_k",
        convention=SURROGATE,
    ),
    Defect(
        name="weights normalised over the batch",
        call=weights_over_the_batch,
        why="softmax(dim=0), where the rows are and not the samples",
        changes=r"\sum_j w_{ij} \to \sum_j w_{jk}",
        seen_in=("DonkeyShot21/UNO#4",),
        convention=SURROGATE,
    ),
    Defect(
        name="weights squared",
        call=weights_squared,
        why="the doubly reparametrised gradient's weights, which belong to the path through the "
        "sample alone, are put on the whole",
        changes=r"\tilde w_k \to \tilde w_k^2",
        convention=SURROGATE,
    ),
    Defect(
        name="weights not normalised",
        call=weights_not_normalised,
        why="the division by the sum is forgotten: the gradient of the mean weight, not of its "
        "logarithm",
        changes=r"\tilde w_k \to w_k",
        convention=SURROGATE,
    ),
    Defect(
        name="logarithms of the weights added",
        call=logarithms_added,
        why="weights kept in logarithms are added where they must multiply",
        changes=r"\tilde w_k\log w_k \to \log\tilde w_k + \log w_k",
        seen_in=("sbi-dev/sbi#71",),
        convention=SURROGATE,
    ),
    Defect(
        name="logarithms for weights",
        call=logarithms_for_weights,
        why="log_softmax in place of softmax",
        changes=r"\tilde w_k \to \log\tilde w_k",
        convention=SURROGATE,
    ),
    Defect(
        name="samples averaged again",
        call=samples_averaged_again,
        why="mean(dim=1) where the weights add up to one already",
        changes=r"\sum_k\tilde w_k \to \tfrac1K\sum_k\tilde w_k",
        convention=SURROGATE,
    ),
    Defect(
        name="exponentials not shifted",
        call=unshifted,
        why="exp, mean and log are written out; a log-likelihood of -104 is zero in float32",
        changes=r"\log\tfrac1K\sum_k e^{a_k}\text{ without its maximum}",
        seen_in=("Lightning-Universe/lightning-bolts#811",),
        rounding=True,
    ),
)
