"""Errors that people make in drawing from a Gaussian, each as the code that makes it.

Every thread named was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _std(logvar: Tensor) -> Tensor:
    return (logvar / 2).exp()


def variance_for_deviation(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + logvar.exp() * torch.randn_like(mu)


def log_deviation_for_log_variance(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + (logvar / 4).exp() * torch.randn_like(mu)


def logarithm_for_deviation(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + logvar * torch.randn_like(mu)


def little_noise(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + _std(logvar) * 0.01 * torch.randn_like(mu)


def constant_for_noise(mu: Tensor, logvar: Tensor) -> Tensor:
    torch.randn_like(mu)  # drawn, and not used
    return mu + _std(logvar)


def no_noise(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + 0 * logvar


def noise_before_scaling(mu: Tensor, logvar: Tensor) -> Tensor:
    return (mu + torch.randn_like(mu)) * _std(logvar)


def draw_detached(mu: Tensor, logvar: Tensor) -> Tensor:
    return torch.normal(mu, _std(logvar))


def deviation_detached(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + _std(logvar).detach() * torch.randn_like(mu)


def noise_shared_by_rows(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + _std(logvar) * torch.randn_like(mu[:1])


def noise_shared_by_coordinates(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + _std(logvar) * torch.randn_like(mu[:, :1])


def softplus_of_log_variance(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + _std(torch.nn.functional.softplus(logvar)) * torch.randn_like(mu)


def noise_in_absolute_value(mu: Tensor, logvar: Tensor) -> Tensor:
    return mu + _std(logvar) * torch.randn_like(mu).abs()


DEFECTS = (
    Defect(
        name="variance taken for standard deviation",
        call=variance_for_deviation,
        why="exp(logvar) scales the noise, where exp(logvar/2) should; right under second=logstd",
        changes=r"z = \mu + \sigma^2\epsilon",
        seen_in=("rachtsingh/ibp_vae#3", "keras-team/keras#9972"),
    ),
    Defect(
        name="halved once too often",
        call=log_deviation_for_log_variance,
        why="a log-variance is taken for twice what it is",
        changes=r"z = \mu + \sqrt\sigma\,\epsilon",
    ),
    Defect(
        name="exponential forgotten",
        call=logarithm_for_deviation,
        why="the log-variance itself scales the noise; right under second=std",
        changes=r"z = \mu + v\,\epsilon",
    ),
    Defect(
        name="noise too small",
        call=little_noise,
        why="a smaller noise trains better, but it is another distribution",
        changes=r"\epsilon \sim N(0, 10^{-4})",
        seen_in=("keras-team/keras#4211",),
    ),
    Defect(
        name="a constant in place of the noise",
        call=constant_for_noise,
        why="the noise is drawn, and its standard deviation is used in its place",
        changes=r"z = \mu + \sigma",
        seen_in=("twairball/keras_lstm_vae#1",),
    ),
    Defect(
        name="no noise",
        call=no_noise,
        why="the evaluation branch is taken while training",
        changes=r"z = \mu",
    ),
    Defect(
        name="noise added before scaling",
        call=noise_before_scaling,
        why="the two operations in the wrong order",
        changes=r"z = \sigma(\mu + \epsilon)",
    ),
    Defect(
        name="draw detached",
        call=draw_detached,
        why="torch.normal(mean, std) and sample() draw without a gradient",
        changes=r"\partial z/\partial(\mu, v) \to 0",
    ),
    Defect(
        name="standard deviation detached",
        call=deviation_detached,
        why="the deviation is computed under no_grad, or by .data",
        changes=r"\partial z/\partial v \to 0",
    ),
    Defect(
        name="noise shared by the rows",
        call=noise_shared_by_rows,
        why="the noise has the shape of one row, and is broadcast",
        changes=r"\epsilon_{ij} \to \epsilon_j",
    ),
    Defect(
        name="noise shared by the coordinates",
        call=noise_shared_by_coordinates,
        why="one number per row is drawn, and is broadcast",
        changes=r"\epsilon_{ij} \to \epsilon_i",
    ),
    Defect(
        name="softplus of the log-variance",
        call=softplus_of_log_variance,
        why="two ways to a positive variance, one after the other",
        changes=r"v \to \log(1 + e^v)",
        seen_in=("masato-ka/airc-rl-agent#43",),
    ),
    Defect(
        name="noise in absolute value",
        call=noise_in_absolute_value,
        why="noise is thought to be a size",
        changes=r"\epsilon \to \lvert\epsilon\rvert",
    ),
)
