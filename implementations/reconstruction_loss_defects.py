"""Errors that people make in reconstruction losses, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


# -- squared error --------------------------------------------------------------------------------


def not_squared(x: Tensor, x_hat: Tensor) -> Tensor:
    return (x - x_hat).abs().sum(dim=1).mean()


def root_of_the_sum(x: Tensor, x_hat: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x - x_hat, dim=1).mean()


def squared_after_the_sum(x: Tensor, x_hat: Tensor) -> Tensor:
    return ((x - x_hat).sum(dim=1) ** 2).mean()


def one_sided(x: Tensor, x_hat: Tensor) -> Tensor:
    return (torch.relu(x - x_hat) ** 2).sum(dim=1).mean()


def broadcast_over_pairs(x: Tensor, x_hat: Tensor) -> Tensor:
    return ((x[:, None] - x_hat[None]) ** 2).sum(dim=2).mean()


def averaged_twice(x: Tensor, x_hat: Tensor) -> Tensor:
    return ((x - x_hat) ** 2).sum(dim=1).mean() / len(x)


def squashed_twice(x: Tensor, x_hat: Tensor) -> Tensor:
    return ((x - torch.sigmoid(x_hat)) ** 2).sum(dim=1).mean()


def variance_of_the_error(x: Tensor, x_hat: Tensor) -> Tensor:
    error = x - x_hat
    return ((error - error.mean(dim=0)) ** 2).sum(dim=1).mean()


def gradient_halved(x: Tensor, x_hat: Tensor) -> Tensor:
    return ((x - x_hat) * (x - x_hat.detach())).sum(dim=1).mean()


# -- Bernoulli ------------------------------------------------------------------------------------


def arguments_swapped(x: Tensor, x_hat: Tensor) -> Tensor:
    """With the logarithm of the data kept finite, as torch's loss does, by a clamp at -100."""
    log, other = (torch.log(y).clamp(min=-100) for y in (x, 1 - x))
    return -(x_hat * log + (1 - x_hat) * other).sum(dim=1).mean()


def one_outcome_forgotten(x: Tensor, x_hat: Tensor) -> Tensor:
    return -(x * x_hat.log()).sum(dim=1).mean()


def probabilities_taken_for_logits(x: Tensor, x_hat: Tensor) -> Tensor:
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x_hat, x, reduction="none")
    return loss.sum(dim=1).mean()


def data_thresholded(x: Tensor, x_hat: Tensor) -> Tensor:
    return -torch.where(x > 0.5, x_hat, 1 - x_hat).log().sum(dim=1).mean()


def sign_forgotten(x: Tensor, x_hat: Tensor) -> Tensor:
    return (x * x_hat.log() + (1 - x) * (1 - x_hat).log()).sum(dim=1).mean()


BERNOULLI = {"error": "bernoulli"}

DEFECTS = (
    Defect(
        name="not squared", call=not_squared,
        why="`l1_loss` for `mse_loss`",
        changes="the absolute error in place of its square",
    ),
    Defect(
        name="root of the sum", call=root_of_the_sum,
        why="the norm of the error is taken for its square",
        changes="the square root of each row's loss",
    ),
    Defect(
        name="squared after the sum", call=squared_after_the_sum,
        why="the square is taken outside the sum over features",
        changes="errors of opposite sign cancel",
    ),
    Defect(
        name="one-sided", call=one_sided,
        why="the error passes a rectifier before it is squared",
        changes="reconstructions that are too large cost nothing",
    ),
    Defect(
        name="broadcast over pairs", call=broadcast_over_pairs,
        why="a stray dimension makes every row meet every reconstruction",
        changes="the mean over all n squared pairs",
    ),
    Defect(
        name="averaged twice", call=averaged_twice,
        why="the mean over the batch is divided by the batch size once more when it is logged",
        changes="a factor of 1/n",
    ),
    Defect(
        name="squashed twice", call=squashed_twice,
        why="the model ends in a sigmoid, and the loss applies another",
        changes="reconstructions between 1/2 and 0.73 only",
    ),
    Defect(
        name="variance of the error", call=variance_of_the_error,
        why="the error's variance is taken for its mean square",
        changes="a constant error costs nothing",
    ),
    Defect(
        name="gradient halved", call=gradient_halved,
        why="one of two factors is detached",
        changes="the value is right, the gradient half of what it should be",
    ),
    Defect(
        name="arguments swapped", call=arguments_swapped, convention=BERNOULLI,
        why="input and target of the cross-entropy are exchanged",
        changes="the logarithm of the data in place of the reconstruction's",
        seen_in=("autonomousvision/sledge#4", "carpedm20/NTM-tensorflow#17"),
    ),
    Defect(
        name="one outcome forgotten", call=one_outcome_forgotten, convention=BERNOULLI,
        why="the categorical cross-entropy is used for independent pixels",
        changes="the term of the zeros is missing: all ones is perfect",
    ),
    Defect(
        name="probabilities taken for logits", call=probabilities_taken_for_logits,
        convention=BERNOULLI,
        why="the model ends in a sigmoid, and the loss expects logits",
        changes="reconstructions between 1/2 and 0.73 only",
        seen_in=("nv-tlabs/GSCNN#62", "Lightning-AI/pytorch-lightning#18272"),
    ),
    Defect(
        name="data thresholded", call=data_thresholded, convention=BERNOULLI,
        why="grey values are made black and white inside the loss",
        changes="another target",
    ),
    Defect(
        name="sign forgotten", call=sign_forgotten, convention=BERNOULLI,
        why="the log-likelihood is returned for its negative",
        changes="the sign: descent makes reconstructions worse",
    ),
)  # fmt: skip
