"""Statistics that people take for sufficient, each under the family for which it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def median(x: Tensor) -> Tensor:
    return x.median()


def first_observation(x: Tensor) -> Tensor:
    return x[0]


def span(x: Tensor) -> Tensor:
    return x.max() - x.min()


def one_forgotten(x: Tensor) -> Tensor:
    return x[1:].sum()


def variance_alone(x: Tensor) -> Tensor:
    return x.var()


def sum_alone(x: Tensor) -> Tensor:
    return x.sum()


def absolute_sum(x: Tensor) -> Tensor:
    return x.sum().abs()


def root_mean_square(x: Tensor) -> Tensor:
    return (x * x).mean().sqrt()


def largest_alone(x: Tensor) -> Tensor:
    return x.max()


def sum_and_largest(x: Tensor) -> Tensor:
    return torch.stack([x.sum(), x.max()])


def logs_alone(x: Tensor) -> Tensor:
    return x.log().mean()


def score_at_one(x: Tensor) -> Tensor:
    """The curved normal's score at theta = 1."""
    return (x * x).sum() - x.sum() - len(x)


def uniform_score(x: Tensor) -> Tensor:
    """The score of Unif(0, theta) at theta = 1."""
    return -x.new_tensor(float(len(x)))


def differences(x: Tensor) -> Tensor:
    return x - x.mean()


def distinct_values(x: Tensor) -> Tensor:
    return torch.unique(x).sum()


def whole_sample(x: Tensor) -> Tensor:
    return x


def in_order(x: Tensor) -> Tensor:
    return torch.sort(x).values


def sum_and_first(x: Tensor) -> Tensor:
    return torch.stack([x.sum(), x[0]])


def sum_and_squares(x: Tensor) -> Tensor:
    return torch.stack([x.sum(), (x * x).sum()])


def both_ends(x: Tensor) -> Tensor:
    return torch.stack([x.min(), x.max()])


DEFECTS: tuple[Defect, ...] = (
    Defect(
        name="median", call=median, convention={"family": "normal-mean"},
        why="the median estimates the mean as well, and outliers do not move it",
        changes="the middle observation in place of the sum; of a normal mean's information 2/pi "
        "is kept in large samples",
    ),
    Defect(
        name="first observation", call=first_observation, convention={"family": "exponential"},
        why="a batch is indexed where it should be summed: x[0], or .item() of the first",
        changes="one observation in place of all",
    ),
    Defect(
        name="range", call=span, convention={"family": "normal"},
        why="the range is the quick measure of spread",
        changes="the difference of two observations in place of both moments",
    ),
    Defect(
        name="one observation forgotten", call=one_forgotten, convention={"family": "poisson"},
        why="a loop begins at 1, or a header row is skipped twice",
        changes="the sum of all but one",
    ),
    Defect(
        name="variance without the mean", call=variance_alone, convention={"family": "normal"},
        why="features are centred before they are summarised",
        changes="the second moment about the mean; nothing of the mean is left",
    ),
    Defect(
        name="sum alone", call=sum_alone, convention={"family": "normal"},
        why="the mean is sufficient for a known variance, and the variance is not known",
        changes="the first moment without the second",
    ),
    Defect(
        name="absolute sum", call=absolute_sum, convention={"family": "normal-mean"},
        why="a norm, or an energy, is taken of what was summed",
        changes=r"$\lvert\sum x_i\rvert$: the sign is lost; gradients cannot tell",
    ),
    Defect(
        name="root mean square", call=root_mean_square, convention={"family": "normal"},
        why="the second moment about zero is taken for the deviation",
        changes="the second moment without the first",
    ),
    Defect(
        name="largest alone", call=largest_alone, convention={"family": "uniform-shift"},
        why="the largest is sufficient for an interval that begins at 0",
        changes="one end of the sample in place of both",
    ),
    Defect(
        name="sum of logarithms alone", call=logs_alone, convention={"family": "gamma"},
        why="it is sufficient where the rate is known, or for a Pareto law",
        changes="the geometric mean without the arithmetic one",
    ),
    Defect(
        name="score at one parameter", call=score_at_one,
        convention={"family": "curved-normal"},
        why="theta is one number, so one number is thought to do; the score at the starting value "
        "is at hand",
        changes="one combination of the two moments: enough near that parameter only",
    ),
    Defect(
        name="score of a moving support", call=uniform_score, convention={"family": "uniform"},
        why="the score -n/theta of a uniform law depends on no observation, from which it is "
        "concluded that none is needed",
        changes="a constant",
    ),
    Defect(
        name="differences from the mean", call=differences,
        convention={"family": "normal-mean"},
        why="a batch is normalised before it is summarised",
        changes="all that is left says nothing of the mean: it is ancillary",
    ),
    Defect(
        name="distinct values", call=distinct_values, convention={"family": "poisson"},
        why="observations are collected in a set, where equal ones are one",
        changes="each value counted once",
    ),
    Defect(
        name="whole sample", call=whole_sample,
        convention={"family": "normal-mean", "minimal": "yes"},
        why="what throws nothing away loses nothing, and is taken for the best statistic",
        changes="n numbers in place of one: sufficient, and not minimal",
    ),
    Defect(
        name="order statistics", call=in_order,
        convention={"family": "exponential", "minimal": "yes"},
        why="the order of independent observations says nothing, and nothing else is left out",
        changes="n numbers, where their sum would do",
    ),
    Defect(
        name="sum and first observation", call=sum_and_first,
        convention={"family": "normal-mean", "minimal": "yes"},
        why="an initial value is kept beside the running total",
        changes="one observation more than is needed",
    ),
    Defect(
        name="both moments, one needed", call=sum_and_squares,
        convention={"family": "normal-mean", "minimal": "yes"},
        why="code for an unknown variance is kept where the variance is known",
        changes="the sum of squares beside the sum: it says nothing of the mean",
    ),
    Defect(
        name="both ends, one needed", call=both_ends,
        convention={"family": "uniform", "minimal": "yes"},
        why="minima and maxima are logged together; of an interval that begins at 0 only the end "
        "is unknown",
        changes="the smallest observation beside the largest",
    ),
    Defect(
        name="total and largest", call=sum_and_largest,
        convention={"family": "poisson", "minimal": "yes"},
        why="outliers are watched: the largest count is reported beside the total",
        changes="one number more than is needed; given the total it says nothing of the rate",
    ),
)  # fmt: skip
