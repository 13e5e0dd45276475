"""Errors that people make in the uniformity of a batch, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

T = 2.0


def _unit(x: Tensor) -> Tensor:
    return torch.nn.functional.normalize(x, dim=1)


def _squares(u: Tensor, v: Tensor) -> Tensor:
    return (u[:, None] - v[None]).pow(2).sum(dim=2)


def _others(x: Tensor) -> Tensor:
    """The exponentials of all pairs of different rows, each pair twice."""
    off = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    return (-T * _squares(_unit(x), _unit(x)))[off].exp()


def distance_not_squared(x: Tensor) -> Tensor:
    return torch.pdist(_unit(x)).mul(-T).exp().mean().log()


def logarithm_forgotten(x: Tensor) -> Tensor:
    return _others(x).mean()


def logarithm_inside(x: Tensor) -> Tensor:
    return _others(x).log().mean()


def logarithm_of_each_row(x: Tensor) -> Tensor:
    return _others(x).reshape(len(x), -1).mean(dim=1).log().mean()


def sign_of_the_exponent(x: Tensor) -> Tensor:
    return (1 / _others(x)).mean().log()


def value_negated(x: Tensor) -> Tensor:
    return -_others(x).mean().log()


def sum_in_place_of_mean(x: Tensor) -> Tensor:
    return (_others(x).sum() / 2).log()


def self_pairs_in_the_sum(x: Tensor) -> Tensor:
    n = len(x)
    return ((_others(x).sum() + n) / (n * (n - 1))).log()


def self_pairs_in_the_count(x: Tensor) -> Tensor:
    return (_others(x).sum() / len(x) ** 2).log()


def zeros_of_the_triangle(x: Tensor) -> Tensor:
    u = _unit(x)
    return (-T * _squares(u, u)).exp().triu(1).mean().log()


def normalised_over_the_batch(x: Tensor) -> Tensor:
    u = torch.nn.functional.normalize(x, dim=0)
    off = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    return (-T * _squares(u, u))[off].exp().mean().log()


def sum_of_absolute_values(x: Tensor) -> Tensor:
    u = torch.nn.functional.normalize(x, p=1, dim=1)
    off = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    return (-T * _squares(u, u))[off].exp().mean().log()


def norm_detached(x: Tensor) -> Tensor:
    u = x / x.detach().norm(dim=1, keepdim=True)
    off = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    return (-T * _squares(u, u))[off].exp().mean().log()


def others_detached(x: Tensor) -> Tensor:
    u = _unit(x)
    off = ~torch.eye(len(x), dtype=torch.bool, device=x.device)
    return (-T * _squares(u, u.detach()))[off].exp().mean().log()


DEFECTS = (
    Defect(
        name="distance not squared", call=distance_not_squared,
        why="pdist returns distances, and the square is forgotten",
        changes=r"e^{-t\lvert u_i - u_j\rvert}",
    ),
    Defect(
        name="logarithm forgotten", call=logarithm_forgotten,
        why="the mean of the exponentials is returned",
        changes=r"U = \operatorname{mean}_P e^{\dots}",
    ),
    Defect(
        name="logarithm inside the mean", call=logarithm_inside,
        why="exp and log are swapped with the mean, and cancel",
        changes=r"U = -t\,\operatorname{mean}_P\lvert u_i - u_j\rvert^2",
    ),
    Defect(
        name="logarithm of each row", call=logarithm_of_each_row,
        why="the limit of InfoNCE, a mean of logarithms, is taken for the metric",
        changes=r"U = \tfrac1n\sum_i\log\operatorname{mean}_j",
    ),
    Defect(
        name="sign of the exponent", call=sign_of_the_exponent,
        why="the minus is lost between the distance and the exponential",
        changes=r"e^{+t\lvert u_i - u_j\rvert^2}",
    ),
    Defect(
        name="value negated", call=value_negated,
        why="uniformity is thought of as a score, to be maximised", changes=r"U \to -U",
    ),
    Defect(
        name="sum in place of mean", call=sum_in_place_of_mean,
        why="logsumexp is used, and the number of pairs is never taken off",
        changes=r"U + \log\lvert P\rvert",
    ),
    Defect(
        name="self-pairs in the sum", call=self_pairs_in_the_sum,
        why="the whole table is summed and divided by the number of different pairs",
        changes=r"\sum_{i \ne j} + n",
    ),
    Defect(
        name="self-pairs in the count", call=self_pairs_in_the_count,
        why="the diagonal is masked to zero, and the mean taken over the whole table",
        changes=r"\lvert P\rvert \to n^2",
    ),
    Defect(
        name="zeros of the triangle averaged", call=zeros_of_the_triangle,
        why="triu keeps the table's shape: its zeros enter the mean",
        changes=r"\tfrac1{n^2}\sum_{i<j}",
    ),
    Defect(
        name="normalised over the batch", call=normalised_over_the_batch,
        why="normalize is given dim=0", changes=r"u_{ij} = x_{ij}/\lvert x_{\cdot j}\rvert",
    ),
    Defect(
        name="sum of absolute values for the norm", call=sum_of_absolute_values,
        why="normalised in the 1-norm, as a docstring of the loss says",
        changes=r"u_i = x_i/\lVert x_i\rVert_1",
    ),
    Defect(
        name="norm detached", call=norm_detached,
        why="norms are computed without a graph", changes=r"\nabla\text{ not through the norms}",
    ),
    Defect(
        name="others detached", call=others_detached,
        why="the other rows are detached, as targets are: half the gradient is lost",
        changes=r"\nabla U \to \tfrac12\nabla U",
    ),
)  # fmt: skip
