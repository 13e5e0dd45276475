"""Errors that people make in denoising score matching, each as the code that makes it.

Every thread named was read; some are about the same error in a sibling formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

Score = Callable[..., Any]


def _loss(score: Tensor, target: Tensor) -> Tensor:
    return (score - target).square().sum(1).mean()


def sign_of_the_target(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return _loss(score(x + sigma * noise, sigma), noise / sigma)


def level_missing_in_the_target(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return _loss(score(x + sigma * noise, sigma), -noise)


def noise_over_the_variance(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return _loss(score(x + sigma * noise, sigma), -noise / sigma**2)


def variance_for_deviation(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return _loss(score(x + sigma**2 * noise, sigma), -noise / sigma)


def noise_not_scaled(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return _loss(score(x + noise, sigma), -noise / sigma)


def another_noise_in_the_target(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    y = x + sigma * torch.randn_like(x)
    return _loss(score(y, sigma), -torch.randn_like(x) / sigma)


def noise_added_twice(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    y = x + sigma * noise
    return _loss(score(y + sigma * torch.randn_like(x), sigma), -noise / sigma)


def score_at_the_clean_data(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    return _loss(score(x, sigma), -torch.randn_like(x) / sigma)


def variance_handed_to_the_score(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return _loss(score(x + sigma * noise, sigma**2), -noise / sigma)


def weighed_by_the_deviation(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return sigma * _loss(score(x + sigma * noise, sigma), -noise / sigma)


def mean_over_features(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    y = x + sigma * noise
    return torch.nn.functional.mse_loss(score(y, sigma), -noise / sigma)


def data_detached(score: Score, x: Tensor, *, sigma: float) -> Tensor:
    noise = torch.randn_like(x)
    return _loss(score(x.detach() + sigma * noise, sigma), -noise / sigma) + 0 * x.sum()


DEFECTS = (
    Defect(
        name="sign of the target",
        call=sign_of_the_target,
        why="the noise points away from the data, the score towards them; the gradient of an "
        "energy has the other sign",
        changes=r"-\epsilon/\sigma \to +\epsilon/\sigma",
        seen_in=(
            "soran-ghaderi/torchebm#318",
            "soran-ghaderi/torchebm#333",
            "acids-ircam/diffusion_models#7",
        ),
    ),
    Defect(
        name="sigma missing in the target",
        call=level_missing_in_the_target,
        why="the noise itself is the target of noise prediction, which another network learns; "
        "or (y - x) is divided by sigma once",
        changes=r"\epsilon/\sigma \to \epsilon",
    ),
    Defect(
        name="noise divided by the variance",
        call=noise_over_the_variance,
        why="(y - x)/sigma^2, with the noise in the place of y - x",
        changes=r"\epsilon/\sigma \to \epsilon/\sigma^2",
    ),
    Defect(
        name="variance taken for standard deviation",
        call=variance_for_deviation,
        why="the variance of the schedule scales the noise",
        changes=r"x + \sigma\epsilon \to x + \sigma^2\epsilon",
        seen_in=("acids-ircam/diffusion_models#1",),
    ),
    Defect(
        name="noise not scaled",
        call=noise_not_scaled,
        why="unit noise is added, whatever the level",
        changes=r"x + \sigma\epsilon \to x + \epsilon",
    ),
    Defect(
        name="another noise in the target",
        call=another_noise_in_the_target,
        why="randn_like is called again where the noise that was added should stand",
        changes=r"\epsilon \to \epsilon'",
    ),
    Defect(
        name="noise added twice",
        call=noise_added_twice,
        why="the data loader adds noise and the loss does so again",
        changes=r"x + \sigma\epsilon \to x + \sigma\epsilon + \sigma\epsilon'",
    ),
    Defect(
        name="score at the clean data",
        call=score_at_the_clean_data,
        why="x is handed on in place of the noised x",
        changes=r"s(x + \sigma\epsilon) \to s(x)",
    ),
    Defect(
        name="variance handed to the score",
        call=variance_handed_to_the_score,
        why="the network is told sigma^2 where it was built for sigma",
        changes=r"s(y, \sigma) \to s(y, \sigma^2)",
    ),
    Defect(
        name="weighed by the standard deviation",
        call=weighed_by_the_deviation,
        why="the weighting sigma^2 loses its square",
        changes=r"\lambda = 1 \to \lambda = \sigma",
    ),
    Defect(
        name="mean over features",
        call=mean_over_features,
        why="mse_loss averages over features too; right under features=mean",
        changes=r"\sum_j \to \tfrac1d\sum_j",
    ),
    Defect(
        name="data detached",
        call=data_detached,
        why="the noised data are made under no_grad, so that nothing before the loss learns",
        changes=r"\partial L/\partial x \to 0",
    ),
)
